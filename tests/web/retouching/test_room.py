"""A stack that is retouched: px of the result, its tiles, sources that changed."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from imaging.frames import colour, tiff
from imaging.retouching.box import Box
from imaging.retouching.replay import replay
from records.errors import RecordError
from tests.web.retouching.stacks import FRAMES, FUSED, make_stack, write_transforms
from tests.web.retouching.test_painted import head
from web.retouching.room import Rooms


@pytest.fixture
def room(tmp_path):
    return Rooms().of(make_stack(tmp_path))


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
    room = rooms.of(folder)
    draw(room, "a", "frame-001", [(100, 100)])
    draw(room, "b", "frame-002", [(200, 100)])
    write_transforms(folder, gain=1.01)
    room = rooms.of(folder)
    assert [one["changed"] for one in room.told()["strokes"]] == [False, True]
    room.confirm(["a", "b"])
    assert [one["changed"] for one in room.told()["strokes"]] == [False, False]
    now = room.catalogue.offered["frame-002"].source.sha256
    assert room.painted.strokes[1].source.sha256 == now


def test_a_frame_that_is_gone_is_named_and_its_strokes_are_left_out(tmp_path) -> None:
    folder = make_stack(tmp_path)
    draw(Rooms().of(folder), "a", "frame-002", [(200, 100)])
    (folder / "tiff" / "2.tif").unlink()
    room = Rooms().of(folder)
    assert room.facts()["missing_frames"] == [2]
    assert room.told()["strokes"][0]["missing"]
    assert room.result.pixels(Box(200, 100, 1, 1))[0, 0, 0] == FUSED


def test_a_stack_that_is_not_fused_says_what_to_do(tmp_path) -> None:
    with pytest.raises(RecordError, match="run the workflow first"):
        Rooms().of(tmp_path / "specimens" / "none" / "dorsal")


def test_the_page_knows_which_frame_is_in_focus_where(room) -> None:
    facts = room.facts()
    assert (facts["focus"]["width"], facts["focus"]["step_px"]) == (640, 1)
    assert facts["crop_px"] == [20, 10, 600, 400]
    names = [one["name"] for one in facts["sources"]]
    assert names == ["fused", "frame-001", "frame-002", "frame-003"]


def test_an_image_from_another_program_is_painted_on_and_restored(tmp_path) -> None:
    folder = make_stack(tmp_path)
    (folder / "retouch").mkdir()
    pixels = np.full((420, 640, 3), 60000, np.uint16)
    tiff.write_image(folder / "retouch" / "external.tif", pixels, colour.profile("srgb"))
    room = Rooms().of(folder)
    draw(room, "a", "frame-003", [(100, 100)])
    draw(room, "b", "fused", [(100, 100)], mode="restore")
    draw(room, "c", "fused", [(200, 100)])
    room.follow()
    row = room.result.pixels(Box(0, 100, 640, 1))[0, :, 0]
    assert (row[50], row[100], row[200]) == (60000, 60000, FUSED)
