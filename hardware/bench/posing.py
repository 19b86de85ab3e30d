"""Turn the specimen to the pose of a view, as `rail.pose` of rig.yaml has it."""

from __future__ import annotations

import math
import time

from hardware.bench.rig import Rig
from hardware.bench.turntable import Turntable
from hardware.cameras.camera import SeesPose
from hardware.errors import RigError
from hardware.sentence import Sentence


def pose(rig: Rig, wanted: str, is_here: bool = False) -> str:
    """Turn to a view or an angle in degrees; or declare that it stands so, and turn nothing."""
    turntable = _turntable(rig)
    angle_deg = _angle(rig, wanted)
    if is_here:
        turntable.declare(angle_deg)
        return Sentence("posed", f"the specimen stands at {angle_deg:g}°", angle_deg=angle_deg)
    reported_deg = _turn(rig, turntable, angle_deg)
    return Sentence("posed", f"{reported_deg:.4g}°", angle_deg=reported_deg)


def turn_to_view(rig: Rig, view: str) -> float | None:
    """Turn to the pose of a view before it is captured; its angle, None where it has none."""
    angles = rig.config.rail.pose.angles_deg if rig.config.rail.pose is not None else {}
    if view not in angles:
        return None
    _turn(rig, _turntable(rig), angles[view])
    return angles[view]


def _turn(rig: Rig, turntable: Turntable, angle_deg: float) -> float:
    reported_deg = turntable.turn(angle_deg)
    time.sleep(rig.config.travel.settle_s)
    camera = rig.camera()
    if isinstance(camera, SeesPose):
        camera.posed(angle_deg)
    return reported_deg


def _turntable(rig: Rig) -> Turntable:
    if rig.turntable is None:
        raise RigError("rig: nothing turns the specimen; name its axis and angles (rail.pose)")
    return rig.turntable


def _angle(rig: Rig, wanted: str) -> float:
    assert rig.config.rail.pose is not None
    angles = rig.config.rail.pose.angles_deg
    if wanted in angles:
        return angles[wanted]
    try:
        angle_deg = float(wanted)
    except ValueError:
        angle_deg = math.nan
    if not abs(angle_deg) <= 3600:
        raise RigError(
            f"pose: {wanted!r} is neither a number of degrees nor one of {', '.join(angles)} "
            "(rail.pose.angles_deg)"
        )
    return angle_deg
