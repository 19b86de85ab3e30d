"""What becomes of every picture of a collection: accepted or refused and why, in what time.

    PYTHONPATH=scripts python3 envs/run.py python tests/benchmarks/picture_collections.py FOLDER ...

Made for the test pictures that Pillow, libtiff, exif-samples and PngSuite ship. Each file is
inspected as the ledger does it and, where accepted, read as the step `convert` does, in a process
of its own; its pixels are compared with those of a second decoder that shares no code of ours:
tifffile or libtiff in Pillow for TIFF, OpenCV's libpng for PNG, Pillow's libjpeg-turbo for JPEG.
Ends with 1 if a file hangs, crashes, is accepted and then not read, or is read differently.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageOps

SUFFIXES = frozenset(
    f".{name}"
    for name in [
        "apng",
        "arw",
        "cr2",
        "cr3",
        "dng",
        "jpe",
        "jpeg",
        "jpg",
        "mpo",
        "nef",
        "orf",
        "png",
        "raf",
        "rw2",
        "tif",
        "tiff",
    ]
)
LONGEST_S = 60.0
COLUMNS = ("file", "verdict", "reason", "seconds", "peak_mb", "compared_with", "difference")
# Of 65535, in 16 bits: one step of 8 bits is 257. Decoders of JPEG differ by a rounding.
SAME = 0
SAME_JPEG = 2 * 257


def main() -> int:
    """Judge every picture under the folders; 1 if one was judged wrongly."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, help="table to write, CSV")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        json.dump(judge(options.folders[0]), sys.stdout)
        return 0
    files = [file for folder in options.folders for file in pictures(folder)]
    with ThreadPoolExecutor(options.jobs) as pool:
        rows = list(pool.map(apart, files))
    for row in sorted(rows, key=lambda row: (row["verdict"], row["reason"], row["file"])):
        print(f"{row['verdict']:>9} {row['seconds']:6.2f} s {row['peak_mb']:5.0f} MB", end=" ")
        print(f"{row['difference']:>6} {row['file']}  {row['reason']}")
    print(json.dumps(Counter(row["verdict"] for row in rows)))
    print(f"longest {max(row['seconds'] for row in rows):.2f} s, ", end="")
    print(f"most memory {max(row['peak_mb'] for row in rows):.0f} MB, {len(files)} files")
    if options.out:
        with options.out.open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, COLUMNS)
            table.writeheader()
            table.writerows(rows)
    return int(any(row["verdict"] not in ("accepted", "refused") for row in rows))


def pictures(folder: Path) -> Iterator[Path]:
    """Files of a folder that are pictures by their names."""
    if folder.is_file():
        yield folder
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            yield path


def apart(path: Path) -> dict[str, object]:
    """Judge a file in a process of its own, which may hang or crash."""
    command = [sys.executable, __file__, "--one", str(path)]
    row = dict.fromkeys(COLUMNS, "") | {"file": str(path), "seconds": LONGEST_S, "peak_mb": 0}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S)
        return row | json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return row | {"verdict": "HANGS"}
    except json.JSONDecodeError:
        last = done.stderr.strip().splitlines()[-1:] or [f"ended with {done.returncode}"]
        return row | {"verdict": "CRASHES", "reason": last[0]}


def judge(path: Path) -> dict[str, object]:
    """Inspect a file, read it where it is accepted, and compare."""
    from imaging.errors import ImagingError
    from imaging.frames import photographs, raws
    from imaging.frames.inspection import inspect
    from imaging.pictures.crop import upright

    start = time.monotonic()
    found = {"verdict": "accepted", "reason": "", "compared_with": "", "difference": ""}
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        seen = inspect(path)
        found["seconds"] = time.monotonic() - start
        found["peak_mb"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024
    except ImagingError as error:
        peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024
        took = time.monotonic() - start
        return found | {
            "verdict": "refused",
            "reason": str(error),
            "seconds": took,
            "peak_mb": peak,
        }
    try:
        if seen.kind == "raw":
            raws.develop(path, raws.decide(path))
            return found | {"reason": f"raw, {seen.format}"}
        picture = photographs.read(path)
    except ImagingError as error:
        return found | {"verdict": "BROKEN", "reason": f"accepted, then: {error}"}
    found["reason"] = f"{seen.colour}, {seen.bits} bits, orientation {seen.orientation}"
    if "as sRGB" in str(seen.colour):
        return found | {"difference": "grey profile"}
    try:
        name, other = second_opinion(path, seen.format, seen.bits)
    except Exception as error:
        return found | {"difference": "none", "compared_with": f"no other decoder: {error}"}
    ours = (
        upright(picture.pixels, seen.orientation) if name.startswith("Pillow") else picture.pixels
    )
    if other.shape != ours.shape:
        return found | {"verdict": "DIFFERS", "reason": f"{other.shape}, {ours.shape}"}
    difference = int(np.abs(other.astype(np.int64) - ours).max())
    found |= {"compared_with": name, "difference": difference}
    lossy = seen.format == "jpeg" or "jpeg" in name
    if difference > (SAME_JPEG if lossy else SAME):
        found["verdict"] = "DIFFERS"
    return found


def second_opinion(path: Path, fmt: str, bits: int | None) -> tuple[str, NDArray[np.int64]]:
    """The picture as another decoder has it, (H, W, 3), 0 to 65535; Pillow turns it upright."""
    warnings.simplefilter("ignore")
    if bits == 16 and fmt == "tiff":
        with tifffile.TiffFile(path) as tif:
            page = tif.pages.first
            pixels = page.asarray()
            if page.planarconfig == 2 and pixels.ndim == 3:
                pixels = np.moveaxis(pixels, 0, -1)
            if page.photometric == 0:
                pixels = 65535 - pixels
        return "tifffile", three(pixels)
    if bits == 16:
        flags = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
        pixels = cv2.imdecode(np.fromfile(path, np.uint8), flags)
        return "OpenCV", three(pixels if pixels.ndim == 2 else pixels[..., 2::-1])
    with Image.open(path) as image:
        compression = image.info.get("compression", "")
        image.seek(0)
        turned = ImageOps.exif_transpose(image)
        pixels = np.asarray(turned.convert("RGBA" if turned.mode in ("LA", "PA") else "RGB"))
    return f"Pillow {compression}".strip(), three(pixels).astype(np.int64) * 257


def three(pixels: NDArray) -> NDArray:
    """Grey, with or without alpha, or RGBA as three channels."""
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    colours = pixels[..., : 1 if pixels.shape[2] < 3 else 3]
    return np.broadcast_to(colours, (*pixels.shape[:2], 3))


if __name__ == "__main__":
    sys.exit(main())
