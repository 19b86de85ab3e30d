"""The verdict on a folder: used and rejected, problems together, warnings."""

from dataclasses import replace

from records.ledger.arrangement import Arrangement
from records.ledger.verdict import judge
from tests.records.ledger.stacks import rows, series, shot_with, stray, unreadable


def test_a_single_frame_is_used_with_a_warning():
    verdict = judge(series(1))
    assert verdict.problems == ()
    assert verdict.warnings == ("a single frame: there is nothing to be stacked",)


def test_good_frames_are_numbered_in_order():
    verdict = judge(series(3)[::-1])
    assert rows(verdict) == [
        (1, "DSC_0001.NEF", None),
        (2, "DSC_0002.NEF", None),
        (3, "DSC_0003.NEF", None),
    ]
    assert (verdict.problems, verdict.warnings) == ((), ())
    first = verdict.entries[0]
    assert (first.camera, first.lens, first.aperture_f) == ("NIKON D850", "60mm", 8.0)
    assert (first.iso, first.exposure_s) == (64, 1 / 60)
    assert first.white_balance == "1.9000 1.0000 1.5000"
    assert first.taken_at == "2024-05-06T10:00:00"
    assert first.focus_um is None


def test_one_frame_is_a_stack():
    assert judge(series(1)).problems == ()


def test_an_empty_folder_and_one_without_frames_are_refused():
    assert judge([]).problems == ("the folder is empty; put the stack's raws there",)
    assert judge([stray("notes.txt")]).problems[0].startswith("none of the 1 files")


def test_strays_are_listed_after_the_frames():
    verdict = judge([stray("A.txt"), *series(2)])
    assert rows(verdict)[2] == (None, "A.txt", "stray file: not a picture")
    assert verdict.entries[2].orientation is None
    assert verdict.problems == ()


def test_unreadable_frames_stop_the_stack():
    verdict = judge([*series(3), unreadable("DSC_0004.NEF")])
    assert verdict.problems == ("DSC_0004.NEF: truncated",)
    assert rows(verdict)[3] == (None, "DSC_0004.NEF", "truncated")


def test_unreadable_frames_are_rejected_on_request_and_keep_their_focus_step():
    files = series(4)
    files[1] = unreadable("DSC_0002.NEF")
    verdict = judge(files, Arrangement(step_um=5.0), unreadable="reject")
    assert verdict.problems == ()
    assert [(entry.frame, entry.file, entry.focus_um) for entry in verdict.entries] == [
        (1, "DSC_0001.NEF", 0.0),
        (2, "DSC_0003.NEF", 10.0),
        (3, "DSC_0004.NEF", 15.0),
        (None, "DSC_0002.NEF", None),
    ]


def test_nothing_left_after_rejecting_is_refused():
    verdict = judge([unreadable("DSC_0001.NEF")], unreadable="reject")
    assert verdict.problems[0].startswith("none of the 1 files in the folder can be a frame")


def test_all_problems_are_told_together():
    files = [*series(4), unreadable("DSC_0005.NEF")]
    files[1] = replace(files[1], width_px=100)
    files[2] = replace(files[2], capture=shot_with(iso=100))
    problems = judge(files).problems
    assert [problem.split(":")[0] for problem in problems] == [
        "DSC_0005.NEF", "pixel size differs", "ISO differs",
    ]  # fmt: skip


def test_what_is_doubtful_of_a_frame_is_a_warning_that_names_it():
    first, *others = series(3)
    verdict = judge([replace(first, doubts=("its end mark is missing",)), *others])
    assert verdict.warnings == ("DSC_0001.NEF: its end mark is missing",)
    assert len([entry for entry in verdict.entries if entry.frame]) == 3


def test_what_is_doubtful_of_many_frames_is_one_warning_and_each_is_noted():
    files = [
        replace(file, doubts=(f"holds nothing from byte {k}00 on",))
        for k, file in enumerate(series(30), start=1)
    ]
    verdict = judge(files)
    others = ", ".join(file.name for file in files[1:7])
    assert verdict.warnings == (
        f"DSC_0001.NEF: holds nothing from byte 100 on (and so {others} and 23 more)",
    )
    assert [note for note in verdict.notes if note.startswith("in doubt")] == [
        f"in doubt: {file.name}: {file.doubts[0]}" for file in files
    ]


def test_many_frames_that_cannot_be_read_are_one_problem():
    (problem,) = judge([unreadable(f"DSC_{k:04}.NEF") for k in range(1, 31)]).problems
    assert problem.startswith("DSC_0001.NEF: ")
    assert problem.endswith("DSC_0007.NEF and 23 more)")
