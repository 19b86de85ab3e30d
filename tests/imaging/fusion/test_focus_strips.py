"""A strip in one call gives what its tiles give, kernel by kernel, whichever way it is cut."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.fusion.focus_cells import add_tile
from imaging.fusion.focus_strips import (
    PART_COVERED_PX,
    CellSums,
    State,
    Strip,
    _follow,
    follow_strip,
)
from imaging.fusion.frame import TILE_COLUMNS
from imaging.fusion.highlights import Light, follow_light, no_light
from imaging.fusion.peaks import follow_peaks, no_peaks
from imaging.fusion.sharpness import window_energy
from imaging.sampling import pyramid, warp
from imaging.sampling.coverage import Outline
from imaging.sampling.luminance import half_values, halve_luminance

# Full resolution; at half of it two tiles, the second narrow and odd.
FRAME = (195, 2 * TILE_COLUMNS + 90)
SHAPE = pyramid.coarser(FRAME)
MOTION = np.array([[1.002, 0.001, -1.3], [-0.001, 0.999, 2.2], [0, 0, 1]])
OUTLINE = Outline(MOTION, *SHAPE)
HALO, MARGIN, CELL = pyramid.HALO_PX, pyramid.MARGIN_PX, 16
CURVES = np.tile(np.linspace(0, 1, 65536, dtype=np.float32), (3, 1))
FRAMES, NOISE = 5, np.float32(1e-5)


def room() -> tuple[State, CellSums, tuple, Light]:
    """What a pass writes: state, cells, peaks, light."""
    types = [np.float32] * len(State._fields)
    types[1], types[6], types[9] = np.uint16, np.uint8, np.uint8
    state = State(*(np.zeros(SHAPE, kind) for kind in types))
    state.covered.fill(1)
    cells = [np.zeros((-(-SHAPE[0] // size), -(-SHAPE[1] // size)), np.float32) for size in (16, 2)]
    return state, CellSums(CELL, CELL // 8, *cells), no_peaks(SHAPE), no_light(SHAPE)


def frame(number: int) -> np.ndarray:
    values = np.random.default_rng(number).integers(0, 20000, (*FRAME, 3))
    return (values * (1 + number % 3)).astype(np.uint16)


def by_tiles(pixels: np.ndarray, number: int, made: tuple[State, CellSums, tuple, Light]) -> None:
    state, cells, peaks, seen = made
    binned = halve_luminance(pixels, CURVES, 0, 0, SHAPE[0])
    unused = np.empty((1, *pyramid.coarser(SHAPE)), np.float32)
    for y0 in range(0, SHAPE[0], 32):
        for x0 in range(0, SHAPE[1], TILE_COLUMNS):
            height, width = min(32, SHAPE[0] - y0), min(TILE_COLUMNS, SHAPE[1] - x0)
            tile = np.empty((1, height + 2 * HALO, width + 2 * HALO), np.float32)
            warp.warp_tile(binned, 0, MOTION, half_values(), y0 - HALO, x0 - HALO, tile)
            detail = np.empty((1, height + 2 * MARGIN, width + 2 * MARGIN), np.float32)
            pyramid.split_tile(tile, y0, x0, height, width, *SHAPE, detail, unused)
            energy = np.empty((height, width), np.float32)
            window_energy(detail, 0.0, energy)
            light = tile[0, HALO:-HALO, HALO:-HALO]
            add_tile(energy, OUTLINE, y0, x0, cells.size, cells.energy)
            add_tile(light, OUTLINE, y0, x0, cells.light_size, cells.light)
            _follow(energy, light, number, FRAMES, OUTLINE, y0, x0, state)
            follow_peaks(energy, number, OUTLINE, PART_COVERED_PX, y0, x0, NOISE, peaks)
            follow_light(tile, y0, x0, seen)


def in_strips(
    pixels: np.ndarray,
    number: int,
    rows: int,
    made: tuple[State, CellSums, tuple, Light],
    follows: bool,
) -> None:
    state, cells, peaks, seen = made
    unused = np.empty((1, *pyramid.coarser(SHAPE)), np.float32)
    for y0 in range(0, SHAPE[0], rows):
        y1 = min(y0 + rows, SHAPE[0])
        footprint = (y0 - HALO, y1 + HALO, -HALO, SHAPE[1] + HALO)
        first, last = warp.source_rows(MOTION, footprint, SHAPE[0])
        strip = Strip(2 * first, first, last, y0, y1)
        follow_strip(
            pixels[2 * first : 2 * last],
            *(CURVES, half_values(), strip, number, FRAMES, OUTLINE),
            *(state, cells, peaks, follows, NOISE, seen, unused),
        )


def same(found: tuple, wanted: tuple) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize("rows", [32, 64, 96])
def test_strips_give_what_their_tiles_give(rows):
    wanted, found = room(), room()
    for number in range(FRAMES):
        by_tiles(frame(number), number, wanted)
        in_strips(frame(number), number, rows, found, follows=True)
    assert same(found[0], wanted[0])
    assert same(found[1][2:], wanted[1][2:])
    assert same(found[2], wanted[2])
    assert same(found[3][:4], wanted[3][:4])
    # Something was seen at all: frames end within the picture, and peaks are found.
    assert np.isnan(wanted[1].energy).any() and not np.isnan(wanted[1].energy).all()
    assert wanted[0].covered.min() == 0
    assert (wanted[2].first_at < FRAMES).any()


def test_without_cells_and_peaks_none_are_written_and_the_rest_is_the_same():
    wanted, found = room(), room()
    state, cells, peaks, seen = found
    for number in range(FRAMES):
        in_strips(frame(number), number, 64, wanted, follows=True)
        none = state, cells._replace(size=0, light_size=0), peaks, seen
        in_strips(frame(number), number, 64, none, follows=False)
    assert same(state, wanted[0])
    assert same(seen, wanted[3])
    assert same(cells[2:], room()[1][2:])
    assert same(peaks, room()[2])


@pytest.mark.parametrize(("shift_px", "left_out"), [(-4.0, np.s_[:4]), (4.0, np.s_[8:])])
def test_what_a_frame_does_not_reach_is_left_out_at_either_side_alike(shift_px, left_out):
    state, row = room()[0], np.full((1, 12), 0.5, np.float32)
    for number, share in enumerate((1.0, 0.5)):
        outline = Outline(np.array([[1, 0, number * shift_px], [0, 1, 0], [0, 0, 1]]), 1, 12)
        energy = row * np.float32(share)
        _follow(energy, row, number, FRAMES, outline, 0, 0, state)
    covered = np.ones(12, np.uint8)
    covered[left_out] = 0
    assert state.covered[0, :12].tolist() == covered.tolist()
    assert state.previous[0, :12].tolist() == (0.25 * covered).tolist()


def followed(energies: list[np.float32]) -> dict[str, float]:
    """What is known of a px after its energies, frame by frame, as `State` says it."""
    one, none = np.float32(1.0), np.float32(0.0)
    best = before = after = low = rival = middle = inner = none
    width, sharpest = one, 0
    for k, e in enumerate(energies):
        if k > 0 and sharpest == k - 1:
            after = e
        if k == 0 or e > best:
            rival = max(rival, best - low) if k > 0 else rival
            share = best / e if best > 0 else none
            width = width * (share * share * share) + one if k > 0 else one
            middle += (np.float32(k) - middle) / width
            best, sharpest, after, low = e, k, e, e
            before = energies[max(k - 1, 0)]
        else:
            if best > 0:
                share = (e / best) * (e / best) * (e / best)
                width += share
                middle += share / width * (np.float32(k) - middle)
            low = min(low, e)
            rival = max(rival, e - low)
        if (k == 2 and sharpest == 0) or (k == len(energies) - 3 and sharpest != 0):
            inner = e
    found = {"best": best, "sharpest": sharpest, "before": before, "after": after, "low": low}
    return found | {"rival": rival, "inner": inner, "width": width, "middle": middle}


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 9])
def test_each_px_is_followed_by_itself_to_the_last_bit(frames):
    state, columns = room()[0], 150
    rng = np.random.default_rng(frames)
    energies = rng.random((frames, 1, columns)).astype(np.float32) ** 6
    # Nothing at all, for good or for a while, and frames that are alike.
    energies[rng.random(energies.shape) < 0.3] = 0
    energies[:, 0, :3] = np.array([0, 1, 2], np.float32)
    outline = Outline(np.eye(3), 1, columns)
    for number, energy in enumerate(energies):
        _follow(energy.copy(), energy, number, frames, outline, 0, 0, state)
    for x in range(columns):
        for name, wanted in followed([*energies[:, 0, x]]).items():
            assert getattr(state, name)[0, x] == wanted, (x, name)
