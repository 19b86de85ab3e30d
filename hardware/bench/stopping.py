"""Stop the rail, whoever drives it.

Who holds the rig is interrupted: it stops the rail, keeps what it has and notes that it was
stopped. What stops the controller is written to its port besides, as a program may hang.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator

from hardware.bench.config import VIRTUAL, RigConfig
from hardware.bench.kinds import RAILS
from hardware.bench.lock import LOOK_EVERY_S, Holder, holder_of
from hardware.bench.marks import read_marks
from hardware.bench.rig import lock_of, opened
from hardware.errors import RigError

# Sent to whoever holds a rig; `KeyboardInterrupt` there, as by Ctrl-C.
STOP_SIGNAL = signal.SIGUSR1
REASON = "`python -m hardware stop`"
# For a holder to stop the rail, close the camera and end.
END_S = 15.0


def stop(config: RigConfig) -> Iterator[str]:
    """Stop the rail now; lines that tell who was stopped, and where the rail stands then.

    Raises
    ------
    RigError : who holds the rig does not let go of it; the rail was told to stop all the same
    """
    holder = holder_of(lock_of(config), f"rig {config.name}")
    if holder is not None:
        stopped_at = read_marks(config).stopped_at
        asked = _interrupted(holder)
        sent = "the rail was told to stop" if _written(config) else "use the rail's own stop"
        yield f"stopping  {holder.told}"
        if not asked:
            raise RigError(
                f"rig {config.name} is in use: {holder.told}. It cannot be ended from here, and "
                f"may drive the rail on: have it ended; {sent}."
            )
        if _stands(config, holder, stopped_at):
            yield f"{_noted_um(config)}; the bench stays open"
            return
        if not _let_go(config):
            raise RigError(
                f"rig {config.name} is in use: {holder.told}. It was told to stop {END_S:.0f} s "
                f"ago and does not end: end it (`kill -9 {holder.process}`); {sent}."
            )
    with opened(config, "stop") as rig:
        rig.axis.stop()
        yield f"{rig.axis.position_um():.1f} µm"
        if rig.axis.lost:
            yield f"warning   {rig.axis.lost}"


def _stands(config: RigConfig, holder: Holder, stopped_at: str) -> bool:
    """Wait for a bench to have stopped its rail, or to end; whether it has, and goes on."""
    until = time.monotonic() + END_S
    while holder.is_bench():
        if read_marks(config).stopped_at != stopped_at:
            return True
        if time.monotonic() > until or holder_of(lock_of(config), f"rig {config.name}") is None:
            return False
        time.sleep(LOOK_EVERY_S)
    return False


def _noted_um(config: RigConfig) -> str:
    """Where the rail was noted to stand."""
    marks = read_marks(config)
    between_um = marks.between_um()
    if marks.lost or between_um is None:
        return "stopped; where it stands is not known"
    return f"{between_um[1] + marks.offset_um:.1f} µm"


def _let_go(config: RigConfig) -> bool:
    """Wait for the rig to be free; whether it is."""
    until = time.monotonic() + END_S
    while holder_of(lock_of(config), f"rig {config.name}") is not None:
        if time.monotonic() > until:
            return False
        time.sleep(LOOK_EVERY_S)
    return True


def interrupt_on_stop() -> None:
    """Have a stop by another process end this program as Ctrl-C does."""

    def interrupt(number: int, _: object) -> None:
        raise KeyboardInterrupt(REASON)

    signal.signal(STOP_SIGNAL, interrupt)


def _interrupted(holder: Holder) -> bool:
    """Interrupt a holder; whether that could be done."""
    if holder.process is None:
        return False
    try:
        os.kill(holder.process, STOP_SIGNAL)
    except ProcessLookupError:
        # Ended in this moment.
        return True
    except PermissionError:
        return False
    return True


def _written(config: RigConfig) -> bool:
    """Write a stop to the port that another program has open and set up; whether it went out."""
    wire, port = RAILS[config.rail.kind].wire, config.rail.port
    if wire is None or port in (None, VIRTUAL):
        return False
    with contextlib.suppress(OSError):
        descriptor = os.open(port, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            return os.write(descriptor, wire.stop) == len(wire.stop)
        finally:
            os.close(descriptor)
    return False
