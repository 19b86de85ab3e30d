"""One test frame, for a look at light, focus and settings."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hardware.bench.config import RigConfig
from hardware.bench.rig import opened
from hardware.frames import inspect
from records.files import copy_new


def shot(config: RigConfig, folder: Path) -> Iterator[str]:
    """Take a test frame into `folder`, overwriting none; a line for each file of it."""
    folder.mkdir(parents=True, exist_ok=True)
    with opened(config, "test shot") as rig, tempfile.TemporaryDirectory() as incoming:
        camera = rig.camera()
        camera.apply(config.camera.settings)
        for path in camera.shoot(Path(incoming), 0):
            frame = inspect(path)
            target = folder / path.name
            for i in range(1, 10_000):
                if not os.path.lexists(target):
                    break
                target = folder / f"{path.stem}_{i}{path.suffix}"
            copy_new(path, target)
            exif = ", ".join(f"{name} {_short(value)}" for name, value in frame.exif.items())
            yield f"{target}: {frame.width_px} × {frame.height_px} px, {exif}"


def _short(value: float | str) -> str:
    return f"{value:.4g}" if isinstance(value, float) else value
