"""Open the rig that rig.yaml describes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardware.bench.axis import Axis
from hardware.bench.lock import held
from hardware.bench.marks import keep_marks, loss_noted, position_kept, read_marks, state_path
from hardware.cameras.camera import Camera
from hardware.cameras.card import CardCamera
from hardware.cameras.gphoto import GphotoCamera
from hardware.cameras.hot_folder import HotFolder
from hardware.errors import RigError
from hardware.rails import grbl, stackshot, wemacro
from hardware.rails.focus_motor import FocusMotor
from hardware.rails.hand import Hand, ask
from hardware.rails.link import SerialLink
from hardware.rails.micromanager import MicroManager
from hardware.rails.rail import Rail
from hardware.rails.zaber import Zaber
from hardware.virtual.camera import Bench, VirtualCamera
from hardware.virtual.emulator import Carriage, PtyDevice
from hardware.virtual.emulator_grbl import GrblController
from hardware.virtual.emulator_stackshot import StackShotController
from hardware.virtual.emulator_wemacro import WeMacroController

VIRTUAL = "virtual"
# Rails whose position is the count of a controller that forgets it without power.
COUNTING = ("grbl", "stackshot")
STOPS = {
    "grbl": (grbl.BAUD, grbl.JOG_CANCEL),
    "stackshot": (stackshot.BAUD, stackshot.STOP_ALL),
    "wemacro": (wemacro.BAUD, wemacro.frame(wemacro.STOP)),
}


@dataclass
class Rig:
    """An open rig. `camera` is None until `open_camera` is called, where it was not wanted.

    The last three are None on rails that know no such thing.
    """

    config: dict[str, Any]
    axis: Axis
    camera: Camera | None
    open_camera: Callable[[], Camera]
    marks: dict[str, Any]
    unlock: Callable[[], None] | None
    home: Callable[[], None] | None
    refuse_unless_ready: Callable[[], None] | None


@contextmanager
def opened(config: dict[str, Any], purpose: str, with_camera: bool = True) -> Iterator[Rig]:
    """The rig for one user; rail stopped and everything let go of on the way out."""
    lock = state_path(config, "lock")
    if config["rail"].get("port", VIRTUAL) != VIRTUAL:
        # A real rig is one for all users of the machine, whatever their state folders.
        lock = Path(tempfile.gettempdir()) / f"holostack-rig-{config['name']}.lock"
    with ExitStack() as closing:
        closing.enter_context(held(lock, f"rig {config['name']}", purpose))
        marks = read_marks(config)
        closing.enter_context(loss_noted(config, marks))
        carriage = _emulate(config, closing) if _is_virtual(config) else None
        motor = _open_gphoto(config) if config["rail"]["kind"] == "focus_motor" else None
        if motor is not None:
            closing.callback(motor.close)
        camera: Camera | None = motor
        rail = _open_rail(config, marks, motor, carriage)
        closing.callback(rail.close)
        axis = Axis(rail, **config["travel"], offset_um=marks.get("offset_um", 0.0))
        if config["rail"]["kind"] == "hand":
            axis.backlash_um = 0.0  # Whoever focuses takes up the play as well.
        # Between two of its steps no motor can stand.
        axis.tolerance_um = max(axis.tolerance_um, 0.51 * config["rail"].get("um_per_step", 0.0))
        if config["rail"]["kind"] in COUNTING:
            closing.enter_context(position_kept(config, axis, marks))
        closing.callback(_stop_quietly, rail)

        def open_camera() -> Camera:
            camera = _open_camera(config, axis, carriage)
            closing.callback(camera.close)
            return camera

        if with_camera and camera is None:
            camera = open_camera()
        yield Rig(
            config,
            axis,
            camera,
            open_camera,
            marks,
            getattr(rail, "unlock", None),
            getattr(rail, "home", None),
            getattr(rail, "refuse_unless_ready", None),
        )


@dataclass
class _Emulated:
    """An emulated rail: its port and where its carriage is."""

    port: str
    carriage: Carriage


def _is_virtual(config: dict[str, Any]) -> bool:
    return config["rail"].get("port") == VIRTUAL


def _emulate(config: dict[str, Any], closing: ExitStack) -> _Emulated:
    rail, virtual = config["rail"], config.get("virtual", {})
    world = state_path(config, "world.json")
    world.parent.mkdir(parents=True, exist_ok=True)
    carriage = Carriage(backlash_um=virtual.get("backlash_um", 0.0), world=world)
    if rail["kind"] == "grbl":
        controller = GrblController(carriage)
    elif rail["kind"] == "stackshot":
        controller = StackShotController(carriage)
    elif rail["kind"] == "wemacro":
        controller = WeMacroController(
            carriage, um_per_step=rail["um_per_step"], speed_um_s=rail.get("speed_um_s", 2000.0)
        )
    else:
        raise RigError(f"rig: rail.kind {rail['kind']} has no emulator; give its real port")
    device = PtyDevice(controller)
    closing.callback(device.close)
    return _Emulated(device.port, carriage)


def _open_rail(
    config: dict[str, Any],
    marks: dict[str, Any],
    camera: GphotoCamera | None,
    emulated: _Emulated | None,
) -> Rail:
    rail = config["rail"]
    kind = rail["kind"]

    def remember(position_um: float | None) -> None:
        marks["counted_um"] = position_um
        keep_marks(config, marks)

    if kind == "hand":
        return Hand(marks.get("counted_um"), remember)
    if kind == "zaber":
        return Zaber(rail["port"], rail.get("device", 1), rail.get("axis_number", 1))
    if kind == "micromanager":
        return MicroManager(Path(rail["configuration"]), rail.get("stage", ""))
    if kind == "focus_motor":
        assert camera is not None
        return FocusMotor(camera, rail["um_per_step"], marks.get("counted_um"), remember)
    baud, stop = STOPS[kind]
    port = emulated.port if emulated else rail["port"]
    link = SerialLink(port, baud, stop)
    timing = {name: rail[name] for name in ("poll_s", "reply_s", "stall_s") if name in rail}
    speed = rail.get("speed_um_s", 2000.0)
    axis = rail.get("axis", "X")
    try:
        if kind == "grbl":
            driver = grbl.Grbl(link, axis, feed_um_s=speed, **timing)
        elif kind == "stackshot":
            driver = stackshot.StackShot(link, axis, speed_um_s=speed, **timing)
        else:
            driver = wemacro.WeMacro(
                link,
                rail["um_per_step"],
                marks.get("counted_um"),
                remember,
                slowest_um_s=speed / 4,
            )
        driver.connect()
    except BaseException:
        link.close()
        raise
    return driver


def _open_camera(config: dict[str, Any], axis: Axis, emulated: _Emulated | None) -> Camera:
    camera = config["camera"]
    kind = camera["kind"]
    if kind == "gphoto2":
        return _open_gphoto(config)
    fire = {
        "hand": lambda: ask("release the shutter, then press Enter: "),
        "rail": axis.rail.fire,
        "none": lambda: None,
    }[camera.get("release", "hand")]
    if kind == "card":
        return CardCamera(fire)
    if kind == "hot_folder":
        return HotFolder(
            Path(camera["folder"]).expanduser(),
            camera.get("file", "raw"),
            fire,
            camera.get("timeout_s", 60.0),
            camera.get("quiet_s", 1.0),
            camera.get("poll_s", 0.5),
        )
    return VirtualCamera(virtual_bench(config), _sight(axis, emulated))


def virtual_bench(config: dict[str, Any]) -> Bench:
    """What the virtual camera of rig.yaml looks at; its truth is `VirtualCamera.truth`."""
    optics, virtual = config["optics"], config["virtual"]
    return Bench(
        seed=virtual["seed"],
        width_px=virtual["width_px"],
        height_px=virtual["height_px"],
        pixel_um=optics["sensor_width_mm"] * 1000 / optics["sensor_width_px"],
        magnification=optics["magnification"],
        pupil_ratio=optics.get("pupil_ratio", 1.0),
        relief_um=virtual["relief_um"],
        epoch=virtual["epoch"],
    )


def _sight(axis: Axis, emulated: _Emulated | None) -> Callable[[], float]:
    """Where the virtual camera stands: where the carriage is, not where the counter says."""
    if emulated is None:
        return axis.position_um
    return lambda: emulated.carriage.position_um(time.time()) + axis.offset_um


def _open_gphoto(config: dict[str, Any]) -> GphotoCamera:
    camera = config["camera"]
    return GphotoCamera(
        camera.get("model", ""),
        camera.get("timeout_s", 30.0),
        camera.get("memory_card", True),
        camera.get("least_battery_percent", 5.0),
    )


def _stop_quietly(rail: Rail) -> None:
    # Where the port is gone, what went wrong has been raised already.
    with suppress(RigError):
        rail.stop()
