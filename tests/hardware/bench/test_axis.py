"""Where an axis stands by its count, and when that is not believed."""

from dataclasses import dataclass, field

import pytest

from hardware.bench.axis import Axis
from hardware.bench.config import TravelConfig
from hardware.errors import PositionLostError, RailError
from hardware.rails.rail import RailIdentity

TRAVEL = TravelConfig(-10_000, 10_000, tolerance_um=2)


@dataclass
class CountingRail:
    """A rail that counts; `fails` is raised on the way, with the carriage half way."""

    at_um: float = 0.0
    fails: Exception | None = None
    moves: list[float] = field(default_factory=list)

    def identity(self) -> RailIdentity:
        return RailIdentity("counting")

    def position_um(self) -> float:
        return self.at_um

    def move_to(self, target_um: float) -> float:
        self.moves.append(target_um)
        if self.fails is not None:
            self.at_um = (self.at_um + target_um) / 2
            raise self.fails
        self.at_um = target_um
        return target_um

    def stop(self) -> None:
        pass


@dataclass
class KeepingRail(CountingRail):
    """One that keeps a token until it is reset."""

    token: int = 0

    def give_token(self, token: int) -> bool:
        self.token = token
        return True

    def has_token(self, token: int) -> bool:
        return self.token == token


def axis_of(rail, **state):
    """The axis, and what it had kept, in order."""
    kept = []
    return Axis(rail, TRAVEL, remember=lambda **changes: kept.append(changes), **state), kept


def test_where_from_and_where_to_is_kept_before_the_rail_moves_and_where_it_stands_after():
    class Looks(CountingRail):
        def move_to(self, target_um):
            self.kept_before = list(kept)
            return super().move_to(target_um)

    rail = Looks(at_um=300)
    axis, kept = axis_of(rail)
    axis.go(500)
    assert rail.kept_before[-1] == {"left_um": None, "going_um": [300, 500]}
    assert kept[-1] == {"left_um": 500, "going_um": None}


@pytest.mark.parametrize("count_um", [300, 500, 400, 299, 501])
def test_a_count_on_the_way_is_believed(count_um):
    axis, kept = axis_of(CountingRail(count_um), between_um=(300, 500), offset_um=1000)
    assert axis.find() == count_um
    assert kept == [{"left_um": count_um, "going_um": None}]


@pytest.mark.parametrize(
    ("between_um", "count_um", "says"),
    [
        ((300, 500), 0, r"count is 0, but it was going from 1300\.0 to 1500\.0 µm"),
        ((500, 300), 200, r"going from 1500\.0 to 1300\.0 µm, and reports 1200\.0 µm"),
        ((300, 300), 0, r"count is 0, but it was left at 1300\.0 µm"),
        # It may have begun anew, on its way or not.
        ((0, 500), 0, "count is 0"),
        ((-500, 500), 0, "count is 0"),
    ],
)
def test_a_count_that_may_have_begun_anew_is_not_believed(between_um, count_um, says):
    rail = CountingRail(count_um)
    axis, kept = axis_of(rail, between_um=between_um, offset_um=1000)
    with pytest.raises(PositionLostError, match=says):
        axis.go(1400)
    assert rail.moves == []
    assert [list(changes) for changes in kept] == [["lost"]]
    with pytest.raises(RailError, match="hardware here"):
        axis.go(1400)
    axis.declare(1400)
    assert axis.go(1450) == 1450


def test_at_rest_at_0_a_count_of_0_is_where_it_was():
    axis, _ = axis_of(CountingRail(0), between_um=(0.4, 0.4))
    assert axis.find() == 0


@pytest.mark.parametrize("count_um", [0, 7, 400, 9000])
def test_with_its_token_any_count_is_believed_and_without_it_none(count_um):
    rail = KeepingRail(count_um, token=9)
    axis, _ = axis_of(rail, between_um=(300, 500), token=9)
    assert axis.find() == count_um
    rail.token = 0
    with pytest.raises(PositionLostError, match="lost power or was reset"):
        axis.go(100)
    assert rail.moves == []


def test_a_place_that_is_declared_anew_gets_another_token():
    rail = KeepingRail(0)
    axis, _ = axis_of(rail)
    tokens = set()
    for place_um in range(60):
        before = rail.token
        axis.declare(place_um)
        assert rail.token != before
        assert 1 <= rail.token <= 255
        tokens.add(rail.token)
    assert len(tokens) > 30


def test_a_rail_that_was_stopped_on_its_way_is_noted_where_it_came_to_rest():
    rail = CountingRail(100, fails=RailError("rail: stalled"))
    axis, kept = axis_of(rail)
    with pytest.raises(RailError, match="stalled"):
        axis.go(200)
    assert kept[-1] == {"left_um": None, "going_um": [100, 200]}
    axis.stop()
    assert kept[-1] == {"left_um": 150, "going_um": None}


def test_a_position_that_is_lost_on_the_way_stays_lost():
    axis, kept = axis_of(CountingRail(100, fails=PositionLostError("rail: reset")))
    with pytest.raises(PositionLostError):
        axis.go(200)
    axis.stop()
    assert kept[-1] == {"lost": "rail: reset"}
    with pytest.raises(RailError, match="reset"):
        axis.go(100)


@dataclass
class HomingRail(KeepingRail):
    """One with a homing cycle, which a fault may end."""

    def home(self) -> None:
        if self.fails is not None:
            self.at_um += 100
            raise self.fails
        self.at_um = 0


def test_homing_makes_the_switch_the_zero_of_a_rail_that_was_lost():
    axis, kept = axis_of(HomingRail(700), lost="rail: lost", offset_um=50)
    axis.home()
    assert (axis.lost, axis.position_um()) == ("", 0)
    assert kept[-1]["offset_um"] == 0
    assert axis.go(10) == 10


def test_homing_that_ends_on_its_way_leaves_the_rail_lost():
    axis, kept = axis_of(HomingRail(700, fails=RailError("rail: no switch")), between_um=(700, 700))
    with pytest.raises(RailError, match="no switch"):
        axis.home()
    with pytest.raises(RailError, match="homing cycle did not end"):
        axis.go(10)
    assert kept[0]["lost"]


def test_of_a_homing_that_is_killed_it_was_noted_before():
    class Killed(BaseException):
        pass

    class KilledRail(HomingRail):
        def home(self):
            assert kept[-1]["lost"].startswith("rail: its homing cycle did not end")
            raise Killed

    axis, kept = axis_of(KilledRail(700), between_um=(700, 700))
    with pytest.raises(Killed):
        axis.home()
