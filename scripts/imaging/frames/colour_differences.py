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
    left, right = green[first:], green[first + 1 :]
    for k in range(1, count - 1):
        of_coloured[k] = _estimate(
            left[k - 1], right[k - 1], coloured[k], coloured[k - 1], coloured[k + 1]
        )
    left, right = coloured[1 - first :], coloured[2 - first :]
    for k in range(1, count - 1):
        of_green[k] = -_estimate(left[k - 1], right[k - 1], green[k], green[k - 1], green[k + 1])
    steps, left, right = rows[STEPS_ALONG, at], of_green[first:], of_green[first + 1 :]
    for k in range(2, count - 2):
        steps[k] = (of_coloured[k] - left[k - 1]) ** 2 + (of_coloured[k] - right[k - 1]) ** 2


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
    _sum(steps[(row - 2) & LAST], steps[at], steps[(row + 2) & LAST], count, even)
    for k in range(count):
        odd[k] = steps[above, k] + steps[below, k]
    left, right = odd[first:], odd[first + 1 :]
    for k in range(3, count - 3):
        # In the rows between, two coloured px have four steps, which stand for six.
        along[k] = (
            even[k - 1] + even[k] + even[k + 1] + _ONE_AND_HALF * (left[k - 1] + right[k - 1])
        )
    steps, others = rows[STEPS_ACROSS], rows[STEPS_ACROSS_AT_GREEN]
    _steps_down(steps, others, row, count, even, odd)
    for k in range(3, count - 3):
        across[k] = (
            even[k - 1] + even[k] + even[k + 1] + _ONE_AND_HALF * (left[k - 1] + right[k - 1])
        )
    _smooth_along(rows[ALONG, at], rows[ALONG_AT_GREEN, at], first, count, even)
    beside = rows[ACROSS_AT_GREEN]
    _smooth(rows[ACROSS, at], beside[above], beside[below], count, odd)
    coloured, own, green_there = rows[COLOURED, at], rows[OWN, at], rows[GREEN_THERE, at]
    for k in range(3, count - 3):
        to_along, to_across = across[k] + _NOTHING, along[k] + _NOTHING
        difference = (to_along * even[k] + to_across * odd[k]) / (to_along + to_across)
        own[k] = -difference
        green_there[k] = coloured[k] + difference


@kernel
def _sum(one: Row, two: Row, three: Row, count: int, out: Row) -> None:
    for k in range(count):
        out[k] = one[k] + two[k] + three[k]


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
def _smooth_along(centre: Row, beside: Row, first: int, count: int, out: Row) -> None:
    left, right = beside[first:], beside[first + 1 :]
    for k in range(1, count - 1):
        out[k] = _HALF * centre[k] + _QUARTER * (left[k - 1] + right[k - 1])


@kernel
def _smooth(centre: Row, above: Row, below: Row, count: int, out: Row) -> None:
    for k in range(count):
        out[k] = _HALF * centre[k] + _QUARTER * (above[k] + below[k])


@kernel
def cross(rows: NDArray[np.float32], row: int, first: int, count: int) -> None:
    """At a coloured px the other colour less green, along the smoother diagonal."""
    own, green = rows[OWN], rows[GREEN_THERE]
    above, below = own[(row - 1) & LAST], own[(row + 1) & LAST]
    _diagonal(
        above[first:],
        above[first + 1 :],
        below[first:],
        below[first + 1 :],
        green[(row - 2) & LAST],
        green[row & LAST],
        green[(row + 2) & LAST],
        count,
        rows[OTHER, row & LAST],
    )


@kernel
def _diagonal(
    above_left: Row,
    above_right: Row,
    below_left: Row,
    below_right: Row,
    before: Row,
    green: Row,
    after: Row,
    count: int,
    out: Row,
) -> None:
    for k in range(4, count - 4):
        falling = abs(above_left[k - 1] - below_right[k - 1]) + abs(
            green[k] + green[k] - before[k - 1] - after[k + 1]
        )
        rising = abs(above_right[k - 1] - below_left[k - 1]) + abs(
            green[k] + green[k] - before[k + 1] - after[k - 1]
        )
        to_rising = falling * falling + _NOTHING
        to_falling = rising * rising + _NOTHING
        out[k] = (
            to_falling * (above_left[k - 1] + below_right[k - 1])
            + to_rising * (above_right[k - 1] + below_left[k - 1])
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
    green, here, others = rows[GREEN], rows[along, row & LAST], rows[across]
    _straight(
        here[1 - first :],
        here[2 - first :],
        others[(row - 1) & LAST],
        others[(row + 1) & LAST],
        green[(row - 2) & LAST],
        green[row & LAST],
        green[(row + 2) & LAST],
        count,
        out,
    )


@kernel
def _straight(
    left: Row,
    right: Row,
    above: Row,
    below: Row,
    before: Row,
    green: Row,
    after: Row,
    count: int,
    out: Row,
) -> None:
    for k in range(5, count - 5):
        twice = green[k] + green[k]
        along = abs(left[k - 1] - right[k - 1]) + abs(twice - green[k - 1] - green[k + 1])
        across = abs(above[k] - below[k]) + abs(twice - before[k] - after[k])
        to_across = along * along + _NOTHING
        to_along = across * across + _NOTHING
        out[k] = (to_along * (left[k - 1] + right[k - 1]) + to_across * (above[k] + below[k])) * (
            _HALF / (to_along + to_across)
        )
