"""Keys as they are pressed at a terminal, by names; the terminal is as before afterwards."""

from __future__ import annotations

import os
import select
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager

# What terminals send for keys that are no letter: xterm's and the VT's ways.
SEQUENCES = {
    **{f"\x1b{form}A": "up" for form in "[O"},
    **{f"\x1b{form}B": "down" for form in "[O"},
    **{f"\x1b{form}C": "right" for form in "[O"},
    **{f"\x1b{form}D": "left" for form in "[O"},
    "\x1b[5~": "page up",
    "\x1b[6~": "page down",
    "\x1b[1;2A": "page up",
    "\x1b[1;2B": "page down",
}
SINGLE = {
    "\x1b": "escape",
    "\r": "enter",
    "\n": "enter",
    "\x7f": "back",
    "\x08": "back",
    "\x04": "end of input",
}
# What follows an escape of one key is there as fast as the line carries it.
SEQUENCE_S = 0.1
LONGEST = max(map(len, SEQUENCES))


def named(typed: str) -> Iterator[str]:
    """The keys of what was typed: a letter as it is, others by name; what is unknown is passed."""
    while typed:
        known = next((s for s in SEQUENCES if typed.startswith(s)), "")
        if known:
            yield SEQUENCES[known]
        elif typed[0] == "\x1b" and typed[1:2] in ("[", "O"):
            # Some other key's: it ends with its first letter or tilde.
            end = next((i for i, c in enumerate(typed[2:], 2) if c.isalpha() or c == "~"), None)
            known = typed if end is None else typed[: end + 1]
        else:
            known = typed[0]
            if known in SINGLE or known.isprintable():
                yield SINGLE.get(known, known)
        typed = typed[len(known) :]


def pressed(source: int) -> Iterator[str]:
    """Keys of a file descriptor as they come; ends where no more can come."""
    pending = b""
    while True:
        try:
            received = os.read(source, 1024)
        except OSError:
            return
        if not received:
            return
        pending += received
        # An escape alone is a key; the beginning of another's sequence waits for the rest.
        while len(pending) < LONGEST and pending.startswith(b"\x1b"):
            if not select.select([source], [], [], SEQUENCE_S)[0]:
                break
            more = os.read(source, 1024)
            if not more:
                break
            pending += more
        yield from named(pending.decode("utf-8", "ignore"))
        pending = b""


@contextmanager
def each_key(source: int) -> Iterator[None]:
    """Have a terminal give each key at once, unseen; Ctrl-Z does not leave a rail alone there."""
    if not os.isatty(source):
        yield
        return
    before = termios.tcgetattr(source)
    try:
        tty.setcbreak(source)
        settings = termios.tcgetattr(source)
        settings[6][termios.VSUSP] = b"\x00"
        termios.tcsetattr(source, termios.TCSANOW, settings)
        yield
    finally:
        termios.tcsetattr(source, termios.TCSADRAIN, before)
