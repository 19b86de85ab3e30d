"""Differences of colour in rows of a Bayer frame, along the directions of least change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.frames.bayer_rows import (
    ACROSS,
    ACROSS_AT_GREEN,
    ALONG,
    ALONG_AT_GREEN,
    COLOURED,
    GREEN,
    GREEN_THERE,
    LAST,
    OTHER,
    OWN,
    STEPS_ACROSS,
    STEPS_ACROSS_AT_GREEN,
    STEPS_ALONG,
    Row,
)
from imaging.sampling.kernels import kernel

# Added to squared gradients, of roots 0 to 256: where nothing is, both directions count alike.
_NOTHING = np.float32(1e-4)
_QUARTER, _HALF = np.float32(0.25), np.float32(0.5)
_ONE, _ONE_AND_HALF = np.float32(1.0), np.float32(1.5)


@kernel
def difference_along(rows: NDArray[np.float32], row: int, first: int, count: int) -> None:
    """Green less the other colour by the px of a row, and how much that changes along it."""
    at = row & LAST
    coloured, green = rows[COLOURED, at], rows[GREEN, at]
    of_coloured, of_green = rows[ALONG, at], rows[ALONG_AT_GREEN, at]
    _along(coloured, green[first:], _ONE, count - 2, of_coloured[1:])
    _along(green, coloured[1 - first :], -_ONE, count - 2, of_green[1:])
    _steps(of_coloured[2:], of_green[first + 1 :], count - 4, rows[STEPS_ALONG, at, 2:])


@kernel
def _along(centre: Row, beside: Row, sign: np.float32, count: int, out: Row) -> None:
    for k in range(count):
        out[k] = sign * _estimate(beside[k], beside[k + 1], centre[k + 1], centre[k], centre[k + 2])


@kernel
def _steps(here: Row, beside: Row, count: int, out: Row) -> None:
    for k in range(count):
        out[k] = (here[k] - beside[k]) ** 2 + (here[k] - beside[k + 1]) ** 2


@kernel
def difference_across(rows: NDArray[np.float32], row: int, count: int) -> None:
    """The same by the px of a column, and how much that changes from the row above."""
    before, above, at = (row - 2) & LAST, (row - 1) & LAST, row & LAST
    below, after = (row + 1) & LAST, (row + 2) & LAST
    coloured, green = rows[COLOURED], rows[GREEN]
    of_coloured, of_green = rows[ACROSS], rows[ACROSS_AT_GREEN]
    _across(
        coloured[at],
        green[above],
        green[below],
        coloured[before],
        coloured[after],
        _ONE,
        count,
        of_coloured[at],
    )
    _across(
        green[at],
        coloured[above],
        coloured[below],
        green[before],
        green[after],
        -_ONE,
        count,
        of_green[at],
    )
    _step(of_coloured[at], of_green[above], count, rows[STEPS_ACROSS, at])
    _step(of_green[at], of_coloured[above], count, rows[STEPS_ACROSS_AT_GREEN, at])


@kernel
def _across(
    centre: Row,
    above: Row,
    below: Row,
    before: Row,
    after: Row,
    sign: np.float32,
    count: int,
    out: Row,
) -> None:
    for k in range(count):
        out[k] = sign * _estimate(above[k], below[k], centre[k], before[k], after[k])


@kernel
def _estimate(
    one: np.float32, other: np.float32, centre: np.float32, before: np.float32, after: np.float32
) -> np.float32:
    """What lies between two px of one colour, less the px of another colour that is there.

    The other colour's bend is added, as far as it does not lead beyond the two px by more than they
    differ: where the two colours run against each other it would make a zip of an edge.
    """
    bend = _HALF * centre - _QUARTER * (before + after)
    most = _ONE_AND_HALF * abs(one - other)
    return _HALF * (one + other) + min(max(bend, -most), most) - centre


@kernel
def _step(here: Row, above: Row, count: int, out: Row) -> None:
    for k in range(count):
        out[k] = (here[k] - above[k]) * (here[k] - above[k])


@kernel
def decide(
    rows: NDArray[np.float32], row: int, first: int, count: int, spare: NDArray[np.float32]
) -> None:
    """A coloured px's own colour less green, the smoother direction counting more.

    How much differences change along a direction is summed over 5 lines of 7 px.
    """
    at, above, below = row & LAST, (row - 1) & LAST, (row + 1) & LAST
    steps = rows[STEPS_ALONG]
    even, odd, along, across = spare[0], spare[1], spare[2], spare[3]
    inside = count - 6
    _sum(steps[(row - 2) & LAST], steps[at], steps[(row + 2) & LAST], count, even)
    _add(steps[above], steps[below], count, odd)
    _window(even[2:], odd[first + 2 :], inside, along[3:])
    _steps_down(rows[STEPS_ACROSS], rows[STEPS_ACROSS_AT_GREEN], row, count, even, odd)
    _window(even[2:], odd[first + 2 :], inside, across[3:])
    _smooth_along(rows[ALONG, at, 1:], rows[ALONG_AT_GREEN, at, first:], count - 2, even[1:])
    beside = rows[ACROSS_AT_GREEN]
    _smooth(rows[ACROSS, at], beside[above], beside[below], count, odd)
    own = rows[OWN, at, 3:]
    _weigh(along[3:], across[3:], even[3:], odd[3:], inside, own)
    _subtract(rows[COLOURED, at, 3:], own, inside, rows[GREEN_THERE, at, 3:])


@kernel
def _sum(one: Row, two: Row, three: Row, count: int, out: Row) -> None:
    for k in range(count):
        out[k] = one[k] + two[k] + three[k]


@kernel
def _add(one: Row, two: Row, count: int, out: Row) -> None:
    for k in range(count):
        out[k] = one[k] + two[k]


@kernel
def _subtract(one: Row, two: Row, count: int, out: Row) -> None:
    for k in range(count):
        out[k] = one[k] - two[k]


@kernel
def _window(even: Row, odd: Row, count: int, out: Row) -> None:
    """Sums over a px and three to its left and right.

    In the rows between, two coloured px have four steps, which stand for six.
    """
    for k in range(count):
        out[k] = even[k] + even[k + 1] + even[k + 2] + _ONE_AND_HALF * (odd[k] + odd[k + 1])


@kernel(error_model="numpy")
def _weigh(
    steps_along: Row, steps_across: Row, along: Row, across: Row, count: int, out: Row
) -> None:
    for k in range(count):
        to_along, to_across = steps_across[k] + _NOTHING, steps_along[k] + _NOTHING
        out[k] = -((to_along * along[k] + to_across * across[k]) / (to_along + to_across))


@kernel
def _steps_down(
    steps: NDArray[np.float32],
    others: NDArray[np.float32],
    row: int,
    count: int,
    coloured: Row,
    green: Row,
) -> None:
    """Six steps down the columns of a row's coloured px and four down those of its green px."""
    one, two, three = steps[(row - 2) & LAST], steps[row & LAST], steps[(row + 2) & LAST]
    four, five, six = (
        others[(row - 1) & LAST],
        others[(row + 1) & LAST],
        others[(row + 3) & LAST],
    )
    for k in range(count):
        coloured[k] = (one[k] + two[k] + three[k]) + (four[k] + five[k] + six[k])
    one, two = others[row & LAST], others[(row + 2) & LAST]
    three, four = steps[(row - 1) & LAST], steps[(row + 1) & LAST]
    for k in range(count):
        green[k] = (one[k] + two[k]) + (three[k] + four[k])


@kernel
def _smooth_along(centre: Row, beside: Row, count: int, out: Row) -> None:
    for k in range(count):
        out[k] = _HALF * centre[k] + _QUARTER * (beside[k] + beside[k + 1])


@kernel
def _smooth(centre: Row, above: Row, below: Row, count: int, out: Row) -> None:
    for k in range(count):
        out[k] = _HALF * centre[k] + _QUARTER * (above[k] + below[k])


@kernel
def cross(rows: NDArray[np.float32], row: int, first: int, count: int) -> None:
    """At a coloured px the other colour less green, along the smoother diagonal."""
    at, own, green = row & LAST, rows[OWN], rows[GREEN_THERE]
    _diagonal(
        own[(row - 1) & LAST, first + 3 :],
        own[(row + 1) & LAST, first + 3 :],
        green[(row - 2) & LAST, 3:],
        green[at, 4:],
        green[(row + 2) & LAST, 3:],
        count - 8,
        rows[OTHER, at, 4:],
    )


@kernel(error_model="numpy")
def _diagonal(
    above: Row, below: Row, before: Row, green: Row, after: Row, count: int, out: Row
) -> None:
    for k in range(count):
        twice = green[k] + green[k]
        falling = abs(above[k] - below[k + 1]) + abs(twice - before[k] - after[k + 2])
        rising = abs(above[k + 1] - below[k]) + abs(twice - before[k + 2] - after[k])
        to_rising = falling * falling + _NOTHING
        to_falling = rising * rising + _NOTHING
        out[k] = (
            to_falling * (above[k] + below[k + 1]) + to_rising * (above[k + 1] + below[k])
        ) * (_HALF / (to_falling + to_rising))


@kernel
def beside(
    rows: NDArray[np.float32],
    row: int,
    first: int,
    count: int,
    along: int,
    across: int,
    out: Row,
) -> None:
    """At a green px a colour less green, along the row or the column, whichever is smoother."""
    at, green, others = row & LAST, rows[GREEN], rows[across]
    _straight(
        rows[along, at, 5 - first :],
        others[(row - 1) & LAST, 5:],
        others[(row + 1) & LAST, 5:],
        green[(row - 2) & LAST, 5:],
        green[at, 4:],
        green[(row + 2) & LAST, 5:],
        count - 10,
        out[5:],
    )


@kernel(error_model="numpy")
def _straight(
    here: Row,
    above: Row,
    below: Row,
    before: Row,
    green: Row,
    after: Row,
    count: int,
    out: Row,
) -> None:
    for k in range(count):
        twice = green[k + 1] + green[k + 1]
        along = abs(here[k] - here[k + 1]) + abs(twice - green[k] - green[k + 2])
        across = abs(above[k] - below[k]) + abs(twice - before[k] - after[k])
        to_across = along * along + _NOTHING
        to_along = across * across + _NOTHING
        out[k] = (to_along * (here[k] + here[k + 1]) + to_across * (above[k] + below[k])) * (
            _HALF / (to_along + to_across)
        )
