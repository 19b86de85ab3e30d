"""The commands of `python -m web`: the review site, and `bench`, the page of one rig."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import threading
import webbrowser
from pathlib import Path

from hardware.bench.lock import BENCH, held
from hardware.bench.rig import lock_of
from hardware.bench.rigfile import read_rig
from hardware.bench.stopping import interrupt_on_stop
from hardware.desk.desk import Desk
from hardware.errors import RigError
from records import log
from records.ending import STOPPED, end_as_by_ctrl_c, reason_of
from records.errors import RecordError
from records.machine import in_words
from web.bench.app import application
from web.bench.bench import Bench
from web.bench.runs import Runs
from web.bench.table import Table
from web.kernels import compiled_meanwhile
from web.retouching.routes import routes as of_retouching
from web.review.app import application as review_site
from web.review.names import Stacks
from web.safety import Safety
from web.server import HOST, listening, serving

PROGRAM = Path(__file__).resolve().parents[1]
RIG = Path("config/rig.yaml")
PORT, REVIEW_PORT = 8610, 8600


def main(argv: list[str]) -> None:
    """Run one command."""
    options = arguments().parse_args(argv)
    options.directory = options.directory or Path()
    options.run(options)


def run() -> None:
    """Run the command line; a person's mistake ends in one line."""
    end_as_by_ctrl_c()
    interrupt_on_stop()
    try:
        # Nobody repeats a page by its log: rig and address are all that is told.
        main(sys.argv[1:])
    except (RigError, RecordError) as error:
        log.fail(str(error))
    except OSError as error:
        log.fail(f"{in_words(error)}.")
    except KeyboardInterrupt as stopped:
        log.progress(f"ended ({reason_of(stopped)}); what is captured is kept")
        sys.exit(STOPPED)


def _bench(options: argparse.Namespace) -> None:
    """Hold the rig in this thread, and serve its page from another."""
    rig = _rig_file(options)
    options.directory.mkdir(parents=True, exist_ok=True)
    # All that a rig and the workflow remember lies there, as with `snakemake --directory`.
    os.chdir(options.directory)
    config = read_rig(rig)
    # No address is told of a bench that cannot be opened.
    with held(lock_of(config), f"rig {config.name}", BENCH):
        pass
    desk = Desk(config)
    runs = Runs(desk, Path(), PROGRAM)
    captured = [] if options.capture_only else [runs.add]
    table = Table(desk, Path(), PROGRAM, captured)
    bench = Bench(desk, {"table": table, "runs": runs})
    wanted = options.port or PORT
    listener = listening(wanted)
    port = listener.getsockname()[1]
    token = secrets.token_urlsafe(24)
    with serving(Safety(application(bench), token, f"holostack-{port}"), listener):
        address = f"http://{HOST}:{port}/?token={token}"
        if port != wanted:
            log.progress(f"port {wanted} is in use: {port} is taken")
        print(f"rig {bench.desk.config.name}: open {address}", flush=True)
        if options.open:
            webbrowser.open(address)
        try:
            bench.desk.run()
        finally:
            runs.end()


def _review(options: argparse.Namespace) -> None:
    """Serve the stacks of a data folder, until somebody ends it."""
    directory = options.directory
    if not directory.is_dir():
        raise RecordError(f"{directory}: no such folder; name that of the data with --directory")
    stacks = Stacks(directory, PROGRAM)
    # No address is told of a folder whose configuration cannot be read.
    stacks.config()
    wanted = options.port or REVIEW_PORT
    listener = listening(wanted)
    port = listener.getsockname()[1]
    token = secrets.token_urlsafe(24)
    site = review_site(stacks, of_retouching(stacks))
    with (
        serving(Safety(site, token, f"holostack-{port}"), listener),
        compiled_meanwhile(PROGRAM),
    ):
        address = f"http://{HOST}:{port}/?token={token}"
        if port != wanted:
            log.progress(f"port {wanted} is in use: {port} is taken")
        print(f"review of {directory.resolve()}: open {address}", flush=True)
        if options.open:
            webbrowser.open(address)
        threading.Event().wait()


def _rig_file(options: argparse.Namespace) -> Path:
    """The rig's file, absolute: the data's own comes before the program's."""
    if options.rig is not None:
        return options.rig.absolute()
    own = options.directory / RIG
    return (own if own.is_file() else PROGRAM / RIG).absolute()


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m web", description="Pages in a browser, for this computer only."
    )
    parser.set_defaults(run=_review)
    _add_where(parser, REVIEW_PORT)
    commands = parser.add_subparsers(metavar="command", help="none: the review site")
    text = "the bench: one rig, its camera and its specimens, until Ctrl-C"
    bench = commands.add_parser("bench", help=text, description=text)
    bench.set_defaults(run=_bench)
    bench.add_argument(
        "--rig", type=Path, help=f"default: {RIG} of the directory, else of the program"
    )
    bench.add_argument(
        "--capture-only",
        action="store_true",
        help="leave what is shot to a later snakemake; the page can have single stacks worked on",
    )
    _add_where(bench, PORT, is_under=True)
    return parser


def _add_where(parser: argparse.ArgumentParser, port: int, *, is_under: bool = False) -> None:
    """What both need to know: whose data, and where the page is.

    Parameters
    ----------
    is_under : another one; what stands before the command holds where nothing stands behind it
    """
    none = argparse.SUPPRESS if is_under else None
    parser.add_argument(
        "--directory", type=Path, default=none, help="the data tree; default: this folder"
    )
    parser.add_argument(
        "--port", type=_port, default=none, help=f"or the next that is free; default: {port}"
    )
    parser.add_argument(
        "--open", action="store_true", default=none, help="open the page in a browser"
    )


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port (1 to 65535)")
    return int(text)
