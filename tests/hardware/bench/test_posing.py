"""The specimen turned to the pose of a view, and whether it is known how it stands."""

import json

import pytest
import yaml

from hardware.bench.rigfile import read_rig
from hardware.errors import RigError
from tests.hardware.rigs import captured

POSE = {"axis": "Y", "angles_deg": {"dorsal": 0, "lateral": 90}, "speed_deg_s": 2000}


@pytest.fixture(params=["grbl", "stackshot"])
def posing(bench, request):
    """The fixture `bench` of a rig whose second axis turns the specimen."""
    bench("plan", rail={"pose": POSE, "kind": request.param})
    return bench


def kept(bench):
    return bench.folder / "state" / "virtual-rig.pose.json"


def test_the_specimen_is_turned_to_a_view_or_an_angle(posing):
    assert posing("pose", "lateral") == "90°\n"
    assert posing("pose", "-12.5").startswith("-12.5")
    assert posing("pose", "dorsal") == "0°\n"


def test_the_rail_stays_where_it_is_while_the_specimen_turns(posing):
    posing("goto", "300")
    posing("pose", "lateral")
    assert "position  300." in posing("status")


def test_status_tells_how_it_stands(posing):
    posing("pose", "lateral")
    assert "pose      90°\n" in posing("status")


def test_it_is_declared_by_hand_and_turned_from_there(posing):
    posing("pose", "30")
    assert posing("pose", "lateral", "--here") == "the specimen stands at 90°\n"
    posing("pose", "dorsal")
    state = json.loads(kept(posing).read_text())
    # Counted 30 where it was declared as 90: 0 is 60 before that.
    assert state["between_deg"] == pytest.approx([-60, -60], abs=0.1)


def test_after_a_power_cut_it_is_lost_and_not_turned(posing):
    posing("pose", "lateral")
    world = posing.folder / "state" / "virtual-rig.pose-world.json"
    state = json.loads(world.read_text())
    world.write_text(json.dumps(state | {"start_um": 0.0, "end_um": 0.0, "carriage_um": 0.0}))
    with pytest.raises(RigError, match="its count is 0, but it was left at 90°"):
        posing("pose", "dorsal")
    posing("pose", "lateral", "--here")
    assert posing("pose", "lateral") == "90°\n"


def test_turned_by_another_program_it_is_lost(posing):
    posing("pose", "lateral")
    state = json.loads(kept(posing).read_text())
    kept(posing).write_text(json.dumps(state | {"between_deg": [40.0, 40.0]}))
    with pytest.raises(RigError, match="it was left at 40°, and reports 90°"):
        posing("pose", "dorsal")


@pytest.mark.slow
def test_a_capture_turns_to_its_view_and_records_the_angle(bench):
    bench("plan", rail={"pose": POSE | {"angles_deg": {"top": 45}}})
    assert captured(bench)["rig"]["pose_deg"] == 45
    assert json.loads(kept(bench).read_text())["between_deg"] == [45, 45]


@pytest.mark.slow
def test_a_view_without_an_angle_is_captured_as_it_stands(bench):
    bench("plan", rail={"pose": POSE})
    bench("pose", "lateral")
    assert "pose_deg" not in captured(bench)["rig"]
    assert json.loads(kept(bench).read_text())["between_deg"] == [90, 90]


def test_a_rail_without_a_second_axis_says_so(bench):
    with pytest.raises(RigError, match="kind wemacro has no second axis; leave out rail"):
        bench("status", rail={"pose": POSE, "kind": "wemacro", "um_per_step": 1.0})


def test_nothing_turns_where_no_axis_is_named(bench):
    with pytest.raises(RigError, match=r"nothing turns the specimen.*rail\.pose"):
        bench("pose", "lateral")


def test_what_is_neither_view_nor_angle_is_refused(posing):
    with pytest.raises(RigError, match="'frontal' is neither a number of degrees nor one of dors"):
        posing("pose", "frontal")


def test_the_axis_that_turns_is_not_the_rail(bench):
    path = bench.folder / "rig.yaml"
    config = yaml.safe_load(path.read_text())
    config["rail"]["pose"] = POSE | {"axis": "X"}
    path.write_text(yaml.safe_dump(config))
    with pytest.raises(RigError, match="X is the rail itself"):
        read_rig(path)
