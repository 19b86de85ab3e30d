"""One test frame, for a look at light, focus and settings."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hardware.bench.rig import Rig
from hardware.errors import CameraError
from hardware.frames import inspect
from records.files import copy_new


def shot(rig: Rig, folder: Path) -> Iterator[str]:
    """Take a test frame into `folder`, overwriting none; a line for each file of it."""
    folder.mkdir(parents=True, exist_ok=True)
    camera = rig.camera()
    camera.apply(rig.config.camera.settings)
    with tempfile.TemporaryDirectory() as incoming:
        for path in camera.strays(Path(incoming)):
            yield f"{_kept(path, folder)}: came before the release; it is no test frame"
        for path in camera.shoot(Path(incoming), 0):
            target = _kept(path, folder)
            try:
                frame = inspect(target)
            except CameraError as error:
                raise CameraError(f"camera: {error}; the file is {target}") from error
            exif = ", ".join(f"{name} {_short(value)}" for name, value in frame.exif.items())
            yield f"{target}: {frame.width_px} × {frame.height_px} px, {exif}"


def _kept(path: Path, folder: Path) -> Path:
    """A copy of a delivered file in `folder`, overwriting none."""
    target = folder / path.name
    for i in range(1, 10_000):
        if not os.path.lexists(target):
            break
        target = folder / f"{path.stem}_{i}{path.suffix}"
    return copy_new(path, target)


def _short(value: float | str) -> str:
    return f"{value:.4g}" if isinstance(value, float) else value
