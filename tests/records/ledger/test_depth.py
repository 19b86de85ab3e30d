"""The scale of a depth map: larger is nearer to the camera wherever that is known."""

from __future__ import annotations

import json

import pytest

from records.ledger.depth import depth_scale, description, direction_by, known_direction

FILES = ("a.tif", "b.tif", "c.tif")


def depths(positions_um, direction, numbers=(1, 2, 3)):
    scale = depth_scale(numbers, FILES, positions_um, direction)
    where = numbers if positions_um is None else positions_um
    return [scale.sign * (one - scale.zero_position) for one in where]


@pytest.mark.parametrize(
    ("positions_um", "direction", "expected"),
    [
        ([0.0, 50.0, 100.0], "toward", [0, 50, 100]),
        ([0.0, 50.0, 100.0], "away", [0, -50, -100]),
        ([0.0, -50.0, -100.0], "toward", [0, 50, 100]),
        ([0.0, -50.0, -100.0], "away", [0, -50, -100]),
        ([0.0, -50.0, -100.0], None, [0, 50, 100]),
        ([700.0, 750.0, 900.0], "toward", [0, 50, 200]),
        (None, "toward", [0, 1, 2]),
        (None, "away", [0, -1, -2]),
        (None, None, [0, 1, 2]),
    ],
)
def test_the_frame_nearest_to_the_camera_has_the_largest_depth(positions_um, direction, expected):
    assert depths(positions_um, direction) == expected


def test_a_frame_left_out_leaves_its_place(tmp_path):
    assert depths(None, "toward", (2, 3, 5)) == [0, 1, 3]


def test_the_file_says_unit_zero_and_direction():
    told = json.loads(description(depth_scale((2, 3, 4), FILES, [10.0, 20.0, 30.0], "away")))
    assert told["unit"] == "um"
    assert told["zero"] == "focus of frame 2"
    assert told["zero_file"] == "a.tif"
    assert told["zero_position"] == 10.0
    assert told["direction"] == "away"
    assert told["larger_is"] == "nearer to the camera"


def test_an_unknown_direction_is_said_and_never_made_up():
    scale = depth_scale((1, 2, 3), FILES, None, None)
    told = json.loads(description(scale))
    assert told["direction"] == "unknown"
    assert "not known" in told["larger_is"]
    assert known_direction({"depth": scale.as_record()}) is None


def test_a_description_is_ascii_whatever_the_files_are_called():
    assert description(depth_scale((1,), ("Käfer\udcff.tif",), None, None)).isascii()


@pytest.mark.parametrize(
    ("rises", "positions_um", "expected"),
    [
        ("toward", [0.0, 100.0], "toward"),
        ("toward", [100.0, 0.0], "away"),
        ("away", [100.0, 0.0], "toward"),
        (None, [0.0, 100.0], None),
        ("toward", None, None),
    ],
)
def test_the_rail_s_own_sense_gives_the_direction_of_a_capture(rises, positions_um, expected):
    assert direction_by(rises, positions_um) == expected
