"""Measure the depth map: what it tells that is wrong, how much it tells, and how finely.

Run from the checkout: ``PYTHONPATH=scripts python tests/benchmarks/depth.py --help``.

Made scenes have a true height. A px is wrong if what is told differs by more than a frame from the
height there ("wrong"), or from every height within the map's own resolution, 3 x 3 of its px of
2 x 2 ("wrong by 3 x 3"); how finely depth is told is measured away from steps. Real stacks have
none: there the even frames alone and the odd ones alone must tell the same, within the distance of
two of either ("differ"), and two thirds of them within half of it is what finer steps would do.
Where steps are as large as the depth of field, a half knows no more than the frame next to the
focus, and of two frames about it each half has one: the halves are a whole frame apart by what they
are. Of two made scenes that blur by 3 px a frame halves differ by one on 0.3 and 0.9 % of what both
tell, and there the whole stack tells nothing wrong. So each half is held against the whole stack as
well, by a frame of the whole.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from quality import align_command, prepare
from real import converted
from scenes import KINDS, kept
from scipy import ndimage

from imaging.frames.tiff import write_image
from imaging.fusion.agreement import LEAST_CONFIDENCE
from imaging.fusion.aligned import frames_of
from imaging.fusion.frame import Frame
from imaging.fusion.stack import Told, measure
from records.record import read_record

# Left out at the border, px at half resolution: not every frame reaches there.
BORDER_PX = 14
# Heights further apart than this within 3 x 3 px are a step; it is felt so many px further.
STEP_FRAMES, STEP_PX = 0.7, 3
# What stands on a stack's plain ground: rows and columns at half resolution, past the last.
STANDING_ON_GROUND = {
    "stack-ring": (slice(155, 475), slice(275, 655)),
    "stack-pcb-button": (slice(185, 685), slice(290, 775)),
}
# The surface is fitted to what lies so near to it, in frames, nearer each time.
NEAR_SURFACE = tuple(max(1.0, 4.0 - 0.3 * k) for k in range(12))


class Score(NamedTuple):
    """Shares of the map that is told, and of px told; error in frames, root mean square."""

    told: float
    wrong: float
    wrong_by_3x3: float
    rms: float


def aligned(folder: Path, tiff: Path) -> tuple[list[Frame], tuple[int, int]]:
    """Align a prepared folder; its frames and their size."""
    subprocess.run(align_command(folder), check=True, capture_output=True)
    record = read_record(folder / "stack/transforms.json", "transforms")
    rows = [row for row in record["frames"] if row["status"] == "used"]
    return frames_of(record, rows, tiff), (record["height_px"], record["width_px"])


def told_by(frames: list[Frame], shape: tuple[int, int]) -> tuple[Told, NDArray[np.bool_]]:
    """What is measured of depth, and where it is told."""
    _, told = measure(frames, shape, None, 2)
    known = told.confidence >= LEAST_CONFIDENCE
    inner = np.zeros_like(known)
    inner[BORDER_PX:-BORDER_PX, BORDER_PX:-BORDER_PX] = True
    return told, known & inner


def score(told: Told, known: NDArray[np.bool_], height: NDArray[np.float32]) -> Score:
    """Measure a depth map against the height (H, W) of its scene, H and W even."""
    rows, columns = height.shape[0] // 2, height.shape[1] // 2
    four = height.reshape(rows, 2, columns, 2).transpose(0, 2, 1, 3).reshape(rows, columns, 4)
    lowest = ndimage.minimum_filter(four.min(2), 3)
    highest = ndimage.maximum_filter(four.max(2), 3)
    outside = (told.depth < lowest - 1) | (told.depth > highest + 1)
    step = ndimage.binary_dilation(highest - lowest > STEP_FRAMES, iterations=STEP_PX)
    error = told.depth - four.mean(2)
    wrong = np.abs(told.depth[..., None] - four) > 1
    inside = (rows - 2 * BORDER_PX) * (columns - 2 * BORDER_PX)
    return Score(
        known.sum() / inside,
        float(wrong[known].mean()),
        float(outside[known].mean()),
        float(np.sqrt((error[known & ~step] ** 2).mean())),
    )


def of_scene(kind: str, seed: int, options: argparse.Namespace, work: Path) -> Score:
    """The score of one made scene."""
    shape = options.rows, options.columns
    made, folder, paths = kept(work, kind, seed, shape, options.frames, options.blur_px)
    if options.jpeg:
        folder, paths = as_jpegs(made.frames, Path(f"{folder}-jpeg{options.jpeg}"), options.jpeg)
    prepare(folder, paths, made.truth.shape[:2])
    return score(*told_by(*aligned(folder, folder / "tiff")), made.height)


def as_jpegs(
    frames: list[NDArray[np.uint16]], folder: Path, quality: int
) -> tuple[Path, list[Path]]:
    """Write what JPEGs of such a quality, 0..100, leave of frames; their folder and files."""
    (folder / "tiff").mkdir(parents=True, exist_ok=True)
    paths = [folder / "tiff" / f"frame_{k + 1:03d}.tif" for k in range(len(frames))]
    for path, frame in zip(paths, frames):
        eight_bits = np.rint(frame[..., ::-1] / 257).astype(np.uint8)
        _, file = cv2.imencode(".jpg", eight_bits, [cv2.IMWRITE_JPEG_QUALITY, quality])
        left = cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1]
        write_image(path, left.astype(np.uint16) * np.uint16(257))
    return folder, paths


def of_halves(folder: Path, work: Path) -> tuple[float, float, float, float, float]:
    """Share told of a real stack, and of what both halves tell, shares that differ.

    They differ by more than a step of the halves, which is two frames, or by more than one frame;
    then follows the larger share of what a half and the whole tell that differs by more than one,
    and the share of what is told of its ground that lies off it, NaN for stacks without.
    """
    converted(folder, work)
    frames, shape = aligned(work, work / "tiff")
    whole, known = told_by(frames, shape)
    (even, in_even), (odd, in_odd) = told_by(frames[::2], shape), told_by(frames[1::2], shape)
    apart = np.abs(2 * even.depth - (2 * odd.depth + 1))[in_even & in_odd]
    off = [
        float((np.abs(2 * half.depth + first - whole.depth) > 1)[told & known].mean())
        for first, half, told in ((0, even, in_even), (1, odd, in_odd))
    ]
    ground = float("nan")
    if folder.name in STANDING_ON_GROUND:
        on_ground = known.copy()
        on_ground[STANDING_ON_GROUND[folder.name]] = False
        ground = off_surface(whole.depth, on_ground)
    shares = float(known.mean()), float((apart > 2).mean()), float((apart > 1).mean())
    return *shares, max(off), ground


def off_surface(depth: NDArray[np.float32], on_ground: NDArray[np.bool_]) -> float:
    """Share of a ground's px whose depth is off the surface fitted to it by more than a frame."""
    y, x = (place / max(depth.shape) for place in np.nonzero(on_ground))
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], 1)
    z = depth[on_ground].astype(np.float64)
    off = np.zeros_like(z)
    for near in NEAR_SURFACE:
        kept = off < near
        found = np.linalg.lstsq(terms[kept], z[kept], rcond=None)[0]
        off = np.abs(terms @ found - z)
    return float((off > 1).mean())


def main(argv: list[str]) -> None:
    """Print a row for every scene and every stack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="folders of frames, of real stacks")
    parser.add_argument("--scenes", nargs="*", choices=KINDS, default=list(KINDS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[101])
    parser.add_argument("--rows", type=int, default=480)
    parser.add_argument("--columns", type=int, default=640)
    parser.add_argument("--frames", type=int, default=14)
    parser.add_argument(
        "--blur-px",
        type=float,
        default=1.1,
        help="radius of blur per frame; 0.2 is a step far finer than the depth of field",
    )
    parser.add_argument("--jpeg", type=int, help="made frames are JPEGs of such a quality, 1..100")
    parser.add_argument("--keep", type=Path, help="folder that keeps scenes for the next run")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as work:
        found = []
        print("| scene | told % | wrong % | wrong by 3 x 3 % | error, frames |")
        print("|---|---|---|---|---|")
        for seed in options.seeds:
            for kind in options.scenes:
                found.append(of_scene(kind, seed, options, options.keep or Path(work)))
                print(row(f"{kind} {seed}", found[-1]), flush=True)
        if found:
            print(row("mean", Score(*np.mean(found, 0))))
        if options.folders:
            print(
                "\n| stack | told % | differ by 2 frames % | by 1 frame % | a half from all % |"
                " off the ground % |"
            )
            print("|---|---|---|---|---|---|")
        for folder in options.folders:
            shares = of_halves(folder, Path(work) / folder.name)
            print(f"| {folder.name} | " + " | ".join(f"{100 * one:.2f}" for one in shares) + " |")


def row(name: str, found: Score) -> str:
    """A line of the table of scenes."""
    shares = " | ".join(f"{100 * share:.2f}" for share in found[:3])
    return f"| {name} | {shares} | {found.rms:.3f} |"


if __name__ == "__main__":
    main(sys.argv[1:])
