"""Whether frames lie in the order of their focus."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.checks import order
from tests.imaging.checks.cells import energy, fused_stack


def test_a_shuffled_stack_has_a_shorter_path_which_is_the_true_order():
    focus = np.arange(0.0, 11.1)
    shuffled = np.random.default_rng(2).permutation(len(focus))
    share, found = order.shorter_path(energy(focus[shuffled]))
    assert share < 0.7
    sorted_again = focus[shuffled][found]
    assert list(sorted_again) in (list(focus), list(focus[::-1]))


@pytest.mark.parametrize("turn", [1, -1])
def test_a_stack_in_order_has_no_shorter_path(turn):
    share, found = order.shorter_path(energy(np.arange(0.0, 11.1))[::turn])
    assert (share, found) == (1.0, list(range(12)))


def test_magnification_that_leads_one_way_leaves_nobody_astray():
    scales = np.linspace(0.95, 1.05, 9)
    assert order.one_way(scales) == pytest.approx(1.0)
    assert order.against_the_trend(scales) == []
    assert order.against_the_trend(scales[::-1]) == []
    swapped = scales[[0, 1, 6, 3, 4, 5, 2, 7, 8]]
    assert order.one_way(swapped) < 0.6
    assert order.against_the_trend(swapped) == [2, 6]


def test_an_order_begun_elsewhere_is_known():
    assert order.is_turned([3, 4, 0, 1, 2])
    assert order.is_turned([2, 1, 0, 4, 3])
    assert not order.is_turned([0, 2, 1, 3, 4])


LIMITS = {"magnification_change": 0.005, "one_way_share": 0.8, "path_share": 0.85}


def test_magnification_to_and_fro_names_the_frames_and_the_order(tmp_path):
    scales = np.linspace(0.95, 1.05, 9)[[0, 1, 6, 3, 4, 5, 2, 7, 8]]
    stack = fused_stack(tmp_path, 9, matrices=np.stack([np.diag([s, s, 1.0]) for s in scales]))
    (finding,) = order.order_doubtful(stack, **LIMITS)
    assert (finding.code, finding.frames) == ("order-doubtful", (3, 7))
    assert finding.evidence["order"] == [1, 2, 7, 4, 5, 6, 3, 8, 9]
    assert finding.message == (
        "magnification goes to and fro by 10.0%; by it the order is 1 2 7 4 5 6 3 8 9"
    )


def test_sharpness_tells_where_magnification_stays(tmp_path):
    assert order.order_doubtful(fused_stack(tmp_path), **LIMITS) == []
    focus = np.arange(0.0, 11.1)[[0, 1, 8, 3, 4, 5, 6, 7, 2, 9, 10, 11]]
    (finding,) = order.order_doubtful(fused_stack(tmp_path, energy=energy(focus)), **LIMITS)
    assert finding.frames == (9, 3)
    assert finding.evidence["order"] == [1, 2, 9, 4, 5, 6, 7, 8, 3, 10, 11, 12]
