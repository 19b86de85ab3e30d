"""What is measured, in numbers and as a table."""

from __future__ import annotations

import csv
import io

import pytest

pytestmark = pytest.mark.slow
MODULE = "stack/measured.js"


def measurement(kind: str, *pairs: tuple[float, float], name: str = "") -> dict:
    return {"kind": kind, "points": [{"x": x, "y": y} for x, y in pairs], "name": name}


def numbers(ask, given: dict, pixel_size: str = "2", depth: str = "p => p.x * 10") -> dict:
    return ask(MODULE, f"m.numbers(given, {pixel_size}, {depth})", given)


def test_a_length_is_in_the_plane_and_in_space(ask) -> None:
    found = numbers(ask, measurement("length", (0, 0), (30, 40)))
    assert (found["length_px"], found["length_um"], found["rise_um"]) == (50, 100, 300)
    assert found["space_um"] == pytest.approx((100**2 + 300**2) ** 0.5)


def test_without_a_pixel_size_there_are_px_alone(ask) -> None:
    found = numbers(ask, measurement("length", (0, 0), (30, 40)), "null")
    assert found["length_px"] == 50
    assert found["length_um"] is None and found["space_um"] is None
    area = numbers(ask, measurement("area", (0, 0), (4, 0), (4, 4)), "null")
    assert area["area_px2"] == 8 and area["area_um2"] is None


def test_where_depth_is_not_known_there_is_no_length_in_space(ask) -> None:
    found = numbers(ask, measurement("length", (0, 0), (30, 40)), depth="p => p.x ? null : 5")
    assert found["length_um"] == 100 and found["space_um"] is None and found["rise_um"] is None


def test_an_area_grows_by_the_square_of_the_pixel_size(ask) -> None:
    found = numbers(ask, measurement("area", (0, 0), (10, 0), (10, 5), (0, 5)))
    assert (found["area_px2"], found["area_um2"], found["length_um"]) == (50, 200, 60)


def test_an_outline_that_crosses_itself_has_no_area(ask) -> None:
    found = numbers(ask, measurement("area", (0, 0), (10, 5), (10, 0), (0, 5)))
    assert found["area_px2"] is None and found["area_um2"] is None


def test_a_table_is_read_back_whatever_a_name_holds(ask) -> None:
    names = ['seta, left "a"', "=1+1", "length\nof both"]
    rows = [measurement("length", (0, 0), (3, 4), name=name) for name in names]
    text = ask(
        MODULE,
        "m.table(given.map(one => "
        "({measurement: one, numbers: m.numbers(one, 1.5, () => null)})), 'S/v', ',')",
        rows,
    )
    read = list(csv.DictReader(io.StringIO(text)))
    assert [row["name"] for row in read] == [names[0], "'=1+1", names[2]]
    assert {row["length_um"] for row in read} == {"7.5"}
    assert read[0]["stack"] == "S/v" and read[0]["points_px"] == "0.0 0.0; 3.0 4.0"
    assert read[0]["space_um"] == "" and read[0]["angle_deg"] == ""
