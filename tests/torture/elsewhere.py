"""The steps from raws to master by another interpreter, and the pixels of each: where do they part?

Used by `versions.py` and `arm64.py`, which are run by hand.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
DEMO = ROOT / "config" / "demo"
METHODS = ("holostack", "pyramid", "weighted", "depthmap")


class StepFailed(Exception):
    """A step ended in an error; its last lines."""


def tiny_stacks(folder: Path, frames: int, width_px: int, height_px: int) -> dict[str, Path]:
    """Two folders of frames: the demonstration's JPEG, made small, and one of its raws."""
    jpeg, raw = folder / "jpeg", folder / "raw"
    if not jpeg.is_dir():
        jpeg.mkdir(parents=True)
        raw.mkdir()
        for path in sorted((DEMO / "pcb-jpeg").iterdir())[:frames]:
            with Image.open(path) as image:
                small = image.resize((width_px, height_px))
                small.save(jpeg / path.name, quality=95, exif=image.getexif())
        for path in sorted((DEMO / "pcb-raw").iterdir())[:2]:
            os.link(path, raw / path.name)
    return {"jpeg": jpeg, "raw": raw}


def pixels(
    python: Sequence[str], folder: Path, raw: Path, environment: Mapping[str, str]
) -> dict[str, str]:
    """Run the steps in `folder`; for each what it made, as text that is equal where that is.

    Parameters
    ----------
    python : the command that is an interpreter with Holostack's libraries
    raw : folder of the frames
    environment : variables that are set for each step
    """
    stack, frames, convert = folder / "stack", folder / "frames.csv", folder / "stack/convert.json"
    transforms = stack / "transforms.json"
    stack.mkdir(parents=True, exist_ok=True)

    def step(name: str, **options: object) -> None:
        command = [*python, str(SCRIPTS / f"{name}.py")]
        command += [word for key, value in options.items() for word in (f"--{key}", str(value))]
        begun = time.monotonic()
        run = subprocess.run(
            command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
        )
        if run.returncode:
            raise StepFailed(f"{name}: {' '.join((run.stderr or run.stdout).split()[-40:])}")
        seconds[name] = seconds.get(name, 0) + time.monotonic() - begun

    seconds: dict[str, float] = {}
    made: dict[str, str] = {}
    step("ledger", raw=raw, out=frames)
    made["ledger"] = _digest(frames.read_text("utf-8"))
    step("convert", raw=raw, ledger=frames, tiff=folder / "tiff", out=convert)
    made["convert"] = _digest([frame["pixel_blake3"] for frame in _read(convert)["frames"]])
    step("align", convert=convert, out=transforms)
    made["align"] = _digest(_numbers(_read(transforms)))
    for method in METHODS:
        out = folder / method
        maps = {name: out / f"{name}.tif" for name in ("fused", "depth", "confidence", "source")}
        record = out / "fuse.json"
        out.mkdir(exist_ok=True)
        step("fuse", transforms=transforms, ledger=frames, method=method, **maps, out=record)
        for picture, digest in _read(record)["pixel_sha256"].items():
            made[f"{method} {picture}"] = digest[:12]
    out = folder / METHODS[0]
    maps = {name: out / f"{name}.tif" for name in ("fused", "depth", "confidence", "source")}
    step(
        "master",
        **maps,
        fuse=out / "fuse.json",
        transforms=transforms,
        convert=convert,
        ledger=frames,
        raw=raw,
        specimen="A",
        view="v",
        master=folder / "archival/A_v.tif",
        out=folder / "archival/A_v.json",
    )
    made["master"] = _digest(_read(folder / "archival/A_v.json")["pixel_sha256"])
    (folder / "seconds.json").write_text(json.dumps(seconds))
    return made


def parts_at(made: Mapping[str, str], here: Mapping[str, str]) -> list[str]:
    """Names of the steps whose result is another than here, the first first."""
    return [step for step in here if made.get(step) != here[step]]


def software_told(folder: Path) -> dict[str, Any]:
    """What the records of a run say of the software that it was made with."""
    return {
        name: _read(folder / path).get("software")
        for name, path in (("convert", "stack/convert.json"), ("fuse", "holostack/fuse.json"))
    }


def _numbers(record: dict[str, Any]) -> dict[str, Any]:
    """Of the record of an alignment what was measured, not where, by what and of which files."""
    measured = ("reference", "still_areas", "frames", "model", "sensor_defects_px", "sensor_dust")
    return {key: record[key] for key in measured}


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]
