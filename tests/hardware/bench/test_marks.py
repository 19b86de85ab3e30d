"""What the rig remembers, above all that its place was lost."""

import json

import pytest

from hardware.bench.marks import Marks, change_marks, read_marks
from hardware.bench.rigfile import read_rig
from hardware.errors import RigError
from hardware.rails.grbl import Grbl
from hardware.virtual.emulator import Fault
from tests.hardware.test_kill import small_rig


def test_a_rail_that_lost_power_is_not_moved_until_its_place_is_declared(bench):
    bench("goto", "700")
    world = bench.folder / "state" / "virtual-rig.world.json"
    world.unlink()
    for words in (("goto", "100"), ("jog", "5")):
        with pytest.raises(RigError, match=r"count is 0, but it was left at 700\.0 µm"):
            bench(*words)
    assert "warning   rail: its count is 0" in bench("status")
    bench("here", "700")
    assert bench("jog", "5") == "705.0 µm\n"


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


def test_a_kill_during_which_the_controller_started_anew_is_a_lost_position(
    bench, wired, monkeypatch
):
    wired()
    bench("goto", "0")
    marks = bench.folder / "state" / "virtual-rig.marks.json"
    marks.write_text(json.dumps({"left_um": None}))
    assert "warning" not in bench("status")
    marks.write_text(json.dumps({"left_um": None}))
    monkeypatch.setattr(Grbl, "started_anew", True)
    with pytest.raises(RigError, match="count is 0, but it was in use: it lost power"):
        bench("goto", "100")


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
    change_marks(rig, lost="", left_um=3.0, counted_um=40.0, start_um=0.0)
    assert json.loads(path.read_text()) == {
        "start_um": 0.0,
        "end_um": 500,
        "offset_um": 12.5,
        "counted_um": 40.0,
        "left_um": 3.0,
    }
