"""A stack that is retouched: px of the result, its tiles, sources that changed."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from imaging.frames import colour, tiff
from imaging.retouching.box import Box
from imaging.retouching.replay import replay
from records.errors import RecordError
from tests.scripts.stack_folder import pixels_of, put_in_archive, two_versions, write_master
from tests.web.retouching.stacks import FRAMES, FUSED, make_stack, write_transforms
from tests.web.retouching.test_painted import head
from web.retouching.room import Rooms


def room_of(folder, rooms=None, archive="archive", identifier="holostack:beetle/dorsal"):
    return (rooms or Rooms()).of(folder, folder.parents[2] / archive, identifier)


@pytest.fixture
def room(tmp_path):
    return room_of(make_stack(tmp_path))


def draw(room, name: str, source: str, path, **changed) -> None:
    told = {"match": False, **changed}
    stroke = head(name, source=room.known({"source": source}).as_record(), **told)
    room.painted.draw(stroke, 0, path, len(path))


def test_a_stroke_copies_its_source_and_nothing_beside(room) -> None:
    draw(room, "a", "frame-003", [(100, 100), (140, 100)])
    assert room.follow() == Box(90, 90, 61, 21)
    row = room.result.pixels(Box(0, 100, 640, 1))[0, :, 1]
    assert row[100] == row[140] == FRAMES[2]
    assert set(row[:90]) == set(row[151:]) == {FUSED}
    room.painted.undo("a")
    room.follow()
    assert set(room.result.pixels(Box(0, 100, 640, 1))[0, :, 1]) == {FUSED}


def test_the_result_is_that_of_a_replay_after_all_that_a_person_does(room) -> None:
    whole = Box(0, 0, 640, 420)
    room.result.pixels(whole)
    draw(room, "a", "frame-001", [(500, 100), (530, 140)], match=True)
    room.follow()
    draw(room, "b", "frame-003", [(480, 90), (560, 150)], mode="detail")
    room.follow()
    draw(room, "c", "frame-002", [(510, 120)], match=True)
    room.follow()
    room.painted.undo("a")
    room.follow()
    draw(room, "d", "fused", [(520, 120)], mode="restore")
    room.follow()
    room.painted.undo("b")
    room.follow()
    room.painted.redo("b")
    room.follow()
    strokes = room.painted.strokes
    assert [one.id for one in strokes] == ["b", "c", "d"]
    pictures = {one.source: room.catalogue.of(one.source).open() for one in strokes}
    expected = replay(room.catalogue.fused, strokes, pictures, whole)
    assert np.array_equal(room.result.pixels(whole), expected)


def test_tiles_show_the_result_at_each_level_as_it_is_now(room) -> None:
    def shown(level: int, place: tuple[int, int], x: int, y: int) -> int:
        jpeg = room.tile("result", level, *place)
        return Image.open(io.BytesIO(jpeg)).getpixel((x, y))[1]

    assert abs(shown(0, (0, 0), 101, 102) - FUSED / 257) < 3
    assert abs(shown(1, (0, 0), 50, 51) - FUSED / 257) < 3
    draw(room, "a", "frame-003", [(90, 100), (110, 100)])
    room.follow()
    assert abs(shown(0, (0, 0), 101, 102) - FRAMES[2] / 257) < 3
    assert abs(shown(1, (0, 0), 50, 51) - FRAMES[2] / 257) < 3
    assert room.tile("result", 0, 2, 0) is room.tile("result", 2, 0, 0) is None
    assert room.tile("frame-004", 0, 0, 0) is room.tile("../fused", 0, 0, 0) is None


def test_a_source_that_changed_is_named_and_can_be_confirmed(tmp_path) -> None:
    folder = make_stack(tmp_path)
    rooms = Rooms()
    room = room_of(folder, rooms)
    draw(room, "a", "frame-001", [(100, 100)])
    draw(room, "b", "frame-002", [(200, 100)])
    write_transforms(folder, gain=1.01)
    room = room_of(folder, rooms)
    assert [one["changed"] for one in room.told()["strokes"]] == [False, True]
    room.confirm(["a", "b"])
    assert [one["changed"] for one in room.told()["strokes"]] == [False, False]
    now = room.catalogue.offered["frame-002"].source.sha256
    assert room.painted.strokes[1].source.sha256 == now


def test_a_frame_that_is_gone_is_named_and_its_strokes_are_left_out(tmp_path) -> None:
    folder = make_stack(tmp_path)
    draw(room_of(folder), "a", "frame-002", [(200, 100)])
    (folder / "tiff" / "2.tif").unlink()
    room = room_of(folder)
    assert room.facts()["missing_frames"] == [2]
    assert room.told()["strokes"][0]["missing"]
    assert room.result.pixels(Box(200, 100, 1, 1))[0, 0, 0] == FUSED


def test_a_stack_that_is_not_fused_says_what_to_do(tmp_path) -> None:
    with pytest.raises(RecordError, match="run the workflow first"):
        room_of(tmp_path / "specimens" / "none" / "dorsal")


def test_the_page_knows_which_frame_is_in_focus_where(room) -> None:
    facts = room.facts()
    assert (facts["focus"]["width"], facts["focus"]["step_px"]) == (640, 1)
    assert facts["crop_px"] == [20, 10, 600, 400]
    names = [one["name"] for one in facts["sources"]]
    assert names == ["fused", "frame-001", "frame-002", "frame-003"]


def test_the_page_knows_how_a_turned_master_lies(tmp_path) -> None:
    folder = make_stack(tmp_path)
    (record,) = (folder / "archival").glob("*.json")
    crop = {"crop_px": [40, 60, 400, 200], "crop_angle_deg": -7.5, "orientation_applied": 1}
    record.write_text(json.dumps(crop))
    assert room_of(folder).facts()["crop_px"] == [40, 60, 400, 200, -7.5]


def test_an_image_from_another_program_is_painted_on_and_restored(tmp_path) -> None:
    folder = make_stack(tmp_path)
    (folder / "retouch").mkdir()
    pixels = np.full((420, 640, 3), 60000, np.uint16)
    tiff.write_image(folder / "retouch" / "external.tif", pixels, colour.profile("srgb"))
    room = room_of(folder)
    draw(room, "a", "frame-003", [(100, 100)])
    draw(room, "b", "fused", [(100, 100)], mode="restore")
    draw(room, "c", "fused", [(200, 100)])
    room.follow()
    row = room.result.pixels(Box(0, 100, 640, 1))[0, :, 0]
    assert (row[50], row[100], row[200]) == (60000, 60000, FUSED)


@pytest.mark.slow
def test_versions_of_the_archive_are_painted_from_and_those_that_do_not_fit_are_told(
    tmp_path, demo
) -> None:
    folder = make_stack(tmp_path)
    kept = tmp_path / "archive"
    identifier = two_versions(tmp_path / "tree", demo, kept)
    rooms = Rooms()
    room = room_of(folder, rooms, "archive", identifier)
    told = room.facts()["sources"][-2:]
    assert [one["name"] for one in told] == ["version-v2", "version-v1"]
    brush = {"diameter_px": 30, "hardness": 0.9, "opacity": 1}
    draw(room, "a", "version-v2", [(20, 26)], brush=brush)
    (stroke,) = room.painted.strokes
    assert (stroke.source.version, stroke.source.sha256[:16]) == ("v2", told[0]["digest"])
    room.follow()
    shown = room.result.pixels(Box(15, 21, 11, 11))
    assert np.array_equal(shown, pixels_of(32, (40, 30))[15:26, 10:21])
    assert room.tile("version-v1", 0, 0, 0)
    # Another version comes, larger than the fused image.
    stack = tmp_path / "tree" / "USNM-ENT-01234567" / "dorsal"
    crop = {"crop_px": [0, 0, 900, 400], "orientation_applied": 1}
    write_master(stack, 33, (400, 900), colour.profile("srgb"), **crop)
    put_in_archive(stack, kept, "--reason", "Another camera")
    room = room_of(folder, rooms, "archive", identifier)
    names = [one["name"] for one in room.facts()["sources"][-2:]]
    assert names == ["version-v2", "version-v1"]
    (sentence,) = room.facts()["left_out"]
    assert "does not fit the fused image of 640 x 420 px at its crop 0,0,900,400" in sentence


def test_a_spot_is_healed_from_the_frame_that_lacks_it(tmp_path) -> None:
    folder = make_stack(tmp_path)
    clean = tiff.read_image(folder / "stack" / "fused.tif")
    rows, columns = np.mgrid[: clean.shape[0], : clean.shape[1]]
    near = np.hypot(columns - 200, rows - 100) < 8
    spotted = np.where(near[..., None], clean * 0.8, clean).astype(np.uint16)
    # Frames 1 and 2 have it as the fused image does, 3 has not; all are of another brightness.
    tiff.write_image(folder / "stack" / "fused.tif", spotted, colour.profile("srgb"))
    for number, pixels in enumerate((spotted * 1.5, spotted * 1.2, clean * 0.9), 1):
        path = folder / "tiff" / f"{number}.tif"
        tiff.write_image(path, pixels.astype(np.uint16), colour.profile("srgb"))
    room = room_of(folder)
    brush = {"diameter_px": 24, "hardness": 0.8, "opacity": 1}
    draw(room, "a", "frame-001", [(200, 100)], mode="heal", brush=brush)
    room.follow()
    assert room.candidates("a") == ["frame-003"]
    room.take_from("a", "frame-003")
    room.follow()
    healed = room.result.pixels(Box(180, 80, 41, 41)).astype(int)
    assert np.abs(healed - clean[80:121, 180:221]).max() < 200
    assert (room.painted.strokes[0].source.frame, room.painted.strokes[0].mode) == (3, "heal")
    assert room.candidates("none") == []
