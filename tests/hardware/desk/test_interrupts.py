"""A stop ends what the rig does, wherever the thread that drives it is just then."""

from __future__ import annotations

import signal
import time
import weakref

import pytest

from hardware.bench.stopping import STOP_SIGNAL
from hardware.desk.interrupts import AT_THE_BENCH, Interrupts


class Thing:
    """Something that others may hold weakly."""


def work(seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.01)


@pytest.fixture
def interrupts():
    interrupts = Interrupts()
    with interrupts.installed():
        yield interrupts


def test_a_stop_ends_what_is_done(interrupts):
    def act() -> None:
        interrupts.stop()
        work()

    with pytest.raises(KeyboardInterrupt, match=AT_THE_BENCH):
        interrupts.run(act)
    assert interrupts.take_stop() == AT_THE_BENCH


@pytest.mark.parametrize("number", [STOP_SIGNAL, signal.SIGTERM])
def test_a_stop_counts_also_while_python_drops_what_is_raised(interrupts, number, capsys):
    def act() -> None:
        thing = Thing()
        # What a callback of a weak reference raises is dropped.
        held = weakref.ref(thing, lambda _: signal.raise_signal(number))
        del thing
        assert held() is None
        work()

    with pytest.raises(KeyboardInterrupt):
        interrupts.run(act)
    assert capsys.readouterr().err == ""


def test_what_was_dropped_stops_nothing_that_comes_after(interrupts):
    def act() -> None:
        thing = Thing()
        held = weakref.ref(thing, lambda _: signal.raise_signal(STOP_SIGNAL))
        del thing
        assert held() is None

    interrupts.run(act)
    assert interrupts.take_stop() != ""
    interrupts.run(lambda: work(0.2))
    assert interrupts.take_stop() == ""
