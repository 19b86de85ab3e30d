"""How fast strokes are applied, and how much memory that takes.

    PYTHONPATH=scripts python3 envs/run.py python tests/benchmarks/bench_retouch.py --folder DIR

A picture of 24 Mpx and two frames of noise, and strokes as a person paints them: many small ones, a
few large ones, in every mode. Told are the whole of the step's work on pixels beside what copying
alone takes, one stroke on a picture that is there, and a tile asked for.
"""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from imaging.frames import tiff
from imaging.frames.colour import profile
from imaging.fusion.frame import Frame
from imaging.retouching.canvas import Canvas
from imaging.retouching.replay import apply, replay
from imaging.retouching.sources import Aligned, Whole

TILE = 512


@dataclass(frozen=True)
class Brush:
    diameter_px: float
    hardness: float
    opacity: float


@dataclass(frozen=True)
class Stroke:
    source: str
    mode: str
    match: bool
    brush: Brush
    path_px: tuple[tuple[float, float], ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="on the disk to be measured")
    parser.add_argument("--strokes", type=int, default=200)
    parser.add_argument("--width", type=int, default=6000)
    parser.add_argument("--height", type=int, default=4000)
    asked = parser.parse_args()
    shape = (asked.height, asked.width)
    with TemporaryDirectory(dir=asked.folder) as folder:
        work = Path(folder)
        for name in ("fused", "frame"):
            make_picture(work / f"{name}.tif", shape)
        turn = np.array([[1.0002, 3e-4, 2.4], [-3e-4, 1.0002, -1.7], [0.0, 0.0, 1.0]])
        frame = Frame(work / "frame.tif", turn, profile("srgb"), (1.02, 1.0, 0.99))
        strokes = made_strokes(asked.strokes, shape)
        with Whole(work / "fused.tif") as base, Aligned(frame, shape) as source:
            source.read((0, 0, 64, 64))
            for some in ([], strokes):
                measure(work, base, source, some)
            one = next(stroke for stroke in strokes if stroke.mode == "detail")
            x, y = (int(place) - TILE // 2 for place in one.path_px[0])
            started = time.perf_counter()
            replay(base, strokes, {"frame": source}, (max(x, 0), max(y, 0), TILE, TILE))
            print(f"a tile of {TILE} px asked for: {1e3 * (time.perf_counter() - started):.0f} ms")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"most memory: {peak:.0f} MiB")


def make_picture(path: Path, shape: tuple[int, int]) -> None:
    """Write a picture of noise, row by row."""
    rng = np.random.default_rng(1)
    some = rng.integers(8000, 50000, (256, shape[1], 3), np.uint16)
    with tiff.create_image(path, (*shape, 3), profile("srgb")) as picture:
        for y in range(0, shape[0], 256):
            picture.write(y, some[: min(256, shape[0] - y)])


def made_strokes(count: int, shape: tuple[int, int]) -> list[Stroke]:
    """Strokes such as a person paints: one in twenty is large."""
    rng = np.random.default_rng(2)
    modes = (("pixels", False), ("pixels", True), ("detail", False), ("heal", True))
    strokes = []
    for number in range(count):
        large = number % 20 == 0
        start = rng.uniform((200, 200), (shape[1] - 200, shape[0] - 200))
        steps = rng.normal(0, 60 if large else 12, (40, 2))
        path = np.clip(start + np.cumsum(steps, axis=0), 0, (shape[1] - 1, shape[0] - 1))
        mode, match = modes[number % len(modes)]
        brush = Brush(240.0 if large else float(rng.uniform(15, 70)), 0.6, 1.0)
        strokes.append(Stroke("frame", mode, match, brush, tuple(map(tuple, path.tolist()))))
    return strokes


def measure(work: Path, base: Whole, source: Aligned, strokes: list[Stroke]) -> None:
    """Make the retouched picture and tell what it took."""
    started, working = time.perf_counter(), time.process_time()
    with Canvas(work / "retouched.tif", work / "painted.tif", base, base.icc) as canvas:
        copied = time.perf_counter()
        each = []
        for stroke in strokes:
            begun = time.perf_counter()
            apply(stroke, source, canvas.read, canvas.writer(False))
            each.append(time.perf_counter() - begun)
        px = canvas.painted_px()
    ended = time.perf_counter()
    print(
        f"{base.shape[1]} x {base.shape[0]} px, {len(strokes)} strokes, "
        f"{px / 1e6:.2f} Mpx painted: {ended - started:.2f} s, "
        f"of which copying {copied - started:.2f} s; "
        f"{time.process_time() - working:.2f} s of one core"
    )
    if each:
        middle, most = np.median(each), np.max(each)
        print(f"one stroke: {1e3 * middle:.0f} ms in the middle, {1e3 * most:.0f} ms at most")


if __name__ == "__main__":
    main()
