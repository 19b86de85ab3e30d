"""Which files of a raw folder were never frames of the stack, and which frames are missing."""

from dataclasses import replace

from records.ledger.arrangement import Arrangement
from records.ledger.shots import Shot
from records.ledger.verdict import judge
from tests.records.ledger.stacks import frame, rows, series, stray, unreadable


def test_camera_jpeg_beside_its_raw_is_rejected():
    jpeg = frame("dsc_0002.jpg", kind="photo", format="jpeg")
    verdict = judge([*series(3), jpeg])
    assert rows(verdict)[3] == (None, "dsc_0002.jpg", "camera JPEG beside its raw DSC_0002.NEF")
    assert verdict.problems == ()


def test_duplicates_name_each_other():
    twice = replace(series(3)[1], name="copy of DSC_0002.NEF")
    verdict = judge([*series(3), twice])
    reason = "duplicate: the same bytes as DSC_0002.NEF"
    assert rows(verdict)[3] == (None, "copy of DSC_0002.NEF", reason)
    assert [entry.file for entry in verdict.entries[:3]] == [one.name for one in series(3)]
    assert verdict.problems == ()


def test_a_camera_jpeg_beside_an_unreadable_raw_is_no_frame_either():
    jpeg = frame("DSC_0002.JPG", kind="photo", format="jpeg")
    verdict = judge([series(1)[0], unreadable("DSC_0002.NEF"), jpeg], unreadable="reject")
    assert [entry.frame for entry in verdict.entries] == [1, None, None]


def test_frames_that_the_session_does_not_know():
    shots = [Shot(one.name, None, 1.0) for one in series(2)]
    verdict = judge([*series(3), stray("notes.txt")], Arrangement(shots=shots))
    assert rows(verdict)[2] == (None, "DSC_0003.NEF", "not among the frames of capture.json")
    assert rows(verdict)[3] == (None, "notes.txt", "stray file: not a picture")


def test_frames_that_changed_or_went_since_the_session():
    shots = [Shot("DSC_0001.NEF", "other", 0.0), Shot("DSC_0009.NEF", None, 1.0)]
    problems = judge(series(1), Arrangement(shots=shots)).problems
    assert problems[0].startswith("DSC_0001.NEF: its bytes are not those that were captured")
    assert problems[1].startswith("DSC_0009.NEF: named in capture.json but not in the folder")


def test_many_frames_that_went_or_changed_are_one_problem_each():
    shots = [Shot(f"DSC_{k:04}.NEF", "other", float(k)) for k in range(1, 61)]
    changed, missing = judge(series(30), Arrangement(shots=shots)).problems[:2]
    assert changed.startswith("DSC_0001.NEF: its bytes ") and changed.endswith("(and 29 more)")
    assert "DSC_0036.NEF and 24 more: named in capture.json but not in the folder" in missing
