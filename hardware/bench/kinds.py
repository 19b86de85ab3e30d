"""Which rails and cameras there are: a kind in rig.yaml → how it is opened, and what it needs.

What a kind needs is imported when it is opened, never before. What a rail can do beyond moving
its driver tells by its methods: the abilities in `hardware.rails.rail`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from hardware.bench.config import RailConfig, RigConfig
from hardware.cameras.camera import Camera
from hardware.errors import RigError
from hardware.rails.count import Count
from hardware.rails.hand import Hand, ask_for_release
from hardware.rails.rail import Fires, Rail

if TYPE_CHECKING:
    from hardware.rails.link import Link
    from hardware.virtual.camera import Bench
    from hardware.virtual.emulator import Carriage, Controller


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


class RailKind(NamedTuple):
    """`needs`: keys of `rail` that must be given."""

    open: Callable[[RailConfig, Place], Rail]
    needs: tuple[str, ...] = ()


class CameraKind(NamedTuple):
    """`open` is given the rig's rail (None before it is open) and tells where the lens stands.

    `needs`: keys of `camera` that must be given.
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


def _grbl(rail: RailConfig, place: Place) -> Rail:
    from hardware.rails import grbl
    from hardware.rails.link import SerialLink

    link = SerialLink(place.port, grbl.BAUD, grbl.JOG_CANCEL)
    return _connected(grbl.Grbl(link, rail.axis, rail.speed_um_s, **rail.timing()), link)


def _stackshot(rail: RailConfig, place: Place) -> Rail:
    from hardware.rails import stackshot
    from hardware.rails.link import SerialLink

    link = SerialLink(place.port, stackshot.BAUD, stackshot.STOP_ALL)
    return _connected(stackshot.StackShot(link, rail.axis, rail.speed_um_s, **rail.timing()), link)


def _wemacro(rail: RailConfig, place: Place) -> Rail:
    from hardware.rails import wemacro
    from hardware.rails.link import SerialLink

    link = SerialLink(place.port, wemacro.BAUD, wemacro.frame(wemacro.STOP))
    # The move's end must be reported within four times as long as it should take.
    slowest_um_s = rail.speed_um_s / 4
    return _connected(wemacro.WeMacro(link, rail.um_per_step, place.count, slowest_um_s), link)


def _zaber(rail: RailConfig, place: Place) -> Rail:
    from hardware.rails.zaber import Zaber

    return Zaber(place.port, rail.device, rail.axis_number)


def _micromanager(rail: RailConfig, _: Place) -> Rail:
    from hardware.rails.micromanager import MicroManager

    return MicroManager(rail.configuration, rail.stage)


def _focus_motor(rail: RailConfig, place: Place) -> Rail:
    from hardware.rails.focus_motor import Focuses, FocusMotor

    camera = place.camera()
    if not isinstance(camera, Focuses):
        raise RigError("rail: focus_motor needs a camera that steps its motor: camera.kind gphoto2")
    return FocusMotor(camera, rail.um_per_step, place.count)


def _hand(_: RailConfig, place: Place) -> Rail:
    return Hand(place.count)


RAILS = {
    "grbl": RailKind(_grbl, ("port",)),
    "stackshot": RailKind(_stackshot, ("port",)),
    "wemacro": RailKind(_wemacro, ("port", "um_per_step")),
    "zaber": RailKind(_zaber, ("port",)),
    "micromanager": RailKind(_micromanager, ("configuration",)),
    "focus_motor": RailKind(_focus_motor, ("um_per_step",)),
    "hand": RailKind(_hand),
}


def _virtual(config: RigConfig, _: Rail | None, lens_um: Callable[[], float]) -> Camera:
    from hardware.virtual.camera import VirtualCamera

    return VirtualCamera(virtual_bench(config), lens_um)


def virtual_bench(config: RigConfig) -> Bench:
    """What the virtual camera of rig.yaml looks at; its truth is `VirtualCamera.truth`."""
    from hardware.virtual.camera import Bench

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
    )


def _gphoto2(config: RigConfig, _: Rail | None, __: Callable[[], float]) -> Camera:
    from hardware.cameras.gphoto import GphotoCamera

    camera = config.camera
    return GphotoCamera(
        camera.model, camera.timeout_s or 30.0, camera.memory_card, camera.least_battery_percent
    )


def _hot_folder(config: RigConfig, rail: Rail | None, _: Callable[[], float]) -> Camera:
    from hardware.cameras.hot_folder import HotFolder

    camera = config.camera
    return HotFolder(
        camera.folder,
        camera.file,
        _release(config, rail),
        camera.timeout_s or 60.0,
        camera.quiet_s,
        camera.poll_s,
    )


def _card(config: RigConfig, rail: Rail | None, _: Callable[[], float]) -> Camera:
    from hardware.cameras.card import CardCamera

    return CardCamera(_release(config, rail))


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
    "card": CameraKind(_card),
}


def _emulated_grbl(_: RailConfig, carriage: Carriage) -> Controller:
    from hardware.virtual.emulator_grbl import GrblController

    return GrblController(carriage)


def _emulated_stackshot(_: RailConfig, carriage: Carriage) -> Controller:
    from hardware.virtual.emulator_stackshot import StackShotController

    return StackShotController(carriage)


def _emulated_wemacro(rail: RailConfig, carriage: Carriage) -> Controller:
    from hardware.virtual.emulator_wemacro import WeMacroController

    return WeMacroController(carriage, um_per_step=rail.um_per_step, speed_um_s=rail.speed_um_s)


# Those that need no hardware, with `port: virtual`.
EMULATORS = {
    "grbl": _emulated_grbl,
    "stackshot": _emulated_stackshot,
    "wemacro": _emulated_wemacro,
}
