"""What a rig can beyond moving and exposing, by names that the bench shows."""

from __future__ import annotations

from hardware.cameras.camera import AUTOFOCUS, FOCUS, LIVE, Camera, FocusesAt, Previews, Varies
from hardware.rails.focus_motor import Focuses
from hardware.rails.rail import Homes, Locks, Rail

CAMERA = {LIVE: Previews, FOCUS: Focuses, AUTOFOCUS: FocusesAt}
RAIL = {"home": Homes, "unlock": Locks}


def of_camera(camera: Camera) -> list[str]:
    """Of a camera: `live`, `focus`, `autofocus`. Of a tethered body, as it is set now.

    CameraError where the body does not answer.
    """
    has = [name for name, ability in CAMERA.items() if isinstance(camera, ability)]
    if isinstance(camera, Varies):
        can = camera.can()
        has = [name for name in has if name in can]
    return has


def of_rail(rail: Rail) -> list[str]:
    """Of a rail: `home`, `unlock`."""
    return [name for name, ability in RAIL.items() if isinstance(rail, ability)]
