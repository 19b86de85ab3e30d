"""Compile all kernels, once for this kind of processor, so that the first stack need not wait.

`envs/run.py` does this when it makes the environment. What is compiled is kept beside the program,
or below the user's cache folder where nobody may write there; what is there stays as it is.
"""

from __future__ import annotations

from step import run

import argparse
import os
import sys

from imaging.sampling import ahead, machine_code
from records.log import progress, warn

KEEPS_NOTHING = (
    "what this version of numba compiles cannot be kept: kernels are compiled in each run, which "
    "takes a minute; the version that envs/requirements.txt names has no such fault"
)


def main(argv: list[str]) -> None:
    """Compile what is listed and not there."""
    options = arguments().parse_args(argv)
    if not machine_code.can_keep():
        warn(KEEPS_NOTHING)
        return
    calls = ahead.listed()

    def report(done: int) -> None:
        progress(f"{done} of {len(calls)} kernels are compiled")

    wrong = list(ahead.compile_all(calls, options.processes, report))
    for sentence in wrong:
        warn(f"could not be compiled ahead: {sentence}")
    if wrong:
        sys.exit(1)


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count() or 1, help="compilers at a time"
    )
    return parser


if __name__ == "__main__":
    run(main)
