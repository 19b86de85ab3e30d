"""What a rig can, by the names that the bench shows."""

import pytest

from hardware.bench.abilities import of_camera, of_rail
from hardware.cameras.gphoto import GphotoCamera
from hardware.rails.grbl import Grbl
from hardware.rails.wemacro import WeMacro


class OnCable(GphotoCamera):
    """A body that tells what it has."""

    def __init__(self, has):
        self.has = has

    def can(self):
        return self.has


@pytest.mark.parametrize("has", [[], ["live"], ["live", "focus", "autofocus"]])
def test_a_tethered_body_decides_what_of_its_driver_there_is(has):
    assert of_camera(OnCable(has)) == has


def test_a_camera_on_no_cable_has_none():
    assert of_camera(object()) == []


def test_a_rail_is_told_by_its_methods():
    assert of_rail(Grbl.__new__(Grbl)) == ["home", "unlock"]
    assert of_rail(WeMacro.__new__(WeMacro)) == []
