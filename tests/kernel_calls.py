"""Which kernels do the steps call, and with what? Writes the list of those that are compiled ahead.

    PYTHONPATH=scripts python3 envs/run.py python -m tests.kernel_calls

Whole runs of raws and of photographs are made here, by every method, with a white frame, with
faults of the sensor; what they called is the list.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

import align
import convert
import fuse
import ledger
import master
import qc
from imaging.fusion.methods import METHODS
from imaging.sampling.ahead import LIST, Call, told
from imaging.sampling.kernels import Kernel
from records.record import read_record, write_record

DEMO = Path(__file__).resolve().parents[1] / "config" / "demo"
AGAIN = "write it again: PYTHONPATH=scripts python3 envs/run.py python -m tests.kernel_calls"
MADE = ("fused", "depth", "confidence", "source", "energy", "light")
FRAMES = 5
# What is fused otherwise than by default.
FUSED: dict[str, tuple[str, ...]] = {
    **{method: ("--method", method) for method in METHODS if method != "external"},
    "near": ("--prefer", "near", "--direction", "toward"),
    "slabs": ("--slab-frames", "3", "--slab-overlap", "1"),
}


def whole_runs(folder: Path) -> None:
    """Take the demonstration's raws and photographs from ledger to master."""
    raws, photographs = some(DEMO / "pcb-raw", folder), some(DEMO / "pcb-jpeg", folder)
    run(raws, folder / "raws", ())
    run(raws, folder / "other", ("--colour-space", "srgb", "--highlights", "blend"), FUSED["near"])
    libraws = "--demosaic", "AHD", "--colour-space", "eci-rgb"
    run(raws, folder / "of LibRaw", libraws, FUSED["pyramid"])
    white = "--white-frame", str(white_frame(photographs / "pcb_001.jpg", folder / "white.jpg"))
    run(photographs, folder / "photographs", white, faults=True)
    run(photographs, folder / "jpeg", ("--format", "jpeg"), FUSED["near"])


def some(frames: Path, folder: Path) -> Path:
    """A folder with as many frames as slabs of them need: more call nothing else."""
    few = folder / frames.name
    few.mkdir(parents=True)
    for path in sorted(frames.iterdir())[:FRAMES]:
        if path.suffix != ".jpg":
            shutil.copy(path, few)
            continue
        # So do larger ones.
        with Image.open(path) as picture:
            small = picture.reduce(2)
            small.save(few / path.name, quality=95, exif=picture.getexif())
    return few


def white_frame(like: Path, path: Path) -> Path:
    """An evenly lit field, taken as a photograph was."""
    with Image.open(like) as picture:
        rows, columns = picture.height, picture.width
        grey = np.random.default_rng(1).normal(128.0, 2.0, (rows, columns, 1)).repeat(3, 2)
        field = Image.fromarray(grey.astype(np.uint8))
        field.save(path, quality=98, exif=picture.getexif())
    return path


def run(
    raw: Path,
    stack: Path,
    converting: tuple[str, ...],
    fusing: tuple[str, ...] | None = None,
    faults: bool = False,
) -> None:
    """Every step of one stack; fused every way, or one."""
    records, frames = stack / "stack", stack / "frames.csv"
    conversion, transforms = records / "convert.json", records / "transforms.json"
    records.mkdir(parents=True)
    ledger.main(["--raw", str(raw), "--out", str(frames)])
    convert.main(
        [
            *("--raw", str(raw), "--ledger", str(frames), "--tiff", str(stack / "tiff")),
            *("--out", str(conversion), *converting),
        ]
    )
    align.main(["--convert", str(conversion), "--out", str(transforms)])
    if faults:
        content = read_record(transforms, "transforms")
        content["sensor_defects_px"] = [[40, 30], [60, 80]]
        content["sensor_dust"] = [{"x_px": 8, "y_px": 8, "cell_px": 8, "loss": [[0.1, 0.2]]}]
        write_record(transforms, "transforms", content)
    for name, options in {"one": fusing}.items() if fusing else FUSED.items():
        out = records / name
        out.mkdir()
        fuse.main(
            [
                *("--transforms", str(transforms), "--ledger", str(frames)),
                *(word for made in MADE for word in (f"--{made}", str(out / f"{made}.tif"))),
                *("--out", str(out / "fuse.json"), *options, "--threads", "2"),
            ]
        )
        qc.main(
            [
                *("--transforms", str(transforms), "--ledger", str(frames)),
                *("--fuse", str(out / "fuse.json"), "--pictures", str(out / "pictures")),
                *("--out", str(out / "qc.json")),
            ]
        )
        maps = "fused", "depth", "confidence", "source"
        master.main(
            [
                *("--raw", str(raw), "--ledger", str(frames), "--convert", str(conversion)),
                *("--transforms", str(transforms), "--fuse", str(out / "fuse.json")),
                *(word for made in maps for word in (f"--{made}", str(out / f"{made}.tif"))),
                *("--specimen", "SPECIMEN", "--view", name, "--master", str(out / "master.tif")),
                *("--out", str(out / "master.json")),
            ]
        )


def called() -> Iterator[Call]:
    """What kernels of Holostack were called with in this process, from Python."""
    for kernel in gc.get_objects():
        if type(kernel) is Kernel and kernel.__module__.startswith("imaging."):
            for kinds in kernel.called:
                yield Call(kernel.name, [told(kind) for kind in kinds])


def written(calls: Iterator[Call]) -> str:
    """The list as its file has it, a call in a line, in an order that does not depend on runs."""
    lines = sorted({json.dumps([call.name, *call.arguments]) for call in calls})
    return "[\n" + ",\n".join(lines) + "\n]\n"


def main() -> None:
    """Make the runs and write the list."""
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        whole_runs(Path(folder))
    LIST.write_text(written(called()), "utf-8")


if __name__ == "__main__":
    main()
