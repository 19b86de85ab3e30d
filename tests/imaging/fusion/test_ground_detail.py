"""Ground beside near things shows its own detail; near things, and what is doubtful, stay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import ndimage

from imaging.fusion.ground_detail import show_ground
from imaging.fusion.laplacian import fuse
from imaging.fusion.near_end import End
from imaging.fusion.rim_bands import STEPS, Bands, find_bands
from imaging.fusion.stack import measure
from tests.imaging.fusion.made_stacks import SHAPE, steel_on_cloth

# Cells; the near thing ends within a band's cell, at px EDGE.
CELLS, EDGE = (80, 90), 81
PX = 2 * CELLS[0], 2 * CELLS[1]
# Which px a band has either side of where depth breaks, at px 80.
NEAR_SIDE, GROUND_SIDE = np.s_[:, :, 72:EDGE], np.s_[:, 16:-16, EDGE + 1 : 86]
DARK = 0.1


def cloth() -> np.ndarray:
    """Ground (H, W) with detail, about 0.5."""
    field = ndimage.gaussian_filter(np.random.default_rng(3).standard_normal(PX), 1.2)
    return (0.5 + 0.08 * field / field.std()).astype(np.float32)


def stood_before(ground: np.ndarray, thing: float) -> np.ndarray:
    shown = ground.copy()
    shown[:, :EDGE] = thing
    return shown


def bands_of(near: np.ndarray, ground: np.ndarray) -> Bands:
    """Bands with the light of two frames, (H, W) each."""
    guide = np.full(CELLS, 2, np.float32)
    guide[:, :40] = 8
    bands = find_bands(guide, End.LAST, 10)
    row = np.repeat(np.arange(CELLS[0]), np.diff(bands.starts))
    for part in range(4):
        y, x = 2 * row + part // 2, 2 * bands.columns + part % 2
        bands.near_grey[:, part] = np.rint(near[y, x] * STEPS)
        bands.ground_grey[:, part] = np.rint(ground[y, x] * STEPS)
    return bands


def shown_by(bands: Bands, picture: np.ndarray, noise: float = 0.0, threads: int = 1) -> np.ndarray:
    """A grey picture (3, H, W) after its ground is shown."""
    image = np.repeat(picture[None], 3, 0).astype(np.float32)
    any_light = np.zeros((3, *CELLS), np.uint8), np.full((3, *CELLS), 255, np.uint8)
    with ThreadPoolExecutor(threads) as pool:
        show_ground(bands, image, *any_light, noise, pool)
    return image


@pytest.fixture(scope="module")
def scene():
    """Sharp ground, what was fused (blurred beside the near thing), the near and the far frame."""
    ground = cloth()
    blurred = ndimage.gaussian_filter(ground, 4.0)
    fused = stood_before(blurred, DARK)
    # Of the near thing's rays so many meet in a px of the ground's frame.
    veil = ndimage.gaussian_filter(stood_before(np.zeros(PX, np.float32), 1.0), 3.0)
    return ground, fused, fused, ground * (1 - veil) + DARK * veil


def error(image: np.ndarray, ground: np.ndarray) -> float:
    return float(np.sqrt(((image - ground)[GROUND_SIDE] ** 2).mean()))


def test_ground_beside_a_rim_shows_the_detail_of_its_own_frame(scene):
    ground, fused, near, far = scene
    before, after = fused[None], shown_by(bands_of(near, far), fused)
    assert error(before, ground) > 0.06
    assert error(after, ground) < 0.5 * error(before, ground)


def test_the_near_thing_stays_to_the_px(scene):
    _, fused, near, far = scene
    after = shown_by(bands_of(near, far), fused)
    assert np.array_equal(after[NEAR_SIDE], np.repeat(fused[None], 3, 0)[NEAR_SIDE])


def test_away_from_rims_nothing_changes(scene):
    _, fused, near, far = scene
    after = shown_by(bands_of(near, far), fused)
    assert np.array_equal(after[:, :, 100:], np.repeat(fused[None], 3, 0)[:, :, 100:])


def test_a_frame_with_less_detail_than_was_fused_has_no_say(scene):
    ground, _, near, _ = scene
    fused = stood_before(ground, DARK)
    after = shown_by(bands_of(near, near), fused)
    assert np.array_equal(after, np.repeat(fused[None], 3, 0))


def test_noise_is_no_detail(scene):
    _, fused, near, _ = scene
    noisy = fused + np.random.default_rng(8).normal(0, 0.01, PX).astype(np.float32)
    assert not np.array_equal(shown_by(bands_of(near, noisy), fused)[0], fused)
    after = shown_by(bands_of(near, noisy), fused, noise=4e-4)
    assert np.array_equal(after, np.repeat(fused[None], 3, 0))


def test_the_blur_of_a_bright_thing_is_no_detail():
    ground = 0.3 * cloth()
    blurred = ndimage.gaussian_filter(ground, 4.0)
    fused = stood_before(blurred, 0.95)
    veil = ndimage.gaussian_filter(stood_before(np.zeros(PX, np.float32), 1.0), 6.0)
    after = shown_by(bands_of(fused, ground * (1 - veil) + 0.95 * veil), fused)
    assert np.array_equal(after, np.repeat(fused[None], 3, 0))


def test_where_thing_and_ground_are_alike_nothing_tells_which_is_which(scene):
    ground, _, _, far = scene
    fused = stood_before(ndimage.gaussian_filter(ground, 4.0), 0.5)
    after = shown_by(bands_of(fused, far), fused)
    assert np.array_equal(after, np.repeat(fused[None], 3, 0))


def test_threads_change_no_bit(scene):
    _, fused, near, far = scene
    bands = bands_of(near, far)
    assert np.array_equal(shown_by(bands, fused), shown_by(bands, fused, threads=3))


def test_cloth_beside_dark_steel_comes_nearer_to_the_truth(tmp_path):
    frames, truth, disc = steel_on_cloth(tmp_path, light=DARK)
    stack, _ = measure(frames, SHAPE, None, near=End.LAST)
    beside = ndimage.binary_dilation(disc, iterations=6) & ~disc
    errors = []
    for near in (None, stack.near):
        fused = np.zeros((*SHAPE, 3), np.uint16)

        def write(first: int, rows: np.ndarray, fused: np.ndarray = fused) -> None:
            fused[first : first + len(rows)] = rows

        fuse(frames, SHAPE, stack.noise.colour, write, depth=stack.guide, near=near)
        off = (fused / 65535.0 - truth) ** 2
        errors.append((off[beside].mean(), off[disc].mean()))
    (ground_before, disc_before), (ground_after, disc_after) = errors
    assert ground_after < 0.95 * ground_before
    assert disc_after <= 1.001 * disc_before
