"""A stack fused at a reduced size within seconds, in a process whose crash is not shared.

Frames are decoded straight from the raw folder, aligned and fused by the very functions of the
steps, and nothing is written but in the folder that is named. What it does it tells in lines of
JSON on standard output.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imaging.alignment.detail import read_detail
from imaging.alignment.findings import unusable
from imaging.alignment.stack import Alignment, align_stack
from imaging.errors import ImagingError
from imaging.frames import colour, tiff
from imaging.frames.converted import read_profile
from imaging.frames.reduced import decide_reduced, read_reduced
from imaging.fusion.frame import Frame
from imaging.fusion.methods import Settings, fuse
from imaging.fusion.stack import measure
from imaging.pictures.crop import upright

QUALITY = 90
# Shares of the work that are done once frames are read, and aligned.
READ, ALIGNED = 0.4, 0.6


def main() -> None:
    """Do the job that standard input tells, as JSON."""
    job = json.load(sys.stdin)
    try:
        made(job)
    except ImagingError as error:
        tell(error=str(error))
        sys.exit(1)


def tell(**what: object) -> None:
    """Say something about the work."""
    print(json.dumps(what), flush=True)


def made(job: Mapping[str, Any]) -> None:
    """Align and fuse.

    Parameters
    ----------
    job : `raw`, `files` in the order of focus, `methods`, `fuse` (settings), `model`,
        `long_edge_px`, `place` (of the whole frame; or None), `orientation` (1 to 8, as Exif
        counts), `out` (folder)
    """
    raw, out, files = Path(job["raw"]), Path(job["out"]), job["files"]
    threads = os.cpu_count() or 1
    development = decide_reduced(raw / files[0])
    paths = [out / f"{number:05d}.tif" for number in range(len(files))]
    icc = colour.profile("srgb")

    def read(number: int) -> tuple[tuple[int, int], tuple[int, ...]]:
        pixels, size = read_reduced(raw / files[number], job["long_edge_px"], development)
        tiff.write_image(paths[number], pixels, icc)
        return size, pixels.shape

    told = []
    with ThreadPoolExecutor(threads) as pool:
        for one in pool.map(read, range(len(files))):
            told.append(one)
            tell(progress=READ * len(told) / len(files))
    if unlike := [files[k] for k, one in enumerate(told) if one != told[0]]:
        raise ImagingError(f"{unlike[0]} has another size than {files[0]}; leave it out")
    (width, height), (rows, columns, _) = told[0]
    shape = rows, columns
    tell(scale=columns / width, width_px=width, height_px=height)
    alignment = aligned(paths, files, job["model"], threads)
    failed = unusable(alignment, {}, np.inf, np.inf)
    used = [k for k in range(len(files)) if k not in failed]
    for k in sorted(failed):
        tell(left_out={"file": files[k], "reason": failed[k].text})
    frames = [
        Frame(
            paths[k],
            np.linalg.inv(alignment.transforms[k]),
            read_profile(paths[k]),
            tuple(alignment.gains[k]),
        )
        for k in used
    ]
    settings = Settings(**{**job["fuse"], "slab_frames": 0})
    for number, method in enumerate(job["methods"]):
        tell(progress=ALIGNED + (1 - ALIGNED) * number / len(job["methods"]))
        chosen = replace(settings, method=method)
        stack, _ = measure(frames, shape, chosen.carrying, threads, prefer=chosen.prefers_near)
        fused = out / f"{method}.tif"
        fuse(stack, chosen, fused, threads, lambda _: None)
        pixels = (tiff.read_image(fused).astype(np.uint32) + 128) // 257
        shown = cut(pixels.astype(np.uint8), job["place"], columns / width)
        # As the master is turned.
        picture = Image.fromarray(np.ascontiguousarray(upright(shown, job["orientation"])))
        partial = out / f".{method}.part"
        picture.save(partial, "JPEG", quality=QUALITY, subsampling=0, icc_profile=icc)
        partial.rename(out / f"{method}.jpg")
        tell(picture={"method": method, "width_px": picture.width, "height_px": picture.height})


def cut(pixels: NDArray[np.uint8], place: Sequence[int] | None, scale: float) -> NDArray[np.uint8]:
    """A place of the reduced picture, at least a px; all of it for None."""
    if place is None:
        return pixels
    x, y, width, height = (round(number * scale) for number in place)
    x, y = min(x, pixels.shape[1] - 1), min(y, pixels.shape[0] - 1)
    return np.ascontiguousarray(pixels[y : y + max(height, 1), x : x + max(width, 1)])


def aligned(paths: list[Path], files: list[str], model: str, threads: int) -> Alignment:
    """Align the reduced frames; what does not belong is told by name."""
    icc = read_profile(paths[0])
    try:
        return align_stack(
            lambda k: read_detail(paths[k], icc),
            len(paths),
            len(paths) // 2,
            model,
            threads,
            lambda k: tell(progress=READ + (ALIGNED - READ) * (k + 1) / len(paths)),
        )
    except ImagingError as error:
        raise ImagingError(f"the frames cannot be aligned: {error}") from None


if __name__ == "__main__":
    main()
