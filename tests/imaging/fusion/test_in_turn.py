"""Parts of a frame follow the same parts of the frame before, and frames end in order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

from imaging.errors import ImagingError
from imaging.frames.tiff import write_image
from imaging.fusion.frame import Frame
from imaging.fusion.in_turn import AHEAD_FROM, begin_parts, frames_ahead, in_turn


@pytest.fixture
def frame(tmp_path: Path) -> Frame:
    path = tmp_path / "frame.tif"
    write_image(path, np.zeros((4, 4, 3), np.uint16))
    return Frame(path, np.eye(3))


@pytest.mark.parametrize("ahead", [0, 1])
def test_each_part_follows_that_of_the_frame_before_and_frames_end_in_order(frame, ahead):
    done: list[list[int]] = [[], [], []]
    ended = []
    with ThreadPoolExecutor(4) as pool:

        def begin(k, before):
            return begin_parts(frame, 3, lambda pixels, part: done[part].append(k), pool, before)

        def end(k):
            assert all(k in part for part in done)
            ended.append(k)

        in_turn(5, ahead, begin, end)
    assert done == [[0, 1, 2, 3, 4]] * 3
    assert ended == [0, 1, 2, 3, 4]


def test_a_frame_is_begun_while_the_one_before_is_not_done(frame):
    # Each of two frames waits for the other: one at a time would wait for ever.
    meeting = Barrier(2, timeout=60)
    with ThreadPoolExecutor(2) as pool:

        def begin(k, before):
            # The second frame's part does not follow the first one's, which waits for it.
            return begin_parts(frame, 1, lambda pixels, part: meeting.wait() and None, pool, [])

        in_turn(2, 1, begin, lambda k: None)


def test_a_frame_is_closed_by_its_last_part_also_where_one_fails(frame):
    opened = []
    with ThreadPoolExecutor(2) as pool:

        def work(pixels, part):
            opened.append(pixels)
            if part == 0:
                raise ImagingError("cannot be read")

        parts = begin_parts(frame, 3, work, pool, [])
        with pytest.raises(ImagingError, match="cannot be read"):
            in_turn(1, 0, lambda k, before: parts, lambda k: pytest.fail("it did not end"))
    with pytest.raises(OSError):
        opened[0].read(0, 1)


def test_few_threads_and_frames_that_are_decoded_whole_begin_none_ahead(frame):
    assert frames_ahead([frame], AHEAD_FROM) == 1
    assert frames_ahead([frame], AHEAD_FROM - 1) == 0
    assert frames_ahead([frame, replace(frame, path=Path("b.jpg"))], AHEAD_FROM) == 0
