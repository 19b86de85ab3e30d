"""All checks of a finished stack, in their order, and what they could not judge."""

from __future__ import annotations

from collections.abc import Mapping

from imaging.checks import (
    depth_known,
    direction,
    focus_curves,
    halo,
    movement,
    order,
    overlap,
    placement,
    sensor_spots,
)
from imaging.checks.finding import Finding
from imaging.checks.fused_stack import FusedStack

# Codes of the checks that compare frames with one another.
OF_SEVERAL = (
    *("steps-too-large", "end-not-reached", "order-doubtful", "moved", "dust-left", "halo"),
    *("low-confidence", "crop-small", "place-uncertain", "direction-doubtful"),
)


def check(stack: FusedStack, limits: Mapping[str, float]) -> tuple[list[Finding], dict[str, str]]:
    """Check a stack.

    Parameters
    ----------
    limits : thresholds, by their names in the section `qc` of the configuration

    Returns
    -------
    findings : in the order of the checks
    not_judged : codes that could not be judged, each with the reason
    """
    findings = overlap.crop_small(stack, limits["crop_share"])
    if len(stack.numbers) == 1:
        return findings, dict.fromkeys(OF_SEVERAL, "the stack has one frame")
    disordered = order.order_doubtful(
        stack, limits["magnification_change"], limits["one_way_share"], limits["path_share"]
    )
    findings += disordered
    findings += direction.direction_doubtful(stack)
    # Between frames in another order, sharpness and light jump without a step or a movement.
    if not disordered:
        findings += focus_curves.steps_too_large(stack, limits["midway_contrast"])
        findings += focus_curves.ends_not_reached(stack, limits["end_share"])
        findings += movement.moved(stack, limits["moved_step"], int(limits["moved_cells"]))
    findings += placement.place_uncertain(stack, limits["uncertain_px"])
    findings += depth_known.low_confidence(stack, limits["unknown_share"])
    findings += halo.halos(stack, limits["halo_excess"], int(limits["halo_cells"]))
    findings += sensor_spots.dust_left(stack, limits["dust_loss"])
    return findings, _not_judged(stack, bool(disordered), limits["magnification_change"])


def _not_judged(stack: FusedStack, disordered: bool, magnification_change: float) -> dict[str, str]:
    reasons = {}
    if disordered:
        reason = "the order of the frames is doubtful"
        reasons = dict.fromkeys(("steps-too-large", "end-not-reached", "moved"), reason)
    few = "too few places have detail that stands out"
    if focus_curves.midway_contrast(stack.energy) is None:
        reasons.setdefault("steps-too-large", f"{few} between the first and the last frame")
    if focus_curves.ends(stack.energy) is None:
        reasons.setdefault("end-not-reached", few)
    if len(stack.numbers) < movement.LEAST_FRAMES:
        reasons.setdefault("moved", f"fewer than {movement.LEAST_FRAMES} frames")
    if stack.uncertain_px is None:
        reasons["place-uncertain"] = "transforms.json, of an older version, does not tell"
    changes = order.changes_magnification(stack.matrices, magnification_change)
    if not changes and not order.shows_in_sharpness(stack.energy):
        reasons["order-doubtful"] = "neither magnification nor sharpness changes enough to tell"
    if stack.stated_near and direction.near_by_magnification(stack) is None:
        reasons["direction-doubtful"] = "magnification does not change enough, or not steadily"
    if not sensor_spots.moves_enough(stack.matrices, stack.shape, stack.light.size_px):
        reasons["dust-left"] = (
            "the frames are too few, or move too little, to tell dust from subject"
        )
    return reasons
