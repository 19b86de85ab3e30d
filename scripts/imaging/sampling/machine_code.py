"""Machine code of kernels: compiled by numba once, kept in files, and loaded without numba.

To import numba takes longer than to align a small stack. What it makes of a function, an object
file with a function for Python in it, is kept, and later runs give that to LLVM's linker
(`linker`), with three small modules of numba's in C that the code calls.

All this rests on inner parts of numba, which another version may lack or have changed. Before
anything is kept, a small function is compiled, kept and loaded in processes of their own (`trial`);
where that fails, nothing is kept, and numba itself does the work in each run.

A file is known by all that decides what is in it: see `kernels`. It is found beside the code of
Holostack, or, where nobody may write there, below the user's cache folder; NUMBA_CACHE_DIR names
another. It is written beside its name and renamed, so that runs side by side never see half a file.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import json
import os
import pickle
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from imaging.sampling.linker import Linker, processor
from imaging.sampling.object_files import object_files

# Settings of numba that change nothing in the code it makes.
NO_MATTER = {"NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS"}
OF_OTHERS = ("_helperlib", "_dynfunc", "core/runtime/_nrt_python")
MAKING = Path(__file__).with_name("object_files.py")
TRIAL, TRIAL_S = Path(__file__).with_name("trial.py"), 120
OWN_FOLDER = Path(__file__).parents[1] / "__pycache__" / "kernels"
# Numba wraps each function for who calls it from Python and from C, and optimises these too, with
# all that they call in them. What only kernels call needs neither.
FOR_PYTHON = {"no_cfunc_wrapper": True}
FOR_KERNELS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


class MachineCode(NamedTuple):
    """A function as numba compiled it.

    Attributes
    ----------
    name : of the function
    symbol : of the function for Python in the object file
    environment : symbol of the pointer to what it asks Python for
    constants : what it asks for, such as the types of arrays that it returns
    content : the object file
    """

    name: str
    symbol: str
    environment: str
    constants: tuple[Any, ...]
    content: bytes


# Modules that were loaded to compile, and for nothing else: they decide nothing once code is kept.
TO_COMPILE: set[str] = set()
# Logarithms and the like of Intel's own library differ in their last bits from all others.
os.environ["NUMBA_DISABLE_INTEL_SVML"] = "1"


@cache
def compiler() -> str:
    """What decides how code is compiled: versions, kind of processor, settings."""
    settings = {
        name: value
        for name, value in sorted(os.environ.items())
        if name.startswith("NUMBA_") and name not in NO_MATTER
    }
    return repr((sys.version, _version(), processor(), settings))


def _version() -> str:
    """Numba's version, without loading it."""
    try:
        text = (_numba() / "_version.py").read_text("utf-8")
    except OSError:
        text = ""
    if found := re.search(r"\"version\": \"(.+?)\"", text):
        return found[1]
    # Takes 30 ms, and numba has not said it elsewhere so far.
    from importlib import metadata

    return metadata.version("numba")


def _numba() -> Path:
    """Numba's folder."""
    numba = importlib.util.find_spec("numba")
    assert numba is not None and numba.origin
    return Path(numba.origin).parent


def folders() -> list[Path]:
    """Where machine code is looked for; it is kept in the first that can be written to."""
    if named := os.environ.get("NUMBA_CACHE_DIR"):
        return [Path(named) / "kernels"]
    cached = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return [OWN_FOLDER, Path(cached) / "holostack" / "kernels"]


def find(name: str, of: str, key: str) -> MachineCode | None:
    """Find what was kept under a key, `of` a function and its arguments; None where nothing is."""
    for folder in folders():
        try:
            with (folder / _file(name, of, key)).open("rb") as file:
                head = json.loads(file.readline())
                content = file.read()
        except (OSError, ValueError):
            continue
        # A disk that lost power may have kept a file's name and length, and zeros.
        if head.get("sha256") == hashlib.sha256(content).hexdigest():
            constants = pickle.loads(bytes.fromhex(head["constants"]))
            return MachineCode(name, head["symbol"], head["environment"], constants, content)
    return None


def keep(code: MachineCode, of: str, key: str) -> None:
    """Keep machine code under a key, and throw away what was kept there for other content."""
    # Loaded by who compiles alone.
    import tempfile

    digest = hashlib.sha256(code.content).hexdigest()
    head = {
        "symbol": code.symbol,
        "environment": code.environment,
        "constants": pickle.dumps(code.constants).hex(),
        "sha256": digest,
    }
    for folder in folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
                file.write(json.dumps(head).encode() + b"\n" + code.content)
            own = folder / _file(code.name, of, key)
            Path(file.name).replace(own)
        except OSError:
            continue
        # The user's folder serves other copies of Holostack too.
        for stale in folder.glob(_file(code.name, of, "*")) if folder == OWN_FOLDER else ():
            if stale != own:
                stale.unlink(missing_ok=True)
        return


def _file(name: str, of: str, key: str) -> str:
    return f"{name}-{of}-{key}.o"


@cache
def can_keep() -> bool:
    """Whether what this numba makes does what it should once it is kept and loaded without numba.

    Tried once for each compiler, in other processes: to load what does not fit may end a process.
    """
    own = (Path(__file__), MAKING, TRIAL)
    tried = hashlib.sha256(compiler().encode() + b"".join(path.read_bytes() for path in own))
    name = f"trial-{tried.hexdigest()[:24]}.passed"
    if any((folder / name).exists() for folder in folders()):
        return True
    if not _passes_trial():
        return False
    for folder in folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).touch()
        except OSError:
            continue
        break
    return True


def _passes_trial() -> bool:
    """Whether a process keeps a small function, and another loads it and finds it right."""
    import subprocess
    import tempfile

    scripts = str(Path(__file__).parents[2])
    paths = os.pathsep.join(filter(None, [scripts, os.environ.get("PYTHONPATH")]))
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": paths, "NUMBA_CACHE_DIR": folder}
        for part in ("keep", "use"):
            try:
                done = subprocess.run(
                    [sys.executable, "-m", "imaging.sampling.trial", part],
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    timeout=TRIAL_S,
                    check=False,
                )
            except (OSError, subprocess.TimeoutExpired):
                return False
            if done.returncode != 0:
                return False
    return True


@contextmanager
def _compiling() -> Iterator[None]:
    """Note which modules the compiler loads."""
    before = set(sys.modules)
    yield
    TO_COMPILE.update(sys.modules.keys() - before)


def dispatcher(function: FunctionType, options: Mapping[str, Any]) -> Callable[..., object]:
    """A function as numba knows it, to be called, or for others that it compiles."""
    with _compiling():
        import numba

    return numba.njit(function, nogil=True, **options)


def compiled(
    name: str, function: FunctionType, options: Mapping[str, Any], arguments: Sequence[Any]
) -> MachineCode:
    """Have numba compile a function for arguments such as these."""
    with _compiling():
        import numba

        own: Any = dispatcher(function, {**options, **FOR_PYTHON})
        with object_files() as content_of:
            own.compile(tuple(numba.typeof(value) for value in arguments))
            (made,) = own.overloads.values()
            content = content_of(made.library)
    names = made.fndesc
    constants = tuple(made.environment.consts)
    return MachineCode(name, names.llvm_cpython_wrapper_name, names.env_name, constants, content)


@cache
def _modules() -> tuple[ModuleType, ...]:
    """Numba's modules in C that machine code calls, loaded without numba itself."""
    modules = []
    for place in OF_OTHERS:
        name = f"numba.{place.replace('/', '.')}"
        if name not in sys.modules:
            base = _numba() / place
            path = next(str(p) for s in EXTENSION_SUFFIXES if (p := Path(f"{base}{s}")).exists())
            loader = ExtensionFileLoader(name, path)
            spec = importlib.util.spec_from_file_location(name, path, loader=loader)
            assert spec is not None
            module = importlib.util.module_from_spec(spec)
            loader.exec_module(module)
            sys.modules[name] = module
        modules.append(sys.modules[name])
    return tuple(modules)


@ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
def _unpickled(at: int, size: int, digest: int) -> object:
    """The object that machine code holds as so many bytes."""
    return pickle.loads(ctypes.string_at(at, size))


@cache
def _linker() -> Linker:
    """LLVM's linker, which knows what machine code may call."""
    linker = Linker()
    helpers, functions, memory = _modules()
    for module in (helpers, functions):
        for name, address in module.c_helpers.items():
            linker.know(f"numba_{name}", address)
    for name, address in memory.c_helpers.items():
        linker.know(name if name.startswith("_") else f"NRT_{name}", address)
    linker.know("_Py_NoneStruct", id(None))
    # Numba's own would load all of numba, for the type of an array or of an exception.
    linker.know("numba_unpickle", ctypes.cast(_unpickled, ctypes.c_void_p).value or 0)
    return linker


def load(code: MachineCode) -> Callable[..., Any]:
    """The function that machine code is, for Python to call; it lets go of Python's lock."""
    linker = _linker()
    linker.add(code.content)
    functions = _modules()[1]
    environment = functions.Environment({})
    environment.consts.extend(code.constants)
    at = linker.variable(code.environment)
    if at:
        ctypes.c_void_p.from_address(at).value = id(environment)
    address = linker.function(code.symbol)
    module = sys.modules[__name__]
    return functions.make_function(module, code.name, "", address, environment, (linker,))
