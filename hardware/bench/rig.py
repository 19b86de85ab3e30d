"""Open the rig that rig.yaml describes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from hardware.bench.axis import Axis
from hardware.bench.config import VIRTUAL, RigConfig, TravelConfig
from hardware.bench.kinds import CAMERAS, EMULATORS, RAILS, Place
from hardware.bench.lock import held
from hardware.bench.marks import change_marks, find_where_left, loss_noted, read_marks
from hardware.bench.turntable import MILLIDEGREES, Turntable
from hardware.cameras.camera import Camera
from hardware.errors import RigError
from hardware.rails.count import Count
from hardware.rails.hand import Hand
from hardware.rails.rail import HasAxes, Rail, StartsAnew
from hardware.virtual.emulator import Carriage, DrivesMore, PtyDevice

# Where every user of the machine may put a file.
SHARED = Path("/tmp")
# An emulated turntable has no end.
TURNS_UM = 1e9


@dataclass(frozen=True)
class Rig:
    """An open rig, for one command or for many; `camera` gives its camera, opened at first.

    `turntable` turns the specimen, where `rail.pose` names its axis.
    """

    config: RigConfig
    axis: Axis
    camera: Callable[[], Camera]
    turntable: Turntable | None = None


@contextmanager
def opened(config: RigConfig, purpose: str, wait_s: float = 0.0) -> Iterator[Rig]:
    """The rig for one user; rail stopped and everything let go of on the way out.

    `wait_s` is for a user before that is just ending.
    """
    with ExitStack() as closing:
        closing.enter_context(held(lock_of(config), f"rig {config.name}", purpose, wait_s))
        closing.enter_context(loss_noted(config))
        marks = read_marks(config)
        port, carriage = config.rail.port or "", None
        if port == VIRTUAL:
            port, carriage = _emulate(config, closing)
        axis: Axis | None = None

        def lens_um() -> float:
            """Where the lens is: where the carriage is, not where the counter says."""
            assert axis is not None
            if carriage is None:
                return axis.position_um()
            return carriage.position_um(time.time()) + axis.offset_um

        @cache
        def camera() -> Camera:
            rail = axis.rail if axis is not None else None
            camera = CAMERAS[config.camera.kind].open(config, rail, lens_um)
            closing.callback(camera.close)
            return camera

        def remember(counted_um: float | None) -> None:
            change_marks(config, counted_um=counted_um)

        count = Count(marks.counted_um, remember)
        rail = RAILS[config.rail.kind].open(config.rail, Place(port, count, camera))
        closing.callback(rail.close)
        axis = Axis(
            rail,
            _travel(config, rail),
            marks.offset_um,
            lost=marks.lost,
            between_um=marks.between_um(),
            token=marks.token,
            remember=partial(change_marks, config),
        )
        closing.callback(_stop_quietly, axis)
        if isinstance(rail, StartsAnew):
            find_where_left(axis, marks, rail.started_anew, is_emulated=carriage is not None)
        yield Rig(config, axis, camera, _turntable(config, rail, carriage is not None))


def lock_of(config: RigConfig) -> Path:
    """The file whose lock whoever uses the rig holds."""
    if config.rail.port in (None, VIRTUAL):
        return config.state_path("lock")
    # A real rig is one for all users of the machine, whatever their state folders, and whatever
    # folder for temporary files each has.
    return SHARED / f"holostack-rig-{config.name}.lock"


def _emulate(config: RigConfig, closing: ExitStack) -> tuple[str, Carriage]:
    """An emulated rail: its port and its carriage."""
    if config.rail.kind not in EMULATORS:
        raise RigError(f"rig: rail.kind {config.rail.kind} has no emulator; give its real port")
    world = config.state_path("world.json")
    world.parent.mkdir(parents=True, exist_ok=True)
    backlash_um = config.virtual.backlash_um if config.virtual is not None else 0.0
    carriage = Carriage(backlash_um=backlash_um, world=world)
    controller = EMULATORS[config.rail.kind](config.rail, carriage)
    if config.rail.pose is not None and isinstance(controller, DrivesMore):
        turning = Carriage(-TURNS_UM, TURNS_UM, world=config.state_path("pose-world.json"))
        controller.add_axis(config.rail.pose.axis, turning)
    device = PtyDevice(controller)
    closing.callback(device.close)
    return device.port, carriage


def _turntable(config: RigConfig, rail: Rail, is_emulated: bool) -> Turntable | None:
    pose = config.rail.pose
    if pose is None:
        return None
    if not isinstance(rail, HasAxes):
        raise RigError(
            f"rig: a rail of kind {config.rail.kind} has no second axis; leave out rail.pose"
        )
    turning = rail.other_axis(pose.axis, pose.speed_deg_s * MILLIDEGREES)
    return Turntable(turning, config, is_emulated)


def _travel(config: RigConfig, rail: Rail) -> TravelConfig:
    """The travel as this rail can keep it."""
    # Between two of its steps no motor can stand.
    tolerance_um = max(config.travel.tolerance_um, 0.51 * config.rail.um_per_step)
    # Whoever focuses takes up the play as well.
    backlash_um = 0.0 if isinstance(rail, Hand) else config.travel.backlash_um
    return replace(config.travel, tolerance_um=tolerance_um, backlash_um=backlash_um)


def _stop_quietly(axis: Axis) -> None:
    # Where the port is gone, what went wrong has been raised already.
    with suppress(RigError):
        axis.stop()
