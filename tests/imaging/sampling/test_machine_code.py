"""Machine code is kept, found without numba, and never taken for that of other code."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

SAMPLING = Path(__file__).resolve().parents[3] / "scripts" / "imaging" / "sampling"
pytestmark = pytest.mark.slow
OTHER_FILE = """
import numpy as np
from imaging.sampling.kernels import kernel
@kernel
def share(value):
    return value * np.float32(0.5)
"""
FILE = """
import numpy as np
from other_file import share
from imaging.sampling.kernels import kernel
@kernel
def shares(plane, least):
    out = np.empty(plane.size, np.float32)
    for k in range(plane.size):
        out[k] = share(plane[k])
    return out, out.size // least
"""
USE = """
import sys
import numpy as np
from imaging.sampling import kernels
from file import shares
said = []
kernels.tell = said.append
out, count = shares(np.arange(4, dtype=np.float32), 2)
print(out.tolist(), out.dtype, count, "numba" in sys.modules, len(said))
try:
    shares(out, 0)
except ZeroDivisionError:
    print("as Python does", "numba" in sys.modules)
"""
KEPT_IN = Path("imaging", "__pycache__", "kernels")
NEW = "[0.0, 0.5, 1.0, 1.5] float32 2 True 1\nas Python does True\n"
KEPT = "[0.0, 0.5, 1.0, 1.5] float32 2 False 0\nas Python does False\n"


def copied(folder: Path) -> Path:
    """A copy of the code, small enough to be compiled in a second."""
    room = folder / "code" / "imaging"
    (room / "sampling").mkdir(parents=True)
    for name in ("kernels.py", "linker.py", "machine_code.py", "object_files.py", "trial.py"):
        shutil.copy(SAMPLING / name, room / "sampling")
    (room.parent / "file.py").write_text(FILE)
    (room.parent / "other_file.py").write_text(OTHER_FILE)
    return room.parent


@pytest.fixture
def copy(tmp_path) -> Path:
    """A copy of which nothing is compiled."""
    return copied(tmp_path)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory) -> Path:
    """What a first use keeps."""
    code = copied(tmp_path_factory.mktemp("compiled"))
    assert use(code) == NEW
    return code / KEPT_IN


@pytest.fixture
def used(tmp_path, compiled) -> Path:
    """A copy after a first use."""
    code = copied(tmp_path)
    shutil.copytree(compiled, code / KEPT_IN)
    return code


def use(copy: Path, **settings: str) -> str:
    environment = {
        "PYTHONPATH": str(copy),
        "PATH": "",
        "HOME": str(copy.parent / "home"),
        "PYTHONDONTWRITEBYTECODE": "1",
        **settings,
    }
    done = subprocess.run(
        [sys.executable, "-c", USE], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def kept(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.o"))


def change_the_callee(copy: Path) -> None:
    (copy / "other_file.py").write_text(OTHER_FILE.replace("0.5", "0.25"))


def test_a_second_run_needs_no_numba_and_a_changed_callee_is_seen(copy):
    assert use(copy) == NEW
    assert use(copy) == KEPT
    (first,) = kept(copy / "imaging" / "__pycache__")
    change_the_callee(copy)
    assert use(copy).startswith("[0.0, 0.25, 0.5, 0.75] float32 2 True 1")
    (second,) = kept(copy / "imaging" / "__pycache__")
    assert second != first


def test_where_nobody_may_write_beside_the_code_the_user_keeps_it_by_content_too(copy):
    # A file in the folder's place keeps even root from writing there.
    (copy / "imaging" / "__pycache__").write_text("")
    assert use(copy) == NEW
    assert use(copy) == KEPT
    assert len(kept(copy.parent / "home" / ".cache" / "holostack")) == 1
    change_the_callee(copy)
    assert use(copy).startswith("[0.0, 0.25, 0.5, 0.75] float32 2 True 1")
    # Another copy of Holostack may be of that content: it stays.
    assert len(kept(copy.parent / "home")) == 2


def test_where_nobody_may_write_anywhere_it_works_all_the_same(copy):
    (copy / "imaging" / "__pycache__").write_text("")
    (copy.parent / "home").write_text("")
    assert use(copy) == NEW
    assert use(copy) == NEW


def test_what_was_compiled_when_it_was_installed_is_found_though_it_cannot_be_written(used):
    folder = used / KEPT_IN
    folder.chmod(0o555)
    assert use(used) == KEPT
    assert not (used.parent / "home").exists()
    folder.chmod(0o755)


def test_each_kind_of_processor_has_its_own(used):
    assert use(used, NUMBA_CPU_NAME="generic") == NEW
    assert use(used) == use(used, NUMBA_CPU_NAME="generic") == KEPT
    assert len(kept(used)) == 2


@pytest.mark.parametrize("damage", ["zeros", "half", "empty", "no head"])
def test_a_file_that_a_lost_disk_left_behind_is_made_anew(used, damage):
    (path,) = kept(used)
    content = path.read_bytes()
    damaged = {
        "zeros": content[:-500] + bytes(500),
        "half": content[: len(content) // 2],
        "empty": b"",
        "no head": b"{}\n" + content,
    }
    path.write_bytes(damaged[damage])
    assert use(used) == NEW
    assert use(used) == KEPT


def test_runs_side_by_side_all_get_it_and_leave_one_file(copy):
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: use(copy), range(3)))
    assert set(found) <= {NEW, KEPT}
    folder = copy / KEPT_IN
    assert sorted(path.suffix for path in folder.iterdir()) == [".o", ".passed"]
    assert kept(folder)[0].stat().st_size > 1000


# What another version of numba may lack, or do otherwise than this one.
OTHERWISE = {
    "no object code, and every wrapper is made": """
import numba
import numba.core.codegen as codegen
del codegen.AOTCodeLibrary
njit = numba.njit
def wrapping(*function, **options):
    assert not any(name.endswith("_wrapper") for name in options)
    return njit(*function, **options)
numba.njit = wrapping
""",
    "loading ends the process": """
import os
from imaging.sampling.linker import Linker
Linker.add = lambda *_: os.abort()
""",
    "no helpers": """
import importlib.machinery
import sys
if "imaging.sampling.trial" in sys.orig_argv:
    importlib.machinery.EXTENSION_SUFFIXES.clear()
""",
}
EACH_TIME = "[0.0, 0.5, 1.0, 1.5] float32 2 True 1\nas Python does True\n"


@pytest.mark.parametrize("otherwise", OTHERWISE)
def test_where_code_cannot_be_kept_numba_does_the_work_in_each_run(otherwise, copy):
    (copy / "sitecustomize.py").write_text(OTHERWISE[otherwise])
    assert use(copy) == EACH_TIME
    assert use(copy) == EACH_TIME
    assert kept(copy.parent) == []


def test_code_that_was_kept_by_one_version_of_numba_is_not_used_by_another(used):
    (used / "sitecustomize.py").write_text("""
from pathlib import Path
read = Path.read_text
Path.read_text = lambda path, *args, **more: (
    "no version" if path.name == "_version.py" else read(path, *args, **more))
from importlib import metadata
metadata.version = lambda name: "0.1"
""")
    assert use(used) == NEW
    assert len(kept(used)) == 2
