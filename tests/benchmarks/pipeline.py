"""Seconds and peak memory of each step, and what the workflow costs beside its kernels.

    python3 envs/run.py python tests/benchmarks/pipeline.py --frames 30 --width 6000 --height 4000

Raws of that size are made from the demonstration photographs, and the workflow runs on them as it
does for anyone. Of each step, and of the page on which the stack is looked at, the clock is
Snakemake's; processor time and memory are what the system accounted when the step's process had
ended (Snakemake asks now and then while it runs, and what is taken after the last time is lost).
What of the whole run's processor time no step took is Snakemake's own process and what stands
between it and the steps. Then every step's own command, as its log has it, runs once more in one
warm process: that is the sum of the kernels, to which the whole run adds Snakemake, the start of a
Python for each step, and its imports. `--rocking 9` also asks for a rocking picture of nine views,
and says how many fusions' time those take.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import importlib
import io
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from raws import make_raws  # noqa: E402

from records.log import Log, read_log  # noqa: E402

STACK = Path("BENCH") / "top"
SHEET = "specimen,view,step_um,direction,pixel_size_um\nBENCH,top,20,toward,2\n"
ROCKING = "derive:\n  rocking: {{format: rocking-webp, long_edge_px: 800, views: {}}}\n"


def main() -> None:
    """Make the stack, run the workflow on it, run its commands again, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=10)
    parser.add_argument("--width", type=int, default=3000)
    parser.add_argument("--height", type=int, default=2000)
    parser.add_argument("--cores", default="all")
    parser.add_argument("--rocking", type=int, default=0, metavar="VIEWS")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        trees = [Path(folder) / name for name in ("workflow", "kernels")]
        for tree in trees:
            (tree / "config").mkdir(parents=True)
            (tree / "config" / "specimens.csv").write_text(SHEET)
            if options.rocking:
                (tree / "config" / "config.yaml").write_text(ROCKING.format(options.rocking))
        raws = make_raws(
            trees[0] / "specimens" / STACK / "raw", options.frames, options.width, options.height
        )
        again = trees[1] / "specimens" / STACK / "raw"
        again.mkdir(parents=True)
        for raw in raws:
            os.link(raw, again / raw.name)
        whole = run_workflow(trees[0], options.cores)
        steps = read_logs(trees[0] / "logs")
        kernels = run_commands(commands(steps), trees[1])
        report(trees[0] / "benchmarks" / STACK, whole, steps, kernels)


def run_workflow(tree: Path, cores: str) -> tuple[float, float]:
    """Seconds by the clock and of the processors of a whole run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
        + ["--workflow-profile", ROOT / "profiles" / "default"]
        + ["--cores", cores, "--directory", tree],
        check=True,
    )
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def read_logs(logs: Path) -> dict[str, Log]:
    """What the log of each step says, in the order in which they ended."""
    page = logs / ".review" / STACK.with_suffix(".log")
    paths = {log.stem: log for log in (logs / STACK).glob("*.log")} | {"review": page}
    ran = sorted(paths.items(), key=lambda one: one[1].stat().st_mtime)
    return {step: read_log(path) for step, path in ran}


def commands(steps: dict[str, Log]) -> dict[str, list[str]]:
    """The command of each step: its script and what that was given."""
    return {step: shlex.split(log.command)[1:] for step, log in steps.items()}


def run_commands(steps: dict[str, list[str]], tree: Path) -> dict[str, tuple[float, float]]:
    """Seconds by the clock and of the processors of each command, its modules imported before."""
    modules = {words[0]: importlib.import_module(Path(words[0]).stem) for words in steps.values()}
    seconds = {}
    with contextlib.chdir(tree), contextlib.redirect_stderr(io.StringIO()):
        for step, (script, *words) in steps.items():
            # As Snakemake does before a step.
            Path(words[words.index("--out") + 1]).parent.mkdir(parents=True, exist_ok=True)
            started = time.perf_counter(), time.process_time()
            modules[script].main(words)
            seconds[step] = time.perf_counter() - started[0], time.process_time() - started[1]
    return seconds


def report(
    folder: Path,
    whole: tuple[float, float],
    steps: dict[str, Log],
    kernels: dict[str, tuple[float, float]],
) -> None:
    """Print what was measured of each step, and the sums."""
    print(f"{'step':24}{'s':>8}{'CPU s':>8}{'peak MB':>10}{'kernel s':>10}{'CPU s':>8}")
    in_steps = 0.0
    for step, (wall, cpu) in kernels.items():
        with (folder / f"{step}.tsv").open(newline="") as file:
            row = next(csv.DictReader(file, delimiter="\t"))
        processor_s, peak_mb = steps[step].processor_s, steps[step].peak_mb
        assert processor_s is not None and peak_mb is not None, f"{step}: its log has no end"
        in_steps += processor_s
        print(
            f"{step:24}{float(row['s']):8.1f}{processor_s:8.1f}{peak_mb:10.0f}{wall:10.1f}{cpu:8.1f}"
        )
    print(f"{'Snakemake and relays':24}{'':8}{whole[1] - in_steps:8.1f}")
    print(f"{'the whole run':24}{whole[0]:8.1f}{whole[1]:8.1f}")
    sums = [sum(seconds[k] for seconds in kernels.values()) for k in (0, 1)]
    print(f"its kernels took {sums[0]:.1f} s, {sums[1]:.1f} s of the processors")
    for step in kernels:
        if step.startswith("stereo_"):
            print(f"{step}: the time of {kernels[step][0] / kernels['fuse'][0]:.1f} fusions")
    print(f"the workflow adds {whole[0] / sums[0] - 1:.1%}, {whole[1] / sums[1] - 1:.1%}")


if __name__ == "__main__":
    main()
