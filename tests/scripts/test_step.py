"""How a step ends: in a sentence where a person can put it right, else in a traceback."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from imaging.errors import ImagingError
from records.errors import RecordError
from records.layout import SCRIPTS
from records.log import read_log
from step import run


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


@pytest.mark.slow
@pytest.mark.parametrize("step", ["align", "fuse"])
def test_a_step_waits_for_no_compiler_and_no_scipy_to_be_loaded(step):
    heavy = "{'numba', 'scipy'} & set(sys.modules)"
    code = f"import sys; sys.argv = ['x']; import {step}; print({heavy})"
    environment = {"PYTHONPATH": str(Path(__file__).parents[2] / "scripts")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"


@pytest.mark.slow
@pytest.mark.parametrize("step", [name.removesuffix(".py") for name in SCRIPTS])
def test_no_step_of_a_stack_waits_for_what_checks_sheets(step):
    # Validators of formats alone take longer to load than a small stack to import.
    code = f"import sys; sys.argv = ['x']; import {step}; print('jsonschema' in sys.modules)"
    environment = {"PYTHONPATH": str(Path(__file__).parents[2] / "scripts")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


@pytest.mark.slow
@pytest.mark.parametrize("step", SCRIPTS)
def test_nothing_is_said_after_a_steps_last_line(step, tmp_path):
    # A library that reads barcodes told of leaks, and the terminal showed the last of its lines.
    program = Path(__file__).parents[2] / "scripts" / step
    done = subprocess.run(
        [sys.executable, str(program), "--help"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stderr.splitlines()[-1].startswith("# stopped ")
