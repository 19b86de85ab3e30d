"""Where a stroke's px come from, laid onto the fused image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from imaging.errors import ImagingError
from imaging.frames import tiff
from imaging.fusion.frame import Frame
from imaging.pictures.crop import upright
from imaging.retouching.box import Box, whole
from imaging.retouching.sources import Aligned, Master, Whole
from imaging.sensor.dust import Speck

SHAPE = (20, 30)
PIXELS = np.random.default_rng(3).integers(0, 65536, (*SHAPE, 3), np.uint16)
CROP = Box(4, 3, 19, 12)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    "box", [whole(SHAPE), Box(6, 5, 7, 4), Box(0, 0, 9, 20), Box(25, 16, 4, 3)]
)
def test_a_master_lies_where_it_was_cut_out_whichever_way_it_was_turned(
    tmp_path: Path, orientation: int, box: tuple[int, int, int, int]
) -> None:
    cut = upright(PIXELS[CROP.within(whole(SHAPE))], orientation)
    tiff.write_image(tmp_path / "master.tif", np.ascontiguousarray(cut))
    with Master(tmp_path / "master.tif", CROP, orientation, SHAPE) as master:
        patch = master.read(box)
    there = Box(*box).within(whole(SHAPE))
    inside = np.zeros(SHAPE, np.bool_)
    inside[CROP.within(whole(SHAPE))] = True
    expected = inside[there]
    assert np.array_equal(patch.valid, expected)
    assert np.array_equal(patch.pixels[expected], PIXELS[there][expected])


def test_a_master_of_another_size_than_its_crop_is_refused(tmp_path: Path) -> None:
    tiff.write_image(tmp_path / "master.tif", PIXELS)
    with pytest.raises(ImagingError, match="does not fit the fused image of 30 x 20 px"):
        Master(tmp_path / "master.tif", CROP, 1, SHAPE)


def test_a_picture_of_another_size_or_kind_is_refused(tmp_path: Path) -> None:
    tiff.write_image(tmp_path / "a.tif", PIXELS)
    tiff.write_image(tmp_path / "b.tif", PIXELS[..., 0].copy())
    with pytest.raises(ImagingError, match="of 31 x 20 px"):
        Whole(tmp_path / "a.tif", (20, 31))
    with pytest.raises(ImagingError, match="RGB of 16 bits"):
        Whole(tmp_path / "b.tif")


def frame(tmp_path: Path, shift_px: float = 0.0, **more: object) -> Frame:
    tiff.write_image(tmp_path / "frame.tif", PIXELS)
    inverse = np.array([[1.0, 0.0, -shift_px], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    return Frame(tmp_path / "frame.tif", inverse, **more)  # type: ignore[arg-type] # by keys


def test_a_frame_moved_by_whole_px_is_copied_exactly_and_ends_where_it_ends(
    tmp_path: Path,
) -> None:
    with Aligned(frame(tmp_path, 5.0), SHAPE) as aligned:
        patch = aligned.read((2, 3, 20, 10))
    assert np.array_equal(patch.valid[0], np.arange(2, 22) >= 5)
    assert np.array_equal(patch.pixels[:, 3:], PIXELS[3:13, :17])
    assert not patch.mended.any()


def test_any_box_of_a_turned_frame_has_the_bits_of_the_whole(tmp_path: Path) -> None:
    turned = np.array([[1.01, 0.02, -1.3], [-0.02, 1.01, 2.7], [0.0, 0.0, 1.0]])
    one = Frame(frame(tmp_path).path, turned, None, (1.1, 1.0, 0.9))
    with Aligned(one, SHAPE) as aligned:
        all_of_it, part = aligned.read(whole(SHAPE)), aligned.read((7, 5, 11, 9))
    for got, expected in zip(part, all_of_it):
        assert np.array_equal(got, expected[5:14, 7:18])


def test_what_was_mended_of_a_frame_is_told_where_it_came_to_lie(tmp_path: Path) -> None:
    speck = Speck(20, 10, 2, np.full((2, 2), 0.1, np.float32))
    mended = {"defects": np.array([[5, 5]], np.int32), "dust": (speck,)}
    with Aligned(frame(tmp_path, 3.0, **mended), SHAPE) as aligned:
        told = aligned.read(whole(SHAPE)).mended
    assert told[5, 8] and told[12, 25]
    assert not told[5, 17] and not told[18, 8]
