"""The near end of a stack, as its rims tell it."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from imaging.fusion.near_end import End, near_end
from imaging.fusion.stack import measure
from tests.imaging.fusion.made_stacks import SHAPE, steel_on_cloth, stored, texture


def test_rims_tell_which_end_of_the_stack_is_near(tmp_path):
    frames, *_ = steel_on_cloth(tmp_path, light=0.08)
    assert measure(frames, SHAPE, None, 2)[0].near is End.LAST
    assert measure(frames[::-1], SHAPE, None, 2)[0].near is End.FIRST


def test_where_rims_do_not_tell_the_end_none_is_preferred(tmp_path):
    images = [ndimage.gaussian_filter(texture(3), (s, s, 0)) for s in (2.0, 0.0, 2.0)]
    stack, told = measure(stored(tmp_path, images, noise=0.002), SHAPE, None, 2)
    assert stack.near is None
    assert not stack.behind.any()
    assert np.all((stack.guide == stack.depth) | (stack.guide == told.depth))


def test_noise_alone_tells_no_end():
    rng = np.random.default_rng(1)
    depth = rng.uniform(0, 9, (80, 90)).astype(np.float32)
    best = rng.exponential(3.0, depth.shape).astype(np.float32)
    assert near_end(depth, best, 1.0, 10) is None


def test_a_slope_that_leaves_the_stack_tells_no_end():
    """A back that rises out of the stack's last frame: what lies beyond it has the last depth."""
    frames, shape = 10, (80, 120)
    rise = np.linspace(-24.0, 9.0 + 48.0, shape[1], dtype=np.float32)
    depth = np.clip(np.broadcast_to(rise, shape), 0, frames - 1).astype(np.float32)
    pits = np.ones(shape, np.float32)
    pits[5:-5:5, 4::5] = 50.0
    assert near_end(depth, pits, 1.0, frames) is None
    # Of the upper part only the foot at the last frame is seen; reversed, at the first.
    assert near_end(depth[:, 40:], pits[:, 40:], 1.0, frames) is None
    assert near_end(frames - 1 - depth[:, 40:], pits[:, 40:], 1.0, frames) is None
