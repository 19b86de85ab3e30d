"""Stacks an hour, and what bounds them: processors, the disk, or the start of steps.

    python3 envs/run.py python tests/benchmarks/night.py --stacks 12
    python3 envs/run.py python tests/benchmarks/night.py --stacks 2 --frames 30 --size 6000x4000

With --workflow, the one of another checkout does it, so that two are compared on one machine; of a
program that accounted for no step, all is told together.

As many stacks as asked, raws made from the demonstration photographs, go through the workflow in
one run, up to the archive. What steps took is what the system accounted, from the last lines of
their logs; what they take to start is that of the same steps with `--help`; the rest is Snakemake
and what passes the lines of steps on. What the disk could write at best is measured before, on the
same disk.
"""

from __future__ import annotations

import argparse
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from raws import make_raws  # noqa: E402

from records.log import read_log  # noqa: E402

# As the kernel counts what is written.
BLOCK_BYTES = 512
TRIED_BYTES = 512 * 2**20


def main() -> None:
    """Make the stacks, run the workflow on them, say how many an hour and why not more."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--stacks", type=int, default=12)
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--size", default="1740x1160", metavar="WxH", help="of a frame, in px")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    parser.add_argument(
        "--workflow", type=Path, default=ROOT, metavar="FOLDER", help="the checkout that is run"
    )
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    workflow = options.workflow.resolve()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        tree = Path(folder)
        make_stacks(tree, options.stacks, options.frames, width, height)
        best = disk_rate(tree)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "snakemake", "--snakefile", workflow / "Snakefile"]
            + ["--workflow-profile", workflow / "profiles" / "default"]
            + ["--cores", str(options.cores), "--directory", tree],
            check=True,
        )
        wall = time.monotonic() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        steps = steps_of(tree / "logs")
        all_cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        written = (after.ru_oublock - before.ru_oublock) * BLOCK_BYTES
        print(f"\n{options.stacks} stacks of {options.frames} x {width * height / 1e6:.1f} Mpx")
        report(options.stacks, options.cores, wall, all_cpu, written, best, steps)


def make_stacks(tree: Path, stacks: int, frames: int, width_px: int, height_px: int) -> None:
    """A sheet, and raws that are the same pictures but not the same files."""
    rows = ["specimen,view"]
    first = [path.read_bytes() for path in make_raws(tree / "raws", frames, width_px, height_px)]
    for number in range(1, stacks + 1):
        rows.append(f"BENCH-{number},top")
        raw = tree / "specimens" / f"BENCH-{number}" / "top" / "raw"
        raw.mkdir(parents=True)
        for k, content in enumerate(first, 1):
            # The archive refuses frames that it has of another stack.
            (raw / f"frame_{k:04}.dng").write_bytes(content + number.to_bytes(4, "big"))
    (tree / "config").mkdir()
    (tree / "config" / "specimens.csv").write_text("\n".join(rows) + "\n")
    os.sync()


def disk_rate(folder: Path) -> float:
    """Bytes a second that a disk takes at best, in one file that is written to the end."""
    content = os.urandom(2**20)
    started = time.monotonic()
    with (folder / "tried").open("wb") as file:
        for _ in range(TRIED_BYTES // len(content)):
            file.write(content)
        file.flush()
        os.fsync(file.fileno())
    rate = TRIED_BYTES / (time.monotonic() - started)
    (folder / "tried").unlink()
    return rate


def steps_of(logs: Path) -> dict[str, list[tuple[float, float]]]:
    """Of each script the processors' seconds of each of its runs, and of its start alone."""
    starts: dict[str, float] = {}
    steps = defaultdict(list)
    for path in sorted(logs.rglob("*.log")):
        log = read_log(path)
        if log.processor_s is None:
            continue
        script = Path(shlex.split(log.command)[1])
        if script.name not in starts:
            starts[script.name] = min(start_s(script) for _ in range(3))
        steps[script.stem].append((log.processor_s, starts[script.name]))
    return steps


def start_s(script: Path) -> float:
    """Processors' seconds until a step could begin, its modules compiled."""
    process = subprocess.Popen(
        [sys.executable, script, "--help"],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return used.ru_utime + used.ru_stime


def report(
    stacks: int,
    cores: int,
    wall: float,
    all_cpu: float,
    written: int,
    best: float,
    steps: dict[str, list[tuple[float, float]]],
) -> None:
    """Print the rate, what each step takes, and how much of the time each of what bounds it fills.

    Parameters
    ----------
    wall, all_cpu : s of the whole run, by the clock and of the processors
    written : bytes that went to the disk
    best : bytes a second that the disk takes
    steps : as `steps_of`
    """
    for name, runs in sorted(steps.items(), key=lambda item: -sum(run[0] for run in item[1])):
        cpu, start = (sum(run[k] for run in runs) / stacks for k in (0, 1))
        print(f"  {name:12} {cpu:7.2f} CPU s a stack, of which {start:.2f} to start")
    of_steps, to_start = (
        sum(run[k] for runs in steps.values() for run in runs) / stacks for k in (0, 1)
    )
    beside = all_cpu / stacks - of_steps
    print(
        f"{3600 * stacks / wall:.0f} stacks an hour on {cores} cores, "
        f"{3600 * stacks * cores / all_cpu:.0f} were they always busy; a stack takes "
        f"{all_cpu / stacks:.1f} CPU s: {of_steps - to_start:.1f} work, {to_start:.1f} to start "
        f"its steps, {beside:.1f} Snakemake and what passes lines on"
    )
    busy, disk = all_cpu / cores / wall, written / best / wall
    print(
        f"processors {busy:.0%} busy; {written / stacks / 1e6:.0f} MB written a stack, for which "
        f"the disk needs {disk:.0%} of the time at its {best / 1e6:.0f} MB/s"
    )


if __name__ == "__main__":
    main()
