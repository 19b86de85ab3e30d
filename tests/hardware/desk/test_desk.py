"""One process keeps the rig, does what it is asked in order, stops at once and stays open."""

import json
import os
import random
import signal
import threading
import time
from contextlib import suppress
from dataclasses import replace

import pytest

from hardware.bench import moving
from hardware.bench.config import StackConfig
from hardware.bench.lock import held, holder_of
from hardware.bench.rig import lock_of
from hardware.desk.desk import Desk
from hardware.errors import RigError


def goto(position_um):
    return lambda rig: moving.goto(rig, position_um)


def test_it_holds_the_rig_and_shows_where_it_stands(desk, driven):
    def drive(driver):
        assert holder_of(lock_of(desk.config), "rig").told.startswith("bench, by ")
        state = driver.do("goto", goto(300))
        assert state["position_um"] == 300
        assert state["going_um"] is None
        assert state["settings"]["aperture"] == "4"
        assert state["rig"]["um_per_px"] == pytest.approx(2.0)
        assert state["plan"]["frames"] == 8
        opened, moved = state["told"]
        assert (opened["text"], opened["name"]) == ("virtual-rig is open", "open")
        assert (moved["text"], moved["name"]) == ("300.0 µm", "at")
        assert (opened["given"], moved["given"]) == ({"rig": "virtual-rig"}, {"at_um": 300.0})

    driven(drive)
    assert holder_of(lock_of(desk.config), "rig") is None


def test_what_is_asked_is_done_in_order_and_what_fails_is_told(desk, driven):
    def drive(driver):
        done = []
        for number in range(3):
            desk.ask("note", lambda rig, number=number: done.append(number))
        desk.ask("goto", goto(99_999))
        driver.idle()
        assert done == [0, 1, 2]
        assert "outside the travel" in driver.told("error")[-1]
        assert driver.do("goto", goto(100))["position_um"] == 100

    driven(drive)


def test_a_fault_of_the_program_is_told_in_a_sentence_and_ends_nothing(desk, driven):
    def drive(driver):
        driver.do("odd", lambda rig: {}["missing"])
        assert "KeyError: 'missing' (test_desk.py, line" in driver.told("error")[-1]
        assert driver.do("goto", goto(100))["position_um"] == 100

    driven(drive)


def test_a_stop_ends_the_move_drops_what_waits_and_leaves_the_desk_open(desk, driven):
    def drive(driver):
        desk.ask("goto", goto(4000))
        desk.ask("goto", goto(0))
        driver.until(lambda state: state["going_um"] == 4000)
        time.sleep(0.2)
        desk.stop()
        driver.until(lambda state: state["doing"]["what"] in ("", "stopping"))
        state = driver.idle()
        assert 20 < state["position_um"] < 3000
        assert state["lost"] == ""
        time.sleep(0.5)
        assert driver.now()["position_um"] == state["position_um"]
        assert driver.do("goto", goto(100))["position_um"] == 100

    driven(drive)


def test_more_than_a_few_waiting_things_are_refused(desk, driven):
    def drive(driver):
        desk.ask("goto", goto(4000))
        driver.until(lambda state: state["going_um"] == 4000)
        with pytest.raises(RigError, match="waiting already"):
            for _ in range(9):
                desk.ask("goto", goto(0))

    driven(drive)


@pytest.mark.slow
def test_a_capture_is_as_the_commands_paused_stopped_and_gone_on_with(desk, driven):
    def drive(driver):
        stack, outcomes = driver.stack(), []
        desk.capture(stack, ended=outcomes.append)
        driver.until(lambda state: state["capture"] and len(state["capture"]["taken"]) == 2)
        with pytest.raises(RigError, match="the capture of S-1/dorsal is on"):
            desk.ask("goto", goto(0))
        desk.pause()
        time.sleep(0.4)
        paused = driver.now()
        assert paused["doing"]["paused"]
        time.sleep(0.4)
        assert driver.now()["capture"]["taken"] == paused["capture"]["taken"]
        desk.go_on()
        there = len(paused["capture"]["taken"])
        driver.until(lambda state: len(state["capture"]["taken"]) > there)
        desk.stop()
        driver.idle()
        journal = json.loads(stack.journal().read_text())
        assert journal["events"][-1]["what"] == "interrupted (stopped at the bench)"
        assert "interrupted" in outcomes[0]
        desk.capture(stack, ended=outcomes.append)
        state = driver.idle()
        assert outcomes[1] == ""
        assert [frame["frame"] for frame in state["capture"]["taken"]] == list(range(1, 9))
        record = json.loads(stack.record.read_text())
        assert [entry["reported_um"] for entry in record["frames"]] == [*range(0, 800, 100)]
        # The pace of this rig is known now.
        assert state["plan"]["seconds"] < 8
        with pytest.raises(RigError, match="no capture is on"):
            desk.pause()

    driven(drive)


def test_a_stop_ends_a_pause(desk, driven):
    def drive(driver):
        desk.capture(driver.stack(), StackConfig(step_um=10))
        driver.until(lambda state: state["capture"] and state["capture"]["taken"])
        desk.pause()
        time.sleep(0.3)
        desk.stop()
        assert not driver.idle()["doing"]["paused"]

    driven(drive)


AT_ZERO = "rail: its count is 0, but it was going from"


@pytest.mark.slow
@pytest.mark.parametrize("desk", ["grbl", "stackshot"], indirect=True)
def test_stops_at_random_moments_leave_the_desk_open_and_its_place_known(desk, driven):
    """From its own threads and from another process, amid moves, frames and changes of state."""
    moments = random.Random(7)
    looking = threading.Event()

    def look():
        while not looking.is_set():
            desk.live(10**9, 0.05)
            desk.changed(0, 0.05)

    def drive(driver):
        threading.Thread(target=look, daemon=True).start()
        stack = driver.stack()
        for turn in range(120):
            try:
                if turn % 3:
                    desk.ask("goto", goto(moments.uniform(0, 700)))
                    desk.ask("goto", goto(moments.uniform(0, 700)))
                else:
                    desk.capture(stack)
            except RigError as error:
                # Stopped as it left 0: a count that began anew is no other, and a person says.
                if AT_ZERO in str(error):
                    with suppress(RigError):
                        desk.ask("here", lambda rig: moving.here(rig, 0))
            time.sleep(moments.uniform(0, 0.15))
            for _ in range(moments.randrange(1, 4)):
                if moments.random() < 0.5:
                    desk.stop()
                else:
                    os.kill(os.getpid(), signal.SIGUSR1)
                time.sleep(moments.choice([0, 0, 0.001, 0.01]))
        if AT_ZERO in driver.idle()["lost"]:
            driver.do("here", lambda rig: moving.here(rig, 0))
        assert driver.idle()["lost"] == ""
        assert [error for error in driver.told("error") if AT_ZERO not in error] == []
        assert driver.do("goto", goto(0))["position_um"] == 0
        desk.capture(stack)
        driver.until(lambda state: stack.record.exists() and not state["doing"]["what"])
        record = json.loads(stack.record.read_text())
        reported_um = [entry["reported_um"] for entry in record["frames"]]
        # Of a StackShot to its step.
        assert reported_um == pytest.approx([*range(0, 800, 100)], abs=0.5)
        driver.until(lambda state: all(f["picture"] for f in state["capture"]["taken"]))
        looking.set()

    driven(drive)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_ends_programs_ends_it_with_the_rail_at_rest(desk, driven, number):
    handlers = {each: signal.getsignal(each) for each in (number, signal.SIGUSR1)}

    def drive(driver):
        desk.ask("goto", goto(4000))
        driver.until(lambda state: state["going_um"] == 4000)
        time.sleep(0.3)
        os.kill(os.getpid(), number)
        assert driver.until(lambda state: state["doing"]["what"] == "closed")
        assert 0 < driver.now()["position_um"] < 4000

    driven(drive)
    assert {each: signal.getsignal(each) for each in handlers} == handlers


@pytest.mark.slow
def test_live_pictures_come_only_while_somebody_looks_and_go_on_while_the_rail_moves(desk, driven):
    def drive(driver):
        assert "live" in driver.now()["rig"]["can"]
        first = desk.live(0, 10)
        assert first.jpeg.startswith(b"\xff\xd8")
        assert (first.position_um, first.source) == (0, "live")
        desk.ask("goto", goto(4000))
        driver.until(lambda state: state["going_um"] == 4000)
        number, moving_ones = first.number, 0
        while driver.now()["going_um"] is not None:
            if (picture := desk.live(number, 1)) is not None:
                number = picture.number
                moving_ones += picture.position_um is None
        # Four seconds on the way.
        assert moving_ones > 20
        time.sleep(3.3)
        last = desk.live(0, 0).number
        assert last - number < 45
        time.sleep(1)

    driven(drive)


def test_frames_get_figures_and_pictures_and_those_of_the_stack_before_go(desk, driven):
    def drive(driver):
        first = driver.stack("dorsal")
        desk.capture(first, StackConfig(end_um=300))
        driver.idle()
        state = driver.until(lambda state: all(f["picture"] for f in state["capture"]["taken"]))
        addresses = [frame["picture"] for frame in state["capture"]["taken"]]
        assert addresses == [f"/frames/S-1/dorsal/{k}.jpg" for k in (1, 2, 3, 4)]
        assert all(desk.picture(each).startswith(b"\xff\xd8") for each in addresses)
        assert all(frame["sharpness"] > 0 for frame in state["capture"]["taken"])
        assert desk.live(0, 0).source == "frame"
        assert desk.picture("/frames/S-1/dorsal/../4.jpg") is None
        # Those that are there already are shown again where a stack is gone on with.
        first.record.unlink()
        desk.capture(first, StackConfig(end_um=300))
        driver.idle()
        driver.until(lambda state: all(f["picture"] for f in state["capture"]["taken"]))
        desk.capture(driver.stack("lateral"), StackConfig(end_um=100))
        driver.until(lambda state: state["capture"]["stack"] == "S-1/lateral")
        assert desk.picture(addresses[0]) is None

    driven(drive)


def test_camera_settings_hold_for_plan_and_record_from_then_on(desk, driven):
    def drive(driver):
        before = driver.now()["plan"]["dof_um"]
        desk.set_camera({"aperture": "8", "iso": "200"})
        state = driver.idle()
        assert (state["settings"]["aperture"], state["settings"]["iso"]) == ("8", "200")
        # Four times the effective f-number squared.
        assert state["plan"]["dof_um"] == pytest.approx(4 * before)
        desk.set_camera({"aperture": "7.7"})
        assert driver.idle()["settings"]["aperture"] == "8"
        assert "not offered" in driver.told("error")[-1]
        stack = driver.stack()
        desk.capture(stack, StackConfig(end_um=100))
        driver.idle()
        record = json.loads(stack.record.read_text())
        assert record["settings"]["aperture"] == "8"
        assert record["rig"]["optics"]["aperture_f"] == 8
        assert record["frames"][0]["iso"] == 200

    driven(drive)


def test_a_person_is_asked_through_the_desk_where_focus_is_by_hand(tmp_path, desk, driven):
    rail = replace(desk.config.rail, kind="hand", port=None)
    desk.config = replace(desk.config, rail=rail)

    def drive(driver):
        desk.ask("here", lambda rig: moving.here(rig, 0))
        driver.idle()
        desk.ask("goto", goto(300))
        state = driver.until(lambda state: state["asks"])
        assert state["asks"].startswith("focus at 300.0 µm")
        desk.answer()
        assert driver.idle()["position_um"] == 300
        with pytest.raises(RigError, match="nothing is asked"):
            desk.answer()
        desk.ask("goto", goto(400))
        driver.until(lambda state: state["asks"])
        desk.stop()
        state = driver.idle()
        assert state["asks"] == ""
        assert state["position_um"] == 300

    driven(drive)


def test_a_rig_that_cannot_be_opened_anew_is_waited_for_and_one_at_first_is_no_bench(desk, driven):
    port = desk.config.rail.port

    def plugged(port):
        desk.config = replace(desk.config, rail=replace(desk.config.rail, port=port))

    def drive(driver):
        driver.do("goto", goto(200))
        plugged("/dev/nowhere")
        desk.reopen()
        driver.until(lambda state: "/dev/nowhere" in state["lost"])
        driver.idle()
        assert "cannot open /dev/nowhere" in driver.told("error")[-1]
        outcomes = []
        desk.capture(driver.stack(), ended=outcomes.append)
        driver.idle()
        driver.until(lambda _: outcomes)
        assert "cannot open /dev/nowhere" in outcomes[0]
        plugged(port)
        desk.reopen()
        driver.until(lambda state: not state["lost"])
        driver.idle()
        assert driver.do("goto", goto(100))["position_um"] == 100

    driven(drive)
    plugged("/dev/nowhere")
    with pytest.raises(RigError, match="cannot open /dev/nowhere"):
        Desk(desk.config).run()


def test_who_is_told_of_an_end_and_fails_ends_nothing(desk, driven):
    def drive(driver):
        desk.ask("goto", goto(100), ended=lambda failed: {}["missing"])
        driver.idle()
        driver.until(lambda _: "KeyError: 'missing'" in str(driver.told("error")))
        assert driver.do("goto", goto(50))["position_um"] == 50

    driven(drive)


def test_who_wants_a_rig_that_a_bench_keeps_is_told_to_work_there(desk, driven):
    def drive(driver):
        told = r"in use: bench, by .* do it at the bench, or end that"
        jog = held(lock_of(desk.config), "rig virtual-rig", "jog")
        with pytest.raises(RigError, match=told), jog:
            pass

    driven(drive)


class StopsWhenLocked(threading.Condition):
    """A lock in whose hold the main thread is stopped."""

    stops = False

    def __enter__(self):
        held = super().__enter__()
        if self.stops and threading.current_thread() is threading.main_thread():
            self.stops = False
            signal.raise_signal(signal.SIGUSR1)
        return held


def test_no_stop_cuts_in_two_what_is_put_down(desk, driven):
    """A lock that is left held by it would be the end of the bench."""
    lock = desk._slate._changed = StopsWhenLocked()

    def write(_) -> None:
        lock.stops = True
        desk.put(counted=1)
        desk.put(counted=2)

    def drive(driver):
        desk.ask("write", write)
        state = driver.idle()
        assert state["counted"] == 1
        assert driver.told("warning") == ["write: interrupted (`python -m hardware stop`)"]

    driven(drive)
