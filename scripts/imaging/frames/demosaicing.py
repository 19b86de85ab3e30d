"""Demosaicing of Bayer frames: differences of colour, filtered along rows and columns and weighed.

At every px the difference of green and the px's other colour is estimated along its row and along
its column (J. F. Hamilton and J. E. Adams, US patent 5 629 734, 1997, expired; the filter that D.
Menon, S. Andriani and G. Calvagno, "Demosaicing with directional filtering and a posteriori
decision", IEEE Trans. Image Processing 16(1), 2007, derive). Along the true direction of an edge
differences hardly change. So each direction is weighed by how little its differences do within a
window (I. Pekkucuksen and Y. Altunbasak, "Gradient based threshold free color filter array
interpolation", ICIP 2010), which needs no threshold and no decision that noise could turn. Red and
blue follow from their differences to green, along the diagonal, row or column that is smoothest.

All this is done in the square root of light: noise is there alike in light and shade, and a
difference of roots stays what it is across an edge of brightness nearer than one of light does.

A row is kept as two: its coloured px, red or blue, and its green ones, (W / 2) each. With the
column of the first coloured px p (0 or 1), the coloured px k lies at column 2 k + p, the green px k
at 2 k + 1 - p; in the rows above and below the green px k lies over the coloured px k.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.kernels import kernel

# Columns worked on at once, so that the rows in use stay in a processor's cache; even.
TILE_PX = 1024
# What a px depends on reaches so far along its row; even.
REACH_PX = 14
# Down its column, and how many rows behind the newest another stage works.
_BEHIND_ACROSS, _BEHIND_DECISION, _BEHIND_CROSS, _BEHIND_OUT = 2, 5, 7, 8
SMALLEST_PX = 16
# Rows of each kind that are kept while later ones are made; a power of 2.
_KEPT = 16
_LAST = _KEPT - 1
# What is kept of each row: roots of light of its coloured and its green px; differences of colour
# along the row and across it, at both; how much these change from px to px; what was decided of the
# coloured px: their own colour less green, green, the other colour less green.
_COLOURED, _GREEN, _ALONG, _ALONG_AT_GREEN, _ACROSS, _ACROSS_AT_GREEN = range(6)
_STEPS_ALONG, _STEPS_ACROSS, _STEPS_ACROSS_AT_GREEN, _OWN, _GREEN_THERE, _OTHER = range(6, 12)
_PLANES = 12
# Added to squared gradients, of roots 0 to 256: where nothing is, both directions count alike.
_NOTHING = np.float32(1e-4)
_QUARTER, _HALF = np.float32(0.25), np.float32(0.5)
_ONE, _ONE_AND_HALF = np.float32(1.0), np.float32(1.5)
_ZERO, _WHITE = np.float32(0.0), np.float32(65535.0)

Row = NDArray[np.float32]


def demosaic(
    mosaic: NDArray[np.uint16],
    red_at: tuple[int, int],
    black: NDArray[np.int32],
    scale: NDArray[np.float32],
) -> NDArray[np.uint16]:
    """The camera's red, green and blue at each px, of one that a Bayer sensor has measured.

    Parameters
    ----------
    mosaic : (H, W) uint16, sensor units; H and W at least `SMALLEST_PX`
    red_at : row and column, 0 or 1, of the first red px
    black : (2, 2) int32, of the first four px: what no light gives, sensor units
    scale : (2, 2) float32, of the same: what a sensor unit is in the result

    Returns
    -------
    (H, W, 3) uint16; a measured value is `scale` times what it is above `black`, cut off below 1
    """
    out = np.empty((*mosaic.shape, 3), np.uint16)
    # Of most cameras' values a border is left out: code for such rows would be another, and slower.
    _demosaic(np.ascontiguousarray(mosaic), *red_at, black, scale, out)
    return out


@kernel
def _demosaic(
    mosaic: NDArray[np.uint16],
    red_row: int,
    red_column: int,
    black: NDArray[np.int32],
    scale: NDArray[np.float32],
    out: NDArray[np.uint16],
) -> None:
    height, width = mosaic.shape
    rows = np.zeros((_PLANES, _KEPT, TILE_PX // 2 + REACH_PX), np.float32)
    spare = np.zeros((6, TILE_PX // 2 + REACH_PX), np.float32)
    for left in range(0, width, TILE_PX):
        count = (min(TILE_PX, width - left) + 1) // 2 + REACH_PX
        for newest in range(-_BEHIND_OUT, height + _BEHIND_OUT):
            first = (newest + red_row + red_column) & 1
            _read(mosaic, newest, left, count, first, black, scale, rows)
            _difference_along(rows, newest, first, count)
            _difference_across(rows, newest - _BEHIND_ACROSS, count)
            # Three rows on or five, the first coloured px lies in the other column.
            _decide(rows, newest - _BEHIND_DECISION, 1 - first, count, spare)
            _cross(rows, newest - _BEHIND_CROSS, 1 - first, count)
            row = newest - _BEHIND_OUT
            if row >= 0:
                at = row & _LAST
                _beside(rows, row, first, count, _OWN, _OTHER, spare[0])
                _beside(rows, row, first, count, _OTHER, _OWN, spare[1])
                coloured, green = rows[_COLOURED, at], rows[_GREEN, at]
                green_there, other = rows[_GREEN_THERE, at], rows[_OTHER, at]
                for k in range(count):
                    spare[0, k] += green[k]
                    spare[1, k] += green[k]
                    spare[2, k] = green_there[k] + other[k]
                channel = 2 * ((row + red_row) & 1)
                columns = out[row, left : left + TILE_PX]
                _write(coloured, green_there, spare[2], channel, columns[first::2])
                _write(spare[0], green, spare[1], channel, columns[1 - first :: 2])


@kernel
def _read(
    mosaic: NDArray[np.uint16],
    row: int,
    left: int,
    count: int,
    first: int,
    black: NDArray[np.int32],
    scale: NDArray[np.float32],
    rows: NDArray[np.float32],
) -> None:
    """Roots of a row's light, mirrored beyond the picture's borders."""
    height, width = mosaic.shape
    source = mosaic[_mirrored(row, height)]
    at, parity, start = row & _LAST, row & 1, left - REACH_PX
    even, odd = rows[_GREEN if first else _COLOURED, at], rows[_COLOURED if first else _GREEN, at]
    black_even, black_odd = black[parity, 0], black[parity, 1]
    scale_even, scale_odd = scale[parity, 0], scale[parity, 1]
    if start >= 0 and start + 2 * count <= width:
        inside = source[start : start + 2 * count]
        for k in range(count):
            even[k] = _root(inside[2 * k], black_even, scale_even)
            odd[k] = _root(inside[2 * k + 1], black_odd, scale_odd)
    else:
        for k in range(count):
            even[k] = _root(source[_mirrored(start + 2 * k, width)], black_even, scale_even)
            odd[k] = _root(source[_mirrored(start + 2 * k + 1, width)], black_odd, scale_odd)


@kernel
def _mirrored(place: int, size: int) -> int:
    """A place within a picture's side for one beyond it, of the same colour."""
    place = abs(place)
    return place if place < size else 2 * (size - 1) - place


@kernel
def _root(value: np.uint16, black: np.int32, scale: np.float32) -> np.float32:
    """Root of a value in whole numbers, as LibRaw scales it."""
    light = max(np.int32(value) - black, np.int32(0))
    return np.sqrt(np.float32(min(np.int32(np.float32(light) * scale), np.int32(65535))))


@kernel
def _difference_along(rows: NDArray[np.float32], row: int, first: int, count: int) -> None:
    """Green less the other colour by the px of a row, and how much that changes along it."""
    at = row & _LAST
    coloured, green = rows[_COLOURED, at], rows[_GREEN, at]
    of_coloured, of_green = rows[_ALONG, at], rows[_ALONG_AT_GREEN, at]
    left, right = green[first:], green[first + 1 :]
    for k in range(1, count - 1):
        of_coloured[k] = _estimate(
            left[k - 1], right[k - 1], coloured[k], coloured[k - 1], coloured[k + 1]
        )
    left, right = coloured[1 - first :], coloured[2 - first :]
    for k in range(1, count - 1):
        of_green[k] = -_estimate(left[k - 1], right[k - 1], green[k], green[k - 1], green[k + 1])
    steps, left, right = rows[_STEPS_ALONG, at], of_green[first:], of_green[first + 1 :]
    for k in range(2, count - 2):
        steps[k] = (of_coloured[k] - left[k - 1]) ** 2 + (of_coloured[k] - right[k - 1]) ** 2


@kernel
def _difference_across(rows: NDArray[np.float32], row: int, count: int) -> None:
    """The same by the px of a column, and how much that changes from the row above."""
    before, above, at = (row - 2) & _LAST, (row - 1) & _LAST, row & _LAST
    below, after = (row + 1) & _LAST, (row + 2) & _LAST
    coloured, green = rows[_COLOURED], rows[_GREEN]
    of_coloured, of_green = rows[_ACROSS], rows[_ACROSS_AT_GREEN]
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
    _step(of_coloured[at], of_green[above], count, rows[_STEPS_ACROSS, at])
    _step(of_green[at], of_coloured[above], count, rows[_STEPS_ACROSS_AT_GREEN, at])


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
def _decide(
    rows: NDArray[np.float32], row: int, first: int, count: int, spare: NDArray[np.float32]
) -> None:
    """A coloured px's own colour less green, the smoother direction counting more.

    How much differences change along a direction is summed over 5 lines of 7 px.
    """
    at, above, below = row & _LAST, (row - 1) & _LAST, (row + 1) & _LAST
    steps = rows[_STEPS_ALONG]
    even, odd, along, across = spare[0], spare[1], spare[2], spare[3]
    _sum(steps[(row - 2) & _LAST], steps[at], steps[(row + 2) & _LAST], count, even)
    for k in range(count):
        odd[k] = steps[above, k] + steps[below, k]
    left, right = odd[first:], odd[first + 1 :]
    for k in range(3, count - 3):
        # In the rows between, two coloured px have four steps, which stand for six.
        along[k] = (
            even[k - 1] + even[k] + even[k + 1] + _ONE_AND_HALF * (left[k - 1] + right[k - 1])
        )
    steps, others = rows[_STEPS_ACROSS], rows[_STEPS_ACROSS_AT_GREEN]
    _steps_down(steps, others, row, count, even, odd)
    for k in range(3, count - 3):
        across[k] = (
            even[k - 1] + even[k] + even[k + 1] + _ONE_AND_HALF * (left[k - 1] + right[k - 1])
        )
    _smooth_along(rows[_ALONG, at], rows[_ALONG_AT_GREEN, at], first, count, even)
    beside = rows[_ACROSS_AT_GREEN]
    _smooth(rows[_ACROSS, at], beside[above], beside[below], count, odd)
    coloured, own, green_there = rows[_COLOURED, at], rows[_OWN, at], rows[_GREEN_THERE, at]
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
    one, two, three = steps[(row - 2) & _LAST], steps[row & _LAST], steps[(row + 2) & _LAST]
    four, five, six = (
        others[(row - 1) & _LAST],
        others[(row + 1) & _LAST],
        others[(row + 3) & _LAST],
    )
    for k in range(count):
        coloured[k] = (one[k] + two[k] + three[k]) + (four[k] + five[k] + six[k])
    one, two = others[row & _LAST], others[(row + 2) & _LAST]
    three, four = steps[(row - 1) & _LAST], steps[(row + 1) & _LAST]
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
def _cross(rows: NDArray[np.float32], row: int, first: int, count: int) -> None:
    """At a coloured px the other colour less green, along the smoother diagonal."""
    own, green = rows[_OWN], rows[_GREEN_THERE]
    above, below = own[(row - 1) & _LAST], own[(row + 1) & _LAST]
    _diagonal(
        above[first:],
        above[first + 1 :],
        below[first:],
        below[first + 1 :],
        green[(row - 2) & _LAST],
        green[row & _LAST],
        green[(row + 2) & _LAST],
        count,
        rows[_OTHER, row & _LAST],
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
def _beside(
    rows: NDArray[np.float32],
    row: int,
    first: int,
    count: int,
    along: int,
    across: int,
    out: Row,
) -> None:
    """At a green px a colour less green, along the row or the column, whichever is smoother."""
    green, here, others = rows[_GREEN], rows[along, row & _LAST], rows[across]
    _straight(
        here[1 - first :],
        here[2 - first :],
        others[(row - 1) & _LAST],
        others[(row + 1) & _LAST],
        green[(row - 2) & _LAST],
        green[row & _LAST],
        green[(row + 2) & _LAST],
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


@kernel
def _write(own: Row, green: Row, other: Row, channel: int, out: NDArray[np.uint16]) -> None:
    """Squares of a row's roots, in whole numbers; `channel` is 0 in a row of red, 2 of blue."""
    for k in range(len(out)):
        at = k + REACH_PX // 2
        out[k, channel] = _square(own[at])
        out[k, 1] = _square(green[at])
        out[k, 2 - channel] = _square(other[at])


@kernel
def _square(root: np.float32) -> np.uint16:
    light = max(root, _ZERO) * max(root, _ZERO)
    return np.uint16(np.int32(min(light + _HALF, _WHITE)))
