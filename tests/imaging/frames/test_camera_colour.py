"""From a camera's colours to a colour space, as LibRaw does it."""

from __future__ import annotations

import numpy as np
import pytest
import rawpy

from imaging.frames import camera_colour, colour
from imaging.frames.profile_writer import colorants
from imaging.frames.raws import HIGHLIGHTS

OUTPUT = {
    "srgb": rawpy.ColorSpace.sRGB,
    "adobe-rgb": rawpy.ColorSpace.Adobe,
    "prophoto": rawpy.ColorSpace.ProPhoto,
}
BALANCE = [2.0, 1.0, 1.6, 1.0]


def by_libraw(path, **options):
    """A raw developed with a white level low enough for highlights to be cut off."""
    with rawpy.imread(str(path)) as raw:
        return raw.postprocess(
            demosaic_algorithm=rawpy.DemosaicAlgorithm.LINEAR,
            output_bps=16,
            user_wb=BALANCE,
            user_black=0,
            user_cblack=[512] * 4,
            user_sat=9000,
            no_auto_bright=True,
            adjust_maximum_thr=0.0,
            **options,
        )


@pytest.mark.parametrize("space", OUTPUT)
@pytest.mark.parametrize("highlights", HIGHLIGHTS)
def test_colours_are_libraws(demo, space, highlights):
    path = demo / "pcb-raw" / "pcb_004.dng"
    blend = highlights == "blend"
    # Before it blends, LibRaw's picture is the one of this mode.
    plain = rawpy.HighlightMode.Ignore if blend else rawpy.HighlightMode.Clip
    camera = {"output_color": rawpy.ColorSpace.raw, "gamma": (1, 1), "highlight_mode": plain}
    found = by_libraw(path, **camera)
    with rawpy.imread(str(path)) as raw:
        matrix = camera_colour.matrix(raw.color_matrix, space)
    _, end = camera_colour.scales(BALANCE, 9000, blend)
    assert not blend or found.max() > end
    line = np.arange(65536).astype(np.uint16)
    camera_colour.render(found, camera_colour.Rendering(matrix, line, end))
    wanted = by_libraw(
        path, output_color=OUTPUT[space], gamma=(1, 1), highlight_mode=HIGHLIGHTS[highlights]
    )
    difference = np.abs(found.astype(int) - wanted)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3


def test_grey_brighter_than_the_end_of_a_channel_is_left_grey():
    line = np.arange(65536).astype(np.uint16)
    pixels = np.full((2, 3, 3), 60000, np.uint16)
    camera_colour.render(pixels, camera_colour.Rendering(np.eye(3, dtype=np.float32), line, 50000))
    assert np.array_equal(pixels, np.full((2, 3, 3), 60000))


@pytest.mark.parametrize("space", colour.SPACES)
def test_matrices_are_those_of_the_profiles(space):
    wanted = np.linalg.solve(*(colorants(colour.SPACES[name]) for name in (space, "srgb")))
    assert np.abs(np.array(camera_colour.FROM_SRGB[space]) - wanted).max() < 1e-4
    there = camera_colour.between("prophoto", space)
    assert there @ camera_colour.FROM_SRGB["prophoto"] == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("space", colour.SPACES)
def test_curves_are_libraws(demo, space):
    path = demo / "pcb-raw" / "pcb_004.dng"
    encoding = colour.SPACES[space]
    camera = {"output_color": rawpy.ColorSpace.raw}
    linear = by_libraw(path, gamma=(1, 1), **camera)
    wanted = by_libraw(path, gamma=(encoding.power, encoding.slope), **camera)
    assert len(np.unique(linear)) > 1000
    assert np.array_equal(camera_colour.curve(encoding)[linear], wanted)
