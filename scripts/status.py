"""How far the work in a data folder is: done, at work, stopped and why, waiting; rate, time, disk.

    python scripts/status.py --directory /data/collection

It reads what the run tells (`results/run.js`) and the table of all stacks, plans nothing, and works
while a run holds the folder, after it, and after it was killed or its machine went off.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from records.ending import STOPPED
from records.errors import RecordError
from records.locks import Holder, myself
from records.log import fail
from records.reports.run_status import ON, read_run
from records.reports.run_words import with_now
from records.reports.status_screen import count_states, screen
from records.runs.at_work import at_work, planned

RESULTS = Path("results")
LOOK_EVERY_S = 2.0
# Begins a screen anew, without what was there.
CLEAR = "\x1b[H\x1b[J"


def main(argv: list[str]) -> None:
    """Say how far the work is, once or until Ctrl-C."""
    options = arguments().parse_args(argv)
    if not options.directory.is_dir():
        raise RecordError(f"{options.directory}: no such folder; name that of the data")
    say = as_json if options.json else on_screen
    said = ""
    while True:
        text = say(options.directory, options.follow)
        if text != said:
            print(text, flush=True)
            said = text
        if not options.follow:
            return
        time.sleep(LOOK_EVERY_S)


def on_screen(directory: Path, is_followed: bool) -> str:
    """A screen of words; where it is followed and no terminal shows it, a line."""
    results = directory / RESULTS
    told = read_run(results)
    is_terminal = sys.stdout.isatty()
    if is_followed and not is_terminal:
        return with_now(told, 10_000) if told else "no run has told anything here yet"
    size = shutil.get_terminal_size() if is_terminal else None
    lines = screen(
        told,
        count_states(results),
        others(directory, told),
        results,
        planned=planned(directory),
        booted=booted() if told and is_from_here(told) else None,
        width=size.columns if size else None,
        height=size.lines if size else None,
    )
    return (CLEAR if is_followed else "") + "\n".join(lines)


def as_json(directory: Path, _: bool) -> str:
    """The same for programs, in a line."""
    results = directory / RESULTS
    told, counts = read_run(results), count_states(results)
    run = (
        {key: value for key, value in told.items() if key not in ("rows", "columns")}
        if told
        else None
    )
    return json.dumps(
        {
            "run": run,
            "planned": [one._asdict() for one in planned(directory)],
            "stacks": counts[0] if counts else None,
        }
    )


def others(directory: Path, told: dict[str, Any] | None) -> list[Holder]:
    """Runs at work beside the one that tells: one that plans, or is for a single stack."""
    by = told["by"] if told and told["state"] == ON and "by" in told else {}
    teller = (by.get("host"), by.get("process"))
    return [run for run in at_work(directory) if (run.host, run.process) != teller]


def is_from_here(told: dict[str, Any]) -> bool:
    """Whether a run was on this machine."""
    return bool(told.get("by", {}).get("host") == myself().host)


def booted() -> float | None:
    """When this machine was started, s since 1970; None where the system does not tell."""
    try:
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    except (AttributeError, OSError):
        return None


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--directory", type=Path, default=Path(), help="the data (default: here)")
    parser.add_argument("--json", action="store_true", help="for programs; followed, line by line")
    parser.add_argument(
        "--follow",
        action="store_true",
        help="until Ctrl-C: on a terminal anew where it stands, else a line for each change",
    )
    return parser


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except RecordError as error:
        fail(str(error))
    except BrokenPipeError:
        # Who reads has seen enough.
        sys.stderr.close()
    except KeyboardInterrupt:
        sys.exit(STOPPED)
