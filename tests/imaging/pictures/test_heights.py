"""Height maps: float32 and 16 bits, read by programs that know nothing of Holostack."""

from __future__ import annotations

import json
from fractions import Fraction
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import tifffile

from imaging.errors import ImagingError
from imaging.frames import tiff
from imaging.pictures.heights import FLOAT, SIXTEEN_BITS, coding_for, write_height_map

TOLD = {"unit": "um", "unknown": "NaN", "zero": "focus of frame 1"}


@pytest.fixture()
def depth(tmp_path):
    """A map of a slope with a hole, and what it holds."""
    heights = np.linspace(-812.5, 4100, 300 * 200).reshape(200, 300).astype(np.float32)
    heights[20:30, 40:60] = np.nan
    tiff.write_image(tmp_path / "depth.tif", heights)
    return tmp_path / "depth.tif", heights


def written(depth, format):
    out = depth.with_name(f"{format}.tiff")
    write_height_map(
        depth, out, format, TOLD, 25400 / 2.5, b"<x:xmpmeta/>", {"artist": "A. Person"}
    )
    with tifffile.TiffFile(out) as file:
        return file.asarray(), {tag.name: tag.value for tag in file.pages[0].tags}


def test_in_float32_the_map_is_the_heights_themselves_unknown_where_they_are(depth):
    path, heights = depth
    values, tags = written(path, FLOAT)
    assert values.dtype == np.float32 and np.array_equal(values, heights, equal_nan=True)
    assert (tags["GDAL_NODATA"], tags["Artist"]) == ("nan", "A. Person")
    assert json.loads(tags["ImageDescription"]) == TOLD | {"least_um": -812.5, "most_um": 4100.0}
    # ResolutionUnit 2: inches on the object.
    assert (Fraction(*tags["XResolution"]), tags["ResolutionUnit"]) == (10160, 2)


def test_in_16_bits_heights_follow_from_values_by_what_the_file_says_to_half_a_scale(depth):
    path, heights = depth
    values, tags = written(path, SIXTEEN_BITS)
    assert values.dtype == np.uint16
    said = json.loads(tags["ImageDescription"])
    read = said["offset_um"] + said["scale_um"] * values.astype(float)
    known = np.isfinite(heights)
    assert said["scale_um"] == 0.1
    assert np.abs(read - heights)[known].max() <= 0.05 + 1e-3
    assert np.array_equal(values == said["unknown"], ~known)
    assert tags["GDAL_NODATA"] == "0"
    items = {one.get("role"): one.text for one in ET.fromstring(tags["GDAL_METADATA"])}
    assert items["unittype"] == "um"
    assert (float(items["offset"]), float(items["scale"])) == (said["offset_um"], said["scale_um"])


@pytest.mark.parametrize(
    ("least", "most", "scale"), [(0, 65.5, 0.001), (0, 65.6, 0.002), (-5, 3e5, 5), (7, 7, 2e-5)]
)
def test_a_coding_is_the_finest_of_round_ones_that_holds_the_range(least, most, scale):
    coding = coding_for(least, most)
    assert coding.scale_um == scale
    ends = coding.encode(np.array([[least, most]], np.float32))
    assert ends.min() >= 1 and ends.max() <= 65535


def test_equal_maps_give_equal_bytes(depth):
    path, _ = depth
    for format in (FLOAT, SIXTEEN_BITS):
        before = written(path, format) and path.with_name(f"{format}.tiff").read_bytes()
        assert written(path, format) and path.with_name(f"{format}.tiff").read_bytes() == before


def test_a_map_without_a_height_and_a_format_of_pictures_are_refused(tmp_path, depth):
    tiff.write_image(tmp_path / "none.tif", np.full((9, 9), np.nan, np.float32))
    with pytest.raises(ImagingError, match=r"none\.tif: no height is known"):
        written(tmp_path / "none.tif", FLOAT)
    with pytest.raises(ImagingError, match="format is 'jpeg', but must be height or height-16"):
        written(depth[0], "jpeg")
