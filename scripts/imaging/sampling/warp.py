"""Resampling of a frame into the reference frame's geometry, tile by tile.

An affine motion is split into a pass along rows and a pass along columns [1]_, so that a tile costs
two one-dimensional resamplings of eight taps each instead of one of sixty-four. The kernel is
Lanczos' of four lobes [2]_, with weights that sum to one: it keeps the finest detail, which cubics
of four and six points blur. On finely textured subjects that is 0.3 to 0.8 dB.

All arithmetic is IEEE single precision without contraction or reordering, so that results are the
same on every machine and for any division into tiles.

.. [1] E. Catmull and A. R. Smith, "3-D transformations of images in scanline order",
   SIGGRAPH 1980, 279-285.
.. [2] C. E. Duchon, "Lanczos filtering in one and two dimensions", J. Applied Meteorology 18
   (1979), 1016-1022.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.kernels import kernel

# Source rows and columns that a tile needs beyond its own footprint.
REACH_PX = 4
TAPS = 2 * REACH_PX
# The weight of tap j at a fraction s of a px is s (1 - s) (q0 + q1 s + q2 s^2 + q3 s^3), and for
# the two in the middle 1 - s and s more: least squares of Lanczos' weights that sum to one, off by
# 0.00003 at most. Literals, each column with the sum 0: no machine rounds them another way.
LOBES = np.array(
    [
        [-0.100579, 0.050589, 0.148550, -0.099549],
        [0.318299, 0.003109, -0.425485, 0.204946],
        [-0.900198, 0.187455, 0.745523, -0.352057],
        [1.000561, -0.782998, -0.751543, 0.435297],
        [-0.098685, 0.980195, 0.554346, -0.435297],
        [-0.319277, -0.622330, -0.310649, 0.352057],
        [0.100869, 0.233022, 0.189354, -0.204946],
        [-0.000990, -0.049042, -0.150096, 0.099549],
    ],
    np.float32,
)


def source_rows(
    inverse: NDArray[np.float64], tile: tuple[int, int, int, int], rows: int
) -> tuple[int, int]:
    """Rows of the frame that a tile of the reference frame is made of.

    Parameters
    ----------
    inverse : (3, 3) affine, reference px → frame px
    tile : (y0, y1, x0, x1) in the reference frame
    rows : rows of the frame

    Returns
    -------
    first, past the last row; at least one row, inside the frame
    """
    y0, y1, x0, x1 = tile
    corners = np.array([[x0, x1 - 1, x0, x1 - 1], [y0, y0, y1 - 1, y1 - 1], [1, 1, 1, 1]], float)
    v = (inverse @ corners)[1]
    first = int(np.floor(v.min())) - REACH_PX
    last = int(np.floor(v.max())) + REACH_PX + 2
    first = min(max(first, 0), rows - 1)
    return first, min(max(last, first + 1), rows)


_U = np.uint64


@kernel
def _develop(samples, curve, out):
    """Values that samples stand for; rows (n,)."""
    for k in range(out.size):
        out[k] = curve[samples[k]]


@kernel
def _place(columns, start, slope, first, count, fraction):
    """Fractions of a run of px, start + slope * column, from px `first` of a row."""
    x = _U(first)
    for k in range(_U(count)):
        fraction[x + k] = np.float32(start + slope * columns[x + k])


@kernel
def _weigh(fraction, taps):
    """Weights of the neighbours for fractions 0 <= s < 1, (n,), into `taps` (TAPS, n)."""
    one = np.float32(1.0)
    for j in range(TAPS):
        tap = _U(j)
        q0, q1, q2, q3 = LOBES[j, 0], LOBES[j, 1], LOBES[j, 2], LOBES[j, 3]
        for k in range(_U(fraction.size)):
            s = fraction[k]
            taps[tap, k] = s * (one - s) * (q0 + s * (q1 + s * (q2 + s * q3)))
    before, after = _U(REACH_PX - 1), _U(REACH_PX)
    for k in range(_U(fraction.size)):
        taps[before, k] += one - fraction[k]
        taps[after, k] += fraction[k]


# Offsets rather than slices, and unsigned: a slice costs more than the px of a short run, and
# signed numbers could count from the end, which keeps a loop from being vectorised. Eight taps in
# two halves, since a loop over more arrays is slower.
@kernel
def _mix_first(taps, source, rows, starts, out, row, first, count):
    """Weighted sums of the first four neighbours.

    Parameters
    ----------
    taps : (TAPS, w) float32, weights for each px of the row that is written
    source : (C, R, n) float32; tap j of px k is `source[:, rows[j], starts[j] + k]`
    out : (C, h, w) float32, px `first` to `first + count` of `out[:, row]` are written
    """
    o, x = _U(row), _U(first)
    r0, r1, r2, r3 = _U(rows[0]), _U(rows[1]), _U(rows[2]), _U(rows[3])
    s0, s1, s2, s3 = _U(starts[0]), _U(starts[1]), _U(starts[2]), _U(starts[3])
    t0, t1, t2, t3 = _U(0), _U(1), _U(2), _U(3)
    for channel in range(source.shape[0]):
        c = _U(channel)
        for k in range(_U(count)):
            out[c, o, x + k] = (
                taps[t0, x + k] * source[c, r0, s0 + k]
                + taps[t1, x + k] * source[c, r1, s1 + k]
                + taps[t2, x + k] * source[c, r2, s2 + k]
                + taps[t3, x + k] * source[c, r3, s3 + k]
            )


@kernel
def _mix_last(taps, source, rows, starts, out, row, first, count):
    """Add the last four neighbours to `_mix_first`."""
    o, x = _U(row), _U(first)
    r4, r5, r6, r7 = _U(rows[4]), _U(rows[5]), _U(rows[6]), _U(rows[7])
    s4, s5, s6, s7 = _U(starts[4]), _U(starts[5]), _U(starts[6]), _U(starts[7])
    t4, t5, t6, t7 = _U(4), _U(5), _U(6), _U(7)
    for channel in range(source.shape[0]):
        c = _U(channel)
        for k in range(_U(count)):
            out[c, o, x + k] += (
                taps[t4, x + k] * source[c, r4, s4 + k]
                + taps[t5, x + k] * source[c, r5, s5 + k]
                + taps[t6, x + k] * source[c, r6, s6 + k]
                + taps[t7, x + k] * source[c, r7, s7 + k]
            )


@kernel
def _run_end(x, x1, start, slope, whole):
    """First column past `x` at which floor(start + slope * column) is not `whole`."""
    if slope == 0.0:
        return x1
    edge = whole + 1.0 if slope > 0.0 else float(whole)
    end = int(np.ceil((edge - start) / slope))
    return min(max(end, x + 1), x1)


@kernel
def warp_tile(source, first_row, inverse, curves, y0, x0, out):
    """Resample one tile of the reference frame out of a frame.

    Beyond its border a frame is continued by its border pixels.

    Parameters
    ----------
    source : (R, W, C) uint16, rows `first_row` … of the frame, as `source_rows` names them
    first_row : int
    inverse : (3, 3) float64 affine, reference px → frame px, rotation well under 45 degrees
    curves : (C, 65536) float32, the value that each sample of a channel stands for
    y0, x0 : position of the tile in the reference frame
    out : (C, h, w) float32, written
    """
    height, width = out.shape[1], out.shape[2]
    rows = source.shape[0]
    a, b, c = inverse[0, 0], inverse[0, 1], inverse[0, 2]
    d, e, f = inverse[1, 0], inverse[1, 1], inverse[1, 2]
    slope = a - b * d / e
    shear = b / e
    constant = c - b * f / e
    x1 = x0 + width
    # Source rows pass through a ring: as many as one row of the tile is made of.
    ring = TAPS + 2 + int(np.ceil(abs(d) * width))
    passed = np.empty((out.shape[0], ring, width), np.float32)
    columns = np.arange(float(x0), float(x1))
    fraction = np.empty(width, np.float32)
    taps = np.empty((TAPS, width), np.float32)
    of_row, of_column = np.empty(TAPS, np.int64), np.empty(TAPS, np.int64)
    # Columns of the source that this tile may touch, continued at the border.
    reach = REACH_PX + 1
    left_most = 1 << 30
    right_most = -(1 << 30)
    for r in (first_row, first_row + rows - 1):
        for x in (x0, x1 - 1):
            u = int(np.floor(slope * x + shear * r + constant))
            left_most = min(left_most, u - reach)
            right_most = max(right_most, u + reach + 1)
    line = np.empty((out.shape[0], 1, right_most - left_most + 1), np.float32)
    last = rows - 1
    ready = 0
    for y in range(height):
        start = e * (y0 + y) + f
        ends = int(np.floor(start + d * x0)), int(np.floor(start + d * (x1 - 1)))
        if y == 0:
            ready = min(max(min(ends[0], ends[1]) - first_row + 1 - REACH_PX, 0), last)
        while ready <= min(max(max(ends[0], ends[1]) - first_row + REACH_PX, 0), last):
            _continue_line(source[ready], curves, left_most, line)
            from_column = shear * (first_row + ready) + constant
            slot = ready % ring
            _pass_along(line, left_most, from_column, slope, columns, passed, slot, fraction, taps)
            ready += 1
        x = x0
        while x < x1:
            whole = int(np.floor(start + d * x))
            end = _run_end(x, x1, start, d, whole)
            _place(columns, start - whole, d, x - x0, end - x, fraction)
            x = end
        _weigh(fraction, taps)
        x = x0
        while x < x1:
            whole = int(np.floor(start + d * x))
            end = _run_end(x, x1, start, d, whole)
            r = whole - first_row + 1 - REACH_PX
            for j in range(TAPS):
                of_row[j] = min(max(r + j, 0), last) % ring
                of_column[j] = x - x0
            _mix_first(taps, passed, of_row, of_column, out, y, x - x0, end - x)
            _mix_last(taps, passed, of_row, of_column, out, y, x - x0, end - x)
            x = end


@kernel
def _continue_line(pixels, curves, left_most, line):
    """Values of a row of the frame, (W, C) uint16, from column `left_most`, into (C, 1, n) float32.

    Beyond the row's ends its border px are repeated; a line may lie wholly beside the frame.
    """
    columns, span = pixels.shape[0], line.shape[2]
    here = min(max(-left_most, 0), span)
    until = max(min(columns - left_most, span), here)
    for channel in range(line.shape[0]):
        target = line[channel, 0]
        target[:here] = curves[channel, pixels[0, channel]]
        if here < until:
            _develop(
                pixels[left_most + here : left_most + until, channel],
                curves[channel],
                target[here:until],
            )
        target[until:] = curves[channel, pixels[columns - 1, channel]]


@kernel
def _pass_along(line, at_column, start, slope, columns, out, row, fraction, taps):
    """Resample a line along itself: column x of `out[:, row]` lies at start + slope * x.

    Parameters
    ----------
    line : (C, 1, n) float32, whose first px is column `at_column` of the frame
    columns : (w,) float64, numbers of the columns of `out`, (C, h, w)
    fraction, taps : (w,), (TAPS, w) float32, written
    """
    x0 = int(columns[0])
    x1 = x0 + columns.size
    run_ends, offsets = np.empty(columns.size, np.int64), np.empty(columns.size, np.int64)
    runs = 0
    x = x0
    while x < x1:
        offsets[runs] = int(np.floor(start + slope * x)) - x
        end = _run_end(x, x1, start, slope - 1.0, offsets[runs])
        _place(columns, start - offsets[runs], slope - 1.0, x - x0, end - x, fraction)
        run_ends[runs] = end
        runs += 1
        x = end
    _weigh(fraction, taps)
    of_row, of_column = np.zeros(TAPS, np.int64), np.empty(TAPS, np.int64)
    x = x0
    for run in range(runs):
        for j in range(TAPS):
            of_column[j] = x + offsets[run] + 1 - REACH_PX - at_column + j
        count = run_ends[run] - x
        _mix_first(taps, line, of_row, of_column, out, row, x - x0, count)
        _mix_last(taps, line, of_row, of_column, out, row, x - x0, count)
        x = run_ends[run]
