"""No command writes into a stack that another writes into."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import align
import archive
import convert
import derive
import describe
import fuse
import height
import import_raws
import ledger
import master
import mesh
import qc
import reduce
import reprocess
import restore
import stereo
from records import locks
from records.errors import RecordError

STACK = "specimens/A-1/top"
OBJECT = ("--archive", "archive", "--specimen", "A-1", "--view", "top")
MAPS = ("depth", "confidence", "source")
RECORDS = {name: f"{STACK}/stack/{name}.json" for name in ("convert", "transforms", "fuse", "qc")}
OUT, RAW, LEDGER = ("--out", "--raw", "--ledger")
AT_WORK = [
    (import_raws, "--source", "card", RAW, f"{STACK}/raw", OUT, f"{STACK}/import.json"),
    (ledger, RAW, f"{STACK}/raw", OUT, f"{STACK}/frames.csv"),
    (
        *(convert, RAW, f"{STACK}/raw", LEDGER, f"{STACK}/frames.csv"),
        *("--tiff", f"{STACK}/tiff", OUT, RECORDS["convert"]),
    ),
    (align, "--convert", RECORDS["convert"], OUT, RECORDS["transforms"]),
    (
        *(fuse, "--transforms", RECORDS["transforms"], LEDGER, f"{STACK}/frames.csv"),
        *("--fused", f"{STACK}/stack/fused.tif", OUT, RECORDS["fuse"]),
        *(word for name in MAPS for word in (f"--{name}", f"{STACK}/stack/{name}.tif")),
    ),
    (
        *(qc, "--transforms", RECORDS["transforms"], "--fuse", RECORDS["fuse"]),
        *(LEDGER, f"{STACK}/frames.csv", "--pictures", f"{STACK}/stack/qc", OUT, RECORDS["qc"]),
    ),
    (
        *(master, "--fused", f"{STACK}/stack/fused.tif", "--fuse", RECORDS["fuse"]),
        *("--transforms", RECORDS["transforms"], "--convert", RECORDS["convert"]),
        *(LEDGER, f"{STACK}/frames.csv", RAW, f"{STACK}/raw", "--specimen", "A-1"),
        *(word for name in MAPS for word in (f"--{name}", f"{STACK}/stack/{name}.tif")),
        *("--view", "top", "--master", f"{STACK}/archival/m.tif", OUT, f"{STACK}/archival/m.json"),
    ),
    (
        *(derive, "--master", f"{STACK}/archival/m.tif", "--record", f"{STACK}/archival/m.json"),
        *(OUT, f"{STACK}/derivatives/web.jpg"),
    ),
    (
        *(height, "--master", f"{STACK}/archival/m.tif", "--record", f"{STACK}/archival/m.json"),
        *(OUT, f"{STACK}/derivatives/height.tiff"),
    ),
    (
        *(mesh, "--master", f"{STACK}/archival/m.tif", "--record", f"{STACK}/archival/m.json"),
        *(LEDGER, f"{STACK}/frames.csv", OUT, f"{STACK}/derivatives/mesh.glb"),
    ),
    (
        *(stereo, "--master", f"{STACK}/archival/m.tif", "--record", f"{STACK}/archival/m.json"),
        *("--transforms", RECORDS["transforms"], LEDGER, f"{STACK}/frames.csv"),
        *("--fuse", RECORDS["fuse"], OUT, f"{STACK}/derivatives/pair.jpg"),
    ),
    (
        *(archive, *OBJECT, "--stack", STACK, "--record", f"{STACK}/archival/m.json"),
        *(OUT, f"{STACK}/archive.json"),
    ),
    (describe, *OBJECT, "--stack", STACK),
    (reduce, *OBJECT, "--stack", STACK),
    (restore, *OBJECT, "--stack", STACK),
    (reprocess, *OBJECT, "--stack", STACK, "--reason", "test", "--report", "report.json"),
]


@pytest.fixture()
def held(tmp_path, monkeypatch) -> Path:
    """A folder with a stack that somebody else writes into."""
    (tmp_path / STACK / "raw").mkdir(parents=True)
    (tmp_path / STACK / "frames.csv").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(locks, "WAIT_S", 0.0)
    with locks.writing(tmp_path / STACK, alone=True):
        yield tmp_path


@pytest.mark.parametrize("command", AT_WORK, ids=lambda command: command[0].__name__)
def test_every_command_refuses_a_stack_that_another_writes_into(held, command):
    before = sorted(held.rglob("*"))
    script, *words = command
    with pytest.raises(RecordError, match=rf"{STACK}: is in use by .*process {os.getpid()} on "):
        script.main(words)
    assert sorted(held.rglob("*")) == before
