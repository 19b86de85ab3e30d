"""What the rig remembers, above all that its place was lost."""

import json

import pytest

from hardware.errors import RigError
from hardware.rails.grbl import Grbl
from hardware.virtual.emulator import Fault


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
