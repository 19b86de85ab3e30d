"""Lengths, angles and areas of points."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow
MODULE = "stack/geometry.js"
SQUARE = [{"x": 1, "y": 1}, {"x": 4, "y": 1}, {"x": 4, "y": 4}, {"x": 1, "y": 4}]


def points(*pairs: tuple[float, float]) -> list[dict[str, float]]:
    return [{"x": x, "y": y} for x, y in pairs]


def test_a_length_is_that_of_all_its_pieces(ask) -> None:
    assert ask(MODULE, "m.length(given)", points((0, 0), (3, 4), (3, 6))) == 7


@pytest.mark.parametrize(
    ("leg", "degrees"),
    [((10, 0), 0), ((0, -5), 90), ((-3, 3), 135), ((-7, 0), 180), ((1e6, 1), 5.7295779513e-5)],
)
def test_an_angle_is_that_at_the_second_point(ask, leg, degrees: float) -> None:
    given = points((4, 0), (0, 0), leg)
    assert ask(MODULE, "m.angle(given)", given) == pytest.approx(degrees, rel=1e-9)


def test_an_angle_without_a_leg_is_none(ask) -> None:
    assert ask(MODULE, "m.angle(given)", points((4, 0), (4, 0), (9, 9))) is None


def test_an_area_does_not_depend_on_where_or_which_way_the_outline_begins(ask) -> None:
    for outline in (SQUARE, SQUARE[::-1], SQUARE[2:] + SQUARE[:2]):
        assert ask(MODULE, "m.area(given)", outline) == 9
        assert ask(MODULE, "m.crosses(given)", outline) is False


def test_an_outline_that_crosses_itself_is_known(ask) -> None:
    bow = [SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]]
    assert ask(MODULE, "m.crosses(given)", bow) is True


def test_the_length_in_space_takes_the_depth_of_both_ends(ask) -> None:
    assert ask(MODULE, "m.lengthInSpace(300, 100, 500)") == 500
    assert ask(MODULE, "m.lengthInSpace(300, null, 500)") is None


@pytest.mark.parametrize(
    ("most", "length"), [(220, 200), (99, 50), (1, 1), (0.49, 0.2), (5, 5), (1999, 1000)]
)
def test_a_scale_bar_has_a_round_length(ask, most: float, length: float) -> None:
    assert ask(MODULE, "m.round(given)", most) == pytest.approx(length)


def test_a_micrometre_and_a_half_per_px_is_so_many_px_per_cm(ask) -> None:
    assert ask(MODULE, "m.pxPerCm(1.5)") == pytest.approx(6666.67, abs=0.01)
