"""Seconds and peak memory of each step, for a stack of given size and number of frames.

    python3 envs/run.py python tests/benchmarks/pipeline.py --frames 30 --width 6000 --height 4000

The frames are the demonstration photographs, enlarged and cut, as 16-bit TIFFs; the workflow runs
on them as it does for anyone, and what Snakemake measured of each step is printed.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import tifffile

ROOT = Path(__file__).resolve().parents[2]
STEPS = (
    "import_raws",
    "ledger",
    "convert",
    "align",
    "fuse",
    "master",
    "derive_web.jpg",
    "derive_thumbnail.jpg",
    "derive_print.tif",
    "archive",
)


def main() -> None:
    """Make the stack, run the workflow on it, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=10)
    parser.add_argument("--width", type=int, default=3000)
    parser.add_argument("--height", type=int, default=2000)
    parser.add_argument("--cores", default="all")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        make_frames(tree / "specimens" / "BENCH" / "top" / "raw", options)
        (tree / "config").mkdir()
        (tree / "config" / "specimens.csv").write_text("specimen,view\nBENCH,top\n")
        started = time.monotonic()
        subprocess.run(
            [
                sys.executable,
                "-m",
                "snakemake",
                "--snakefile",
                ROOT / "Snakefile",
                "--workflow-profile",
                ROOT / "profiles" / "default",
                "--cores",
                options.cores,
                "--directory",
                tree,
            ],
            check=True,
        )
        report(tree / "benchmarks" / "BENCH" / "top", time.monotonic() - started)


def make_frames(folder: Path, options: argparse.Namespace) -> None:
    """Frames of the size asked for, a little shifted against each other."""
    folder.mkdir(parents=True)
    photographs = sorted((ROOT / "config" / "demo" / "pcb-jpeg").glob("*.jpg"))
    for k in range(options.frames):
        # The photographs there and back, so that neighbours always resemble each other.
        turn = k % (2 * len(photographs) - 2)
        which = min(turn, 2 * len(photographs) - 2 - turn)
        picture = cv2.imread(str(photographs[which]), cv2.IMREAD_COLOR)[..., ::-1]
        picture = cv2.resize(
            picture, (options.width, options.height), interpolation=cv2.INTER_CUBIC
        )
        moved = np.roll(picture, (k % 5, -(k % 3)), (0, 1))
        tifffile.imwrite(
            folder / f"frame_{k:04d}.tif", moved.astype(np.uint16) * 257, photometric="rgb"
        )


def report(folder: Path, wall_s: float) -> None:
    """Print what Snakemake measured."""
    print(f"{'step':24}{'s':>8}{'CPU s':>8}{'peak MB':>10}")
    total = 0.0
    for step in STEPS:
        path = folder / f"{step}.tsv"
        if not path.is_file():
            continue
        with path.open(newline="") as file:
            row = next(csv.DictReader(file, delimiter="\t"))
        total += float(row["s"])
        print(f"{step:24}{float(row['s']):8.1f}{row['cpu_time']:>8}{row['max_rss']:>10}")
    print(f"{'sum of the steps':24}{total:8.1f}\n{'the whole run':24}{wall_s:8.1f}")


if __name__ == "__main__":
    main()
