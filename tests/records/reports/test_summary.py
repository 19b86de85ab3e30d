"""The closing words of a run, from the files that its steps have left."""

from __future__ import annotations

import json
import os

import pytest

from records.record import write_record
from records.reports.qc import row
from records.reports.summary import GOALS, count_done, named_files, summarise
from tests.records import whole


@pytest.fixture()
def tree(tmp_path):
    """Two archived stacks of three; `leave` puts a step's log there, so many seconds later."""
    for specimen, frames in (("A-1", 30), ("A-2", 1)):
        stack = tmp_path / "specimens" / specimen / "top"
        (stack / "archival").mkdir(parents=True)
        (stack / "archival" / f"{specimen}_top.json").write_text(
            json.dumps(whole.master(frames=frames, width_px=640, height_px=480))
        )
        (stack / "archive.json").write_text("{}")
        measured = tmp_path / "benchmarks" / specimen / "top"
        measured.mkdir(parents=True)
        (measured / "fuse.tsv").write_text("s\tcpu_time\n2.4\t3\n")
        (measured / "align.tsv").write_text("s\tcpu_time\n1.8\t3\n")

    def leave(specimen: str, step: str, text: str, later_s: float = 0.0):
        log = tmp_path / "logs" / specimen / "top" / f"{step}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(text)
        receipt = tmp_path / "specimens" / specimen / "top" / "archive.json"
        if receipt.exists():
            moment = receipt.stat().st_mtime + later_s
            os.utime(log, (moment, moment))

    return tmp_path, leave


def told(folder):
    return summarise(
        [("A-1", "top"), ("A-2", "top"), ("A-3", "top")],
        *(folder / name for name in ("specimens", "archive", "logs", "benchmarks")),
    )


def test_what_was_made_is_told_with_its_size_and_time_and_where_to_look(tree):
    folder, _ = tree
    said = told(folder)
    assert "2 of 3 stacks are archived, 1 not finished" in said
    looked = folder / "specimens" / "A-1" / "top" / "derivatives"
    assert f"  A-1 top: 30 frames, 640 x 480 px, 4 s; look at {looked}" in said
    assert "  A-2 top: 1 frame, 640" in said
    assert f"whole objects in {folder / 'archive'}" in said


DAMAGE = {
    "no JSON": lambda path: path.write_text("{"),
    "no facts": lambda path: path.write_text("{}"),
    "other facts": lambda path: path.write_text('{"frames": [], "width_px": {}}'),
    "a folder": lambda path: path.mkdir(),
    "a pipe": os.mkfifo,
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("record", ["archival/A-1_top.json", "stack/qc.json"])
def test_a_damaged_record_is_told_in_its_line_and_the_others_are_as_ever(tree, record, damage):
    folder, _ = tree
    path = folder / "specimens" / "A-1" / "top" / record
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    DAMAGE[damage](path)
    said = told(folder)
    assert "2 of 3 stacks are archived" in said
    assert "  A-2 top: 1 frame, 640 x 480 px" in said
    harmless = record == "stack/qc.json" and damage.endswith("facts")
    assert harmless or "  A-1 top: archived, but " in said


def test_a_stack_that_stopped_is_listed_with_its_step_and_all_its_reasons(tree):
    folder, leave = tree
    leave("A-3", "ledger", "$ python\nerror: two reasons\n  - one\n  - other\n")
    said = told(folder)
    assert "2 of 3 stacks are archived, 1 stopped" in said
    assert "  A-3 top, ledger: two reasons\n      - one\n      - other" in said


def test_a_stack_that_was_archived_before_and_stops_now_is_listed(tree):
    folder, leave = tree
    leave("A-1", "fuse", "error: no room left on the disk\n", later_s=5)
    assert "A-1 top, fuse: no room left on the disk" in told(folder)


def test_a_step_that_stopped_before_the_stack_was_archived_is_settled(tree):
    folder, leave = tree
    leave("A-1", "derive_print.tif", "error: no room left on the disk\n", later_s=-5)
    assert "2 of 3 stacks are archived, 1 not finished" in told(folder)


def test_of_a_run_of_some_stacks_the_words_are_about_these_and_a_line_about_the_sheet(tree):
    folder, leave = tree
    roots = [folder / name for name in ("specimens", "archive", "logs", "benchmarks")]
    leave("A-3", "ledger", "error: frames differ\n")
    ran = {("A-1", "top"): True, ("A-2", "top"): False, ("A-3", "top"): False}
    said = summarise(list(ran), *roots, ran=ran, of_sheet=9741).splitlines()
    # To the end of A-2, archived long ago, this run did not come.
    assert said[1:3] == [
        "1 of 3 stacks are archived, 1 stopped, 1 not finished",
        "Of all stacks of the sheet, 9,741 are archived now",
    ]
    assert any(line.startswith("  A-1 top: ") for line in said)
    assert not any(line.startswith("  A-2 top: ") for line in said)
    assert count_done([*ran, ("A-4", "top")], roots[0]) == 2


def test_a_fault_of_the_program_is_told_by_its_log_alone(tree):
    folder, leave = tree
    leave("A-3", "fuse", "Traceback (most recent call last):\n  File x\nKeyError: 1\n")
    said = told(folder)
    assert "A-3 top, fuse: a fault of the program; send us" in said
    assert "KeyError" not in said


def test_a_run_that_was_to_capture_speaks_of_captures(tree):
    folder, leave = tree
    roots = [folder / name for name in ("specimens", "archive", "logs", "benchmarks")]
    stacks = [("A-3", "top"), ("A-4", "top")]
    raws = folder / "specimens" / "A-3" / "top"
    raws.mkdir(parents=True)
    (raws / "capture.json").write_text("{}")
    said = summarise(stacks, *roots, GOALS["capture"])
    assert said.splitlines()[1:] == [
        "1 of 2 stacks are captured, 1 not finished",
        f"  A-3 top: look at {raws / 'raw'}",
    ]
    leave("A-3", "ledger", "error: frames differ\n")
    assert summarise(stacks, *roots, GOALS["capture"]) == said
    leave("A-4", "capture", "error: rail: a limit switch\n")
    assert "1 stopped" in summarise(stacks, *roots, GOALS["capture"])
    assert "A-4 top, capture: rail: a limit switch" in summarise(stacks, *roots, GOALS["capture"])


def test_a_run_that_was_to_make_masters_speaks_of_masters(tree):
    folder, _ = tree
    roots = [folder / name for name in ("specimens", "archive", "logs", "benchmarks")]
    said = summarise([("A-1", "top"), ("A-2", "top")], *roots, GOALS["masters"])
    assert "2 of 2 stacks are made into masters" in said
    assert "archived" not in said


def test_what_the_checks_warn_of_is_told_in_a_line_until_it_is_acknowledged(tree):
    folder, _ = tree
    stack = folder / "specimens" / "A-1" / "top"
    for reason, expected in ((None, True), ("a leg that dried", False)):
        findings = [row("moved", "frames 3 and 4") | {"acknowledged": reason}]
        write_record(stack / "stack" / "qc.json", "qc", {"findings": findings})
        assert (
            "    to be looked at: moved: frames 3 and 4" in told(folder).splitlines()
        ) is expected


def test_where_files_were_named_the_words_are_of_these_alone(tree):
    folder, leave = tree
    specimens, logs = folder / "specimens", folder / "logs"
    there = str(specimens / "A-1" / "top" / "archival" / "A-1_top.json")
    assert named_files([there], specimens, logs, has_begun=True).splitlines() == [
        *("", "1 of 1 named files are made", f"  {there}")
    ]
    assert "1 of 1 named files are there already" in named_files([there], specimens, logs, False)
    leave("A-3", "ledger", "error: frames differ\n")
    missing = [str(specimens / "A-3" / "top" / name) for name in ("frames.csv", "archive.json")]
    assert named_files([there, *missing], specimens, logs, has_begun=True).splitlines() == [
        *("", "1 of 3 named files are made", f"  {there}"),
        *("Stopped, with the reason:", "  A-3 top, ledger: frames differ"),
        f"    log: {folder / 'logs' / 'A-3' / 'top' / 'ledger.log'}",
    ]


def test_of_many_archived_stacks_those_that_came_last_are_listed_and_the_others_counted(tmp_path):
    stacks = [(f"S-{k}", "top") for k in range(25)]
    for k, (specimen, view) in enumerate(stacks):
        receipt = tmp_path / "specimens" / specimen / view / "archive.json"
        receipt.parent.mkdir(parents=True)
        receipt.write_text("{}")
        os.utime(receipt, (2000 + k, 2000 + k))
    roots = (tmp_path / name for name in ("specimens", "archive", "logs", "benchmarks"))
    said = summarise(stacks, *roots).splitlines()
    assert "25 of 25 stacks are archived" in said
    assert [line.split()[0] for line in said if line.startswith("  S-")] == [
        f"S-{k}" for k in range(5, 25)
    ]
    assert "  and 5 more" in said
