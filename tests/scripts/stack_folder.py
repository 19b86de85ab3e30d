"""A stack's folder with real frames and a real master, as the workflow leaves it to the archive."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray

import archive
from imaging.frames.colour import profile
from records.ledger.table import Entry, write_ledger
from tests.records import whole

SPECIMEN, VIEW = "USNM-ENT-01234567", "dorsal"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_stack(folder: Path, photographs: list[Path], view: str = VIEW) -> Path:
    """Lay out `folder/SPECIMEN/view`; return it. Its master's record is `record_of(stack)`."""
    stack = folder / SPECIMEN / view
    for name in ("raw", "stack", "archival", "derivatives"):
        (stack / name).mkdir(parents=True)
    (folder / "Snakefile").write_text("rule all:\n")
    entries = []
    for number, photograph in enumerate(photographs, 1):
        raw = stack / "raw" / photograph.name
        shutil.copyfile(photograph, raw)
        entries.append(
            Entry(number, raw.name, "used", None, sha256(raw), raw.stat().st_size, "JPEG")
        )
    write_ledger(entries, stack / "frames.csv")
    names = [photograph.name for photograph in photographs]
    records = {"convert": whole.converted(names), "transforms": whole.aligned(names), "fuse": {}}
    for name, content in records.items():
        content["parameters"] = {"of": name}
        (stack / "stack" / f"{name}.json").write_text(json.dumps(content))
    write_master(stack, 7)
    (stack / "derivatives" / "web.jpg").write_bytes(photographs[0].read_bytes()[:1000])
    return stack


def pixels_of(seed: int, shape: tuple[int, int] = (64, 96)) -> NDArray[np.uint16]:
    """Those of a master that `write_master` writes."""
    return np.random.default_rng(seed).integers(0, 65536, (*shape, 3), dtype=np.uint16)


def write_master(
    stack: Path,
    seed: int,
    shape: tuple[int, int] = (64, 96),
    icc: bytes | None = None,
    pixels: NDArray[np.uint16] | None = None,
    **told: object,
) -> None:
    """Write a master of made-up px or of those given, and its record with more that it tells."""
    record = record_of(stack)
    master = record.with_suffix(".tif")
    pixels = pixels_of(seed, shape) if pixels is None else pixels
    tifffile.imwrite(master, pixels, photometric="rgb", software=False, iccprofile=icc)
    record.write_text(
        json.dumps(
            whole.master(
                specimen=SPECIMEN,
                view=stack.name,
                file=master.name,
                sha256=sha256(master),
                pixel_sha256=hashlib.sha256(pixels.astype("<u2").tobytes()).hexdigest(),
                **told,
            )
        )
    )


def record_of(stack: Path) -> Path:
    return stack / "archival" / f"{SPECIMEN}_{stack.name}.json"


def arguments(stack: Path, root: Path, *more: str) -> list[str]:
    """Arguments of archive.py for a stack of `make_stack`."""
    return [
        *("--stack", str(stack), "--specimen", SPECIMEN, "--view", stack.name),
        *("--record", str(record_of(stack)), "--archive", str(root)),
        *("--out", str(stack / "archive.json"), "--user", "A. Technician"),
        *("--workflow", str(stack.parents[1] / "Snakefile"), *more),
    ]


def put_in_archive(stack: Path, root: Path, *more: str) -> Path:
    """Archive a stack; return the folder of its object.

    No barcodes are looked for unless `more` says so: that would take longer than all else.
    """
    archive.main(arguments(stack, root, "--barcodes", "ignore", *more))
    return root / json.loads((stack / "archive.json").read_text())["path"]


def two_versions(folder: Path, demo: Path, root: Path) -> str:
    """Archive two masters of one stack, cut out of a fused image at 5, 6; gives the object's id.

    The first is (30, 40) px of seed 31, turned upright as orientation 6 asks; the second of seed 32
    as it was shot, (40, 30).
    """
    stack = make_stack(folder, sorted((demo / "pcb-jpeg").glob("*.jpg"))[:2])
    for seed, shape, orientation in ((31, (30, 40), 6), (32, (40, 30), 1)):
        told = {"crop_px": [5, 6, 30, 40], "orientation_applied": orientation}
        write_master(stack, seed, shape, profile("srgb"), **told)
        put_in_archive(stack, root, "--reason", "Fused again")
    return f"holostack:{SPECIMEN}/{VIEW}"
