"""Moves from the bench, and where the rail stands by a person's word."""

import pytest

from hardware.errors import RigError
from hardware.virtual.emulator import Fault


def test_jog_and_goto_remember_between_commands(bench):
    assert bench("goto", "200") == "200.0 µm\n"
    assert bench("jog", "-50") == "150.0 µm\n"


@pytest.mark.parametrize("words", [("goto", "5001"), ("goto", "-501"), ("jog", "9000")])
def test_moves_beyond_the_travel_are_refused(bench, words):
    with pytest.raises(RigError, match=r"outside the travel, -500\.0 to 5000\.0 µm"):
        bench(*words)
    assert "position  0.0 µm" in bench("status")


def test_a_mark_outside_the_travel_is_refused(bench):
    with pytest.raises(RigError, match="outside the travel"):
        bench("end", "9999")


def test_here_declares_a_position_that_was_lost(bench):
    bench("goto", "100")
    bench("start")
    assert bench("here", "1000") == "the rail stands at 1000.0 µm; start stays 100.0 µm\n"
    assert "position  1000.0 µm" in bench("status")
    assert bench("goto", "1200") == "1200.0 µm\n"


def test_homing_where_it_is_switched_off_is_told_and_costs_nothing(bench):
    bench("goto", "300")
    with pytest.raises(RigError, match="homing is switched off"):
        bench("home")
    assert bench("goto", "400") == "400.0 µm\n"


def test_unlock_where_nothing_locks_is_told(bench):
    bench("unlock")
    with pytest.raises(RigError, match="never locked"):
        bench("unlock", rail={"kind": "stackshot"})


@pytest.mark.slow
def test_a_limit_switch_locks_until_unlock_and_here(bench, wired):
    wired(Fault("limit"))
    with pytest.raises(RigError, match=r"alarm 1: a limit switch was hit; the position is lost"):
        bench("goto", "500")
    assert "warning   rail: GRBL is locked by an alarm" in bench("status")
    with pytest.raises(RigError, match=r"locked by an alarm.*unlock"):
        bench("here", "100")
    assert "find out where it stands" in bench("unlock")
    with pytest.raises(RigError, match="position is lost"):
        bench("goto", "200")
    bench("here", "100")
    assert bench("goto", "200") == "200.0 µm\n"


def test_unlocking_where_nothing_is_locked_keeps_the_place(bench, wired):
    wired()
    bench("goto", "300")
    assert bench("unlock").startswith("300.0 µm")
    assert bench("goto", "400") == "400.0 µm\n"


@pytest.mark.parametrize("words", [("jog", "500"), ("goto", "500")])
def test_what_ends_a_move_never_says_to_do_the_same_again(bench, wired, words):
    """A jog that stalled half way would go one and a half times as far."""
    wired(Fault("stall"))
    with pytest.raises(RigError, match="stalled at 250") as stopped:
        bench(*words, rail={"stall_s": 0.3})
    assert "same command" not in str(stopped.value)
