"""What can be asked by name is done at the desk."""

from dataclasses import replace

import pytest

from hardware.bench.config import PoseConfig
from hardware.bench.rigfile import read_rig
from hardware.desk import deeds
from hardware.desk.desk import Desk
from tests.hardware.test_kill import small_rig


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A desk of a rig whose second axis turns the specimen."""
    monkeypatch.chdir(tmp_path)
    config = read_rig(small_rig(tmp_path))
    pose = PoseConfig("Y", {"dorsal": 0.0, "lateral": 90.0}, speed_deg_s=2000)
    return Desk(replace(config, rail=replace(config.rail, pose=pose)))


def test_each_deed_of_the_rail_and_the_camera_does_what_it_is_called(desk, driven):
    def drive(driver):
        of = deeds.of(desk)

        def after(name, **given):
            of[name](**given)
            return driver.idle()

        assert after("goto", position_um=300)["position_um"] == 300
        assert after("jog", distance_um=-50)["position_um"] == 250
        assert after("start", position_um=None)["marks"]["start_um"] == 250
        assert after("end", position_um=900)["marks"]["end_um"] == 900
        assert after("plan", start_um=0, end_um=None, step_um=50)["plan"]["frames"] == 19
        assert after("here", position_um=0)["position_um"] == 0
        assert after("settings", settings={"iso": "400"})["settings"]["iso"] == "400"
        after("focus", steps=5)
        assert driver.told("error")[-1].startswith("camera: this kind of camera has no focus motor")
        after("focus_at", x=0.5, y=0.5)
        assert "does not focus on a place" in driver.told("error")[-1]
        assert "pose" in driver.now()["rig"]["can"]
        after("pose", view="lateral")
        assert driver.told("note")[-1] == "90°"
        assert after("reopen")["position_um"] == pytest.approx(0)
        assert after("goto", position_um=100)["position_um"] == 100

    driven(drive)
