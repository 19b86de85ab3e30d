"""The one table of rails and of cameras, and what each can do."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hardware.bench import rigfile
from hardware.bench.config import CameraConfig, RailConfig
from hardware.bench.kinds import CAMERAS, EMULATORS, RAILS, Place
from hardware.cameras.card import CardCamera
from hardware.cameras.gphoto import GphotoCamera
from hardware.errors import RigError
from hardware.rails.count import Count
from hardware.rails.focus_motor import Focuses, FocusMotor
from hardware.rails.grbl import Grbl
from hardware.rails.hand import Hand
from hardware.rails.micromanager import MicroManager
from hardware.rails.rail import Counts, Fires, HasAxes, Homes, KeepsToken, Locks, StartsAnew
from hardware.rails.stackshot import StackShot
from hardware.rails.wemacro import WeMacro
from hardware.rails.zaber import Zaber
from tests.hardware.exchanges import ExchangeLink

ROOT = Path(__file__).parents[3]
DRIVERS = {
    "grbl": (Grbl(ExchangeLink([])), {Fires, HasAxes, Homes, KeepsToken, Locks, StartsAnew}),
    "stackshot": (StackShot(ExchangeLink([])), {Fires, HasAxes, StartsAnew}),
    "wemacro": (WeMacro(ExchangeLink([]), 1.0, Count()), {Counts, Fires}),
    "zaber": (Zaber.__new__(Zaber), {Homes}),
    "micromanager": (MicroManager.__new__(MicroManager), {StartsAnew}),
    "focus_motor": (FocusMotor(GphotoCamera.__new__(GphotoCamera), 1.0, Count()), {Counts}),
    "hand": (Hand(Count()), {Counts, Fires}),
}


def test_every_kind_of_rail_is_tried_here():
    assert DRIVERS.keys() == RAILS.keys()


@pytest.mark.parametrize("kind", DRIVERS)
def test_a_rail_can_do_what_its_methods_tell(kind):
    rail, abilities = DRIVERS[kind]
    known = (Counts, Fires, HasAxes, Homes, KeepsToken, Locks, StartsAnew)
    assert {ability for ability in known if isinstance(rail, ability)} == abilities


def test_only_a_camera_on_a_cable_steps_its_focus_motor():
    assert isinstance(GphotoCamera.__new__(GphotoCamera), Focuses)


def test_rig_yaml_may_name_every_kind_of_the_table_and_no_other():
    sections = rigfile.schema()["properties"]
    assert sections["rail"]["properties"]["kind"]["enum"] == list(RAILS)
    assert sections["camera"]["properties"]["kind"]["enum"] == list(CAMERAS)
    assert EMULATORS.keys() <= RAILS.keys()


@pytest.mark.parametrize("kinds", [RAILS, CAMERAS], ids=["rail", "camera"])
def test_every_kind_is_named_where_people_look(kinds):
    """In the comment of `rig.yaml`, and in the ways to work of the page for the bench."""
    kinds_of_rig = re.findall(
        r"^  kind: .*# (.*)$", (ROOT / "config" / "rig.yaml").read_text(), re.M
    )
    assert ", ".join(kinds) in kinds_of_rig
    page = (ROOT / "docs" / "bench.md").read_text()
    ways = page[page.index("| method |") :].partition("\n\n")[0]
    # The virtual camera, which the file comes with, is no way to work.
    assert kinds.keys() - set(re.findall(r"\w+", ways)) - {"virtual"} == set()


@pytest.mark.parametrize(("section", "kinds"), [("rail", RAILS), ("camera", CAMERAS)])
def test_what_a_kind_needs_is_a_key_of_its_section(section, kinds):
    keys = rigfile.schema()["properties"][section]["properties"]
    assert {key for kind in kinds.values() for key in kind.needs} <= keys.keys()


def test_a_focus_motor_needs_a_camera_that_has_one():
    place = Place("", Count(), lambda: CardCamera(lambda: None))
    with pytest.raises(RigError, match="focus_motor needs a camera that steps its motor"):
        RAILS["focus_motor"].open(RailConfig("focus_motor", um_per_step=1.0), place)


def test_a_rail_without_a_remote_release_is_refused_as_one():
    rig = rigfile.read_rig(ROOT / "config" / "rig.yaml")
    by_rail = replace(rig, rail=RailConfig("zaber"), camera=CameraConfig("card", release="rail"))
    with pytest.raises(RigError, match="a rail of kind zaber has no remote release"):
        CAMERAS["card"].open(by_rail, DRIVERS["zaber"][0], lambda: 0.0)


def test_no_maker_s_library_is_imported_before_its_device_is_opened():
    code = "import sys; sys.path.append('scripts'); import hardware.commands; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    makers = {"gphoto2", "zaber_motion", "pymmcore_plus", "numba"}
    assert makers & set(done.stdout.split()) == set()
