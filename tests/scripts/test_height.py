"""Height maps of a stack: what they say of themselves, and when there is none."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tifffile

import height
from records.errors import RecordError
from records.files import sha256_file
from tests.scripts.relief import hill, write_relief


def make(master, out, *options):
    record = master.with_suffix(".json")
    height.main([f"--master={master}", f"--record={record}", f"--out={out}", *options])
    return out


def test_a_height_map_is_the_depth_map_and_says_unit_direction_origin_and_master(tmp_path):
    master = write_relief(tmp_path, hill())
    out = make(master, tmp_path / "derivatives" / "A-1_top_height.tiff")
    with tifffile.TiffFile(out) as file:
        assert np.array_equal(file.asarray(), hill(), equal_nan=True)
        said = json.loads(file.pages[0].description)
    assert said == {
        "format": "holostack-height/1",
        "what": "height map",
        "unit": "um",
        "larger_is": "nearer to the camera",
        "zero": "focus of frame 1",
        "zero_frame": 1,
        "zero_file": "0.dng",
        "unknown": "NaN",
        "origin": "the middle of the first px, top left; rows go down, columns go right",
        "pixel_size_um": 2.5,
        "master": "A-1_top.tif",
        "master_sha256": sha256_file(master),
        "depth_sha256": sha256_file(master.with_name("A-1_top_depth.tif")),
        "least_um": 0.0,
        "most_um": 900.0,
        "shows": "A-1 top; Height map in um, from its depth map: Focus stacking: 24 frames",
    }


def test_in_16_bits_it_is_made_by_the_format_of_that_name(tmp_path):
    master = write_relief(tmp_path, hill())
    out = make(master, tmp_path / "h.tiff", "--format=height-16")
    with tifffile.TiffFile(out) as file:
        said = json.loads(file.pages[0].description)
        read = said["offset_um"] + said["scale_um"] * file.asarray()[75, 110].astype(float)
    assert abs(read - hill()[75, 110]) <= said["scale_um"] / 2 + 1e-4


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"depth": None}, "A-1 top: has no depth map, as a stack of one frame has none; leave"),
        ({"unit": "frame"}, "how far apart its frames are is not known, .* column step_um, or"),
        ({"direction": "unknown"}, "toward the camera or away is not known, .* column direction"),
        ({"pixel_size_um": None}, None),
    ],
)
def test_without_heights_in_um_there_is_none_and_a_sentence_says_what_to_do(tmp_path, told, said):
    master = write_relief(tmp_path, hill(), **told)
    out = tmp_path / "h.tiff"
    if said is None:
        assert make(master, out).is_file()
        return
    with pytest.raises(RecordError, match=said):
        make(master, out)
    assert not out.exists()


def test_a_depth_map_that_is_not_the_recorded_one_is_refused(tmp_path):
    master = write_relief(tmp_path, hill())
    depth = master.with_name("A-1_top_depth.tif")
    depth.write_bytes(depth.read_bytes()[:-1] + b"\x01")
    with pytest.raises(RecordError, match=r"_depth\.tif: is not what step master made"):
        make(master, tmp_path / "h.tiff")
