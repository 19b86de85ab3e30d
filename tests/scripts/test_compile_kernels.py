"""What is told where kernels cannot be compiled ahead; that they are is in test_processors.py."""

from __future__ import annotations

import pytest

import compile_kernels
from imaging.sampling import ahead, machine_code
from records.log import read_log


def test_where_nothing_can_be_kept_a_person_is_told_and_it_is_no_error(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(machine_code, "can_keep", lambda: False)
    compile_kernels.main([])
    log = tmp_path / "log"
    log.write_text(capsys.readouterr().err)
    assert read_log(log).warnings[0].startswith("what this version of numba compiles cannot be")


def test_what_cannot_be_compiled_is_told_and_is_an_error(monkeypatch, capsys):
    monkeypatch.setattr(machine_code, "can_keep", lambda: True)
    gone = ahead.Call("sampling.warp.not_there", ["int"])
    monkeypatch.setattr(ahead, "listed", lambda: [gone])
    with pytest.raises(SystemExit, match="1"):
        compile_kernels.main(["--processes", "1"])
    assert "sampling.warp.not_there: AttributeError" in capsys.readouterr().err
