"""What it costs that each step compares what it reads with what the step before recorded.

    python3 envs/run.py python tests/benchmarks/proving.py --frames 12 --width 4000 --height 3000

The steps from the conversion to the master run on the same raws in one warm process, in turn with
and without hashing what the steps hand on; printed are seconds of the processors and by the clock,
and the ratios.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from raws import make_raws  # noqa: E402

import align  # noqa: E402
import convert  # noqa: E402
import fuse  # noqa: E402
import ledger  # noqa: E402
import master  # noqa: E402
import qc  # noqa: E402

MAPS = ("fused", "depth", "confidence", "source", "energy", "light")


def main() -> None:
    """Make the raws, run the steps in both ways, print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--width", type=int, default=4000)
    parser.add_argument("--height", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stack = Path(folder) / "A-1" / "top"
        make_raws(stack / "raw", options.frames, options.width, options.height)
        with contextlib.redirect_stderr(io.StringIO()):
            ledger.main(words(raw=stack / "raw", out=stack / "frames.csv"))
        # Once to warm up.
        seconds: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
        run(stack, options.threads)
        for _ in range(options.rounds):
            for proving in (False, True):
                with contextlib.nullcontext() if proving else without():
                    seconds[proving].append(run(stack, options.threads))
    for k, what in enumerate(("of the processors", "by the clock")):
        off, on = (statistics.median(one[k] for one in seconds[way]) for way in (False, True))
        print(f"{what}: {off:.2f} s without, {on:.2f} s with: {on / off - 1:+.1%}")


@contextlib.contextmanager
def without() -> Iterator[None]:
    """Neither hash the files that are handed on nor compare them."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch("records.provenance.inputs.refuse_changed"))
        for step in ("convert", "fuse"):
            stack.enter_context(mock.patch(f"{step}.sha256_file", return_value=None))
        yield


def run(stack: Path, threads: int) -> tuple[float, float]:
    """Seconds of the processors and by the clock of all steps."""
    made, frames, raw = stack / "stack", stack / "frames.csv", stack / "raw"
    records = {name: made / f"{name}.json" for name in ("convert", "transforms", "fuse")}
    maps = {name: made / f"{name}.tif" for name in MAPS}
    written = stack / "archival" / "A-1_top.tif"
    delivered = {name: maps[name] for name in MAPS[:4]}
    about = {"specimen": "A-1", "view": "top", "master": written}
    started = time.process_time(), time.perf_counter()
    with contextlib.redirect_stderr(io.StringIO()):
        places = {"raw": raw, "ledger": frames, "tiff": stack / "tiff", "threads": threads}
        convert.main(words(**places, out=records["convert"]))
        align.main(words(convert=records["convert"], out=records["transforms"], threads=threads))
        reads = {"transforms": records["transforms"], "ledger": frames}
        fuse.main(words(**reads, **maps, out=records["fuse"], threads=threads))
        reads |= {"fuse": records["fuse"]}
        qc.main(words(**reads, pictures=made / "qc", out=made / "qc.json"))
        reads |= {"convert": records["convert"], "raw": raw}
        master.main(words(**reads, **delivered, **about, out=written.with_suffix(".json")))
    return time.process_time() - started[0], time.perf_counter() - started[1]


def words(**options: object) -> list[str]:
    """Options as they are typed."""
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]


if __name__ == "__main__":
    main()
