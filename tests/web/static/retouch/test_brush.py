"""What a page shows of a brush is what the step makes of it: one falloff, and the same dabs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from imaging.retouching.brush import coverage, dabs

BRUSH = "retouch/brush.js"
# Places of all dabs of a path, as `Drawing` has them: to each point, and once more at the last.
PLACES = """(() => {
  const dabs = new m.Dabs(given.diameter_px);
  const places = given.path.flatMap(([x, y]) => dabs.to(x, y));
  return [...places, dabs.last];
})()"""
# Cover of each px of a box: of the nearest dab.
COVERAGE = f"""(() => {{
  const places = {PLACES};
  const [left, top, width, height] = given.box;
  const out = [];
  for (let y = top; y < top + height; y++)
    for (let x = left; x < left + width; x++) {{
      const nearest = Math.min(...places.map(([i, j]) => Math.hypot(x - i, y - j)));
      out.push(given.opacity * m.cover(nearest, given.diameter_px / 2, given.hardness));
    }}
  return out;
}})()"""
BOX = (-4, 2, 60, 48)
PATHS = {
    "a dab": [[20.3, 24.8]],
    "a line": [[5.0, 10.0], [45.5, 33.25]],
    "a corner, a point that stands, and back": [[8, 8], [40, 8], [40, 8], [40, 40.5], [9, 9]],
    "many short steps": [[10 + 0.7 * k, 25 + 8 * np.sin(k / 5)] for k in range(50)],
}


@dataclass(frozen=True)
class Brush:
    diameter_px: float
    hardness: float
    opacity: float


BRUSHES = [Brush(6, 0.0, 1.0), Brush(17.4, 0.5, 0.6), Brush(40, 0.9, 1.0), Brush(25, 1.0, 0.35)]


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("brush", BRUSHES, ids=str)
def test_a_stroke_covers_the_same_on_the_page_and_in_the_step(ask, brush, path) -> None:
    told = {**brush.__dict__, "path": path, "box": BOX}
    page = np.array(ask(BRUSH, COVERAGE, told)).reshape(BOX[3], BOX[2])
    step = coverage(path, brush, BOX)
    assert step.max() > 0
    assert np.abs(page - step).max() < 1e-6


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_dabs_stand_at_the_same_places(ask, path) -> None:
    places = np.array(ask(BRUSH, PLACES, {"diameter_px": 17.4, "path": path}))
    expected = dabs(path, 17.4)
    # Where the path is a point, the page sets that one twice.
    assert np.abs(places[: len(expected)] - expected).max() < 1e-9
    assert len(places) - len(expected) <= 1


@pytest.mark.parametrize("brush", BRUSHES, ids=str)
def test_a_dab_on_the_screen_is_that_of_the_step_in_8_bits(ask, brush) -> None:
    given = brush.__dict__
    dab = ask(
        BRUSH,
        "(d => ({...d, values: [...d.values]}))"
        "(m.dab(given.diameter_px, given.hardness, given.opacity))",
        given,
    )
    side, reach = dab["side"], dab["reach"]
    step = coverage([[0.0, 0.0]], brush, (-reach, -reach, side, side))
    assert np.abs(np.array(dab["values"]).reshape(side, side) - 255 * step).max() <= 0.51
