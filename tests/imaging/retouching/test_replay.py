"""Strokes applied again: exact px, and the same bits whatever part is asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from imaging.retouching.box import Box, whole
from imaging.retouching.brush import coverage
from imaging.retouching.replay import apply, replay, source_of
from imaging.retouching.sources import Array, Patch

ROWS, COLUMNS = 75, 90


@dataclass(frozen=True)
class Brush:
    diameter_px: float
    hardness: float
    opacity: float


@dataclass(frozen=True)
class Stroke:
    source: str
    mode: str
    match: bool
    brush: Brush
    path_px: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Half:
    """A picture that has px left of a column, and was mended left of another."""

    pixels: NDArray[np.uint16]
    until: int
    mended_until: int = 0

    @property
    def shape(self) -> tuple[int, int]:
        return self.pixels.shape[0], self.pixels.shape[1]

    def read(self, box: tuple[int, int, int, int]) -> Patch:
        x, y, width, height = box
        columns = np.broadcast_to(np.arange(x, x + width), (height, width))
        pixels = self.pixels[y : y + height, x : x + width].copy()
        return Patch(pixels, columns < self.until, columns < self.mended_until)


def picture(seed: int, shape: tuple[int, int] = (ROWS, COLUMNS)) -> NDArray[np.uint16]:
    return np.random.default_rng(seed).integers(0, 65536, (*shape, 3), np.uint16)


BASE = Array(picture(0))
SOURCES = {"one": Array(picture(1)), "half": Half(picture(2), 47, 20)}
HARD = Brush(20.0, 1.0, 1.0)


def stroke(mode: str, source: str = "one", brush: Brush = HARD, **more: object) -> Stroke:
    told = {"match": False, "path_px": ((30.0, 30.0), (60.0, 40.0)), **more}
    return Stroke(source, mode, brush=brush, **told)  # type: ignore[arg-type] # told by keys


def everything(strokes: list[Stroke]) -> NDArray[np.uint16]:
    return replay(BASE, strokes, SOURCES, whole(BASE.shape))


def test_no_stroke_changes_nothing() -> None:
    assert np.array_equal(everything([]), BASE.pixels)


def test_pixels_are_copied_exactly_where_the_brush_is_opaque_and_nowhere_beyond_it() -> None:
    one = stroke("pixels")
    cover = coverage(one.path_px, one.brush, whole(BASE.shape))
    made = everything([one])
    assert (cover == 1.0).sum() > 500
    assert np.array_equal(made[cover == 1.0], SOURCES["one"].pixels[cover == 1.0])
    assert np.array_equal(made[cover == 0.0], BASE.pixels[cover == 0.0])


def test_an_opacity_of_a_quarter_takes_a_quarter_of_the_source() -> None:
    made = everything([stroke("pixels", brush=Brush(20.0, 1.0, 0.25))])
    expected = np.rint(0.75 * BASE.pixels[30, 30] + 0.25 * SOURCES["one"].pixels[30, 30])
    assert np.array_equal(made[30, 30], expected)


def test_restoring_brings_the_fused_image_back_exactly() -> None:
    painted = stroke("pixels")
    back = stroke("restore", brush=Brush(40.0, 1.0, 1.0))
    assert not np.array_equal(everything([painted]), BASE.pixels)
    assert np.array_equal(everything([painted, back]), BASE.pixels)


def test_strokes_apply_in_their_order() -> None:
    one, other = stroke("pixels"), stroke("pixels", "half")
    y, x = 30, 30
    assert np.array_equal(everything([one, other])[y, x], SOURCES["half"].pixels[y, x])
    assert np.array_equal(everything([other, one])[y, x], SOURCES["one"].pixels[y, x])


@pytest.mark.parametrize("mode", ["pixels", "detail", "heal"])
def test_a_px_that_the_source_has_not_is_never_written(mode: str) -> None:
    made = everything([stroke(mode, "half", match=True)])
    assert not np.array_equal(made[:, :47], BASE.pixels[:, :47])
    assert np.array_equal(made[:, 47:], BASE.pixels[:, 47:])


def test_healing_writes_nothing_where_the_source_itself_was_mended() -> None:
    path = ((15.0, 30.0), (40.0, 30.0))
    healed = everything([stroke("heal", "half", path_px=path)])
    copied = everything([stroke("pixels", "half", path_px=path)])
    assert np.array_equal(healed[:, :20], BASE.pixels[:, :20])
    assert not np.array_equal(copied[:, :20], BASE.pixels[:, :20])
    assert not np.array_equal(healed[:, 20:], BASE.pixels[:, 20:])


def test_detail_comes_without_a_step_of_brightness() -> None:
    x = np.arange(COLUMNS)
    ripple = np.broadcast_to((2000 * (x % 2))[None, :, None], (ROWS, COLUMNS, 3))
    flat = Array(np.full((ROWS, COLUMNS, 3), 20000, np.uint16))
    brighter = Array((30000 + ripple).astype(np.uint16))
    one = stroke("detail", brush=Brush(24.0, 0.5, 1.0))
    made = replay(flat, [one], {"one": brighter}, Box(35, 32, 20, 6))
    # The ripple itself is in the source's light as its mean.
    assert np.array_equal(np.unique(made), [19000, 21000])


def test_a_matched_copy_has_the_brightness_and_colour_round_about() -> None:
    rng = np.random.default_rng(5)
    scene = rng.integers(8000, 30000, (ROWS, COLUMNS, 3))
    darker = np.rint(scene * np.array([0.7, 0.8, 0.9]))
    base, source = Array(scene.astype(np.uint16)), Array(darker.astype(np.uint16))
    for mode in ("pixels", "heal"):
        one = stroke(mode, match=True)
        made = replay(base, [one], {"one": source}, whole(base.shape)).astype(float)
        assert np.abs(made / scene - 1.0).max() < 0.01
    unmatched = replay(base, [stroke("pixels")], {"one": source}, whole(base.shape))
    assert np.abs(unmatched / scene - 1.0).max() > 0.25


points = st.tuples(st.floats(-20, COLUMNS + 20), st.floats(-20, ROWS + 20))
brushes = st.builds(Brush, st.floats(1, 60), st.floats(0, 1), st.floats(0, 1))
some_strokes = st.builds(
    Stroke,
    st.sampled_from(["one", "half", "fused"]),
    st.sampled_from(["pixels", "detail", "restore", "heal"]),
    st.booleans(),
    brushes,
    st.lists(points, min_size=1, max_size=4).map(tuple),
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(some_strokes, max_size=4),
    st.integers(0, COLUMNS - 1),
    st.integers(0, ROWS - 1),
    st.integers(1, COLUMNS),
    st.integers(1, ROWS),
)
def test_any_box_has_the_bits_of_the_whole(
    strokes: list[Stroke], x: int, y: int, width: int, height: int
) -> None:
    box = Box(x, y, width, height).overlap(whole(BASE.shape))
    expected = everything(strokes)[box.within(whole(BASE.shape))]
    assert np.array_equal(replay(BASE, strokes, SOURCES, box), expected)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.lists(some_strokes, max_size=4), st.integers(3, 50))
def test_stroke_by_stroke_and_band_by_band_gives_the_same_bits(
    strokes: list[Stroke], band_rows: int
) -> None:
    made, all_px = BASE.pixels.copy(), whole(BASE.shape)

    def write(box: Box, pixels: NDArray[np.uint16], painted: NDArray[np.float32]) -> None:
        made[box.within(all_px)] = pixels

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("imaging.retouching.replay.BAND_ROWS", band_rows)
        for one in strokes:
            source = source_of(one, SOURCES, BASE)
            apply(one, source, lambda box: made[box.within(all_px)].copy(), write)
    assert np.array_equal(made, everything(strokes))


def test_where_a_stroke_lies_beside_the_picture_nothing_is_done() -> None:
    far = replace(stroke("detail"), path_px=((500.0, 500.0),))
    assert np.array_equal(everything([far]), BASE.pixels)
