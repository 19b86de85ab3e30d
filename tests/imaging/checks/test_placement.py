"""Frames whose place beside the next is not known well enough."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.checks.placement import place_uncertain
from tests.imaging.checks.cells import energy, fused_stack


def uncertain(count, **places):
    """Standard errors of frames, 0.02 px but for those that are named, as `k5=0.4`."""
    values = np.full(count, 0.02)
    for name, px in places.items():
        values[int(name[1:])] = px
    return values


def test_a_frame_is_named_with_how_far_it_may_lie_off_how_much_is_its_own_and_where(tmp_path):
    stack = fused_stack(tmp_path, uncertain_px=uncertain(12, k5=0.6, k6=0.75))
    (finding,) = place_uncertain(stack, 1.0)
    assert (finding.code, finding.frames) == ("place-uncertain", (6, 7))
    assert finding.message == "frames 6, 7 may lie up to 1.5 px off the next at the corners"
    shares = [frame["sharpest_share"] for frame in finding.evidence["frames"]]
    assert shares == pytest.approx([1 / 9, 1 / 9], abs=0.05)
    assert [frame["within_px"] for frame in finding.evidence["frames"]] == [1.2, 1.5]
    ((x, _, width, _),) = finding.places
    # Of 32 columns from focus 1 to 10, those about focus 5 and 6, cells of 32 px.
    assert x // 32 in (12, 13) and width // 32 in (6, 7)


def test_a_frame_that_is_sharpest_nowhere_harms_nothing(tmp_path):
    # Beyond the slope, whose last px are in focus in frame 10: the next is blurred all over.
    stack = fused_stack(tmp_path, uncertain_px=uncertain(12, k11=2.0))
    assert place_uncertain(stack, 1.0) == []
    short = energy(np.linspace(0.0, 7.0, 8))
    stack = fused_stack(tmp_path, 8, energy=short, uncertain_px=uncertain(8, k7=2.0))
    assert [finding.frames for finding in place_uncertain(stack, 1.0)] == [(8,)]


def test_many_frames_are_listed_in_part(tmp_path):
    stack = fused_stack(tmp_path, uncertain_px=np.full(12, 0.75))
    (finding,) = place_uncertain(stack, 1.0)
    assert finding.message.startswith("frames 2, 3, 4, 5, 6, 7, … may lie up to 1.5 px off")
