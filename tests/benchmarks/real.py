"""Fuse real stacks with Holostack and with other programs: seconds, memory, and crops to look at.

Run from the checkout, with a folder of frames for each stack:

    PYTHONPATH=scripts python tests/benchmarks/real.py --crops crops FOLDER [FOLDER ...]

There is no truth to measure against: the crops, at 100 %, lie where the programs differ most.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from measure import grey_of, motion_between
from numpy.typing import NDArray
from quality import (
    PEERS,
    SCRIPTS,
    align_command,
    fuse_command,
    in_natural_order,
    load,
    peer_command,
)
from speed import timed

SUFFIXES = {".jpg", ".jpeg", ".png", ".tif", ".dng"}
CROPS = 3


def converted(folder: Path, work: Path) -> list[Path]:
    """The frames as 16-bit TIFFs in the ledger's order, by the workflow's own steps."""
    raw = work / "raw"
    raw.mkdir(parents=True)
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in SUFFIXES:
            (raw / path.name).symlink_to(path.resolve())
    steps = (
        ["ledger.py", "--raw", raw, "--out", work / "frames.csv"]
        + ["--allow-differences", "aperture,iso,exposure,white_balance"],
        ["convert.py", "--raw", raw, "--ledger", work / "frames.csv", "--tiff", work / "tiff"]
        + ["--out", work / "stack" / "convert.json", "--threads", "2"],
    )
    for script, *options in steps:
        command = [sys.executable, SCRIPTS / script, *options]
        subprocess.run([str(part) for part in command], check=True, capture_output=True)
    record = json.loads((work / "stack" / "convert.json").read_text(encoding="utf-8"))
    return [work / "tiff" / frame["tiff"] for frame in record["frames"]]


def in_place_of(picture: NDArray, reference: NDArray) -> NDArray[np.float32]:
    """Motion (2, 3) from px of the reference picture to those of another program's picture."""
    factor = max(1, max(reference.shape[:2]) // 1000)
    small = [
        cv2.resize(grey_of(whole), None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
        for whole in (reference, picture)
    ]
    motion = motion_between(*small, 1.5)
    motion[:, 2] *= factor
    return motion


def write_crops(pictures: dict[str, NDArray], side: int, path: Path) -> None:
    """Crops side by side, one column for each program, where they differ most from the first."""
    (first, ours), *others = pictures.items()
    grey = grey_of(ours)
    rows, columns = grey.shape
    motions = {first: np.eye(2, 3, dtype=np.float32)}
    differing = np.zeros_like(grey)
    for name, picture in others:
        motions[name] = in_place_of(picture, ours)
        seen = cv2.warpAffine(
            grey_of(picture),
            motions[name],
            (columns, rows),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        # What differs in detail, not in tone or by a fraction of a px.
        change = cv2.GaussianBlur(seen - grey, (0, 0), 1.0)
        differing += np.abs(change - cv2.GaussianBlur(change, (0, 0), 8.0))
    busy = cv2.blur(differing, (side, side))
    edge = side // 2 + rows // 16
    busy[:edge], busy[-edge:], busy[:, :edge], busy[:, -edge:] = 0, 0, 0, 0
    sheet = []
    while busy.max() > 0 and len(sheet) < CROPS:
        y, x = np.unravel_index(busy.argmax(), busy.shape)
        busy[max(y - side, 0) : y + side, max(x - side, 0) : x + side] = 0
        line = []
        for name, picture in pictures.items():
            cx, cy = motions[name] @ np.array([x, y, 1.0])
            crop = cv2.getRectSubPix(
                picture.astype(np.float32), (side, side), (round(float(cx)), round(float(cy)))
            )
            crop = np.rint(crop * (255.0 / np.iinfo(picture.dtype).max)).astype(np.uint8)
            line.append(cv2.copyMakeBorder(crop, 2, 2, 2, 2, cv2.BORDER_CONSTANT))
        sheet.append(np.hstack(line))
    title = np.full((22, sheet[0].shape[1], 3), 255, np.uint8)
    for k, name in enumerate(pictures):
        place = (k * (side + 4) + 6, 16)
        cv2.putText(title, name, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    cv2.imwrite(str(path), np.vstack([title, *sheet])[..., ::-1])


def run_stack(folder: Path, options: argparse.Namespace, work: Path) -> None:
    """Fuse one stack with every program, print a row for each, and write crops."""
    frames = converted(folder, work)
    picture = load(frames[0])
    size = f"{len(frames)} frames of {picture.shape[1]} x {picture.shape[0]} px"
    print(f"\n## {folder.name}: {size}\n\n| program | wall s | peak memory GB |\n|---|---|---|")
    pictures = {}
    align = timed(align_command(work))
    for method in options.methods:
        output = work / f"{method}.tif"
        fuse = timed(fuse_command(work, output, method))
        name = f"Holostack {method}".removesuffix(" holostack")
        note = " (failed)" if align.code or fuse.code else ""
        wall, peak = align.wall_s + fuse.wall_s, max(align.peak_gb, fuse.peak_gb)
        print(f"| {name}{note} | {wall:.1f} | {peak:.2f} |", flush=True)
        if not note:
            pictures[name] = load(output)
    named = in_natural_order(frames, work / "peers") if options.peers else []
    for name in options.peers:
        output = work / f"{name.replace(' ', '_')}.tif"
        cost = timed(peer_command(PEERS[name], named, output, work))
        note = " (failed)" if cost.code or not output.exists() else ""
        print(f"| {name}{note} | {cost.wall_s:.1f} | {cost.peak_gb:.2f} |", flush=True)
        if not note:
            pictures[name] = load(output)
    write_crops(pictures, options.side, options.crops / f"{folder.name}.png")


def main(argv: list[str]) -> None:
    """Print a table and write a sheet of crops for every stack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="folders of frames")
    parser.add_argument("--methods", nargs="+", default=["holostack"])
    parser.add_argument(
        "--peers",
        nargs="*",
        choices=list(PEERS),
        default=["focusweave", "focus-stack", "enfuse"],
    )
    parser.add_argument("--crops", type=Path, required=True, help="folder for the crops")
    parser.add_argument("--side", type=int, default=240, help="px of a crop")
    options = parser.parse_args(argv)
    options.crops.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        for folder in options.folders:
            run_stack(folder, options, Path(work) / folder.name)


if __name__ == "__main__":
    main(sys.argv[1:])
