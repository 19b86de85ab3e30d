"""Frames that match no other, and why."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.alignment.turned import how_turned
from tests.imaging.alignment.scenes import aligned, detail_of, frame, scene, similarity, texture

WAYS = {
    "upside down": lambda pixels: pixels[::-1, ::-1],
    "mirrored": lambda pixels: pixels[:, ::-1],
    "mirrored upside down": lambda pixels: pixels[::-1],
    "a negative": lambda pixels: 65535 - pixels,
}


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_a_turned_frame_matches_no_other_and_is_named_for_what_it_is(way):
    frames = [frame(scene(31), similarity(dx=1.5 * k), 0.4, seed=k) for k in range(6)]
    frames[3] = np.ascontiguousarray(WAYS[way](frames[3]))
    assert aligned(frames, model="similarity").failed == (3,)
    found = how_turned(detail_of(frames[3]), detail_of(frames[2]))
    assert found is not None
    assert found[0] == way
    assert found[1] > 0.5


@pytest.mark.slow
def test_a_frame_of_something_else_is_not_explained_so():
    other = frame(texture(32, (640, 800)), np.eye(3))
    assert how_turned(detail_of(other), detail_of(frame(scene(31), np.eye(3)))) is None
