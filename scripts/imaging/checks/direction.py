"""Whether focus moved as it is said to have, by magnification."""

from __future__ import annotations

from imaging.checks.finding import Finding
from imaging.checks.fused_stack import FusedStack
from imaging.fusion.near_end import MOVES, End
from imaging.fusion.perspective import grows_by, near_end_by_perspective


def near_by_magnification(stack: FusedStack) -> End | None:
    """The nearer end of a stack by its magnification, None where that does not tell."""
    return near_end_by_perspective(stack.matrices, stack.uncertain_far_px, stack.shape)


def direction_doubtful(stack: FusedStack) -> list[Finding]:
    """Focus that moved the other way by magnification than is said."""
    near = near_by_magnification(stack)
    if stack.stated_near is None or near in (None, stack.stated_near):
        return []
    grown = grows_by(stack.matrices)
    changes = "grows" if grown > 0.0 else "shrinks"
    return [
        Finding(
            "direction-doubtful",
            f"the subject {changes} by {abs(grown):.1%} from the first frame to the last, as where "
            f"focus moves {MOVES[near]}, but it is said to move {MOVES[stack.stated_near]}; look "
            f"whether what is nearest to the camera is sharp in the {near} frames",
            (),
            {"grown": round(grown, 5), "stated": MOVES[stack.stated_near], "told": MOVES[near]},
        )
    ]
