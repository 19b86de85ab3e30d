"""Depth and source at each place, from the data of the page."""

from __future__ import annotations

import base64

import numpy as np
import pytest

pytestmark = pytest.mark.slow
MODULE = "stack/grids.js"


def packed(values: list[list[int]], **more) -> dict:
    grid = np.array(values, "<u2")
    data = base64.b64encode(grid.tobytes()).decode()
    return {"width": grid.shape[1], "height": grid.shape[0], "data": data, **more}


def test_a_depth_lies_between_least_and_greatest(ask) -> None:
    depth = packed([[0, 32767, 65534]], minimum=-100, maximum=300, unit="µm")
    at = "m.nearest(m.unpacked(given[0]), given[1], 0.5)"
    found = [ask(MODULE, at, [depth, u]) for u in (0.1, 0.5, 0.9)]
    assert found == [-100, 100, 300]


def test_a_frame_is_its_number(ask) -> None:
    source = packed([[7, 12], [300, 1]])
    assert ask(MODULE, "m.nearest(m.unpacked(given), 0.2, 0.9)", source) == 300


def test_what_is_not_known_or_outside_is_none(ask) -> None:
    source = packed([[7, 65535]])
    for u, v in ((0.9, 0.5), (-0.01, 0.5), (1.0, 0.5), (0.1, 1.0)):
        assert ask(MODULE, "m.nearest(m.unpacked(given[0]), ...given[1])", [source, [u, v]]) is None


def test_between_cells_a_depth_goes_evenly_and_nothing_is_made_up_across_an_edge(ask) -> None:
    depth = packed([[0, 100]], minimum=0, maximum=65534, unit="µm")
    assert ask(MODULE, "m.between(m.unpacked(given), 0.5, 0.5)", depth) == pytest.approx(50)
    edge = packed([[40, 100, 65535]], minimum=0, maximum=65534, unit="µm")
    assert ask(MODULE, "m.between(m.unpacked(given), 0.6, 0.5)", edge) == pytest.approx(100)
    assert ask(MODULE, "m.between(m.unpacked(given), 0.9, 0.5)", edge) is None


def test_data_of_another_size_than_is_said_are_no_grid(ask) -> None:
    assert ask(MODULE, "m.unpacked(given)", packed([[1, 2]]) | {"width": 3}) is None
    assert ask(MODULE, "m.unpacked(null)") is None
