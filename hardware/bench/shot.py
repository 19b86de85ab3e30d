"""One test frame, for a look at light, focus and settings."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardware.bench.judging import NAMES, Judgement, judge
from hardware.bench.rig import Rig
from hardware.cameras.names import differing
from hardware.errors import CameraError
from hardware.frames import inspect
from records.files import copy_new

BARS = " ▁▂▃▄▅▆▇█"
COLUMNS = 32


@dataclass(frozen=True)
class TestShot:
    """A test frame that was taken and judged.

    Attributes
    ----------
    file : the frame
    about : what the file tells of itself, in a line
    settings : as the camera reads
    refused : why the ledger would refuse it, "" where it would not
    beside : lines on what else the camera delivered
    """

    # It is no test of pytest's.
    __test__ = False

    file: Path
    about: str
    judgement: Judgement
    settings: dict[str, str]
    refused: str
    beside: tuple[str, ...]

    def as_facts(self) -> dict[str, Any]:
        """What of it is text and numbers, for a page or as JSON."""
        return {
            "file": str(self.file),
            **self.judgement.as_facts(),
            "settings": self.settings,
        }


def shot(rig: Rig, folder: Path, as_json: bool = False) -> Iterator[str]:
    """Take a test frame into `folder`, overwriting none, and tell what it shows.

    Raises
    ------
    CameraError : what came is no frame, or is black
    """
    taken = take(rig, folder)
    if as_json:
        yield json.dumps(taken.as_facts(), ensure_ascii=False)
    else:
        yield from told(taken)
    if taken.refused:
        raise CameraError(f"camera: {taken.refused}; the file is {taken.file}")


def take(rig: Rig, folder: Path) -> TestShot:
    """Take a test frame into `folder`, overwriting none, and judge it.

    Raises
    ------
    CameraError : none came, or what came cannot be read; a black one is told by the judgement
    """
    folder.mkdir(parents=True, exist_ok=True)
    camera, wanted = rig.camera(), rig.config.camera
    camera.apply(wanted.settings)
    beside = []
    frames: list[tuple[Path, str, str, bool]] = []
    with tempfile.TemporaryDirectory() as incoming:
        for path in camera.strays(Path(incoming)):
            beside.append(f"{_kept(path, folder)}: came before the release; it is no test frame")
        for path in camera.shoot(Path(incoming), 0):
            target = _kept(path, folder)
            try:
                frame = inspect(target)
            except CameraError as error:
                frames.append((target, "", str(error), False))
                continue
            about = ", ".join([f"{frame.width_px} × {frame.height_px} px", *_exif(frame.exif)])
            frames.append((target, about, "", frame.kind == wanted.file))
    if not frames:
        raise CameraError("camera: no file came for the release. Is the card in, and not full?")
    # Of a raw and a JPEG, the one that a stack would be of.
    frames.sort(key=lambda one: (not one[3], bool(one[2])))
    (path, about, refused, _), *others = frames
    beside += [f"{other[0]}: {other[1] or other[2]}" for other in others]
    settings = camera.settings()
    try:
        judgement = judge(path, refused, differing(settings, wanted.settings))
    except CameraError as error:
        reason = f"camera: {refused}" if refused else error
        raise CameraError(f"{reason}; the file is {path}") from error
    return TestShot(path, about, judgement, settings, refused, tuple(beside))


def told(taken: TestShot) -> Iterator[str]:
    """Lines about a test frame, with its histogram in bars."""
    judgement = taken.judgement
    yield from taken.beside
    yield f"{taken.file}: {taken.about}" if taken.about else str(taken.file)
    for name in NAMES:
        bars = _bars(judgement.histogram[name])
        yield f"  {name:9} |{bars}| {judgement.clipped_percent[name]:.2f} % clipped"
    yield f"  sharpness {judgement.sharpness:.2f} % (contrast of neighbouring px, to compare by)"
    if taken.settings:
        yield "  settings  " + ", ".join(f"{name} {now}" for name, now in taken.settings.items())
    for sentence in judgement.warnings:
        yield f"warning: {sentence}"


def _bars(counts: list[int]) -> str:
    """A histogram in a line, its bars as high as the roots of the counts."""
    size = len(counts) // COLUMNS
    roots = [sum(counts[k : k + size]) ** 0.5 for k in range(0, len(counts), size)]
    top = max(*roots, 1.0)
    # Whatever is there at all is seen.
    heights = [-(-int(root * (len(BARS) - 1)) // int(top)) if root else 0 for root in roots]
    return "".join(BARS[min(height, len(BARS) - 1)] for height in heights)


def _kept(path: Path, folder: Path) -> Path:
    """A copy of a delivered file in `folder`, overwriting none."""
    target = folder / path.name
    for i in range(1, 10_000):
        if not os.path.lexists(target):
            break
        target = folder / f"{path.stem}_{i}{path.suffix}"
    return copy_new(path, target)


def _exif(exif: dict[str, float | str]) -> Iterator[str]:
    """What the file tells of its making, as photographers write it."""
    if aperture_f := exif.get("aperture_f"):
        yield f"f/{aperture_f:g}"
    if exposure_s := float(exif.get("exposure_s", 0)):
        yield f"1/{1 / exposure_s:.0f} s" if exposure_s < 0.3 else f"{exposure_s:g} s"
    if iso := exif.get("iso"):
        yield f"ISO {iso:g}"
    if taken_at := exif.get("taken_at"):
        yield str(taken_at).replace("T", " ")
