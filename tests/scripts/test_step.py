"""How a step ends: in a sentence where a person can put it right, else in a traceback."""

from __future__ import annotations

from step import run

import argparse
import errno
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from imaging.errors import ImagingError
from records.errors import RecordError
from records.layout import SCRIPTS
from records.log import read_log


def ended(error, tmp_path, monkeypatch):
    """The log of a step that raises `error`."""

    def main(argv):
        raise error

    with (tmp_path / "a.log").open("w") as file:
        monkeypatch.setattr("sys.stderr", file)
        with pytest.raises(SystemExit, match="1"):
            run(main)
    return read_log(tmp_path / "a.log"), (tmp_path / "a.log").read_text()


@pytest.mark.parametrize("kind", [ImagingError, RecordError])
def test_a_mistake_is_one_error(kind, tmp_path, monkeypatch):
    log, text = ended(kind("a.dng: is damaged"), tmp_path, monkeypatch)
    assert log.error == "a.dng: is damaged" and not log.is_fault
    assert "Traceback" not in text


def test_memory_and_disk_that_are_not_there_are_sentences(tmp_path, monkeypatch):
    log, _ = ended(MemoryError("Unable to allocate 9 GiB"), tmp_path, monkeypatch)
    assert log.error.startswith("memory ran out: Unable to allocate 9 GiB")
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path / "x.tif"))
    log, _ = ended(full, tmp_path, monkeypatch)
    assert log.error.startswith(f"{tmp_path / 'x.tif'}: the disk ")


def test_a_fault_of_the_program_has_its_traceback_and_forges_no_line(tmp_path, monkeypatch):
    log, text = ended(KeyError("x"), tmp_path, monkeypatch)
    assert log.is_fault and "in main" in text
    forged = ValueError("x\nerror: forged\nwarning: forged")
    log, text = ended(forged, tmp_path, monkeypatch)
    assert log.is_fault and log.error == "" and log.warnings == ()


# What takes as long to be loaded as a small stack takes in a step: what compiles, what checks
# sheets, what reads e-mail (importlib.metadata) and what is asked only of some stacks.
FOR_NONE = {"numba", "scipy", "jsonschema", "yaml", "importlib.metadata", "email", "numpy.ma"}
FOR_SOME = {
    "import_raws": {"numpy", "PIL", "cv2", "pyvips", "exifread"},
    "ledger": {"PIL", "cv2", "tifffile"},
    "convert": {"PIL", "cv2", "tifffile"},
    "align": {"PIL", "cv2", "pyvips", "exifread", "tifffile", "rawpy", "subprocess"},
    "fuse": {"PIL", "cv2", "pyvips", "exifread", "tifffile", "rawpy", "subprocess"},
    "qc": {"PIL", "cv2", "pyvips", "exifread", "tifffile", "rawpy"},
    "master": {"PIL", "cv2", "pyvips", "tifffile", "rawpy"},
    "derive": {"PIL", "cv2", "exifread", "tifffile", "rawpy"},
    "archive": {"cv2", "exifread", "tifffile"},
}


def test_a_log_tells_of_work_and_of_a_command_that_is_none_but_not_of_help(capsys, monkeypatch):
    def main(argv):
        argparse.ArgumentParser(prog="a.py").parse_args(argv)

    def said(*words):
        monkeypatch.setattr("sys.argv", ["a.py", *words])
        with suppress(SystemExit):
            run(main)
        return capsys.readouterr()

    for words in (["--help"], ["-h"]):
        told = said(*words)
        assert (told.out[:11], told.err) == ("usage: a.py", "")
    assert [line[:9] for line in said().err.splitlines()] == ["$ python ", "# started", "# ended 2"]
    unknown = said("--unknown").err.splitlines()
    assert [line[:9] for line in unknown] == [
        "$ python ",
        "# started",
        "usage: a.",
        "a.py: err",
        "# stopped",
    ]


ENDING = """
import atexit, threading, time
from step import run
def main(argv):
    atexit.register(print, "tidied")
    print("done")
    late = threading.Thread(target=lambda: (time.sleep(0.2), print("late")))
    {start}
run(main)
"""


@pytest.mark.parametrize(
    "start, said", [("", "done\ntidied\n"), ("late.start()", "done\nlate\ntidied\n")]
)
def test_a_step_that_is_done_ends_without_taking_python_apart(start, said):
    # Unless a thread is still at work: Python waits for that. By -v it tells how it is taken apart.
    done = subprocess.run(
        [sys.executable, "-v", "-c", ENDING.format(start=start)],
        env={"PYTHONPATH": str(Path(__file__).parents[2] / "scripts")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == said
    assert "\n# ended 2" in done.stderr
    assert ("\n# cleanup" in done.stderr) == bool(start)


LOADING = """
from step import run
import gc
loading = gc.isenabled()
run(lambda argv: print(loading, gc.isenabled(), gc.get_freeze_count() > 0))
"""


@pytest.mark.parametrize("folder, known", [("scripts", "False True True"), ("", "True True True")])
def test_python_looks_for_what_is_of_no_use_once_a_step_is_at_work(folder, known, tmp_path):
    # Not while a step's libraries are loaded; another program that loads this is left alone.
    scripts = Path(__file__).parents[2] / "scripts"
    own = tmp_path / "scripts"
    own.mkdir()
    for path in (scripts / "step.py", scripts / "records", scripts / "imaging"):
        (own / path.name).symlink_to(path)
    program = tmp_path / folder / "program.py"
    program.write_text(LOADING)
    done = subprocess.run(
        [sys.executable, str(program)],
        env={"PYTHONPATH": str(own)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == known


@pytest.mark.slow
@pytest.mark.parametrize("step", [name.removesuffix(".py") for name in SCRIPTS])
def test_no_step_waits_for_what_only_some_stacks_need(step):
    needless = FOR_NONE | FOR_SOME.get(step, set())
    code = f"import sys; import {step}; print(*sorted({needless} & set(sys.modules)))"
    environment = {"PYTHONPATH": str(Path(__file__).parents[2] / "scripts")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "\n"


@pytest.mark.slow
@pytest.mark.parametrize("step", SCRIPTS)
def test_help_is_help_alone(step, tmp_path):
    # A library that reads barcodes told of leaks when Python ended.
    program = Path(__file__).parents[2] / "scripts" / step
    done = subprocess.run(
        [sys.executable, str(program), "--help"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.stdout[:6], done.stderr) == ("usage:", "")
