"""Frames released by the rail and collected from the memory card afterwards."""

from dataclasses import replace

import pytest

from hardware.cameras.card import CardCamera
from hardware.capture.exposure import Exposures
from hardware.capture.session import capture
from hardware.errors import CameraError, DoubtfulReleaseError, RigError
from tests.hardware.cameras.test_hot_folder import jpeg, raw
from tests.hardware.rigs import CAMERA, PLAN, raws, rig, run, stack_in

ON_CARD = replace(CAMERA, kind="card")


class Body:
    """A camera that writes to its card: numbered files, a JPEG beside each raw."""

    def __init__(self, card):
        self.card = card / "DCIM" / "100"
        self.card.mkdir(parents=True)
        self.shots = 0
        self.killed_at: dict[int, str] = {}

    def release(self):
        self.shots += 1
        when = self.killed_at.pop(self.shots, "")
        if when == "before":
            self.shots -= 1
            raise KeyboardInterrupt
        self.card.joinpath(f"IMG_{self.shots:04d}.DNG").write_bytes(raw(self.shots))
        self.card.joinpath(f"IMG_{self.shots:04d}.JPG").write_bytes(jpeg())
        if when == "after":
            raise KeyboardInterrupt
        if when == "doubtful":
            raise DoubtfulReleaseError("rail: whether it released is not known")


@pytest.fixture
def body(tmp_path):
    return Body(tmp_path / "card")


def session(folder, body, card=None):
    with rig() as (axis, _, _):
        devices = axis, CardCamera(body.release)
        return capture(stack_in(folder), PLAN, *devices, ON_CARD, {}, lambda line: None, card, True)


def test_released_then_collected_in_order(tmp_path, body):
    with pytest.raises(RigError, match=r"6 frames are released and on the card.*--card"):
        session(tmp_path, body)
    record = session(tmp_path, body, tmp_path / "card")
    assert body.shots == 6
    assert list(raws(tmp_path).values()) == [raw(i) for i in range(1, 7)]
    assert [entry["asked_um"] for entry in record["frames"]] == [0, 100, 200, 300, 400, 500]
    assert record["frames"][5]["camera_file"] == "IMG_0006.DNG"
    assert len(list((tmp_path / "card").rglob("*.DNG"))) == 6


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_release_that_was_cut_off_is_told_by_the_number_of_files(tmp_path, body, when):
    body.killed_at[3] = when
    with pytest.raises(KeyboardInterrupt):
        session(tmp_path, body)
    record = session(tmp_path, body, tmp_path / "card")
    expected = [1, 2, 3, 4, 5, 6] if when == "before" else [1, 2, 4, 5, 6, 7]
    assert list(raws(tmp_path).values()) == [raw(i) for i in expected]
    assert len(record["frames"]) == 6


def test_a_release_of_which_the_rail_knows_nothing_is_told_by_the_number_of_files(tmp_path, body):
    body.killed_at[3] = "doubtful"
    with pytest.raises(DoubtfulReleaseError, match="same command again"):
        session(tmp_path, body)
    record = session(tmp_path, body, tmp_path / "card")
    assert record["doubtful"] == [3]
    assert list(raws(tmp_path).values()) == [raw(i) for i in (1, 2, 4, 5, 6, 7)]


@pytest.mark.parametrize("change", ["one more", "one less"])
def test_too_many_or_too_few_are_never_guessed_at(tmp_path, body, change):
    with pytest.raises(RigError, match="--card"):
        session(tmp_path, body)
    if change == "one more":
        (body.card / "IMG_0000.DNG").write_bytes(raw(50))
    else:
        (body.card / "IMG_0004.DNG").unlink()
    held = 7 if change == "one more" else 5
    with pytest.raises(RigError, match=rf"holds {held} frames, but 6 were released"):
        session(tmp_path, body, tmp_path / "card")
    assert not raws(tmp_path)


def test_a_file_that_is_on_the_card_twice_is_no_two_frames(tmp_path, body):
    with pytest.raises(RigError, match="--card"):
        session(tmp_path, body)
    (body.card / "IMG_0004.DNG").write_bytes(raw(3))
    with pytest.raises(CameraError, match=r"IMG_0004\.DNG is the same file as frame 3"):
        session(tmp_path, body, tmp_path / "card")
    assert len(raws(tmp_path)) == 3


def test_a_copy_that_is_not_what_was_on_the_card_is_no_frame(tmp_path, body, monkeypatch):
    """A reader that turns a bit round gives a frame that opens like any other."""
    with pytest.raises(RigError, match="--card"):
        session(tmp_path, body)

    def bad_reader(source, target):
        data = bytearray(source.read_bytes())
        data[-1] ^= 4
        target.write_bytes(data)
        return target

    monkeypatch.setattr("hardware.capture.card.copy_new", bad_reader)
    with pytest.raises(
        CameraError, match=r"copy of IMG_0001\.DNG is not what was read on the card"
    ):
        session(tmp_path, body, tmp_path / "card")
    assert not raws(tmp_path)
    monkeypatch.undo()
    session(tmp_path, body, tmp_path / "card")
    assert list(raws(tmp_path).values()) == [raw(i) for i in range(1, 7)]


@pytest.mark.parametrize("by", ["cable", "card"])
@pytest.mark.parametrize(("fault", "again"), [(CameraError, 1), (RigError, 0)])
def test_what_frames_are_held_to_is_one_for_cable_and_card(
    tmp_path, body, monkeypatch, by, fault, again
):
    """By cable, a fault that another exposure may not have is tried once more."""
    checked = []

    def refuse(self, path, facts):
        checked.append(path.name)
        if len(self.record["frames"]) == 2:
            raise fault("the third frame is too dark")

    monkeypatch.setattr(Exposures, "refuse_unfit", refuse)
    if by == "card":
        with pytest.raises(RigError, match="--card"):
            session(tmp_path, body)
        assert checked == []
        again = 0
    with pytest.raises(fault, match="the third frame is too dark"):
        if by == "card":
            session(tmp_path, body, tmp_path / "card")
        else:
            with rig() as (axis, camera, _):
                run(tmp_path, axis, camera)
    assert len(raws(tmp_path)) == 2
    assert len(checked) == 3 + again


def test_a_folder_that_is_not_there_is_told(tmp_path, body):
    with pytest.raises(RigError, match="Where is the card mounted"):
        session(tmp_path, body, tmp_path / "nowhere")


def test_settings_cannot_be_set_and_that_is_told(body):
    with pytest.raises(CameraError, match="aperture cannot be set"):
        CardCamera(body.release).apply({"aperture": "8"})
