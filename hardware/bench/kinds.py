"""Which rails and cameras there are: a kind in rig.yaml → how it is opened, and what it needs.

A driver imports its maker's library when it is opened. What a rail can do beyond moving its
methods tell: the abilities in `hardware.rails.rail`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple, Protocol

from hardware.bench.config import RailConfig, RigConfig
from hardware.cameras.camera import Camera
from hardware.cameras.card import CardCamera
from hardware.cameras.gphoto import GphotoCamera
from hardware.cameras.hot_folder import HotFolder
from hardware.errors import RigError
from hardware.rails import grbl, stackshot, wemacro
from hardware.rails.count import Count
from hardware.rails.focus_motor import Focuses, FocusMotor
from hardware.rails.ftdi import FTDI, FtdiLink
from hardware.rails.hand import Hand, ask_for_release
from hardware.rails.link import Link, SerialLink
from hardware.rails.micromanager import MicroManager
from hardware.rails.rail import Fires, Rail
from hardware.rails.zaber import Zaber
from hardware.virtual.emulator import Carriage, Controller
from hardware.virtual.emulator_grbl import GrblController
from hardware.virtual.emulator_stackshot import StackShotController
from hardware.virtual.emulator_wemacro import WeMacroController

if TYPE_CHECKING:
    from hardware.virtual.camera import Bench


@dataclass(frozen=True)
class Place:
    """What of its rig a rail may need.

    port : of its controller; an emulated one's where there is no other
    count : the position of a rail that tells none itself
    camera : opens the rig's camera, or gives it where it is open
    """

    port: str
    count: Count
    camera: Callable[[], Camera]


class Wire(NamedTuple):
    """How one talks with a controller on a serial port: its baud rate, what stops it at once."""

    baud: int
    stop: bytes


class RailKind(NamedTuple):
    """How a rail is opened; `needs` are keys of `rail` that must be given.

    `wire` is that of a controller that takes a stop at any time, also from a second program.
    """

    open: Callable[[RailConfig, Place], Rail]
    needs: tuple[str, ...] = ()
    wire: Wire | None = None


class CameraKind(NamedTuple):
    """How a camera is opened; `needs` are keys of `camera` that must be given.

    `open` gets the rig's rail, None before that is open, and what tells where the lens stands.
    """

    open: Callable[[RigConfig, Rail | None, Callable[[], float]], Camera]
    needs: tuple[str, ...] = ()


class _Connects(Rail, Protocol):
    def connect(self) -> None: ...


def _connected(rail: _Connects, link: Link) -> Rail:
    try:
        rail.connect()
    except BaseException:
        link.close()
        raise
    return rail


GRBL = Wire(grbl.BAUD, grbl.JOG_CANCEL)
STACKSHOT = Wire(stackshot.BAUD, stackshot.STOP_ALL)
WEMACRO = Wire(wemacro.BAUD, wemacro.frame(wemacro.STOP))


def _grbl(rail: RailConfig, place: Place) -> Rail:
    link = SerialLink(place.port, *GRBL)
    return _connected(grbl.Grbl(link, rail.axis, rail.speed_um_s, **rail.timing()), link)


def _stackshot(rail: RailConfig, place: Place) -> Rail:
    opened = FtdiLink if place.port.startswith(FTDI) else SerialLink
    link = opened(place.port, *STACKSHOT)
    return _connected(stackshot.StackShot(link, rail.axis, rail.speed_um_s, **rail.timing()), link)


def _wemacro(rail: RailConfig, place: Place) -> Rail:
    link = SerialLink(place.port, *WEMACRO)
    # A move's end must be reported within four times as long as it should take.
    slowest_um_s = rail.speed_um_s / 4
    return _connected(wemacro.WeMacro(link, rail.um_per_step, place.count, slowest_um_s), link)


def _focus_motor(rail: RailConfig, place: Place) -> Rail:
    camera = place.camera()
    if not isinstance(camera, Focuses):
        raise RigError("rail: focus_motor needs a camera that steps its motor: camera.kind gphoto2")
    return FocusMotor(camera, rail.um_per_step, place.count)


RAILS = {
    "grbl": RailKind(_grbl, ("port",), GRBL),
    "stackshot": RailKind(_stackshot, ("port",), STACKSHOT),
    "wemacro": RailKind(_wemacro, ("port", "um_per_step"), WEMACRO),
    "zaber": RailKind(
        lambda rail, place: Zaber(place.port, rail.device, rail.axis_number), ("port",)
    ),
    "micromanager": RailKind(
        lambda rail, _: MicroManager(rail.configuration, rail.stage), ("configuration",)
    ),
    "focus_motor": RailKind(_focus_motor, ("um_per_step",)),
    "hand": RailKind(lambda _, place: Hand(place.count)),
}

# Those that need no hardware, with `port: virtual`.
EMULATORS: dict[str, Callable[[RailConfig, Carriage], Controller]] = {
    "grbl": lambda _, carriage: GrblController(carriage),
    "stackshot": lambda _, carriage: StackShotController(carriage),
    "wemacro": lambda rail, carriage: WeMacroController(
        carriage, um_per_step=rail.um_per_step, speed_um_s=rail.speed_um_s
    ),
}


def _virtual(config: RigConfig, _: Rail | None, lens_um: Callable[[], float]) -> Camera:
    from hardware.virtual.camera import VirtualCamera

    return VirtualCamera(virtual_bench(config), lens_um)


def virtual_bench(config: RigConfig) -> Bench:
    """What the virtual camera of rig.yaml looks at; its truth is `VirtualCamera.truth`."""
    from hardware.virtual.camera import Bench
    from hardware.virtual.flaws import Flaws

    lens, virtual = config.optics.lens, config.virtual
    assert virtual is not None
    return Bench(
        seed=virtual.seed,
        width_px=virtual.width_px,
        height_px=virtual.height_px,
        pixel_um=lens.sensor_width_mm * 1000 / lens.sensor_width_px,
        magnification=lens.magnification,
        pupil_ratio=lens.pupil_ratio,
        relief_um=virtual.relief_um,
        epoch=virtual.epoch,
        flaws=Flaws(**{flaw.name: getattr(virtual, flaw.name) for flaw in fields(Flaws)}),
        mark_um=virtual.mark_um,
    )


def _gphoto2(config: RigConfig, _: Rail | None, __: Callable[[], float]) -> Camera:
    of = config.camera
    # Canon and Nikon turn the motor of a lens at autofocus only.
    allow = (*of.allow, "autofocus") if config.rail.kind == "focus_motor" else of.allow
    return GphotoCamera(
        of.model, of.timeout_s or 30.0, of.memory_card, of.least_battery_percent, allow
    )


def _hot_folder(config: RigConfig, rail: Rail | None, _: Callable[[], float]) -> Camera:
    of = config.camera
    release = _release(config, rail)
    return HotFolder(of.folder, of.file, release, of.timeout_s or 60.0, of.quiet_s, of.poll_s)


def _release(config: RigConfig, rail: Rail | None) -> Callable[[], None]:
    """What releases a camera without a cable: the rail, a person, or its own program."""
    if config.camera.release == "rail":
        if not isinstance(rail, Fires):
            raise RigError(
                f"camera: release is rail, but a rail of kind {config.rail.kind} has no remote "
                "release; choose another (camera.release)"
            )
        return rail.fire
    return ask_for_release if config.camera.release == "hand" else lambda: None


CAMERAS = {
    "virtual": CameraKind(_virtual),
    "gphoto2": CameraKind(_gphoto2),
    "hot_folder": CameraKind(_hot_folder, ("folder",)),
    "card": CameraKind(lambda config, rail, _: CardCamera(_release(config, rail))),
}
