"""A common area much smaller than a frame."""

from __future__ import annotations

import numpy as np

from imaging.checks.overlap import crop_small
from tests.imaging.checks.cells import fused_stack


def moved_by(*shifts_px):
    matrices = np.tile(np.eye(3), (len(shifts_px), 1, 1))
    matrices[:, 0, 2] = shifts_px
    return matrices


def test_the_frame_that_moved_farthest_is_named_with_the_share_that_is_left(tmp_path):
    stack = fused_stack(tmp_path, 3, numbers=[4, 5, 7], matrices=moved_by(0.0, -512.0, 2.0))
    (finding,) = crop_small(stack, 0.6)
    assert (finding.code, finding.frames) == ("crop-small", (5,))
    assert finding.evidence == {"common_share": round((1024 - 514) / 1024, 4)}
    assert finding.message == (
        "all frames have 50% of a frame in common; frame 5 moved farthest, by 512 px"
    )
    assert crop_small(stack, 0.4) == []


def test_frames_with_nothing_in_common_have_a_share_of_nothing(tmp_path):
    (finding,) = crop_small(fused_stack(tmp_path, 2, matrices=moved_by(0.0, 2000.0)), 0.6)
    assert finding.evidence == {"common_share": 0.0}
