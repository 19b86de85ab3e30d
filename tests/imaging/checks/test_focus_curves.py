"""How sharpness rises and falls through a stack: wide steps, and ends that were not reached."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.checks import focus_curves
from tests.imaging.checks.cells import GRID, energy, fused_stack


@pytest.mark.parametrize(("step", "expected"), [(0.5, 0.985), (1.0, 0.939), (2.0, 0.779)])
def test_contrast_midway_between_frames_is_that_of_the_gaussian(step, expected):
    found = focus_curves.midway_contrast(energy(np.arange(0.0, 11.1, step)))
    assert found == pytest.approx(expected, abs=0.03)


def test_frames_dropped_from_a_stack_lower_it():
    focus = np.arange(0.0, 11.1, 1.0)
    all_of_them, half, third = (
        focus_curves.midway_contrast(energy(focus[::n], width=0.7)) for n in (1, 2, 3)
    )
    assert all_of_them > 0.85 > half > third


def test_a_stack_without_detail_has_no_contrast_to_tell():
    plain = np.full((6, *GRID), 1e-5, np.float32)
    assert focus_curves.midway_contrast(plain) is None
    assert focus_curves.ends(plain) is None


def test_an_end_that_was_not_reached_holds_most_of_the_detail():
    first, last = focus_curves.ends(energy(np.arange(0.0, 5.1)))
    assert last.share > 0.5 > first.share
    assert last.rise > 1.0
    first, last = focus_curves.ends(energy(np.arange(0.0, 11.1)))
    assert max(first.share, last.share) < 0.1


def test_steps_too_large_are_a_finding_with_the_contrast_that_is_left(tmp_path):
    wide = fused_stack(tmp_path, 6, energy=energy(np.arange(0.0, 11.1, 2.0), width=0.8))
    (finding,) = focus_curves.steps_too_large(wide, 0.7)
    assert finding.code == "steps-too-large"
    assert 0.6 < finding.evidence["midway_contrast"] < 0.7
    assert focus_curves.steps_too_large(fused_stack(tmp_path), 0.7) == []


def test_an_end_not_reached_names_its_frame_and_the_place(tmp_path):
    stack = fused_stack(tmp_path, 6, numbers=[2, 3, 4, 5, 6, 8], energy=energy(np.arange(0.0, 5.1)))
    (finding,) = focus_curves.ends_not_reached(stack, 0.4)
    assert (finding.code, finding.frames) == ("end-not-reached", (8,))
    assert finding.message.endswith("of the detail is sharpest in the last frame (8)")
    ((x, _, width, _),) = finding.places
    assert stack.shape[1] / 3 < x < x + width <= stack.shape[1]
