"""Test shots and sweeps at the desk."""

import pytest

from hardware.bench.marks import read_marks
from hardware.desk import deeds


def test_a_test_shot_comes_into_the_state_with_its_pictures(desk, driven):
    def drive(driver):
        deeds.of(desk)["shot"]()
        shot = driver.until(lambda state: state["shot"])["shot"]
        assert shot["file"].endswith("test-shots/VIRT0000.dng")
        assert set(shot["histogram"]) == {"red", "green", "blue"}
        assert shot["is_black"] is False
        assert desk.picture(shot["picture"]).startswith(b"\xff\xd8")
        assert desk.picture(shot["sharpness_map"]).startswith(b"\x89PNG")
        assert desk.live(0, 5).jpeg

    driven(drive)


def test_a_black_test_shot_is_shown_and_told_as_an_error(desk, driven, monkeypatch):
    monkeypatch.setattr("hardware.virtual.camera.develop_level", lambda exposure: 1e-6)
    monkeypatch.setattr("hardware.virtual.sensor.develop_level", lambda exposure: 1e-6)

    def drive(driver):
        deeds.of(desk)["shot"]()
        state = driver.until(lambda state: state["shot"])
        assert state["shot"]["is_black"] is True
        driver.idle()
        assert "black" in driver.told("error")[-1]

    driven(drive)


@pytest.mark.slow
def test_a_sweep_shows_its_curve_and_is_taken_when_a_person_says_so(desk, driven):
    found = deeds.of(desk)

    def drive(driver):
        found["sweep"]()
        driver.until(lambda state: state["sweep"] and len(state["sweep"]["positions_um"]) > 3)
        assert driver.now()["sweep"]["done"] is False
        sweep = driver.until(lambda state: state["sweep"]["done"])["sweep"]
        driver.idle()
        assert read_marks(desk.config).ends() == {}
        found["sweep_accept"]()
        driver.until(lambda state: state["marks"].get("start_um") == sweep["start_um"])
        assert driver.idle()["marks"]["end_um"] == sweep["end_um"]

    driven(drive)


def test_a_sweep_that_is_stopped_proposes_nothing(desk, driven):
    found = deeds.of(desk)

    def drive(driver):
        found["sweep"]()
        driver.until(lambda state: state["sweep"] and state["sweep"]["positions_um"])
        desk.stop()
        driver.idle()
        assert driver.now()["sweep"]["done"] is False
        found["sweep_accept"]()
        driver.idle()
        assert "run a sweep to its end first" in driver.told("error")[-1]

    driven(drive)
