"""The fused image with its strokes, block by block: what was looked at is kept, and kept right.

A block is made by `replay`; a stroke that comes after is applied to the blocks that are there, and
one that is taken out lets go of those that it could have changed.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from imaging.retouching.box import Box, whole
from imaging.retouching.brush import extent
from imaging.retouching.replay import apply, needed, replay, source_of
from imaging.retouching.sources import Patch, Picture, all_valid
from records.retouching.strokes import Source, Stroke

BLOCK_PX = 512
# 1.5 MB each: all that a large screen shows, and what a stroke over the whole of 24 MP touches.
MOST_BLOCKS = 128


class Result:
    """A picture that follows its strokes; every method may be called from any thread.

    Parameters
    ----------
    base : the fused image
    sources : picture by a stroke's source; strokes of others are left out
    """

    def __init__(self, base: Picture, sources: Mapping[Source, Picture]) -> None:
        self._base = base
        self._sources = sources
        self._strokes: tuple[Stroke, ...] = ()
        self._blocks: OrderedDict[tuple[int, int], NDArray[np.uint16]] = OrderedDict()
        self._lock = threading.RLock()

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self._base.shape

    def read(self, box: tuple[int, int, int, int]) -> Patch:
        """Px of the retouched picture in a box within it."""
        return all_valid(self.pixels(Box(*box)))

    def pixels(self, box: Box) -> NDArray[np.uint16]:
        """The same, (h, w, 3) uint16."""
        out = np.empty((*box.shape, 3), np.uint16)
        with self._lock:
            for place in _places(box):
                there = self._box(place).overlap(box)
                block = self._block(place)
                out[there.within(box)] = block[there.within(self._box(place))]
        return out

    def follow(self, strokes: Sequence[Stroke]) -> Box:
        """Have other strokes; gives the box that they may have changed."""
        new = tuple(_plain(one) for one in strokes if self._is_known(one))
        with self._lock:
            old = self._strokes
            if new[: len(old)] == old:
                changed = Box(0, 0, 0, 0)
                for one in new[len(old) :]:
                    self._apply(one)
                    changed = changed.around(extent(one.path_px, one.brush, self.shape))
                return changed
            same = next(
                (k for k, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]),
                min(len(old), len(new)),
            )
            changed = self._reached(old[same:], new[same:])
            self._strokes = new
            for place in _places(changed):
                self._blocks.pop(place, None)
            return changed

    def _reached(self, old: Sequence[Stroke], new: Sequence[Stroke]) -> Box:
        """What may differ: where strokes came or went, and where others looked at that."""
        before, after = {one.id: one for one in old}, {one.id: one for one in new}
        common = before.keys() & after.keys()
        changed = Box(0, 0, 0, 0)
        is_turned = [one.id for one in old if one.id in common] != [
            one.id for one in new if one.id in common
        ]
        for one in (*old, *new):
            covered = extent(one.path_px, one.brush, self.shape)
            is_same = not is_turned and before.get(one.id) == after.get(one.id)
            looked = needed(one, covered, self.shape) if not covered.is_empty else covered
            if not is_same or not looked.overlap(changed).is_empty:
                changed = changed.around(covered)
        return changed

    def _apply(self, stroke: Stroke) -> None:
        def write(box: Box, pixels: NDArray[np.uint16], _: NDArray[np.float32]) -> None:
            for place in _places(box):
                there = self._box(place).overlap(box)
                # Read for it a moment ago, before the stroke was among the strokes.
                self._block(place)[there.within(self._box(place))] = pixels[there.within(box)]

        covered = extent(stroke.path_px, stroke.brush, self.shape)
        places = _places(covered)
        if len(places) <= MOST_BLOCKS // 2:
            # A stroke of the whole picture costs less when what it covers is made anew.
            apply(stroke, source_of(stroke, self._sources, self._base), self.pixels, write)
        else:
            for place in places:
                self._blocks.pop(place, None)
        self._strokes = (*self._strokes, stroke)

    def _is_known(self, stroke: Stroke) -> bool:
        return (
            stroke.mode == "restore"
            or stroke.source.kind == "fused"
            or (stroke.source in self._sources)
        )

    def _box(self, place: tuple[int, int]) -> Box:
        x, y = place
        return Box(x * BLOCK_PX, y * BLOCK_PX, BLOCK_PX, BLOCK_PX).overlap(whole(self.shape))

    def _block(self, place: tuple[int, int]) -> NDArray[np.uint16]:
        block = self._blocks.get(place)
        if block is None:
            block = replay(self._base, self._strokes, self._sources, self._box(place))
            self._blocks[place] = np.ascontiguousarray(block)
            while len(self._blocks) > MOST_BLOCKS:
                self._blocks.popitem(last=False)
            return self._blocks[place]
        self._blocks.move_to_end(place)
        return block


def _plain(stroke: Stroke) -> Stroke:
    """What of a stroke decides px."""
    return replace(stroke, person="", time="", reason="", reason_edited=None)


def _places(box: Box) -> list[tuple[int, int]]:
    if box.is_empty:
        return []
    columns = range(box.x // BLOCK_PX, (box.right - 1) // BLOCK_PX + 1)
    rows = range(box.y // BLOCK_PX, (box.bottom - 1) // BLOCK_PX + 1)
    return [(x, y) for y in rows for x in columns]
