"""Once kernels are compiled ahead, no step of any stack waits for a compiler."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import compile_kernels
from imaging.sampling import ahead, machine_code
from records.log import read_log

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "compile_kernels.py"
# Whole runs in a process that says what it compiled, and whether it loaded a compiler.
WHOLE_RUNS = """
import sys
from pathlib import Path
from imaging.sampling import kernels
from tests.kernel_calls import whole_runs
said = []
kernels.tell = said.append
whole_runs(Path(sys.argv[1]))
print("numba" in sys.modules, said)
"""


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*.o")}


@pytest.mark.slow
def test_whole_runs_of_stacks_compile_nothing_after_it(tmp_path):
    paths = os.pathsep.join([str(ROOT / "scripts"), str(ROOT)])
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "kept"), "PYTHONPATH": paths}
    options = {"env": environment, "capture_output": True, "text": True, "check": False}
    done = subprocess.run([sys.executable, SCRIPT], **options)
    assert done.returncode == 0, done.stderr
    compiled = files(tmp_path)
    assert len(compiled) == len(ahead.listed())
    again = subprocess.run([sys.executable, SCRIPT], **options)
    assert again.returncode == 0 and files(tmp_path) == compiled
    runs = tmp_path / "runs"
    runs.mkdir()
    whole = subprocess.run([sys.executable, "-c", WHOLE_RUNS, runs], **options)
    assert whole.stdout == "False []\n", whole.stderr
    assert files(tmp_path) == compiled


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
