"""What a desk shows of its rig: read when it may have changed, not while something moves."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hardware import optics
from hardware.bench import abilities
from hardware.bench.axis import Axis
from hardware.bench.config import RigConfig, StackConfig
from hardware.bench.marks import read_marks
from hardware.bench.planning import planned
from hardware.bench.rig import Rig
from hardware.cameras.automatics import STABILISED
from hardware.cameras.camera import LIVE, Tells
from hardware.desk.slate import Slate
from hardware.errors import RigError
from hardware.rails.count import Count
from hardware.rails.hand import Hand
from hardware.sentence import Sentence

# After these the camera is asked what may have changed of it; each question takes a while by cable.
OF_THE_CAMERA = {"shot", "capture", "settings"}


def rig_facts(config: RigConfig) -> dict[str, Any]:
    """What a rig is by its file."""
    lens = config.optics.lens
    return {
        "name": config.name,
        "rail": config.rail.kind,
        "camera": config.camera.kind,
        "lowest_um": config.travel.lowest_um,
        "highest_um": config.travel.highest_um,
        "um_per_px": lens.sensor_width_mm * 1000 / lens.sensor_width_px / lens.magnification,
        "can": [],
    }


def plan_facts(config: RigConfig, given: StackConfig) -> dict[str, Any]:
    """The plan of a stack, or why there is none (`refused`)."""
    try:
        wanted = planned(config, given)
        lens, criterion = config.optics.lens, config.optics.criterion
        dof_um = optics.depth_of_field_um(lens, criterion)
    except RigError as error:
        return {"refused": str(error)}
    plan, free = wanted.plan, shutil.disk_usage(Path.cwd()).free
    warnings = wanted.ends_of_others("")
    try:
        Axis(Hand(Count()), config.travel).refuse_stack(plan.positions_um())
    except RigError as error:
        warnings.append(str(error))
    if plan.bytes > free:
        warnings.append(
            f"disk: {free / 1e9:.1f} GB are free, {plan.bytes / 1e9:.1f} GB are needed; make room"
        )
    return {
        "start_um": plan.start_um,
        "end_um": plan.end_um,
        "step_um": plan.step_um,
        "frames": plan.frames,
        "seconds": plan.seconds,
        "bytes": plan.bytes,
        "free_bytes": free,
        "dof_um": dof_um,
        "sources": wanted.sources,
        "warnings": warnings,
    }


class Facts:
    """Reads the rig in the main thread, and puts what it reads onto the slate.

    Attributes
    ----------
    config : the rig with what was set at the desk
    given : range and step that were given for the next stack
    """

    def __init__(self, config: RigConfig, slate: Slate) -> None:
        self.config = config
        self.given = StackConfig()
        self._slate = slate

    def plan(self) -> None:
        """Plan the next stack anew; from any thread."""
        self._slate.put(plan=plan_facts(self.config, self.given))

    def follow(self, rig: Rig) -> None:
        """Show from now on where the rail goes, as it is noted."""
        remember = rig.axis.remember

        def noted(**changes: Any) -> None:  # noqa: ANN401 - as `Marks` has them
            remember(**changes)
            self._show_way(rig.axis, changes)

        rig.axis.remember = noted

    def read_all(self, rig: Rig) -> Iterator[str]:
        """Read place and camera of a rig that was just opened; the camera is set as for a stack."""
        self.read_place(rig)
        with self._slate.writing() as parts:
            parts["rig"] = {
                **parts["rig"],
                "rail": rig.axis.rail.identity().model,
                "can": abilities.of_rail(rig.axis.rail),
            }
        yield Sentence("open", f"{self.config.name} is open", rig=self.config.name)
        if rig.axis.lost:
            self._slate.tell(rig.axis.lost, "warning")
        rig.camera().apply(self.config.camera.settings)
        self._read_camera(rig)
        self.read_abilities(rig)

    def read_after(self, rig: Rig, what: str) -> None:
        """Read what may have changed by something that was done."""
        self.read_place(rig)
        if what in OF_THE_CAMERA:
            self._read_camera(rig)

    def read_place(self, rig: Rig) -> None:
        """Read where the rail stands, and the marks."""
        marks, lost = read_marks(self.config), rig.axis.lost
        position_um = None if lost else rig.axis.position_um()
        names = ("start_um", "end_um", "start_for", "end_for")
        self._slate.put(
            position_um=position_um,
            going_um=None,
            lost=lost,
            marks={name: value for name, value in asdict(marks).items() if name in names},
        )

    def read_abilities(self, rig: Rig) -> None:
        """Read what rail and camera can; CameraError where the body does not answer."""
        can = [*abilities.of_rail(rig.axis.rail), *abilities.of_camera(rig.camera())]
        if rig.turntable is not None:
            can.append("pose")
        with self._slate.writing() as parts:
            parts["rig"] = {**parts["rig"], "can": can}

    def has_live(self) -> bool:
        """Whether the camera has a live view, as was read last."""
        return LIVE in self._slate.part("rig")["can"]

    def _read_camera(self, rig: Rig) -> None:
        camera = rig.camera()
        condition: dict[str, str] = {}
        warnings: list[str] = []
        if isinstance(camera, Tells):
            condition = camera.condition()
            warnings = [f"the camera: {sentence}" for sentence in camera.automatics()]
            if STABILISED.search(condition.get("lens", "")):
                warnings.append("the lens has a stabiliser: switch it off on the lens")
        settings, model = camera.settings(), camera.identity().model
        with self._slate.writing() as parts:
            parts["rig"] = {**parts["rig"], "camera": model}
            parts.update(settings=settings, condition=condition, warnings=warnings)

    def _show_way(self, axis: Axis, changes: dict[str, Any]) -> None:
        going, left_um = changes.get("going_um"), changes.get("left_um")
        if going is not None:
            self._slate.put(going_um=round(going[1] + axis.offset_um, 3))
        elif left_um is not None and not axis.lost:
            self._slate.put(going_um=None, position_um=round(left_um + axis.offset_um, 3))
        if "lost" in changes:
            self._slate.put(lost=changes["lost"])
