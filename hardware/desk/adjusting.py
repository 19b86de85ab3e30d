"""The camera at the desk: its settings, its focus motor, its autofocus on one place."""

from __future__ import annotations

from dataclasses import replace

from hardware.bench.config import RigConfig
from hardware.bench.rig import Rig
from hardware.cameras.camera import FocusesAt
from hardware.cameras.names import number
from hardware.errors import RigError
from hardware.rails.focus_motor import Focuses
from hardware.sentence import Sentence


def with_settings(config: RigConfig, settings: dict[str, str]) -> RigConfig:
    """The rig with other camera settings than its file has; an aperture changes its optics too.

    Where the file says at which aperture its optics work, depth of field and step follow, and the
    record of a capture has what was set.
    """
    changed = replace(
        config, camera=replace(config.camera, settings={**config.camera.settings, **settings})
    )
    aperture_f = number("aperture", settings.get("aperture", ""))
    if aperture_f is None or config.optics.lens.aperture_f is None:
        return changed
    lens = replace(config.optics.lens, aperture_f=aperture_f)
    record = {**config.record, "optics": {**config.record["optics"], "aperture_f": aperture_f}}
    return replace(changed, optics=replace(config.optics, lens=lens), record=record)


def focus(rig: Rig, steps: float) -> str:
    """Turn the lens's motor by steps, positive away from the camera."""
    camera = rig.camera()
    if rig.config.rail.kind == "focus_motor":
        raise RigError("camera: its motor is the rail here; move that (jog)")
    if not isinstance(camera, Focuses):
        raise RigError("camera: this kind of camera has no focus motor that we can turn")
    camera.focus(round(steps))
    return Sentence("focused", f"focus turned by {round(steps)}", steps=round(steps))


def focus_at(rig: Rig, x: float, y: float) -> str:
    """Focus once on a place of the picture, 0 to 1 from the left and from the top."""
    camera = rig.camera()
    if not isinstance(camera, FocusesAt):
        raise RigError("camera: this kind of camera does not focus on a place for us")
    camera.focus_at(x, y)
    return Sentence("focused_at", "focused on the place; autofocus is off again")
