"""How a program of ours ends before it is done: by a signal, or as what started it is gone.

A step belongs to the Snakemake whose rule started it. Where that is killed, nobody waits for the
step any more, and a person starts the same again: so it ends too. What a person starts goes on as
long as it likes, after its terminal as well.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from records.log import progress

# Host and process of the Snakemake, or of the command, that starts a step.
STARTED_BY = "HOLOSTACK_STARTED_BY"
LOOK_EVERY_S = 0.5
# To leave nothing half-made; then it ends wherever it is.
GRACE_S = 8.0
STOPPED = 130


def as_starter() -> dict[str, str]:
    """What the environment of a step says, for it to end with this process."""
    return {STARTED_BY: f"{os.uname().nodename} {os.getpid()}"}


def end_as_by_ctrl_c() -> None:
    """Have SIGTERM and SIGHUP end this program by KeyboardInterrupt, so that all is tidied."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        # Under nohup it is left ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def reason_of(interrupt: KeyboardInterrupt) -> str:
    """What ended a program, for people."""
    return str(interrupt) or "Ctrl-C"


def is_of_a_run() -> bool:
    """Whether a rule started this program, and no person."""
    return STARTED_BY in os.environ


def end_with_starter(asked: Callable[[], None] | None = None, grace_s: float = GRACE_S) -> None:
    """End this program when the Snakemake that started it, or the shell between, is gone.

    Parameters
    ----------
    asked : is called from a thread, to have the program end by itself; without, it is interrupted
    grace_s : after which it is interrupted although it was asked, or ends wherever it is
    """
    host, _, process = os.environ.get(STARTED_BY, "").rpartition(" ")
    if host != os.uname().nodename:
        return
    watched = {starter: _born(starter) for starter in (int(process), os.getppid())}
    if None in watched.values():
        # While libraries were loaded.
        sys.exit(STOPPED)
    watching = threading.Thread(target=_watch, args=(watched, asked, grace_s), daemon=True)
    watching.start()


def _watch(
    watched: dict[int, str | None], asked: Callable[[], None] | None, grace_s: float
) -> None:
    while all(born is not None and _born(process) == born for process, born in watched.items()):
        time.sleep(LOOK_EVERY_S)
    progress("what started this is gone: it ends too")
    if asked is not None:
        asked()
        time.sleep(grace_s)
    # To the main thread, whatever it waits for.
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
    if asked is None:
        time.sleep(grace_s)
        os._exit(STOPPED)


def _born(process: int) -> str | None:
    """When a process began, as the kernel counts, "" where it does not tell; None if it ended."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    try:
        facts = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    # Ended, but its parent has not taken notice yet.
    return None if facts[0] in "ZX" else facts[19]
