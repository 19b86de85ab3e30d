"""A stack that is ready to be fused: what was measured of it, and the slabs it is cut into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from imaging.fusion.agreement import agree
from imaging.fusion.depth import SHARED_FROM, USUAL, Carrying, carry_depth, follow_told, map_depth
from imaging.fusion.focus import Focus, frame_in_focus, measure_focus
from imaging.fusion.focus_cells import CellWriter
from imaging.fusion.frame import Frame
from imaging.fusion.highlights import Dark
from imaging.fusion.near_end import End, near_end
from imaging.fusion.peaks import no_peaks
from imaging.fusion.rims import behind_rims, break_at_rims
from imaging.fusion.sharpness import Noise, measure_noise, noise_energies
from imaging.sampling.pyramid import coarser


class Stack(NamedTuple):
    """Aligned frames and what is known of them.

    Attributes
    ----------
    frames : in order of focus, at least one
    shape : (rows, columns) of the reference frame, which all have
    noise : of all frames
    depth : (ceil(H / 2), ceil(W / 2)) float32, the frame in focus, from 0
    guide : as `depth`, where fusing looks: it breaks at rims of near things, and is that of the
        depth map where that knows better
    behind : (ceil(H / 2), ceil(W / 2)) uint8, 1 where `guide` is nearer than `depth` at a rim
    near : the nearer end, as it is known or as the rims tell; None if they do not, or none is
        preferred
    dark : of `highlights.dark_near_highlights`; None without highlights
    """

    frames: Sequence[Frame]
    shape: tuple[int, int]
    noise: Noise
    depth: NDArray[np.float32]
    guide: NDArray[np.float32]
    behind: NDArray[np.uint8]
    near: End | None = None
    dark: Dark | None = None

    def slab(self, first: int, count: int) -> Self:
        """So many of its frames, from frame `first` on, as a stack."""
        frames = self.frames[first : first + count]
        shift = np.float32(first)
        depth, guide = self.depth - shift, self.guide - shift
        # The frame that is in focus on a highlight need not be among these.
        dark = self.dark if count >= len(self.frames) else None
        return self._replace(frames=frames, depth=depth, guide=guide, dark=dark)


class Told(NamedTuple):
    """What is told of a stack's depth, (h, w) at half resolution each.

    Attributes
    ----------
    sharpest : uint16, the frame in focus, from 0
    depth : float32, in frames from 0
    confidence : float32, 0..1; 0 where the depth was carried from round about
    """

    sharpest: NDArray[np.uint16]
    depth: NDArray[np.float32]
    confidence: NDArray[np.float32]


def slab_starts(frames: int, slab_frames: int, overlap: int) -> range:
    """First frames of the slabs that a stack is cut into, each sharing `overlap` with the next."""
    return range(0, max(frames - overlap, 1), slab_frames - overlap)


def measure(
    frames: Sequence[Frame],
    shape: tuple[int, int],
    carrying: Carrying | None,
    threads: int = 1,
    report: Callable[[int], None] = lambda done: None,
    positions: Sequence[float] | None = None,
    cells: CellWriter | None = None,
    near: End | None = None,
    prefer: bool = True,
) -> tuple[Stack, Told]:
    """Measure noise, focus and depth of a stack; other parameters as those of `measure_focus`.

    Parameters
    ----------
    carrying : how the depth map is carried if it makes the picture; None if it only says where to
        look for what is sharp
    near : the nearer end, where it is known
    prefer : whether what is near is preferred to what lies behind it
    """
    stack, tell = measure_to_fuse(
        frames, shape, carrying, threads, report, positions, cells, near, prefer
    )
    return stack, tell()


def measure_to_fuse(
    frames: Sequence[Frame],
    shape: tuple[int, int],
    carrying: Carrying | None,
    threads: int = 1,
    report: Callable[[int], None] = lambda done: None,
    positions: Sequence[float] | None = None,
    cells: CellWriter | None = None,
    near: End | None = None,
    prefer: bool = True,
    likely: End | None = None,
) -> tuple[Stack, Callable[[], Told]]:
    """As `measure`, but what is told of depth may still be worked on, and is asked for once.

    All that was measured is held until then.

    Parameters
    ----------
    likely : the nearer end by what tells less than a person who says it; none is taken for near
        where rims contradict
    """
    noise = measure_noise(frames, threads)
    peaks = no_peaks(coarser(shape)) if prefer and len(frames) > 2 else None
    focus = measure_focus(
        frames,
        shape,
        noise.luminance,
        threads,
        report,
        positions,
        cells,
        by_light=noise.by_light,
        peaks=peaks,
        rounding=noise.rounding,
    )

    def told(focus: Focus) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        agreed = agree(focus, len(frames), threads)
        return map_depth(focus, agreed, carrying or USUAL, threads)

    # Neither needs the other, and both have work for few threads.
    beside = ThreadPoolExecutor(1)
    shared = threads >= SHARED_FROM
    telling = beside.submit(told, focus).result if shared else cache(partial(told, focus))
    beside.shutdown(wait=False)
    floor = float(noise_energies(noise.luminance, 1)[0])
    behind = np.zeros(coarser(shape), np.uint8)
    shown = guide = telling()[0] if carrying else carry_depth(focus, threads)
    if peaks is not None:
        if near is None:
            by_rims = near_end(shown, focus.energy, floor, len(frames))
            near = None if likely and by_rims not in (None, likely) else likely or by_rims
        if near is not None:
            guide = break_at_rims(shown, focus.sharpest, focus.energy, peaks, floor, near)
            behind = behind_rims(shown, guide, near)
    # Of what is told neighbours are asked, in as much memory again.
    peaks = None
    if carrying is None:
        guide = guide.copy() if guide is shown else guide
        follow_told(guide, behind, telling(), focus.energy, floor)
    near = near if prefer else None
    stack = Stack(frames, shape, noise, shown, guide, behind, near, focus.dark)
    kept = [(focus, telling)]

    def tell() -> Told:
        focus, telling = kept.pop()
        return Told(frame_in_focus(focus, len(frames)), *telling())

    return stack, tell
