"""How much of LibRaw's own speed the step convert reaches, both working on the same raws.

    python3 envs/run.py python tests/benchmarks/convert.py --frames 12 --threads 2

LibRaw alone: every raw is read and developed with the step's parameters, and let go. The step also
checks the raws' hashes, writes 16-bit TIFFs to the disk and takes the hash of their pixels. Each
runs in a process of its own, whose start counts.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from raws import make_raws  # noqa: E402

import ledger  # noqa: E402
from imaging.frames.allocation import KEEP_FREED_MEMORY  # noqa: E402
from imaging.frames.raws import DEMOSAIC  # noqa: E402

DEVELOP = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from imaging.frames import raws
demosaic, threads, *paths = sys.argv[1:]
development = raws.decide(Path(paths[0]), demosaic)
with ThreadPoolExecutor(int(threads)) as pool:
    for _ in pool.map(lambda path: raws.develop(Path(path), development) is None, paths):
        pass
"""


def timed(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds by the clock and of the processors of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(command, env={**os.environ, **environment}, check=True, capture_output=True)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def libraw_alone(paths: list[Path], demosaic: str, threads: int) -> tuple[float, float]:
    """Develop all raws and keep nothing."""
    command = [sys.executable, "-c", DEVELOP, demosaic, str(threads), *map(str, paths)]
    return timed(command, {"PYTHONPATH": str(ROOT / "scripts")})


def the_step(paths: list[Path], demosaic: str, threads: int, work: Path) -> tuple[float, float]:
    """The step, from its ledger to its record, as the rule runs it."""
    command = [sys.executable, str(ROOT / "scripts" / "convert.py")]
    command += ["--raw", str(paths[0].parent), "--ledger", str(work / "frames.csv")]
    command += ["--tiff", str(work / "tiff"), "--out", str(work / "stack" / "convert.json")]
    command += ["--demosaic", demosaic, "--threads", str(threads)]
    return timed(command, KEEP_FREED_MEMORY)


def main() -> None:
    """Print a row for each demosaicing and round, LibRaw and the step by turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--width", type=int, default=6000)
    parser.add_argument("--height", type=int, default=4000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--demosaic", nargs="*", choices=DEMOSAIC, default=["AHD"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        paths = make_raws(work / "raw", options.frames, options.width, options.height)
        ledger.main(["--raw", str(work / "raw"), "--out", str(work / "frames.csv")])
        print(f"{'demosaicing':14}{'LibRaw s':>10}{'convert s':>11}{'reached':>9}{'of CPU s':>10}")
        for demosaic in options.demosaic * options.rounds:
            alone = libraw_alone(paths, demosaic, options.threads)
            step = the_step(paths, demosaic, options.threads, work)
            reached, of_cpu = (alone[k] / step[k] for k in (0, 1))
            print(
                f"{demosaic:14}{alone[0]:10.1f}{step[0]:11.1f}{reached:9.0%}{of_cpu:10.0%}",
                flush=True,
            )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6:.1f} GB")


if __name__ == "__main__":
    main()
