"""Work on new stacks as they come, until told to stop (Ctrl-C, SIGTERM, or a time of day).

    python scripts/watch.py --directory /data/collection --until 07:00 -- --cores 8

New rows of the sheet, frames that arrive in their source folders, stacks shot at the bench: once no
file of a stack has come or changed for a minute, Snakemake is run for it, for several at once where
several are ready. What follows `--` are options of Snakemake, as `--profile profiles/slurm`. It
tells what it does in a line each; what runs say is in `logs/.watch/`. A stack that stops is tried
again when its frames or its row change; one that was killed, or had no room on the disk, after ten
minutes. No run begins beside another, none drives the rig. Ended in whatever way, the same command
goes on.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

from records import log
from records.ending import end_as_by_ctrl_c, reason_of
from records.errors import RecordError
from records.layout import RECEIPT
from records.locks import held, myself
from records.machine import in_words
from records.reports.summary import newest_fault
from records.reports.untold import may_pass
from records.runs.arrivals import Arrivals, Stack
from records.runs.at_work import other_came, would_wait_for
from records.runs.command import begin, command, end, last_lines

WORKFLOW = Path(__file__).resolve().parents[1]
LOCK = Path("results", ".watch.lock")
LOGS = Path("logs", ".watch")
QUIET_S, LOOK_EVERY_S = 60.0, 10.0
# Of the time, looking takes no more than this part, however many stacks are waited for.
LOOKING_SHARE = 0.02
# Stacks that come later need not wait for more than so many before them.
MOST_AT_ONCE = 100
# Where no step says why nothing was made, as when the network was away, and where one was ended
# from outside, it is tried again.
AGAIN_S = 600.0
# Room may be made meanwhile.
DISK = "disk "
NAMED = 3


def main(argv: list[str]) -> None:
    """Watch a data folder."""
    options = arguments().parse_args(argv)
    if not options.directory.is_dir():
        raise RecordError(f"{options.directory}: no such folder; name that of the data")
    (options.directory / LOCK).parent.mkdir(exist_ok=True)
    me, what = myself("watch.py"), f"{options.directory}: is watched"
    with ExitStack() as closing:
        closing.enter_context(held(options.directory / LOCK, me, what))
        tell(f"watching {options.directory}" + until_words(options.until))
        watch(options)


def watch(options: argparse.Namespace) -> None:
    """Look, work, sleep, until it is time."""
    arrivals = Arrivals(options.directory, WORKFLOW, options.quiet_for)
    said = ""
    while options.until is None or datetime.now() < options.until:
        began = time.monotonic()
        try:
            ready, waits = arrivals.look(), would_wait_for(options.directory)
            if ready and not waits:
                work(arrivals, ready[:MOST_AT_ONCE], options)
                said = ""
                continue
            words = waits_words(arrivals, ready, waits)
        except RecordError as error:
            words = f"{error}"
        except OSError as error:
            words = in_words(error)
        if words != said:
            tell(words)
            said = words
        rest(time.monotonic() - began, options)
    tell(f"it is {options.until:%H:%M}: ended")


def waits_words(arrivals: Arrivals, ready: list[Stack], waits: str) -> str:
    """What is waited for, in a line."""
    if ready:
        return f"{named(ready)}: ready, but {waits}; waiting for it to end"
    coming = arrivals.coming()
    if coming:
        return f"{named(coming)}: frames are coming; waiting until they lie still"
    return "nothing to do; waiting for new stacks"


def work(arrivals: Arrivals, stacks: list[Stack], options: argparse.Namespace) -> None:
    """Run Snakemake for stacks that are ready, and tell what came of it."""
    frames = sum(map(arrivals.count_frames, stacks))
    tell(f"{named(stacks)}: {frames} files lie still; working on them")
    began = time.time()
    said = options.directory / LOGS / f"{datetime.now():%Y-%m-%dT%H%M%S}.log"
    specimens = Path(arrivals.config["paths"]["specimens"])
    targets = [specimens.joinpath(*stack, RECEIPT) for stack in stacks]
    # While the converted frames are there; a run for all draws these last too.
    targets += [Path("results", "review", *stack, "stack.json") for stack in stacks]
    words = command(
        WORKFLOW,
        options.directory,
        *targets,
        options=options.snakemake or ("--cores", "all"),
        is_nice=False,
    )
    process = begin(words, WORKFLOW, said)
    try:
        process.wait()
    finally:
        end(process)
    tell_results(arrivals, stacks, began, said, options.directory)


def tell_results(
    arrivals: Arrivals, stacks: list[Stack], began: float, said: Path, directory: Path
) -> None:
    """Say which stacks are archived, and why the others are not."""
    left = [stack for stack in stacks if not (arrivals.folder(stack) / RECEIPT).exists()]
    if left and other_came(said):
        tell(f"another run began just before; {named(left)} will be next")
        return
    faults = {
        stack: fault
        for stack in left
        if (fault := newest_fault(directory.joinpath("logs", *stack), since=began))
    }
    unknown = [stack for stack in left if stack not in faults]
    parts = [f"{len(stacks) - len(left)} of {len(stacks)} archived"]
    parts += [f"{len(faults)} stopped"] if faults else []
    parts += [f"{len(unknown)} not finished"] if unknown else []
    tell(", ".join(parts))
    for stack, fault in faults.items():
        tell(f"{' '.join(stack)}, {fault} (log: {fault.log})")
    if unknown:
        last = last_lines(said).replace("\n", " ")
        tell(f"{named(unknown)}: {last} (see {said}); again in {AGAIN_S / 60:.0f} min")
    passing = [
        stack for stack, fault in faults.items() if may_pass(fault.reason) or DISK in fault.reason
    ]
    arrivals.tried(faults)
    arrivals.tried([*unknown, *passing], AGAIN_S)


def rest(looked_s: float, options: argparse.Namespace) -> None:
    """Sleep until the next look, or the end."""
    sleep_s = max(options.every, looked_s / LOOKING_SHARE)
    if options.until is not None:
        sleep_s = min(sleep_s, (options.until - datetime.now()).total_seconds())
    time.sleep(max(sleep_s, 0.0))


def named(stacks: list[Stack]) -> str:
    """Stacks in a line, a few of them by name."""
    return log.listed([" ".join(stack) for stack in stacks], NAMED)


def tell(text: str) -> None:
    """Say one line, with the time of day."""
    log.progress(f"{datetime.now():%H:%M:%S} {text}")


def until_words(until: datetime | None) -> str:
    """Until when, as it is told at the begin."""
    if until is None:
        return " until Ctrl-C"
    return f" until {until:%H:%M}" + (
        "" if until.date() == datetime.now().date() else f" on {until:%Y-%m-%d}"
    )


def next_time(text: str) -> datetime:
    """The next moment when it is so late."""
    try:
        hour = datetime.strptime(text, "%H:%M").time()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time of day, such as 07:00") from None
    now = datetime.now()
    moment = datetime.combine(now.date(), hour)
    return moment if moment > now else moment + timedelta(days=1)


def seconds(text: str) -> float:
    """A time in s that is more than none."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return value


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--directory", type=Path, default=Path(), help="the data (default: here)")
    parser.add_argument(
        "--until",
        type=next_time,
        metavar="HH:MM",
        help="end then; what runs is finished first (default: until told to stop)",
    )
    parser.add_argument(
        "--quiet-for",
        type=seconds,
        default=QUIET_S,
        metavar="S",
        help=f"for so long, no frame of a stack must have come or changed (default: {QUIET_S:.0f})",
    )
    parser.add_argument(
        "--every",
        type=seconds,
        default=LOOK_EVERY_S,
        metavar="S",
        help=f"how often is looked (default: {LOOK_EVERY_S:.0f})",
    )
    parser.add_argument(
        "snakemake", nargs="*", help="options of Snakemake, after -- (default: --cores all)"
    )
    return parser


def run() -> None:
    """Run the command line; who tells it to stop is no fault."""
    end_as_by_ctrl_c()
    try:
        main(sys.argv[1:])
    except RecordError as error:
        log.fail(str(error))
    except KeyboardInterrupt as stopped:
        tell(f"ended ({reason_of(stopped)}); the same command goes on")


if __name__ == "__main__":
    run()
