"""The bench in a terminal, as a person starts it."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
import yaml

from hardware.bench.marks import read_marks
from hardware.bench.rigfile import read_rig
from tests.hardware.test_kill import small_rig

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.slow


class Person:
    """Someone at a bench: presses keys, and reads what it says."""

    def __init__(self, rig: Path, folder: Path, terminal: bool) -> None:
        self.rig = rig
        self.master, inner = pty.openpty() if terminal else os.pipe()
        if not terminal:
            inner, self.master = self.master, inner
        self.before = termios.tcgetattr(inner) if terminal else None
        self.said = folder / "said"
        self.inner = inner
        with self.said.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hardware", "--rig", str(rig), "bench"],
                cwd=folder,
                stdin=inner,
                stdout=inner if terminal else out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"},
                start_new_session=True,
            )

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def until(self, true) -> None:
        until = time.monotonic() + 60
        while not true():
            assert time.monotonic() < until, self.said.read_text()
            assert self.process.poll() is None, self.said.read_text()
            time.sleep(0.02)

    def reads(self, text: str) -> None:
        self.until(lambda: text in self.said.read_text())

    def going_um(self):
        return read_marks(read_rig(self.rig)).going_um

    def at_rest_um(self) -> float:
        """Where the rail was noted at rest."""
        from_um, to_um = read_marks(read_rig(self.rig)).between_um()
        assert from_um == to_um
        return to_um

    def leave(self) -> None:
        self.process.kill()
        self.process.wait()
        for end in (self.master, self.inner):
            with contextlib.suppress(OSError):
                os.close(end)


@pytest.fixture
def person(tmp_path):
    """A function that starts a bench for somebody."""
    people = []

    def start(terminal=False, rig=None):
        people.append(Person(rig or small_rig(tmp_path), tmp_path, terminal))
        if not terminal:
            people[-1].reads("virtual-rig is open")
        return people[-1]

    yield start
    for each in people:
        each.leave()


def test_a_stop_from_another_terminal_stops_it_and_it_stays_open(person, bench):
    rig = bench.folder / "rig.yaml"
    someone = person(rig=rig)
    someone.press("g4000\n")
    someone.until(someone.going_um)
    time.sleep(0.3)
    began = time.monotonic()
    said = bench("stop").splitlines()
    assert time.monotonic() - began < 5
    assert said[0].startswith("stopping  bench, by ")
    assert said[1].endswith(" µm; the bench stays open")
    um = someone.at_rest_um()
    assert 0 < um < 4000
    assert float(said[1].split()[0]) == pytest.approx(um, abs=0.1)
    someone.reads("goto: interrupted (`python -m hardware stop`)")
    # At rest it is stopped as well, and says so.
    assert bench("stop").splitlines()[1] == said[1]
    someone.press("g100\n")
    someone.reads("100.0 µm   ready")
    someone.press("q")
    assert someone.process.wait(30) == 0
    said = someone.said.read_text()
    assert said.endswith("the bench is closed; the rail was stopped\n")
    # No log's lines of which versions are used.
    assert "# started" not in said


def test_keys_mark_plan_and_capture_and_a_stopped_capture_goes_on(person, tmp_path):
    someone = person()
    someone.press("]")
    someone.press("\x1b[A")
    someone.reads("20.0 µm   ready")
    someone.press("p0\n500\n\n")
    someone.reads("plan  0.0 to 500.0 µm, step 100.0: 6 frames")
    someone.press("cS-1\ndorsal\n")
    journal = tmp_path / "specimens/S-1/dorsal/capture.journal.json"
    someone.until(lambda: journal.exists() and len(json.loads(journal.read_text())["frames"]) > 1)
    someone.press(" ")
    someone.reads("capture S-1/dorsal: interrupted (stopped at the bench)")
    # What was typed stands there already.
    someone.press("c\n\n")
    someone.reads("6 frames complete")
    record = json.loads((journal.parent / "capture.json").read_text())
    assert [entry["reported_um"] for entry in record["frames"]] == [0, 100, 200, 300, 400, 500]
    assert record["events"][0]["what"] == "interrupted (stopped at the bench)"
    someone.press("\x04")
    assert someone.process.wait(30) == 0


def test_space_stops_also_where_a_question_is_asked(person):
    someone = person()
    someone.press("g4000\n")
    someone.until(someone.going_um)
    someone.press("hS ")
    someone.reads("goto: interrupted")
    someone.press("g50\n")
    someone.reads("50.0 µm   ready")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_with_the_rail_at_rest_and_the_terminal_as_it_was(person, number):
    someone = person(terminal=True)
    someone.until(lambda: someone.rig.parent.joinpath("state/virtual-rig.marks.json").exists())
    before = someone.before
    someone.until(lambda: termios.tcgetattr(someone.inner) != before)
    someone.press("g4000\n")
    someone.until(someone.going_um)
    someone.process.send_signal(number)
    assert someone.process.wait(30) == 0
    assert 0 <= someone.at_rest_um() < 4000
    assert termios.tcgetattr(someone.inner) == before


def test_input_that_ends_ends_it(person):
    someone = person()
    someone.press("g4000\n")
    someone.until(someone.going_um)
    os.close(someone.master)
    assert someone.process.wait(30) == 0
    assert 0 <= someone.at_rest_um() < 4000


def test_a_killed_bench_leaves_no_rail_running(person, bench, wired):
    device = wired()
    rig = bench.folder / "rig.yaml"
    config = yaml.safe_load(rig.read_text())
    config["rail"]["speed_um_s"] = 500
    config["name"] = f"rig-of-test-{os.getpid()}-{time.monotonic_ns()}"
    rig.write_text(yaml.safe_dump(config))
    bench("here", "0")
    lock = Path("/tmp", f"holostack-rig-{config['name']}.lock")
    try:
        someone = Person(rig, bench.folder, False)
        someone.reads(" is open")
        someone.press("g4000\n")
        someone.until(lambda: device.controller.carriage.counter_um(time.time()) > 100)
        someone.process.kill()
        someone.process.wait()
        time.sleep(1)
        assert not device.controller.carriage.moving(time.time())
        assert device.controller.carriage.counter_um(time.time()) < 2000
    finally:
        someone.leave()
        lock.unlink(missing_ok=True)
