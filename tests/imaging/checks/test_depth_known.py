"""How much of the detail has a depth."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.checks.depth_known import low_confidence
from imaging.frames.tiff import write_image
from tests.imaging.checks.cells import GRID, fused_stack


@pytest.mark.parametrize("unknown", [0.0, 0.5, 1.0])
def test_the_share_of_the_detail_without_a_depth_is_a_finding_if_it_is_too_large(tmp_path, unknown):
    stack = fused_stack(tmp_path)
    confidence = np.full(stack.shape, 65535, np.uint16)
    confidence[:, : round(unknown * stack.shape[1])] = 0
    write_image(stack.confidence, confidence)
    findings = low_confidence(stack, 0.4)
    assert [finding.evidence["unknown_share"] for finding in findings] == [unknown] * (
        unknown > 0.4
    )


def test_a_stack_without_detail_says_so(tmp_path):
    stack = fused_stack(tmp_path, 2, energy=np.full((2, *GRID), 1e-5, np.float32))
    write_image(stack.confidence, np.full(stack.shape, 65535, np.uint16))
    (finding,) = low_confidence(stack, 0.95)
    assert finding.message == "no place has detail that stands out"
