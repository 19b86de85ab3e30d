"""Highlights: in focus small and white, out of focus discs that hide what they cover."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from imaging.fusion.frame import Frame
from imaging.fusion.highlights import (
    NOWHERE,
    REACH_PX,
    Dark,
    Light,
    cells_of,
    coarsen_glare,
    dark_near_highlights,
    follow_light,
    measure_glare,
    no_light,
    take_frame,
)
from imaging.fusion.laplacian import fuse
from imaging.fusion.light_valleys import Valleys, no_valleys
from imaging.fusion.stack import Stack, measure
from imaging.sampling.pyramid import HALO_PX
from tests.imaging.fusion.made_stacks import SHAPE, stored, texture

COUNT, SHARP = 9, 4
# Row, column, radius in px and light of highlights: wide and bright, small and weak.
SPOTS = ((90, 110, 4.0, 30.0), (200, 300, 1.3, 4.0), (95, 250, 2.5, 12.0))


def disc(radius: float) -> np.ndarray:
    reach = int(radius) + 2
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    inside = np.clip(radius + 0.5 - np.hypot(y, x), 0.0, 1.0)
    return (inside / inside.sum()).astype(np.float32)


def encoded(light: np.ndarray) -> np.ndarray:
    return np.clip(light, 0.0, 1.0) ** (1 / 2.2)


def beads(
    folder: Path, sharp: float = SHARP, blur_px: float = 2.5
) -> tuple[list[Frame], np.ndarray]:
    """Frames of highlights on a ground, dark on the left and textured on the right, and the truth.

    All is in focus at frame `sharp`; each frame off it blurs by a disc of `blur_px` more.
    """
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    ground = np.where((x < 200)[..., None], 0.005, 0.4 * texture(7) ** 2).astype(np.float32)
    light = ground.copy()
    for row, column, radius, strength in SPOTS:
        spot = np.clip(radius + 0.5 - np.hypot(y - row, x - column), 0.0, 1.0)
        light += (strength * spot[..., None]).astype(np.float32)
    images = [
        encoded(cv2.filter2D(light, -1, disc(max(blur_px * abs(k - sharp), 0.01))))
        for k in range(COUNT)
    ]
    return stored(folder, images, noise=0.001), encoded(light)


def fused(stack: Stack, **options) -> np.ndarray:
    out = np.zeros((*SHAPE, 3), np.uint16)

    def write(first: int, rows: np.ndarray) -> None:
        out[first : first + len(rows)] = rows

    fuse(
        stack.frames,
        SHAPE,
        stack.noise.colour,
        write,
        depth=stack.guide,
        dark=stack.dark,
        **options,
    )
    return out / 65535.0


def ring(spot: int, first: float, last: float) -> np.ndarray:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    away = np.hypot(y - SPOTS[spot][0], x - SPOTS[spot][1])
    return (away >= first) & (away < last)


@pytest.fixture(scope="module", params=(SHARP, 0), ids=("in the middle", "at the end"))
def made(request, tmp_path_factory):
    frames, truth = beads(tmp_path_factory.mktemp("frames"), request.param)
    stack, _ = measure(frames, SHAPE, None, 2)
    return stack, truth, fused(stack, threads=2)


def test_no_halo_is_left_round_a_highlight_on_dark_ground(made):
    _, truth, picture = made
    halo = np.abs(picture - truth)[ring(0, 7, 24)]
    assert halo.mean() < 0.03
    assert halo.max() < 0.2


def test_texture_next_to_a_highlight_is_kept(made):
    _, truth, picture = made
    error = (picture - truth)[ring(2, 5, 16)]
    assert (error**2).mean() < 0.15 * truth[ring(2, 5, 16)].var()


def test_of_frames_none_of_which_is_held_back_the_one_with_the_least_white_makes_a_rim(tmp_path):
    frames, truth = beads(tmp_path, SHARP + 0.2, 1.5)
    stack, _ = measure(frames, SHAPE, None, 2)
    everywhere = np.full_like(stack.dark.light, NOWHERE - 1)
    asked = fused(stack._replace(dark=Dark(everywhere, everywhere)))
    unasked = fused(stack._replace(dark=None))
    for spot in (0, 2):
        rim = ring(spot, SPOTS[spot][2] + 1, SPOTS[spot][2] + 2)
        assert (asked - truth)[rim].mean() < 0.7 * (unasked - truth)[rim].mean()


@pytest.mark.parametrize("spot", range(len(SPOTS)))
def test_the_highlight_itself_stays_as_bright(made, spot):
    _, truth, picture = made
    here = ring(spot, 0, max(SPOTS[spot][2] - 0.5, 0.5))
    assert np.abs(picture - truth)[here].max() < 0.05


def test_threads_do_not_change_a_bit(made):
    stack, _, picture = made
    again, _ = measure(stack.frames, SHAPE, None, 1)
    assert all(map(np.array_equal, again.dark, stack.dark))
    assert np.array_equal(fused(stack, threads=1), picture)


def test_without_white_there_is_no_highlight(tmp_path):
    images = [0.8 * texture(3) + 0.02 * k for k in range(3)]
    stack, _ = measure(stored(tmp_path, images), SHAPE, None, 2)
    assert stack.dark is None


def test_a_part_of_the_stack_that_may_lack_the_darkest_frame_asks_for_none(made):
    stack, *_ = made
    assert stack.slab(0, COUNT - 1).dark is None
    assert stack.slab(0, COUNT).dark is stack.dark


def seen(dark: int, most: int, lightest: int, wide: float = 32.0) -> Light:
    """Of 200 x 200 px, dark and without change but for one in the middle.

    Its wide neighbourhood has the light `wide` where it has most itself, and 30 at least.
    """
    light = no_light((200, 200))
    light.darkest[:], light.wide[:] = 30.0, round(256 * wide)
    light.dark[:], light.most[:] = 10, 30
    light.dark[100, 100], light.most[100, 100] = dark, most
    light.lightest[100, 100] = lightest
    return light


def asked(light: Light, valleys: Valleys | None = None, covered: int = 1) -> Dark | None:
    valleys = valleys or no_valleys((200, 200), cells_of((200, 200)))
    return dark_near_highlights(light, valleys, np.full((200, 200), covered, np.uint8))


def test_light_is_asked_about_round_what_is_white_in_some_frame_and_dark_in_others():
    dark = asked(seen(20, 200, 255))
    assert dark.light[100, 100] == 20
    assert dark.light[110, 110] == dark.light[100, 139] == 10
    assert dark.light[100, 145] == NOWHERE
    assert np.array_equal(dark.rims, dark.light)
    assert asked(seen(20, 200, 180)) is None
    assert asked(seen(190, 230, 255)) is None
    assert asked(seen(20, 200, 255), covered=0) is None


def test_glitter_that_is_lightest_in_focus_is_no_glare():
    # Its neighbourhood has as much light in all frames, within what evening leaves of differences.
    assert asked(seen(20, 200, 255, wide=30.9)) is None
    assert asked(seen(20, 200, 255, wide=31.5)) is not None


def in_valley(light: int) -> Valleys:
    """That everywhere a frame has such light, between two that are lighter all round."""
    valleys = no_valleys((200, 200), cells_of((200, 200)))
    valleys.dark[:] = light
    valleys.narrow.depth[:] = valleys.wide.depth[:] = 1.2
    return valleys


def test_closer_by_less_light_is_asked_about_where_the_frame_in_focus_lies_between_lighter_ones():
    # All round is as light in the frame that has the most light, so that this tells nothing.
    light = seen(150, 200, 255, wide=30.0)
    assert asked(light) is None
    dark = asked(light, in_valley(20))
    assert dark.light[100, 100] == dark.light[100, 119] == 20
    assert dark.light[100, 125] == NOWHERE
    assert (dark.rims == NOWHERE).all()
    assert asked(light, in_valley(165)) is None
    assert asked(seen(150, 200, 180, wide=30.0), in_valley(20)) is None


def test_where_two_frames_are_told_to_be_in_focus_the_darker_one_counts():
    assert asked(seen(20, 200, 255), in_valley(15)).light[100, 100] == 15
    dark = asked(seen(20, 200, 255), in_valley(30))
    assert dark.light[100, 100] == dark.rims[100, 100] == 20


def test_what_is_known_is_the_light_of_the_frame_whose_wide_neighbourhood_is_darkest():
    light = no_light((120, 120))
    valleys = no_valleys((120, 120), cells_of((120, 120)))
    for k, (here, round_about) in enumerate(((90, 60), (40, 50), (20, 70))):
        light.light[:] = round_about
        light.light[60, 60] = here
        take_frame(light, valleys, k)
    assert light.dark[60, 60] == 40
    assert light.most[60, 60] == 90
    assert light.wide[60, 60] > 60 * 256
    assert light.dark[10, 10] == 50
    assert light.most[10, 10] == 70
    assert valleys.dark[60, 60] == 40
    assert valleys.dark[10, 10] == 50


def test_light_is_the_mean_of_seven_px_each_way_none_of_which_counts_as_white():
    tile = np.random.default_rng(5).random((1, 5 + 2 * HALO_PX, 9 + 2 * HALO_PX), np.float32)
    light = no_light((20, 30))
    follow_light(tile, 8, 16, light)
    wanted = np.zeros((20, 30), np.uint8)
    for y, x in np.ndindex(5, 9):
        top, left = y + HALO_PX - REACH_PX, x + HALO_PX - REACH_PX
        near = np.minimum(tile[0, top : top + 7, left : left + 7], np.float32(0.9))
        wanted[8 + y, 16 + x] = round(255 * float(near.mean(dtype=np.float64)))
    np.testing.assert_array_equal(light.light, wanted)


def test_a_frame_as_dark_as_the_darkest_has_no_glare_and_one_much_brighter_nothing_else():
    tile = np.full((3, 8 + 2 * HALO_PX, 8 + 2 * HALO_PX), 0.2, np.float32)
    glare = np.full((4, 4), 9, np.uint8)
    assert measure_glare(tile, 0, 0, np.full((4, 4), 51, np.uint8), glare) == 0
    assert not glare.any()
    assert measure_glare(tile, 0, 0, np.full((4, 4), 20, np.uint8), glare) == 1
    assert (glare == 255).all()
    assert measure_glare(tile, 0, 0, np.full((4, 4), NOWHERE, np.uint8), glare) == 0
    assert not glare.any()


def test_coarser_px_that_are_half_glare_count_as_glare():
    coarser = np.zeros((3, 4), np.uint8)
    coarsen_glare(np.full((5, 7), 50, np.uint8), coarser)
    assert (coarser == 100).all()
    half = np.zeros((5, 8), np.uint8)
    half[:, 4:] = 255
    coarsen_glare(half, coarser)
    assert (coarser[:, :2] == 0).all()
    assert (coarser[:, 2:] == 255).all()
