"""What each step takes of memory and time beside what it is given: `scripts/records/needs.py`.

    python3 envs/run.py python tests/benchmarks/needs.py --frames 4 --width 6000 --height 4000

Raws of that size are made from the demonstration photographs, the workflow runs on them, and what
the system accounted of each step (the last line of its log) stands beside what was asked for it. It
ends with 1 where a step took more than it was given, or memory is asked for that is not within 30 %
of what was taken (and 100 MB, for the smallest).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from raws import make_raws  # noqa: E402

from records.log import Log, read_log  # noqa: E402
from records.needs import (  # noqa: E402
    MEMORY_MARGIN,
    NEEDS,
    Size,
    measured_mb,
    memory_mb,
    runtime_min,
    threads,
)

STACK = Path("BENCH") / "top"
# How far from the truth what is asked for may be, and what of it nobody asks about.
SHARE, FLOOR_MB = 0.3, 100


def main() -> None:
    """Make the stack, run the workflow on it, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--width", type=int, default=1728)
    parser.add_argument("--height", type=int, default=1152)
    # More threads than processors are not all at work at once, and take less than they could.
    parser.add_argument("--cores", type=int, default=min(4, os.cpu_count() or 1))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        (tree / "config").mkdir()
        (tree / "config" / "specimens.csv").write_text("specimen,view\nBENCH,top\n")
        raws = tree / "specimens" / STACK / "raw"
        make_raws(raws, options.frames, options.width, options.height)
        command = [sys.executable, "-m", "snakemake", "--cores", str(options.cores)]
        command += ["--snakefile", str(ROOT / "Snakefile"), "--directory", str(tree)]
        command += ["--workflow-profile", str(ROOT / "profiles" / "default")]
        subprocess.run(command, check=True)
        logs = {log.stem: read_log(log) for log in (tree / "logs" / STACK).glob("*.log")}
        logs["review"] = read_log(tree / "logs" / ".review" / "BENCH" / "top.log")
    size = Size(options.width * options.height, options.frames, "DIRECTIONAL")
    wrong = report(logs, size, options.cores)
    sys.exit("\n".join(wrong) or None)


def report(logs: Mapping[str, Log], size: Size, cores: int) -> list[str]:
    """Print a line for each step; gives what is asked wrongly."""
    wrong = []
    print(f"{'step':20} {'MB taken':>9} {'expected':>9} {'asked':>7} {'CPU s':>7} {'min':>5}")
    for name, log in sorted(logs.items()):
        step = next((one for one in NEEDS if name.startswith(f"{one}_")), name)
        if step not in NEEDS or log.peak_mb is None:
            continue
        count = min(threads(step, size), cores)
        expected, asked = measured_mb(step, size, count), memory_mb(step, size, count)
        minutes = runtime_min(step, size, count)
        print(
            f"{name:20} {log.peak_mb:9.0f} {expected:9.0f} {asked:7} {log.processor_s:7.1f} "
            f"{minutes:5}"
        )
        if log.peak_mb > asked:
            wrong.append(f"{name}: took {log.peak_mb:.0f} MB, was given {asked}")
        if asked > log.peak_mb * MEMORY_MARGIN * (1 + SHARE) + FLOOR_MB:
            wrong.append(f"{name}: took {log.peak_mb:.0f} MB, asks for {asked}")
        if (log.processor_s or 0) > minutes * 60:
            wrong.append(f"{name}: took {log.processor_s:.0f} s of processors, has {minutes} min")
    return wrong


if __name__ == "__main__":
    main()
