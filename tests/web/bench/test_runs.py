"""Stacks are worked on in the background: one at a time, told how far, ended with the bench."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from hardware.errors import RigError
from records.files import write_bytes
from records.locks import held, myself
from tests.web.benches import served, virtual_rig
from web.bench import runs as module
from web.bench.runs import Runs, command, step_under_way

ROOT = Path(__file__).resolve().parents[3]
LONGEST_S = 20
# What stands in for Snakemake is given its target as the first word.
MAKES = "import pathlib, sys, time\ntarget = pathlib.Path(sys.argv[1])\n"


class FakeDesk:
    def __init__(self) -> None:
        self.told = []

    def touch(self) -> None: ...

    def tell(self, text, kind="note") -> None:
        self.told.append((kind, text))


@pytest.fixture
def tree(tmp_path):
    """A data folder with three captured stacks, `label` of A-1 still to be shot."""
    rows = ["A-1,dorsal", "A-1,label", "A-2,dorsal", "A-3,dorsal"]
    text = "specimen,view,rig\n" + "".join(f"{row},r.yaml\n" for row in rows)
    write_bytes(tmp_path / "config" / "specimens.csv", text.encode())
    for stack in ("A-1/dorsal", "A-2/dorsal", "A-3/dorsal"):
        write_bytes(tmp_path / "specimens" / stack / "capture.json", b"{}")
    return tmp_path


@pytest.fixture
def made(tree, monkeypatch):
    """A function that gives runs whose Snakemake is a few lines of Python; all end afterwards."""
    begun = []

    def runs_of(program: str) -> Runs:
        def instead(workflow, data, target):
            return [sys.executable, "-c", MAKES + program, str(data.resolve() / target)]

        monkeypatch.setattr(module, "command", instead)
        begun.append(Runs(FakeDesk(), tree, ROOT))
        return begun[-1]

    yield runs_of
    for runs in begun:
        runs.end()


def until(runs: Runs, true) -> dict:
    end = time.monotonic() + LONGEST_S
    while time.monotonic() < end:
        state = runs.state()
        if true({one["stack"]: one["state"] for one in state["stacks"]}):
            return state
        time.sleep(0.02)
    raise AssertionError(state)


def test_the_command_is_a_persons_for_that_stack_alone(tmp_path):
    words = command(ROOT, tmp_path, Path("specimens/A-1/dorsal/archive.json"))
    assert words[:3] == ["nice", "-n", "10"]
    assert Path(words[3]).name == "snakemake"
    assert words[6:] == ["--directory", str(tmp_path), "specimens/A-1/dorsal/archive.json"]


def test_stacks_are_worked_on_one_after_another_and_shown_when_done(made, tree):
    runs = made(
        "alone = pathlib.Path(target.parents[2], 'alone')\n"
        "alone.touch(exist_ok=False); time.sleep(0.3); alone.unlink()\n"
        "(target.parent / 'derivatives').mkdir()\n"
        "(target.parent / 'derivatives' / 'a_web.jpg').write_bytes(b'larger')\n"
        "(target.parent / 'derivatives' / 'a_thumbnail.webp').write_bytes(b'small')\n"
        "(target.parent / 'derivatives' / 'a_print.tif').write_bytes(b'')\n"
    )
    runs.add("A-2", "dorsal")
    runs.add("A-3", "dorsal")
    state = until(runs, lambda now: set(now.values()) == {"done"})
    assert [one["picture"] for one in state["stacks"]] == [
        "/pictures/A-2/dorsal.webp",
        "/pictures/A-3/dorsal.webp",
    ]
    assert runs.picture("/pictures/A-2/dorsal.webp").read_bytes() == b"small"
    assert runs.picture("/pictures/../../etc/passwd") is None
    assert (state["doing"], state["waits_for"]) == ("", "")


def test_a_stack_that_stops_is_told_with_its_reason_and_can_be_run_again(made, tree):
    runs = made(
        "log = target.parents[3] / 'logs' / 'A-2' / 'dorsal' / 'ledger.log'\n"
        "log.parent.mkdir(parents=True, exist_ok=True)\n"
        "log.write_text('error: frame 3 is black\\n')\n"
        "sys.exit(1)\n"
    )
    runs.add("A-2", "dorsal")
    state = until(runs, lambda now: now == {"A-2/dorsal": "failed"})
    assert state["stacks"][0]["reason"] == "ledger: frame 3 is black"
    assert runs._desk.told == [("error", "A-2/dorsal: ledger: frame 3 is black")]
    made("")
    runs.run("A-2/dorsal")
    until(runs, lambda now: now == {"A-2/dorsal": "done"})


def test_what_stops_before_any_step_is_told_by_its_own_last_words(made):
    runs = made("print('config/config.yaml: is no configuration'); sys.exit(1)")
    runs.add("A-2", "dorsal")
    state = until(runs, lambda now: now == {"A-2/dorsal": "failed"})
    assert state["stacks"][0]["reason"] == "config/config.yaml: is no configuration"


def test_another_run_of_the_tree_is_waited_for_by_name(made, tree):
    runs = made("")
    mark = tree / ".snakemake" / "holostack" / "other.run"
    with held(mark, myself("snakemake"), "a test"):
        runs.add("A-2", "dorsal")
        end = time.monotonic() + LONGEST_S
        while not runs.state()["waits_for"] and time.monotonic() < end:
            time.sleep(0.02)
        told = runs.state()
        assert told["waits_for"].startswith(
            f"the same files are being made by snakemake (process {os.getpid()} on "
        )
        assert told["stacks"][0]["state"] == "waiting"
    until(runs, lambda now: now == {"A-2/dorsal": "done"})


@pytest.mark.slow
def test_a_view_waits_for_its_label_so_that_no_run_drives_the_rig(made, tree):
    runs = made("")
    runs.add("A-1", "dorsal")
    runs.add("A-2", "dorsal")
    until(runs, lambda now: now == {"A-1/dorsal": "waiting", "A-2/dorsal": "done"})
    end = time.monotonic() + LONGEST_S
    while not runs.state()["waits_for"] and time.monotonic() < end:
        time.sleep(0.02)
    assert runs.state()["waits_for"] == "A-1/dorsal: its label, A-1/label, is to be shot first"
    write_bytes(tree / "specimens" / "A-1" / "label" / "capture.json", b"{}")
    until(runs, lambda now: now["A-1/dorsal"] == "done")


def test_only_what_is_shot_and_in_the_sheet_is_run(made):
    runs = made("time.sleep(30)")
    with pytest.raises(RigError, match="A-1/label: is not shot yet"):
        runs.run("A-1/label")
    for other in ("../../etc", "A-9/dorsal", "A-1"):
        with pytest.raises(RigError, match="the sheet has no such stack"):
            runs.run(other)
    runs.run("A-2/dorsal")
    until(runs, lambda now: now == {"A-2/dorsal": "running"})
    with pytest.raises(RigError, match="is running already"):
        runs.run("A-2/dorsal")


def test_what_runs_ends_with_the_bench_and_all_that_it_started(made, tree):
    runs = made(
        "import subprocess\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "pathlib.Path(target.parents[2], 'child').write_text(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    runs.add("A-2", "dorsal")
    child = tree / "specimens" / "child"
    end = time.monotonic() + LONGEST_S
    while not (child.exists() and child.read_text()) and time.monotonic() < end:
        time.sleep(0.02)
    began = time.monotonic()
    runs.end()
    assert time.monotonic() - began < 30
    assert runs.state()["stacks"][0]["state"] == "waiting"
    stat = Path(f"/proc/{child.read_text()}/stat")
    assert not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_the_step_is_that_of_the_log_written_last(tmp_path):
    assert step_under_way(tmp_path, 0) == ""
    (tmp_path / "convert.log").write_text("# started now with Python 3\n# ended now\n")
    os.utime(tmp_path / "convert.log", (1000, 1000))
    (tmp_path / "align.log").write_text("# started now with Python 3\nframe 1 of 7\n")
    os.utime(tmp_path / "align.log", (1001, 1001))
    assert step_under_way(tmp_path, 0) == "align"
    assert step_under_way(tmp_path, 2000) == ""
    with (tmp_path / "align.log").open("a") as log:
        log.write("# ended now\n")
    os.utime(tmp_path / "align.log", (1001, 1001))
    assert step_under_way(tmp_path, 0) == ""


@pytest.mark.slow
def test_what_is_shot_is_archived_and_no_other_row_is_shot(tmp_path):
    """That the next is shot meanwhile: tests/web/test_afternoon.py."""
    sheet = tmp_path / "config" / "specimens.csv"
    write_bytes(sheet, b"catalog_number,view,rig\nNOBODY,dorsal,config/rig.yaml\n")
    with served(tmp_path, virtual_rig(tmp_path / "config" / "rig.yaml")) as bench:
        bench.at_rest()
        assert bench.client.do("specimen", text="UAM:1").status == 202
        assert bench.client.do("capture").status == 202
        bench.wait_for(lambda state: state["runs"]["doing"] == "UAM=3A1/dorsal")
        steps = set()

        def is_over(state):
            steps.update(one["step"] for one in state["runs"]["stacks"])
            states = [one["state"] for one in state["runs"]["stacks"]]
            assert "failed" not in states, state
            return states == ["done"]

        until_s = time.monotonic() + 600
        while not is_over(state := bench.state()):
            assert time.monotonic() < until_s, state
            time.sleep(0.2)
        assert {one["view"]: one["state"] for one in state["table"]["views"]} == {
            "dorsal": "shot",
            "lateral": "to shoot",
        }
        picture = bench.client.ask(state["runs"]["stacks"][0]["picture"])
        assert (picture.status, picture.body[:2]) == (200, b"\xff\xd8")
    # Which ones are seen is chance: most take less time than lies between two looks.
    assert steps - {""}
    assert (tmp_path / "specimens" / "UAM=3A1" / "dorsal" / "archive.json").is_file()
    assert not (tmp_path / "specimens" / "UAM=3A1" / "lateral").exists()
    assert not (tmp_path / "specimens" / "NOBODY").exists()
    assert len(sheet.read_text().splitlines()) == 3
