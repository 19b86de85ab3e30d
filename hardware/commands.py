"""The commands of `python -m hardware`: the rig from the bench, in µm."""

from __future__ import annotations

import argparse
import math
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from hardware.bench import moving, sweep
from hardware.bench.config import RigConfig, StackConfig
from hardware.bench.lock import BENCH
from hardware.bench.marks import change_marks, read_marks
from hardware.bench.planning import LENS, plan, planned, with_other
from hardware.bench.posing import pose
from hardware.bench.rig import Rig, opened
from hardware.bench.rigfile import read_rig
from hardware.bench.shot import shot
from hardware.bench.status import status
from hardware.bench.stopping import REASON, interrupt_on_stop, stop
from hardware.capture.journal import StackFolder
from hardware.capture.stack import Watching, capture_at
from hardware.desk.terminal import bench
from hardware.errors import RigError
from records import log
from records.ending import (
    STOPPED,
    end_as_by_ctrl_c,
    end_with_starter,
    is_of_a_run,
    reason_of,
)
from records.errors import RecordError
from records.locks import RUN, WAIT_S
from records.machine import in_words

Command = Callable[[RigConfig, argparse.Namespace], Iterable[str]]
AtRig = Callable[[Rig, argparse.Namespace], str | Iterable[str]]
# What goes on where it was cut short; a jog would be driven a second time.
GOES_ON = "capture"
PROGRAM = ("python", "-m", "hardware")
# By what started a capture, when that is gone: it finishes its frame, for which it has so long.
ASKED_TO_END = threading.Event()
FRAME_S = 120.0


def main(argv: list[str]) -> None:
    """Run one command."""
    options = arguments().parse_args(argv)
    for line in options.run(read_rig(options.rig), options):
        print(log.in_lines(line))


def run() -> None:
    """Run the command line; a person's mistake ends in one line."""
    end_as_by_ctrl_c()
    interrupt_on_stop()
    end_with_starter(ASKED_TO_END.set, FRAME_S)
    try:
        # Who sits at the bench reads no log.
        told = nullcontext() if BENCH in sys.argv else log.logged(*PROGRAM, *sys.argv[1:])
        with told:
            main(sys.argv[1:])
    except (RigError, RecordError) as error:
        log.fail(str(error))
    except OSError as error:
        again = " What is captured is kept: then run the same command again."
        log.fail(f"{in_words(error)}.{again * (GOES_ON in sys.argv)}")
    except KeyboardInterrupt as stopped:
        goes_on = "; what is captured is kept, the same command goes on"
        log.progress(f"stopped ({reason_of(stopped)}){goes_on * (GOES_ON in sys.argv)}")
        sys.exit(STOPPED)


def _capture(config: RigConfig, options: argparse.Namespace) -> Iterator[str]:
    stack = StackFolder(options.specimen, options.view, options.raw, options.out)
    wanted, name = planned(config, _range(options)), f"{stack.specimen}/{stack.view}"
    log.note(wanted.note())
    for line in wanted.ends_of_others(name):
        log.warn(line)
    # A run that is gone on with may find the capture before at the end of its frame.
    wait_s = WAIT_S if is_of_a_run() else 0.0
    with opened(config, f"capture of {name}", wait_s) as rig:
        _refuse_stopped_run(config)
        with _stop_noted(config):
            capture_at(
                rig,
                stack,
                wanted,
                Watching(ends=ASKED_TO_END.is_set),
                options.card,
                options.rail_checked,
            )
    yield from ()


def _refuse_stopped_run(config: RigConfig) -> None:
    """RigError in a run of the workflow of which a capture was stopped: its next must not move."""
    run = os.environ.get(RUN, "")
    if run and read_marks(config).stopped_run == run:
        raise RigError(
            f"rig {config.name}: was stopped (`python -m hardware stop`), and nothing more is "
            "captured in this run. Start the workflow again; nothing was moved."
        )


@contextmanager
def _stop_noted(config: RigConfig) -> Iterator[None]:
    """Remember which run of the workflow it was of which a capture was stopped."""
    try:
        yield
    except KeyboardInterrupt as stopped:
        if str(stopped) == REASON:
            change_marks(config, stopped_run=os.environ.get(RUN, ""))
        raise


def _at_rig(purpose: str, act: AtRig) -> Command:
    """Open the rig, do one thing at it, and tell what came of it."""

    def run(config: RigConfig, options: argparse.Namespace) -> Iterator[str]:
        with opened(config, purpose) as rig:
            told = act(rig, options)
            yield from [told] if isinstance(told, str) else told

    return run


def _sweep(rig: Rig, options: argparse.Namespace) -> Iterator[str]:
    found = sweep.sweep(rig, options.from_um, options.to_um, options.step_um)
    return sweep.told(rig, found, options.accept)


def _plan(config: RigConfig, options: argparse.Namespace) -> Iterator[str]:
    changed = with_other(
        config.optics, options.overlap, {name: getattr(options, name) for name in LENS}
    )
    return plan(config, _range(options), changed)


def _range(options: argparse.Namespace) -> StackConfig:
    return StackConfig(options.start_um, options.end_um, options.step_um)


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m hardware", description="Rail and camera at the bench; positions in µm."
    )
    parser.add_argument(
        "--rig", type=Path, default=Path("config/rig.yaml"), help="default: config/rig.yaml"
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, run: Command, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    command("status", lambda rig, _: status(rig), "what answers, where it stands, camera settings")
    for name, run, value, text in (
        ("jog", moving.jog, "distance_um", "move by a distance"),
        ("goto", moving.goto, "position_um", "move to a position"),
        ("here", moving.here, "position_um", "declare the present place to be this position"),
    ):
        sub = command(name, _at_rig(name, lambda rig, options: options.move(rig, options.um)), text)
        sub.add_argument("um", type=_number, metavar=value)
        sub.set_defaults(move=run)
    for end, which in (("start", "first"), ("end", "last")):
        text = f"make the present place, or the one given, the {which} frame's"
        setting = _at_rig(end, lambda rig, options: moving.mark(rig, options.end, options.um))
        sub = command(end, setting, text)
        sub.add_argument("um", type=_number, nargs="?", metavar="position_um")
        sub.set_defaults(end=end)
    command("stop", lambda config, _: stop(config), "stop the rail, and whoever drives it")
    for name, act, text in (
        ("unlock", moving.unlock, "wake and unlock it after an alarm"),
        ("home", moving.home, "run the controller's homing cycle"),
    ):
        sub = command(name, _at_rig(name, lambda rig, options: options.act(rig)), text)
        sub.set_defaults(act=act)
    shooting = _at_rig("test shot", lambda rig, options: shot(rig, options.out, options.json))
    posing = _at_rig("pose", lambda rig, options: pose(rig, options.pose, options.here))
    turn = command("pose", posing, "turn the specimen to a view, or to an angle in degrees")
    turn.add_argument("pose", metavar="view_or_deg")
    turn.add_argument(
        "--here", action="store_true", help="it stands so now: declare it, and turn nothing"
    )
    test = command("shot", shooting, "take one test frame")
    test.add_argument("--out", type=Path, default=Path("test-shots"), help="folder for the file")
    test.add_argument("--json", action="store_true", help="tell all of it as JSON")
    text = "the bench: keys to jog, plan and capture in one process"
    at_once = command(BENCH, lambda rig, options: bench(rig, options.specimens), text)
    at_once.add_argument(
        "--specimens", type=Path, default=Path("specimens"), help="folder for specimen/view"
    )
    looking = _at_rig("sweep", _sweep)
    through = command("sweep", looking, "look for the range that is sharp, and propose it")
    for name, text in (
        ("--from-um", "default: the lowest of the travel"),
        ("--to-um", "default: the highest of the travel"),
        ("--step-um", "of the first, coarse run; default: a depth of field"),
    ):
        through.add_argument(name, type=_number, help=text)
    through.add_argument("--accept", action="store_true", help="make it start and end of the stack")
    lens = command("plan", _plan, "depth of field, step, frames, time and disk space of a stack")
    _add_range(lens)
    for name in ("--magnification", "--aperture-f", "--na", "--pupil-ratio", "--teleconverter"):
        lens.add_argument(name, type=_number)
    lens.add_argument("--overlap", type=_number)
    lens.add_argument("--reversed", action="store_const", const=True, help="the lens is")
    whole = command("capture", _capture, "capture a stack, or go on with one")
    whole.add_argument("--specimen", required=True)
    whole.add_argument("--view", required=True)
    whole.add_argument("--raw", type=Path, required=True, help="folder for the raws")
    whole.add_argument("--out", type=Path, required=True, help="capture.json")
    _add_range(whole)
    whole.add_argument(
        "--card", type=Path, help="folder of the memory card, once all its frames are released"
    )
    whole.add_argument(
        "--rail-checked",
        action="store_true",
        help="go on although the rail was moved: you have checked that its count is right",
    )
    return parser


def _add_range(parser: argparse.ArgumentParser) -> None:
    for name, default in (
        ("--start-um", "set at the bench, else rig.yaml"),
        ("--end-um", "set at the bench, else rig.yaml"),
        ("--step-um", "rig.yaml, else from the optics"),
    ):
        parser.add_argument(name, type=_number, help=f"default: {default}")


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return number
