"""Wall time and peak memory of align + fuse at 24 megapixels, beside peers and a bare loop.

Run from the checkout: ``PYTHONPATH=scripts python tests/benchmarks/speed.py --help``.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from quality import PEERS, align_command, fuse_command, peer_command, prepare

from imaging.frames.tiff import open_rows, write_image

BLUR_PX = 1.5


def make_frames(folder: Path, count: int, shape: tuple[int, int]) -> list[Path]:
    """Frames of a textured slope, each sharp in a band, moved a little and noisy."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(1)
    rows, columns = shape
    sharp = np.zeros((rows, columns, 3), np.float32)
    for grain in (1, 4, 16, 64):
        small = rng.standard_normal((rows // grain + 2, columns // grain + 2, 3), np.float32)
        sharp += cv2.resize(small, (columns, rows), interpolation=cv2.INTER_CUBIC)
    sharp = np.clip(0.4 + 0.06 * sharp, 0, 1)
    grain = rng.standard_normal(shape, np.float32)[..., None] * np.float32(0.006)
    paths = []
    for k in range(count):
        image = sharp.copy()
        for band in range(count):
            x0, x1 = columns * band // count, columns * (band + 1) // count
            sigma = BLUR_PX * abs(band - k)
            if sigma:
                cut = np.s_[:, max(x0 - 40, 0) : x1 + 40]
                blurred = cv2.GaussianBlur(sharp[cut], (0, 0), min(sigma, 10.0))
                image[:, x0:x1] = blurred[:, x0 - max(x0 - 40, 0) :][:, : x1 - x0]
        motion = np.array([[1 + 4e-4 * k, 0, 0.7 * k], [0, 1 + 4e-4 * k, -0.3 * k]])
        image = cv2.warpAffine(image, motion, (columns, rows), borderMode=cv2.BORDER_REFLECT)
        image += np.roll(grain, 37 * k, 1)
        paths.append(folder / f"frame_{k + 1:03d}.tif")
        write_image(paths[-1], np.rint(np.clip(image, 0, 1) * 65535).astype(np.uint16))
    return paths


def timed(command: list[str]) -> tuple[float, float, int]:
    """Wall seconds, peak memory of the largest process in GB, and exit code of a command."""
    code = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], "
        "stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.returncode)"
    )
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, check=True
    )
    peak, exit_code = done.stdout.split()
    return time.perf_counter() - started, int(peak) / 1e6, int(exit_code)


def bare_loop(paths: list[Path]) -> float:
    """Seconds to read every frame once and warp it once with OpenCV, nothing else."""
    motion = np.array([[1.0004, 0, 0.7], [0, 1.0004, -0.3]])
    started = time.perf_counter()
    for path in paths:
        with open_rows(path) as image:
            pixels = image.read(0, image.shape[0])
        cv2.warpAffine(pixels, motion, pixels.shape[1::-1], flags=cv2.INTER_CUBIC)
    return time.perf_counter() - started


def main(argv: list[str]) -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=30)
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--columns", type=int, default=6000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), default=["focusweave"])
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        shape = (options.rows, options.columns)
        frames = make_frames(work / "tiff", options.frames, shape)
        prepare(work, frames, shape)
        print(f"{options.frames} frames of {options.columns} x {options.rows} px\n")
        print("| program | wall s | peak memory GB |\n|---|---|---|")
        align_s, align_gb, code = timed(align_command(work, options.threads))
        fuse_s, fuse_gb, fused = timed(
            fuse_command(work, work / "fused.tif", "holostack", options.threads)
        )
        note = "" if code == fused == 0 else " (failed)"
        print(f"| Holostack align{note} | {align_s:.1f} | {align_gb:.2f} |")
        print(f"| Holostack fuse{note} | {fuse_s:.1f} | {fuse_gb:.2f} |")
        print(
            f"| Holostack, both | {align_s + fuse_s:.1f} | {max(align_gb, fuse_gb):.2f} |",
            flush=True,
        )
        for peer in options.peers:
            command = peer_command(PEERS[peer], frames, work / "peer.tif", work)
            wall, peak, code = timed(command)
            print(
                f"| {peer}{'' if code == 0 else ' (failed)'} | {wall:.1f} | {peak:.2f} |",
                flush=True,
            )
        print(f"| reading and warping alone | {bare_loop(frames):.1f} | |")
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"\nThis script itself used {own:.1f} GB to make the frames.")


if __name__ == "__main__":
    main(sys.argv[1:])
