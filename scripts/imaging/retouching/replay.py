"""Strokes applied again: of any part of the picture, the same bits as of the whole.

What a stroke makes of a px follows from the strokes before it at the px, and, where it looks at the
light round about, from those in its surroundings. So what is asked for is followed back from the
last stroke to the first, and the strokes are then applied to what they need, in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from imaging.retouching import light, matching
from imaging.retouching.box import Box, whole
from imaging.retouching.brush import Brush, coverage, extent
from imaging.retouching.matching import Factors
from imaging.retouching.sources import WHITE, Patch, Picture

# Rows that are worked on at a time.
BAND_ROWS = 256


class Stroke(Protocol):
    """One movement of the brush."""

    @property
    def mode(self) -> str:
        """`pixels`, `detail`, `restore` or `heal`."""

    @property
    def match(self) -> bool:
        """Whether brightness and colour are brought to those round the stroke."""

    @property
    def brush(self) -> Brush:
        """Of the whole stroke."""

    @property
    def path_px(self) -> Sequence[Sequence[float]]:
        """Points that the brush passed, x and y of each."""

    # Any: what names a source is the caller's.
    @property
    def source(self) -> Any:  # noqa: ANN401
        """What names its source."""


def is_matched(stroke: Stroke) -> bool:
    """Whether a stroke's source is brought to the brightness round about as a whole."""
    return stroke.mode == "heal" or (stroke.mode == "pixels" and stroke.match)


def needed(stroke: Stroke, inner: Box, shape: tuple[int, int]) -> Box:
    """What of the picture before a stroke decides what it makes of px in `inner`."""
    if is_matched(stroke):
        box, _ = matching.surroundings(stroke.path_px, stroke.brush, shape)
        return box.overlap(whole(shape)).around(inner)
    if stroke.mode == "detail":
        return _context(stroke, inner).overlap(whole(shape))
    return inner


def _context(stroke: Stroke, inner: Box) -> Box:
    """What decides the light in `inner`; it may reach beyond the picture."""
    levels = light.levels_for(stroke.brush.diameter_px)
    return inner.on_grid(1 << levels).grown(light.reach_px(levels))


def replay(
    base: Picture,
    strokes: Sequence[Stroke],
    sources: Mapping[Any, Picture],
    box: tuple[int, int, int, int],
) -> NDArray[np.uint16]:
    """The retouched picture in a box.

    Parameters
    ----------
    base : the fused image
    strokes : all, in their order
    sources : picture by `Stroke.source`; for strokes that restore, and those from the fused image
        itself, `base` is taken where they have none
    box : x, y, width, height, within the picture

    Returns
    -------
    (height, width, 3) uint16
    """
    wanted = Box(*box)
    steps: list[tuple[Stroke, Box]] = []
    region = wanted
    for stroke in reversed(strokes):
        inner = extent(stroke.path_px, stroke.brush, base.shape).overlap(region)
        if not inner.is_empty:
            steps.append((stroke, inner))
            region = region.around(needed(stroke, inner, base.shape))
    picture = base.read(region).pixels

    def before(part: Box) -> NDArray[np.uint16]:
        return picture[part.within(region)]

    for stroke, inner in reversed(steps):
        source = source_of(stroke, sources, base)
        factors = _factors(stroke, before, source)
        picture[inner.within(region)] = painted(stroke, inner, before, source, factors)[0]
    return picture[wanted.within(region)]


def source_of(stroke: Stroke, sources: Mapping[Any, Picture], base: Picture) -> Picture:
    """The picture that a stroke's px come from."""
    if stroke.mode == "restore":
        return base
    key: Hashable = stroke.source
    return sources.get(key, base)


def _factors(
    stroke: Stroke, before: Callable[[Box], NDArray[np.uint16]], source: Picture
) -> Factors | None:
    if not is_matched(stroke):
        return None
    return matching.measure(stroke.path_px, stroke.brush, before, source, BAND_ROWS)


def apply(
    stroke: Stroke,
    source: Picture,
    read: Callable[[Box], NDArray[np.uint16]],
    write: Callable[[Box, NDArray[np.uint16], NDArray[np.float32]], None],
) -> None:
    """Apply one stroke to a whole picture in its place, band by band.

    Parameters
    ----------
    source : of the stroke; the fused image for one that restores
    read : gives the picture, (h, w, 3), in a box; what was not written yet as the stroke found it
    write : takes a box, its new px, and how much of each was painted, (h, w) 0..1
    """
    whole_stroke = extent(stroke.path_px, stroke.brush, source.shape)
    if whole_stroke.is_empty:
        return
    factors = _factors(stroke, read, source)
    # What lies within reach of the next band is not written before that is made.
    waiting: list[tuple[Box, NDArray[np.uint16], NDArray[np.float32]]] = []
    for y in range(whole_stroke.y, whole_stroke.bottom, BAND_ROWS):
        rows = min(BAND_ROWS, whole_stroke.bottom - y)
        band = Box(whole_stroke.x, y, whole_stroke.width, rows)
        cover = coverage(stroke.path_px, stroke.brush, band)
        part = _covered(cover, band)
        if not part.is_empty:
            made = painted(stroke, part, read, source, factors, cover[part.within(band)])
            waiting.append((part, *made))
        first = band.bottom
        if stroke.mode == "detail":
            first = needed(stroke, Box(band.x, band.bottom, band.width, 1), source.shape).y
        while waiting and waiting[0][0].bottom <= first:
            write(*waiting.pop(0))
    for one in waiting:
        write(*one)


def _covered(cover: NDArray[np.float32], box: Box) -> Box:
    """The least box that holds all px of a box that are covered at all."""
    rows, columns = np.flatnonzero(cover.any(axis=1)), np.flatnonzero(cover.any(axis=0))
    if not rows.size:
        return Box(box.x, box.y, 0, 0)
    return Box.of_corners(
        box.x + int(columns[0]),
        box.y + int(rows[0]),
        box.x + int(columns[-1]) + 1,
        box.y + int(rows[-1]) + 1,
    )


def painted(
    stroke: Stroke,
    inner: Box,
    before: Callable[[Box], NDArray[np.uint16]],
    source: Picture,
    factors: Factors | None,
    cover: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.uint16], NDArray[np.float32]]:
    """What a stroke makes of the px in a box, and how much of each it painted.

    Parameters
    ----------
    before : gives the picture as the stroke finds it, where `needed` says
    factors : of a stroke that is matched
    cover : of the stroke in the box, where it is known already

    Returns
    -------
    (h, w, 3) uint16, (h, w) float32
    """
    if cover is None:
        cover = coverage(stroke.path_px, stroke.brush, inner)
    found = before(inner).astype(np.float32)
    if stroke.mode == "detail":
        patch, values = _with_light(stroke, inner, before, source)
    else:
        patch = source.read(inner)
        values = patch.pixels.astype(np.float32)
        if factors is not None:
            values *= factors.at(inner)
    taken = patch.valid & ~patch.mended if stroke.mode == "heal" else patch.valid
    cover = np.where(taken, cover, np.float32(0.0))
    mixed = found + cover[..., None] * (values - found)
    return np.rint(np.clip(mixed, 0.0, WHITE)).astype(np.uint16), cover


def _with_light(
    stroke: Stroke, inner: Box, before: Callable[[Box], NDArray[np.uint16]], source: Picture
) -> tuple[Patch, NDArray[np.float32]]:
    """The source in a box, and its detail on the light that the picture has there.

    The picture's light less the source's is the light of their difference; where the source has no
    px, those round about stand in.
    """
    levels = light.levels_for(stroke.brush.diameter_px)
    context = _context(stroke, inner)
    there = context.overlap(whole(source.shape))
    patch = source.read(there)
    pixels = patch.pixels.astype(np.float32)
    known = patch.valid[..., None].astype(np.float32)
    difference = (before(there).astype(np.float32) - pixels) * known
    rows = (there.y - context.y, context.bottom - there.bottom)
    columns = (there.x - context.x, context.right - there.right)
    both = np.pad(np.concatenate([difference, known], axis=2), (rows, columns, (0, 0)), mode="edge")
    smoothed = light.smooth(both, levels)[inner.within(context)]
    weight = smoothed[..., 3:]
    step = np.divide(
        smoothed[..., :3], weight, out=np.zeros_like(smoothed[..., :3]), where=weight > 0.0
    )
    here = inner.within(there)
    inside = Patch(patch.pixels[here], patch.valid[here], patch.mended[here])
    return inside, pixels[here] + step
