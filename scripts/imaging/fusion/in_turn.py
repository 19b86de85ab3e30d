"""Frames in their turn: each part of a frame is worked on after the same part of the one before.

So sums are the same to the last bit whatever the threads, and no thread is without work while the
last parts of a frame are done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from imaging.frames import tiff
from imaging.frames.converted import Decoded, open_pixels
from imaging.fusion.frame import Frame

Parts = list[Future[None]]
# From so many threads on, some would have no work at the end of a frame.
AHEAD_FROM = 4


def frames_ahead(frames: Sequence[Frame], threads: int) -> int:
    """How many frames may be begun while the one before is not done.

    None where few threads would lose no time at the end of a frame, and of frames that are decoded
    whole: each takes memory.
    """
    return int(threads >= AHEAD_FROM and not any(one.path.suffix == ".jpg" for one in frames))


def begin_parts(
    frame: Frame,
    count: int,
    work: Callable[[tiff.Rows | Decoded, int], None],
    pool: ThreadPoolExecutor,
    before: Parts,
) -> Parts:
    """Open a frame and begin its parts.

    Parameters
    ----------
    work : takes the frame's pixels and the number of a part
    before : the parts of the frame before, begun in the same pool; none for the first

    Returns
    -------
    parts; the frame is closed when the last of them is done
    """
    pixels = open_pixels(frame.path)
    others = iter(range(count - 1))

    def one_part(k: int) -> None:
        try:
            # A thread is hardly held up here: all that was begun before, others have taken before.
            if before:
                before[k].result()
            work(pixels, k)
        finally:
            # Each number is had once, whatever the threads, and by the last part none.
            if next(others, None) is None:
                pixels.__exit__(None, None, None)

    return [pool.submit(one_part, k) for k in range(count)]


def in_turn(
    count: int, ahead: int, begin: Callable[[int, Parts], Parts], end: Callable[[int], None]
) -> None:
    """Begin and end all frames.

    Parameters
    ----------
    count : of frames
    ahead : of `frames_ahead`
    begin : takes the number of a frame and the parts of the one before, and begins its parts
    end : takes the number of a frame of which all parts are done; in order
    """
    begun: deque[tuple[int, Parts]] = deque()
    parts: Parts = []
    for k in range(count + ahead):
        if k < count:
            parts = begin(k, parts)
            begun.append((k, parts))
        if k >= ahead:
            number, done = begun.popleft()
            for part in done:
                part.result()
            end(number)
