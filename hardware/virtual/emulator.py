"""Emulated rails: a carriage with physics, and a pty that can misbehave.

The controllers themselves are in emulator_grbl, emulator_stackshot and emulator_wemacro. Each
is told bytes and the time, and gives bytes: `receive(data, now)` and `tick(now)`.
"""

from __future__ import annotations

import json
import os
import pty
import select
import termios
import threading
import time
import tty
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from records.files import write_note


@dataclass
class Carriage:
    """Where the carriage is, as a pure function of time since the last command.

    `counter` is what the controller believes; the carriage follows it with play: driven
    forward it is where the counter is, driven back it lags by `backlash_um`. It cannot leave
    `lowest_um`..`highest_um`. With `world` given, the state is kept in that file, so that
    the rail goes on by itself when the process that emulates it dies, as a real one would.
    `token` is a number that its controller keeps until it is reset; 0 is none.
    """

    lowest_um: float = -1000.0
    highest_um: float = 50_000.0
    backlash_um: float = 0.0
    world: Path | None = None
    start_um: float = 0.0
    end_um: float = 0.0
    started_s: float = 0.0
    speed_um_s: float = 1.0
    carriage_um: float = 0.0
    stuck: bool = False
    token: int = 0

    def __post_init__(self) -> None:
        """Take up the state that an earlier process left."""
        if self.world is not None and self.world.exists():
            for name, value in json.loads(self.world.read_text()).items():
                setattr(self, name, value)

    def counter_um(self, now: float) -> float:
        """Position by the controller's count."""
        distance = self.end_um - self.start_um
        travelled = min(abs(distance), self.speed_um_s * max(0.0, now - self.started_s))
        return self.start_um + (travelled if distance >= 0 else -travelled)

    def position_um(self, now: float) -> float:
        """Where the carriage really is."""
        if self.stuck:
            return self.carriage_um
        counter = self.counter_um(now)
        followed = min(max(self.carriage_um, counter), counter + self.backlash_um)
        return min(max(followed, self.lowest_um), self.highest_um)

    def moving(self, now: float) -> bool:
        """Whether the counter still runs."""
        return self.counter_um(now) != self.end_um

    def at_limit(self, now: float) -> bool:
        """Whether the carriage stands against an end of its travel."""
        return not self.lowest_um < self.position_um(now) < self.highest_um

    def move_to(self, end_um: float, speed_um_s: float, now: float) -> None:
        """Start towards `end_um`."""
        self.carriage_um, self.start_um = self.position_um(now), self.counter_um(now)
        self.end_um, self.speed_um_s, self.started_s = end_um, speed_um_s, now
        self._keep()

    def halt(self, now: float) -> None:
        """Stop where it is."""
        self.move_to(self.counter_um(now), self.speed_um_s, now)

    def recount(self, counter_um: float, now: float) -> None:
        """Make the controller believe it is elsewhere; nothing moves."""
        shift = counter_um - self.counter_um(now)
        self.carriage_um = self.position_um(now) + shift
        self.lowest_um += shift
        self.highest_um += shift
        self.start_um = self.end_um = counter_um
        self._keep()

    def forget(self, now: float) -> None:
        """Stop, count from 0 and keep no number, as a controller that was without power."""
        self.halt(now)
        self.token = 0
        self.recount(0.0, now)

    def keep_token(self, token: int) -> None:
        """Have the controller keep a number."""
        self.token = token
        self._keep()

    def _keep(self) -> None:
        if self.world is not None:
            state = asdict(self)
            for name in ("world", "backlash_um"):
                del state[name]
            write_note(self.world, json.dumps(state).encode())


@dataclass
class Fault:
    """Something that goes wrong at the `move`-th move (1 is the first) after start.

    Kinds on the wire: silent, garbled, dropped (a byte of each reply), deaf (a byte of the
    next command is lost), unplugged. In the controller: busy, stall, hung (a stall that
    only a reset ends), alarm, reset, limit, slipped (the motor turns, the carriage does not
    follow; nothing reports it).
    `times`: replies, commands or refusals affected.
    """

    kind: str
    move: int = 1
    times: int = 1


@dataclass
class Faults:
    """The faults still to come; shared by controller and wire."""

    planned: list[Fault] = field(default_factory=list)
    moves: int = 0

    def count_move(self) -> None:
        """A move command has arrived."""
        self.moves += 1

    def strike(self, kind: str) -> bool:
        """Whether a fault of `kind` is due now; uses it up by one."""
        for fault in self.planned:
            if fault.kind == kind and fault.times > 0 and self.moves >= fault.move:
                fault.times -= 1
                return True
        return False


class Controller(Protocol):
    """An emulated controller."""

    faults: Faults

    def receive(self, data: bytes, now: float) -> bytes:
        """Bytes sent at once in answer to `data`."""

    def tick(self, now: float) -> bytes:
        """Bytes sent unasked."""

    def restart(self, now: float) -> None:
        """Start anew: after a power cut, or by its reset line."""


@runtime_checkable
class DrivesMore(Protocol):
    """A controller that may drive further axes."""

    def add_axis(self, axis: str, carriage: Carriage) -> None:
        """Drive another axis, Y or Z, too."""


class PtyDevice:
    """A controller behind a pty, served by a thread.

    With `dtr_resets` it restarts when DTR rises, as an Uno does: when its port is opened, unless
    that was closed with HUPCL cleared and DTR never fell. It has said its welcome before anyone
    listens.
    """

    def __init__(self, controller: Controller, dtr_resets: bool = False) -> None:
        self.controller = controller
        self._dtr_resets = dtr_resets
        self._dtr = False
        self._hangs_up = True
        self._close = threading.Event()
        self._master = -1
        self._slave = -1
        self._thread: threading.Thread | None = None
        self.port = ""
        self.plug()

    def plug(self) -> None:
        """Connect, or connect again after an unplugging."""
        self.unplug()
        self._master, self._slave = pty.openpty()
        tty.setraw(self._master)
        self.port = os.ttyname(self._slave)
        if self._dtr_resets:
            # As serial ports begin; a pty does not.
            settings = termios.tcgetattr(self._slave)
            settings[2] |= termios.HUPCL
            termios.tcsetattr(self._slave, termios.TCSANOW, settings)
            # Else it would never be seen that the port is opened.
            os.close(self._slave)
        self._close.clear()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Pull the cable: whoever has the port open sees a hang-up."""
        self._close.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def close(self) -> None:
        """Unplug for good."""
        self.unplug()

    def _serve(self) -> None:
        faults = self.controller.faults
        while not self._close.is_set():
            if self._dtr_resets and not self._is_opened():
                time.sleep(0.002)
                continue
            readable, _, _ = select.select([self._master], [], [], 0.002)
            try:
                data = os.read(self._master, 4096) if readable else b""
            except OSError:
                # Closed in this moment.
                continue
            if data and faults.strike("deaf"):
                data = data[: len(data) // 2] + data[len(data) // 2 + 1 :]
            now = time.time()
            # What has happened by itself comes first: it may change the answer.
            reply = self.controller.tick(now)
            reply += self.controller.receive(data, now) if data else b""
            if faults.strike("unplugged"):
                break
            if reply:
                self._send(reply)
        if not self._dtr_resets:
            os.close(self._slave)
        os.close(self._master)

    def _is_opened(self) -> bool:
        """Whether somebody has the port open; the controller restarts where DTR rises with that."""
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        is_closed = any(events & select.POLLHUP for _, events in poll.poll(0))
        if is_closed:
            self._dtr &= not self._hangs_up
            return False
        if not self._dtr:
            self._dtr = True
            self.controller.restart(time.time())
        # Of a master this tells how the other end is set.
        self._hangs_up = bool(termios.tcgetattr(self._master)[2] & termios.HUPCL)
        return True

    def _send(self, reply: bytes) -> None:
        faults = self.controller.faults
        if faults.strike("silent"):
            return
        if faults.strike("garbled"):
            reply = bytes(byte ^ 0x15 if i % 3 == 1 else byte for i, byte in enumerate(reply))
        if faults.strike("dropped"):
            middle = len(reply) // 2
            reply = reply[:middle] + reply[middle + 1 :]
        os.write(self._master, reply)
