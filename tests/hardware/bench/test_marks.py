"""What the rig remembers, above all that its place was lost."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hardware.bench.marks import Marks, change_marks, read_marks
from hardware.bench.rigfile import read_rig
from hardware.errors import RigError
from hardware.virtual.emulator import Fault
from tests.hardware.test_kill import small_rig

ROOT = Path(__file__).parents[3]


def test_a_rail_that_lost_power_is_not_moved_until_its_place_is_declared(bench):
    bench("goto", "700")
    world = bench.folder / "state" / "virtual-rig.world.json"
    world.unlink()
    for words in (("goto", "100"), ("jog", "5")):
        with pytest.raises(RigError, match=r"lost power or was reset.*, left at 700\.0 µm"):
            bench(*words)
    output = bench("status")
    assert "warning   rail: its controller lost power" in output
    assert "position  not known; the rail counts 0.0 µm" in output
    bench("here", "700")
    assert bench("jog", "5") == "705.0 µm\n"


def test_a_rail_that_keeps_no_token_is_lost_where_it_counts_0_and_was_left_elsewhere(bench, wired):
    device = wired(kind="stackshot")
    bench("goto", "700")
    device.controller.restart(time.time())
    with pytest.raises(RigError, match=r"count is 0, but it was left at \d+\.\d µm"):
        bench("goto", "100")
    assert device.controller.carriage.position_um(time.time()) == 0
    bench("here", "700")
    assert float(bench("jog", "5").split()[0]) == pytest.approx(705, abs=0.6)


def cut_short(bench, device, kind):
    """Kill -9 a `goto 4000` on its way; the guard stops the rail."""
    bench("plan", rail={"speed_um_s": 1000})
    carriage = device.controller.carriage
    words = [sys.executable, "-m", "hardware", "--rig", str(bench.folder / "rig.yaml")]
    process = subprocess.Popen([*words, "goto", "4000"], cwd=ROOT, env={**os.environ})
    until = time.time() + 60
    while carriage.counter_um(time.time()) < 500 and time.time() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    while carriage.moving(time.time()) and time.time() < until:
        time.sleep(0.01)
    assert 500 <= carriage.counter_um(time.time()) < 4000


@pytest.fixture
def alone(bench, wired):
    """A wired rig of a name that no other test's processes have."""

    def make(kind):
        device = wired(kind=kind, declared=False)
        name = f"rig-of-test-{os.getpid()}-{time.monotonic_ns()}"
        rig = bench.folder / "rig.yaml"
        rig.write_text(rig.read_text().replace("virtual-rig", name))
        locks.append(Path(f"/tmp/holostack-rig-{name}.lock"))
        bench("here", "100")
        return device

    locks = []
    yield make
    for lock in locks:
        lock.unlink(missing_ok=True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["grbl", "stackshot"])
def test_a_power_cut_after_a_kill_is_not_taken_for_a_known_position(bench, alone, kind):
    device = alone(kind)
    cut_short(bench, device, kind)
    device.controller.restart(time.time())
    before_um = device.controller.carriage.position_um(time.time())
    says = r"going from 100\.0 to 4000\.0 µm"
    for words in (("goto", "200"), ("jog", "5"), ("start",)):
        with pytest.raises(RigError, match=says):
            bench(*words)
    assert "position  not known" in bench("status")
    assert device.controller.carriage.position_um(time.time()) == before_um
    bench("here", "2000")
    assert float(bench("goto", "2100").split()[0]) == pytest.approx(2100, abs=0.6)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["grbl", "stackshot"])
def test_a_kill_on_the_way_leaves_a_known_position_where_the_count_survived(bench, alone, kind):
    device = alone(kind)
    cut_short(bench, device, kind)
    count_um = device.controller.carriage.counter_um(time.time())
    output = bench("status")
    assert "warning" not in output
    position_um = float(re.search(r"position  (\S+) µm", output)[1])
    assert position_um == pytest.approx(count_um + 100, abs=0.6)
    assert float(bench("goto", "200").split()[0]) == pytest.approx(200, abs=0.6)


def test_what_a_controller_counts_by_is_part_of_what_was_declared(bench, wired):
    """Else a change of the steps per mm would make every position another."""
    device = wired()
    bench("goto", "500")
    device.controller._steps_per_mm = 500
    with pytest.raises(RigError, match=r"declared on GRBL .*\$100=1000, but this is .*\$100=500"):
        bench("goto", "600")
    bench("here", "500")
    assert bench("goto", "600") == "600.0 µm\n"


def test_a_rail_whose_place_was_never_declared_is_not_moved(bench, wired):
    wired(declared=False)
    with pytest.raises(RigError, match=r"never declared.*hardware here"):
        bench("goto", "100")
    bench("here", "0")
    assert bench("goto", "100") == "100.0 µm\n"


def test_another_program_s_code_takes_the_token_away(bench, wired):
    """It may have moved the rail where it liked, or have set what its count means."""
    device = wired()
    device.controller.receive(b"G4 P0\n", time.time())
    with pytest.raises(RigError, match="lost power or was reset"):
        bench("goto", "100")


def test_an_uno_is_not_reset_by_the_next_command(bench, wired):
    device = wired(dtr_resets=True)
    bench("goto", "300")
    assert bench("goto", "400") == "400.0 µm\n"
    assert device.controller.carriage.position_um(time.time()) == 400


def test_an_uno_that_is_reset_by_the_next_command_is_lost_and_not_moved(bench, wired, monkeypatch):
    """As on a system that does not leave DTR alone: nobody hears the welcome."""
    monkeypatch.setattr("hardware.rails.link._keep_dtr", lambda port: None)
    device = wired(dtr_resets=True)
    with pytest.raises(RigError, match="lost power or was reset"):
        bench("goto", "300")
    assert device.controller.faults.moves == 0


def test_after_a_reset_nothing_moves_until_the_place_is_declared(bench, wired):
    wired(Fault("reset"))
    with pytest.raises(RigError, match="controller was reset; its position is lost"):
        bench("goto", "500")
    assert "warning   rail: the controller was reset" in bench("status")
    with pytest.raises(RigError, match="controller was reset; its position is lost"):
        bench("jog", "5")
    bench("here", "300")
    assert "warning" not in bench("status")
    assert bench("goto", "400") == "400.0 µm\n"


def test_a_memory_of_before_is_read_and_its_keys_stay(tmp_path):
    rig = read_rig(small_rig(tmp_path))
    path = rig.state_path("marks.json")
    path.parent.mkdir()
    path.write_text(
        '{"end_um": 500, "offset_um": 12.5, "counted_um": null, "left_um": null, "lost": "moved"}'
    )
    marks = read_marks(rig)
    assert marks == Marks(end_um=500, offset_um=12.5, left_um=None, lost="moved")
    assert marks.ends() == {"end": 500}
    change_marks(rig, lost="", going_um=[3.0, 4.0], token=7, counted_um=40.0, start_um=0.0)
    assert json.loads(path.read_text()) == {
        "start_um": 0.0,
        "end_um": 500,
        "offset_um": 12.5,
        "counted_um": 40.0,
        "going_um": [3.0, 4.0],
        "token": 7,
    }
