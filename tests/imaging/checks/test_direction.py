"""Whether focus moved as it is said to have."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.checks.direction import direction_doubtful
from imaging.fusion.near_end import End
from tests.imaging.checks.cells import fused_stack


def growing(folder, by, stated):
    """A stack whose subject is larger in every frame, smaller where `by` is below 0."""
    seen = np.linspace(1.0, 1.0 + by, 12)
    matrices = np.stack([np.diag([1 / m, 1 / m, 1.0]) for m in seen])
    facts = {"uncertain_far_px": [0.2] * 12, "stated_near": stated}
    return fused_stack(folder, matrices=matrices, **facts)


def test_focus_that_moved_the_other_way_is_told_with_both_and_where_to_look(tmp_path):
    (finding,) = direction_doubtful(growing(tmp_path, -0.04, End.FIRST))
    assert (finding.code, finding.evidence["told"]) == ("direction-doubtful", "toward")
    assert finding.message == (
        "the subject shrinks by 4.0% from the first frame to the last, as where focus moves "
        "toward, but it is said to move away; look whether what is nearest to the camera is "
        "sharp in the last frames"
    )
    (finding,) = direction_doubtful(growing(tmp_path, 0.04, End.LAST))
    assert finding.message.startswith("the subject grows by 4.0%")
    assert finding.message.endswith("sharp in the first frames")


@pytest.mark.parametrize(
    ("by", "stated"), [(-0.04, End.LAST), (0.04, End.FIRST), (0.04, None), (0.002, End.LAST)]
)
def test_what_agrees_is_not_said_or_changes_too_little_is_no_contradiction(tmp_path, by, stated):
    assert direction_doubtful(growing(tmp_path, by, stated)) == []
