"""`capture.json` as the ledger reads it."""

import json

import pytest

from records.errors import RecordError
from records.ledger.shots import Shot, moved_by, read_shots
from records.shapes import BY_HAND, FOCUS_MOTOR


def write(path, record):
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


def test_frames_in_their_order_with_the_reported_position(tmp_path):
    record = {
        "status": "complete",
        "frames": [
            {"file": "b.dng", "sha256": "12", "asked_um": 0.0, "reported_um": 0.25},
            {"file": "a.dng", "sha256": "34", "asked_um": 10, "reported_um": None},
            {"file": "c.dng"},
        ],
    }
    assert read_shots(write(tmp_path / "capture.json", record)) == [
        Shot("b.dng", "12", 0.25),
        Shot("a.dng", "34", 10.0),
        Shot("c.dng", None, None),
    ]


@pytest.mark.parametrize(
    ("model", "by"), [(FOCUS_MOTOR, "lens"), (BY_HAND, "lens"), ("StackShot", "rail"), ("", "rail")]
)
def test_the_camera_was_moved_unless_a_motor_or_a_person_may_have_moved_the_lens(
    tmp_path, model, by
):
    record = {"frames": [{"file": "a.dng"}], "rig": {"rail": {"model": model}}}
    assert moved_by(write(tmp_path / "capture.json", record)) == by
    assert moved_by(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ([], "is no record of a capture session"),
        ({"frames": []}, "it must have `frames`"),
        ({"frames": [{"reported_um": 1}]}, "frame 1: the file's name is missing"),
        ({"frames": ["a.dng"]}, "frame 1: the file's name is missing"),
        (
            {"frames": [{"file": "a.dng"}, {"file": "b.dng", "reported_um": "far"}]},
            "frame 2 (b.dng): focus position 'far' is not a number",
        ),
        ({"frames": [{"file": "a.dng"}, {"file": "a.dng"}]}, "names a.dng more than once"),
        (
            {"status": "partial", "frames": [{"file": "a.dng"}]},
            "the capture session is partial, 1 frames so far; run the step `capture` again",
        ),
    ],
)
def test_what_is_no_record_of_a_session(tmp_path, record, words):
    path = write(tmp_path / "capture.json", record)
    with pytest.raises(RecordError) as error:
        read_shots(path)
    assert str(path) in str(error.value)
    assert words in str(error.value)


def test_missing_and_damaged_record(tmp_path):
    with pytest.raises(RecordError, match="missing; run the step that makes it"):
        read_shots(tmp_path / "capture.json")
    (tmp_path / "capture.json").write_text('{"frames": [')
    with pytest.raises(RecordError, match="is damaged, no JSON"):
        read_shots(tmp_path / "capture.json")
    (tmp_path / "capture.json").write_text('{"record_format": "holostack-capture/99"}')
    with pytest.raises(RecordError, match="was written by a newer Holostack"):
        read_shots(tmp_path / "capture.json")
