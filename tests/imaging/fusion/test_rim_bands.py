"""Bands along rims: which cells they have, and the light of which frames."""

from __future__ import annotations

import numpy as np

from imaging.fusion.near_end import End
from imaging.fusion.rim_bands import BESIDE, STEPS, find_bands, keep_light

# A near thing in frame 9 before ground in frame 2, cells; it ends between two columns.
SHAPE, EDGE, NEAR, GROUND, FRAMES = (6, 40), 20, 9, 2, 12


def guide(near: float = NEAR, ground: float = GROUND) -> np.ndarray:
    z = np.full(SHAPE, ground, np.float32)
    z[:, :EDGE] = near
    return z


def test_a_band_is_as_wide_on_either_side_of_an_edge_of_depth():
    bands = find_bands(guide(), End.LAST, FRAMES)
    width = 2 * BESIDE
    assert bands.starts.tolist() == [width * row for row in range(SHAPE[0] + 1)]
    for row in bands.columns.reshape(SHAPE[0], width):
        assert row.tolist() == list(range(EDGE - BESIDE, EDGE + BESIDE))
    assert np.array_equal(bands.on_near, bands.columns < EDGE)


def test_a_cell_knows_the_frames_of_the_near_thing_and_of_the_ground_at_either_end():
    for near, z in ((End.LAST, guide()), (End.FIRST, guide(GROUND, NEAR))):
        bands = find_bands(z, near, FRAMES)
        thing, ground = (NEAR, GROUND) if near is End.LAST else (GROUND, NEAR)
        assert set(bands.near.tolist()) == {thing}
        assert set(bands.ground.tolist()) == {ground}
        assert np.array_equal(bands.on_near, bands.columns < EDGE)


def test_where_depth_hardly_breaks_there_is_no_band():
    assert not find_bands(guide(near=5.0), End.LAST, FRAMES).columns.size


def test_without_a_near_end_there_is_no_band():
    assert not find_bands(guide(), None, FRAMES).columns.size


def test_a_slab_has_no_band_where_one_of_the_two_frames_is_not_its():
    assert not find_bands(guide() - np.float32(4), End.LAST, FRAMES).columns.size
    assert not find_bands(guide(), End.LAST, 9).columns.size
    assert find_bands(guide(), End.LAST, 10).columns.size


def test_the_light_of_the_two_frames_is_kept_tile_by_tile_and_no_other():
    bands = find_bands(guide(), End.LAST, FRAMES)
    rng, halo = np.random.default_rng(1), 3
    height, width = 2 * SHAPE[0] - 1, 2 * SHAPE[1]
    frames = rng.random((FRAMES, 3, height + 2 * halo, width + 2 * halo)).astype(np.float32)
    for k, frame in enumerate(frames):
        for y0, x0, y1, x1 in ((0, 0, 4, 38), (0, 38, 4, width), (4, 0, height, width)):
            keep_light(frame[:, y0 : y1 + 2 * halo, x0 : x1 + 2 * halo], halo, k, y0, x0, bands)
    share = np.array([0.25, 0.5, 0.25])[:, None, None]
    for which, found in ((NEAR, bands.near_grey), (GROUND, bands.ground_grey)):
        grey = (frames[which, :, halo:-halo, halo:-halo] * share).sum(0) * STEPS
        for row in range(SHAPE[0]):
            for n in range(bands.starts[row], bands.starts[row + 1]):
                column = 2 * bands.columns[n]
                # The picture's rows are odd: below the last lies that again.
                lower = min(2 * row + 1, height - 1)
                wanted = [*grey[2 * row, column:][:2], *grey[lower, column:][:2]]
                assert np.abs(found[n] - wanted).max() < 1
