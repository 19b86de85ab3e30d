"""Signals at the thread that drives the rig: what they end, and what they never cut in two.

A stop interrupts what runs, and the bench stays open; Ctrl-C, a closed terminal and SIGTERM
interrupt what runs and end the bench. `KeyboardInterrupt` is raised within `run` only, once, and
never while anything is put down that the other threads read: a lock left held would be the end.
Python drops what is raised while it calls a finalizer or the like, wherever that happens: it is
raised again a moment later.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

from hardware.bench.stopping import REASON, STOP_SIGNAL

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AT_THE_BENCH = "stopped at the bench"
# Who presses Ctrl-C so long after the first wants it to end whatever hangs.
AGAIN_S = 3.0
# After so long what Python dropped is raised again.
DROPPED_S = 0.02

Outcome = TypeVar("Outcome")


class Interrupts:
    """What has been asked of the main thread by signals.

    Attributes
    ----------
    ending : what ends the bench; empty while nothing does
    """

    def __init__(self) -> None:
        self.ending = ""
        self._ending_since = 0.0
        self._stopped = ""
        self._here = False
        self._hears = False
        self._within = False
        self._dropped = False
        self._sending = threading.Lock()
        self._listens = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Take the signals, in the main thread; on the way out they are as they were."""
        before = {STOP_SIGNAL: signal.signal(STOP_SIGNAL, self._stop)}
        for number in ENDING:
            # Under nohup SIGHUP is left ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, self._end)
        self._listens = True
        others = sys.unraisablehook

        def unraisable(what: sys.UnraisableHookArgs) -> None:
            if isinstance(what.exc_value, KeyboardInterrupt) and self._within:
                # As before it was raised. Not here: what is raised now is dropped too.
                self._hears = True
                again = threading.Timer(DROPPED_S, self._raise_again)
                again.daemon = True
                again.start()
            else:
                others(what)

        sys.unraisablehook = unraisable
        try:
            yield
        finally:
            sys.unraisablehook = others
            # Whoever has no handler for a stop would be killed by it.
            with self._sending:
                self._listens = False
            for number, handler in before.items():
                signal.signal(number, handler)

    def stop(self) -> None:
        """Interrupt what the main thread does; from any thread."""
        with self.deaf(), self._sending:
            if self._listens:
                self._here = True
                signal.pthread_kill(threading.main_thread().ident or 0, STOP_SIGNAL)

    def take_stop(self) -> str:
        """By what it was stopped since this was asked last; empty if it was not."""
        stopped, self._stopped = self._stopped, ""
        return stopped

    def run(self, act: Callable[[], Outcome]) -> Outcome:
        """Do what signals may interrupt.

        Raises
        ------
        KeyboardInterrupt : they did, or had before it began
        """
        try:
            self._hears = self._within = True
            self._raise_asked()
            return act()
        finally:
            self._hears = self._within = False

    @contextmanager
    def deaf(self) -> Iterator[None]:
        """Put something down whole: a signal meanwhile interrupts afterwards."""
        if threading.current_thread() is not threading.main_thread() or not self._hears:
            yield
            return
        self._hears = False
        try:
            yield
        finally:
            self._hears = True
            self._raise_asked()

    def _raise_asked(self) -> None:
        if asked := self.ending or self._stopped:
            self._hears = False
            raise KeyboardInterrupt(asked)

    def _raise_again(self) -> None:
        """Have the main thread raise what was dropped; from a thread of its own."""
        with self._sending:
            if self._listens:
                self._dropped = True
                signal.pthread_kill(threading.main_thread().ident or 0, STOP_SIGNAL)

    def _stop(self, number: int, _: FrameType | None) -> None:
        # What was asked for and is over by now is no stop of what came after it.
        if self._dropped:
            self._dropped = False
            if self._hears:
                self._raise_asked()
            return
        self._stopped = AT_THE_BENCH if self._here else REASON
        self._here = False
        if self._hears:
            self._raise_asked()

    def _end(self, number: int, _: FrameType | None) -> None:
        now = time.monotonic()
        insists = bool(self.ending) and now - self._ending_since > AGAIN_S
        if not self.ending:
            self.ending = "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name
            self._ending_since = now
        if self._hears or insists:
            self._raise_asked()
