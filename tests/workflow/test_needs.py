"""No step of a small stack takes more than it is given (large ones: tests/benchmarks/needs.py)."""

from __future__ import annotations

import csv
import subprocess
import sys

import pytest

from records import needs
from records.layout import LEDGER
from records.ledger.table import used_frames
from records.log import read_log
from tests.workflow.conftest import ROOT

# Where a kernel was changed, the step that calls it first compiles it, with a library of its own.
TO_COMPILE_MB = 350
# Steps that the demonstration has no need of.
ON_DEMAND = {"method", "retouch", "layers", "review", "height", "mesh", "stereo"}


@pytest.mark.parametrize("specimen", ["RAW-1", "JPEG-1"])
def test_no_step_takes_more_memory_or_time_than_it_is_given(finished, specimen):
    frames = used_frames(finished.stack(specimen) / LEDGER)
    way = "" if specimen == "RAW-1" else needs.PHOTOGRAPH
    size = needs.Size(frames[0].width_px * frames[0].height_px, len(frames), way)
    seen = set()
    for log in (finished.folder / "logs" / specimen / "top").glob("*.log"):
        step = log.stem.partition("_")[0] if log.stem.startswith("derive") else log.stem
        account, threads = read_log(log), needs.threads(step, size)
        given = needs.memory_mb(step, size, threads)
        given += TO_COMPILE_MB if "compiling" in log.read_text() else 0
        assert account.peak_mb <= given, log
        assert account.processor_s <= needs.runtime_min(step, size, threads) * 60, log
        seen.add(step)
    assert seen == needs.NEEDS.keys() - ON_DEMAND


def test_a_table_has_what_each_step_was_given_beside_what_it_took(finished, tmp_path):
    command = [sys.executable, str(ROOT / "scripts" / "efficiency.py")]
    command += ["--report", str(tmp_path / "efficiency.csv")]
    subprocess.run(command, cwd=finished.folder, check=True)
    with (tmp_path / "efficiency.csv").open(newline="") as opened:
        table = {row["step"]: row for row in csv.DictReader(opened)}
    assert table.keys() == needs.NEEDS.keys() - ON_DEMAND
    # The broken stack stopped at its ledger.
    assert table["fuse"]["times"] == "2" and table["convert"]["times"] == "2"
    # Of the stack that came closest to what it was given, which need not be the one that took most.
    logs = (finished.folder / "logs").glob("[RJ]*-1/top/fuse.log")
    assert int(table["fuse"]["mb_taken"]) in [round(read_log(log).peak_mb) for log in logs]
    assert int(table["fuse"]["mb_given"]) > int(table["fuse"]["mb_taken"])
