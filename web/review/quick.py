"""A stack fused at a reduced size within seconds, in a process whose crash is not shared.

Frames are decoded straight from the raw folder, aligned and fused by the very functions of the
steps, and nothing is written but in the folder that is named. What it does it tells in lines of
JSON on standard output.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
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
# Shares of the work on some frames that are done once they are read, and aligned.
READ, ALIGNED = 0.4, 0.6
# Of a stack of many frames, a picture of so many comes first: a person waits for seconds, and all
# of a hundred take a quarter of a minute. Reduced as they are, their depths of field still meet.
FIRST_FRAMES = 24
MANY_FRAMES = 40


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
    development = decide_reduced(raw / files[0])
    icc = colour.profile("srgb")

    def read(number: int) -> tuple[tuple[int, int], tuple[int, ...]]:
        pixels, size = read_reduced(raw / files[number], job["long_edge_px"], development)
        tiff.write_image(reduced_path(out, number), pixels, icc)
        return size, pixels.shape

    passes: list[Sequence[int]] = [range(len(files))]
    if job["place"] is None and len(files) > MANY_FRAMES:
        passes.insert(0, spread(len(files)))
    sizes: dict[int, tuple[tuple[int, int], tuple[int, ...]]] = {}
    done = 0.0
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for chosen in passes:
            share = len(chosen) / sum(map(len, passes))
            missing = [number for number in chosen if number not in sizes]
            for k, size in enumerate(pool.map(read, missing)):
                sizes[missing[k]] = size
                tell(progress=done + share * READ * (k + 1) / len(missing))
            if unlike := [k for k in chosen if sizes[k] != sizes[0]]:
                raise ImagingError(
                    f"{files[unlike[0]]} has another size than {files[0]}; leave it out"
                )
            (width, height), (rows, columns, _) = sizes[0]
            tell(scale=columns / width, width_px=width, height_px=height)
            is_last = chosen is passes[-1]
            try:
                fuse_some(job, chosen, (rows, columns), columns / width, (done, share), is_last)
            except ImagingError:
                # Some alone may lie too far apart; all together tell what is wrong.
                if is_last:
                    raise
            done += share


def spread(count: int) -> Sequence[int]:
    """Numbers of some of many frames, at even distances, the first and the last among them."""
    return [round(k * (count - 1) / (FIRST_FRAMES - 1)) for k in range(FIRST_FRAMES)]


def reduced_path(folder: Path, number: int) -> Path:
    """Where a reduced frame lies."""
    return folder / f"{number:05d}.tif"


def fuse_some(
    job: Mapping[str, Any],
    chosen: Sequence[int],
    shape: tuple[int, int],
    scale: float,
    progress: tuple[float, float],
    is_all: bool,
) -> None:
    """Align and fuse some of the frames, by every method that is asked for.

    Parameters
    ----------
    shape : rows and columns of the reduced frames
    scale : of these to the whole ones
    progress : what is done before, and the share of this
    is_all : whether these are all, so that what does not belong is known
    """
    out, threads, (done, share) = Path(job["out"]), os.cpu_count() or 1, progress
    files, paths = [job["files"][k] for k in chosen], [reduced_path(out, k) for k in chosen]
    alignment = aligned(
        paths,
        job["model"],
        threads,
        lambda part: tell(progress=done + share * (READ + (ALIGNED - READ) * part)),
    )
    failed = unusable(alignment, {}, np.inf, np.inf)
    for k in sorted(failed) if is_all else ():
        tell(left_out={"file": files[k], "reason": failed[k].text})
    frames = [
        Frame(
            paths[k],
            np.linalg.inv(alignment.transforms[k]),
            read_profile(paths[k]),
            tuple(alignment.gains[k]),
        )
        for k in range(len(paths))
        if k not in failed
    ]
    settings = Settings(**{**job["fuse"], "slab_frames": 0})
    for number, method in enumerate(job["methods"]):
        part = ALIGNED + (1 - ALIGNED) * number / len(job["methods"])
        tell(progress=done + share * part)
        by = settings._replace(method=method)
        stack, _ = measure(frames, shape, by.carrying, threads, prefer=by.prefers_near)
        fused = out / f"{method}.tif"
        fuse(stack, by, fused, threads, lambda _: None)
        pixels = (tiff.read_image(fused).astype(np.uint32) + 128) // 257
        shown = cut(pixels.astype(np.uint8), job["place"], scale)
        # As the master is turned.
        picture = Image.fromarray(np.ascontiguousarray(upright(shown, job["orientation"])))
        partial = out / f".{method}.part"
        icc = colour.profile("srgb")
        picture.save(partial, "JPEG", quality=QUALITY, subsampling=0, icc_profile=icc)
        partial.rename(out / f"{method}.jpg")
        size = {"width_px": picture.width, "height_px": picture.height}
        tell(picture={"method": method, **size, "frames": len(paths)})


def cut(pixels: NDArray[np.uint8], place: Sequence[int] | None, scale: float) -> NDArray[np.uint8]:
    """A place of the reduced picture, at least a px; all of it for None."""
    if place is None:
        return pixels
    x, y, width, height = (round(number * scale) for number in place)
    x, y = min(x, pixels.shape[1] - 1), min(y, pixels.shape[0] - 1)
    return np.ascontiguousarray(pixels[y : y + max(height, 1), x : x + max(width, 1)])


def aligned(
    paths: list[Path], model: str, threads: int, progress: Callable[[float], None]
) -> Alignment:
    """Align reduced frames."""
    icc = read_profile(paths[0])
    try:
        return align_stack(
            lambda k: read_detail(paths[k], icc),
            len(paths),
            len(paths) // 2,
            model,
            threads,
            lambda k: progress((k + 1) / len(paths)),
        )
    except ImagingError as error:
        raise ImagingError(f"the frames cannot be aligned: {error}") from None


if __name__ == "__main__":
    main()
