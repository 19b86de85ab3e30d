"""Wall time, CPU time and peak memory of align + fuse, beside peers and a bare loop.

Run from the checkout: ``PYTHONPATH=scripts python tests/benchmarks/speed.py --help``. By default it
is 30 frames of 24 megapixels; ``--size`` adds others (``--size 7x600x833`` has seven frames of 600
rows), ``--threads`` takes several numbers. What runs on so many threads, a peer too, is given so
many processors, each of a core of its own as long as there are such. Efficiency is the wall time of
one thread over that of n, over n. Pixels must be the same on any number of threads.

`--account 16` says on a machine of any size what so many processors would make of it; see
`accounting`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import psutil
from accounting import account
from quality import PEERS, align_command, fuse_command, peer_command, prepare

from imaging.frames.allocation import KEEP_FREED_STRIPS
from imaging.frames.tiff import open_rows, write_image

BLUR_PX = 1.5
# Places that are told of what holds processors up.
HELD_UP = 12
# As the workflow runs its steps.
AS_STEP = {"OPENBLAS_NUM_THREADS": "1", **KEEP_FREED_STRIPS}


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

    def make(k: int) -> Path:
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
        path = folder / f"frame_{k + 1:03d}.tif"
        write_image(path, np.rint(np.clip(image, 0, 1) * 65535).astype(np.uint16))
        return path

    # Each holds 1 GB while it is made of 24 megapixels.
    with ThreadPoolExecutor(min(os.cpu_count() or 1, rooms(rows * columns * 48))) as pool:
        return list(pool.map(make, range(count)))


def rooms(size: int) -> int:
    """How often so many bytes fit into half of the memory that is free; at least once."""
    return max(1, psutil.virtual_memory().available // 2 // size)


def processors(count: int) -> list[int]:
    """So many of the processors that may be used, two of one core last; none where none is told."""
    if not hasattr(os, "sched_getaffinity"):
        return []

    def place(cpu: int) -> tuple[int, int]:
        listed = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        try:
            first = int(listed.read_text().replace("-", ",").split(",")[0])
        except (OSError, ValueError):
            first = cpu
        return cpu - first, cpu

    return sorted(os.sched_getaffinity(0), key=place)[:count]


@dataclass(frozen=True)
class Cost:
    """What a command took: seconds of the clock and of the processors, GB at most, exit code."""

    wall_s: float
    cpu_s: float
    peak_gb: float
    code: int


def timed(
    command: list[str], environment: Mapping[str, str] = AS_STEP, cpus: Collection[int] = ()
) -> Cost:
    """Run a command, on some processors or on all; the peak is that of its largest process."""
    code = (
        "import os, resource, subprocess, sys, time; cpus = [int(k) for k in sys.argv[1].split()]; "
        "cpus and os.sched_setaffinity(0, cpus); start = time.perf_counter(); "
        "done = subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, "
        "stderr=subprocess.DEVNULL); wall = time.perf_counter() - start; "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(wall, used.ru_utime + used.ru_stime, used.ru_maxrss, done.returncode)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, " ".join(map(str, cpus)), *command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    wall, cpu, peak, exit_code = done.stdout.split()
    return Cost(float(wall), float(cpu), int(peak) / 1e6, int(exit_code))


def show_account(commands: list[list[str]], threads: int) -> None:
    """Print what so many processors make of some steps, and what holds them up."""
    parts = [account(command, AS_STEP, threads) for command in commands]
    whole = sum(parts[1:], parts[0])
    print(
        f"for {threads} processors accounted: {whole.cpu_s:.1f} CPU s, {whole.alone_s:.2f} of them "
        f"with one thread at work, {100 * whole.alone_s / whole.cpu_s:.1f} %; {whole.wall_s:.2f} s "
        f"by the clock, efficiency {100 * whole.cpu_s / threads / whole.wall_s:.0f} %; held up in"
    )
    worst = sorted(whole.held_up_in.items(), key=lambda one: -one[1])[:HELD_UP]
    print("\n".join(f"{seconds:8.3f} s {place}" for place, seconds in worst), flush=True)


def bare_loop(paths: list[Path]) -> float:
    """Seconds to read every frame once and warp it once with OpenCV, nothing else."""
    motion = np.array([[1.0004, 0, 0.7], [0, 1.0004, -0.3]])
    started = time.perf_counter()
    for path in paths:
        with open_rows(path) as image:
            pixels = image.read(0, image.shape[0])
        cv2.warpAffine(pixels, motion, pixels.shape[1::-1], flags=cv2.INTER_CUBIC)
    return time.perf_counter() - started


def compare(
    size: tuple[int, int, int], threads: list[int], peers: list[str], work: Path, accounted: int
) -> None:
    """Print a table for stacks of (frames, rows, columns)."""
    count, *shape = size
    frames = make_frames(work / "tiff", count, (shape[0], shape[1]))
    prepare(work, frames, (shape[0], shape[1]))
    print(f"\n{count} frames of {shape[1]} x {shape[0]} px\n")
    print("| program | wall s | CPU s | peak memory GB |\n|---|---|---|---|", flush=True)
    output = work / "fused.tif"
    # Once before, so that no compiler is timed.
    most = max(threads)
    for command in (align_command(work, most), fuse_command(work, output, "holostack", most)):
        timed(command)
    walls, digests = {}, {}
    for number in threads:
        of = f"{number} thread{'s' if number > 1 else ''}"
        cpus = processors(number)
        align = timed(align_command(work, number), AS_STEP, cpus)
        fuse = timed(fuse_command(work, output, "holostack", number), AS_STEP, cpus)
        both = Cost(
            align.wall_s + fuse.wall_s,
            align.cpu_s + fuse.cpu_s,
            max(align.peak_gb, fuse.peak_gb),
            align.code or fuse.code,
        )
        for name, cost in (("align", align), ("fuse", fuse), ("both", both)):
            show(f"Holostack {name}, {of}", cost)
        walls[number] = both.wall_s
        made = json.loads((work / "stack/fuse.json").read_text(encoding="utf-8"))
        digests[number] = made["pixel_sha256"]
        for peer in peers:
            command = peer_command(PEERS[peer], frames, work / "peer.tif", work)
            show(f"{peer}, {of}", timed(command, {}, cpus))
    print(f"| reading and warping alone | {bare_loop(frames):.2f} | | |")
    for number in threads if 1 in walls else ():
        efficiency = 100 * walls[1] / number / walls[number]
        print(f"\nefficiency on {number}: {efficiency:.0f} %", end="")
    alike = "the same" if len({str(one) for one in digests.values()}) == 1 else "NOT THE SAME"
    print(f"\npixels on any number of threads: {alike}, {digests[threads[0]]['fused']}", flush=True)
    if accounted:
        commands = [
            align_command(work, accounted),
            fuse_command(work, output, "holostack", accounted),
        ]
        show_account(commands, accounted)


def show(name: str, cost: Cost) -> None:
    """Print a row."""
    failed = "" if cost.code == 0 else " (failed)"
    print(
        f"| {name}{failed} | {cost.wall_s:.2f} | {cost.cpu_s:.2f} | {cost.peak_gb:.2f} |",
        flush=True,
    )


def size_of(text: str) -> tuple[int, int, int]:
    """Frames, rows and columns from `7x600x833`."""
    frames, rows, columns = map(int, text.split("x"))
    return frames, rows, columns


def main(argv: list[str]) -> None:
    """Print a table for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=size_of, nargs="+", default=[(30, 4000, 6000)])
    parser.add_argument("--threads", type=int, nargs="+", default=[2])
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), default=["focusweave"])
    parser.add_argument("--account", type=int, default=0, metavar="PROCESSORS")
    options = parser.parse_args(argv)
    for peer in options.peers:
        if shutil.which(PEERS[peer].split()[0]) is None:
            parser.error(
                f"{peer} is not installed; --peers names those that are, alone it means none"
            )
    for size in options.size:
        with tempfile.TemporaryDirectory() as name:
            compare(size, options.threads, options.peers, Path(name), options.account)


if __name__ == "__main__":
    main(sys.argv[1:])
