"""A small rig for tests: emulated GRBL rail, virtual camera with faults to order."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from hardware.bench.axis import Axis
from hardware.bench.config import CameraConfig, TravelConfig
from hardware.capture.exposure import never
from hardware.capture.journal import StackFolder
from hardware.capture.session import capture
from hardware.errors import CameraBusyError, CameraError
from hardware.optics import plan_stack
from hardware.rails.grbl import BAUD, JOG_CANCEL, Grbl
from hardware.rails.link import SerialLink
from hardware.virtual.camera import Bench, VirtualCamera
from hardware.virtual.emulator import Carriage, Fault, Faults, PtyDevice
from hardware.virtual.emulator_grbl import GrblController

SETTINGS = {"aperture": "4", "iso": "100", "shutter": "1/60"}
# Pixels so small that each step changes what so few of them show.
BENCH = Bench(3, 96, 72, 2.0, 1.0, 1.0, 600, "2024-01-01T12:00:00")
PLAN = plan_stack(0, 500, 100)
CAMERA = CameraConfig("virtual", bytes_per_frame=10_000)


class FaultyCamera(VirtualCamera):
    """A virtual camera that fails as told: {frame: [fault of 1st release, of 2nd, …]}."""

    def __init__(self, carriage: Carriage, faults: dict[int, list[str]]) -> None:
        super().__init__(BENCH, lambda: carriage.position_um(time.time()))
        self._faults = {frame: list(kinds) for frame, kinds in faults.items()}
        self._last: Path | None = None
        self.recoveries = 0
        self.releases = 0

    def shoot(self, incoming: Path, frame: int) -> list[Path]:
        self.releases += 1
        planned = self._faults.get(frame)
        fault = planned.pop(0) if planned else ""
        if fault == "busy":
            raise CameraBusyError("camera: Device Busy")
        if fault in ("card full", "battery at 2 %", "unplugged", "no file came"):
            raise CameraError(f"camera: {fault}.")
        if fault == "disk full":
            # Writing there fails as on a full disk, by the kernel's own word.
            full = incoming / f"VIRT{frame:04d}.dng"
            full.symlink_to("/dev/full")
            try:
                return super().shoot(incoming, frame)
            finally:
                full.unlink()
        if fault == "crash":
            raise RuntimeError("a bug")
        if fault == "drift":
            self._settings["aperture"] = "5.6"
        (path,) = super().shoot(incoming, frame)
        if fault == "file drift":
            self._settings["iso"] = "200"
            (path,) = super().shoot(incoming, frame)
            self._settings["iso"] = "100"
        data = path.read_bytes()
        files = [path]
        if fault == "truncated":
            path.write_bytes(data[: len(data) // 2])
        elif fault == "empty":
            path.write_bytes(b"")
        elif fault == "repeated":
            shutil.copy(self._last, path)
        elif fault == "twice the same":
            files.append(path.with_name("COPY.dng"))
            files[1].write_bytes(data)
        elif fault == "two frames":
            files.append(path.with_name("OTHER.dng"))
            files[1].write_bytes(data[:-2] + b"\x01\x02")
        elif fault == "jpeg beside":
            files.append(path.with_suffix(".jpg"))
            from PIL import Image

            Image.new("RGB", (8, 8)).save(files[1])
        elif fault == "interrupt":
            raise KeyboardInterrupt
        if not fault:
            self._last = incoming.parent / "last-for-test"
            self._last.write_bytes(data)
        return files

    def recover(self) -> None:
        self.recoveries += 1


@contextmanager
def rig(*rail_faults: Fault, camera_faults=None, backlash_um=20.0, **carriage_state):
    """(axis, camera, device) of an emulated rig."""
    carriage = Carriage(backlash_um=backlash_um, **carriage_state)
    device = PtyDevice(GrblController(carriage, Faults(list(rail_faults))))
    link = SerialLink(device.port, BAUD, JOG_CANCEL)
    rail = Grbl(link, feed_um_s=50_000, poll_s=0.005, reply_s=0.3, stall_s=0.3, halt_s=1)
    rail.connect()
    axis = Axis(rail, TravelConfig(-1000, 5000, backlash_um=50, tolerance_um=2, settle_s=0))
    camera = FaultyCamera(carriage, camera_faults or {})
    try:
        yield axis, camera, device
    finally:
        rail.close()
        device.close()


def stack_in(folder: Path) -> StackFolder:
    return StackFolder("S-1", "dorsal", folder / "raw", folder / "capture.json")


def run(folder: Path, axis, camera, plan=PLAN, settings=SETTINGS, lines=None, **changes):
    """Capture into `folder`, the rail's count vouched for if `rail_checked`; the record."""
    progress = lines.append if lines is not None else lambda line: None
    checked = changes.pop("rail_checked", False)
    ends = changes.pop("ends", never)
    wanted = replace(CAMERA, settings=settings, **changes)
    stack, facts = stack_in(folder), {"name": "test"}
    return capture(
        *(stack, plan, axis, camera, wanted, facts, progress), rail_checked=checked, ends=ends
    )


def raws(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "raw").iterdir())}


def captured(bench, *words):
    """Capture S-1/top with the fixture `bench`; the record."""
    folder = bench.folder
    bench(
        *("capture", "--specimen", "S-1", "--view", "top", "--raw", folder / "raw"),
        *("--out", folder / "capture.json", *words),
    )
    return json.loads((folder / "capture.json").read_text())


def capture_into(argv: list[str]) -> None:
    """Capture into the folder that `argv` names, as a command that a crash test kills."""
    with rig() as (axis, camera, _):
        run(Path(argv[0]), axis, camera, rail_checked=True)
