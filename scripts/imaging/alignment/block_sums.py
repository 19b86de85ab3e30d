"""What one step of a descent sums over the px of a level, block by block of the frame."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.seen import (
    AT_A_TIME,
    any_hidden,
    drop_hidden,
    drop_outside,
    interpolate,
    place,
    take,
)
from imaging.sampling.kernels import kernel

# Parameters of a px's residual: the motion's (dx, dy, and their slopes along x and y in half of
# the longer side); gain and offset of the whole frame; and the block's own, half of the difference
# in blur and, where there are bright spots, how much larger they are.
MOVING, SHARED, BLURRED, ALL = 6, 8, 9, 10
# A block of which a smaller share of the px is beside bright spots has no swelling.
LEAST_SHARE = 0.1
# So many px are summed up side by side, and so many groups of them at a time.
LANES = 32
GROUPS = AT_A_TIME // LANES
# Room for the upper triangle of a Hessian and for a gradient, in fours.
ENTRIES, PULLS = -(-ALL * (ALL + 1) // 8) * 4, -(-ALL // 4) * 4


class Sums(NamedTuple):
    """Sums over the px of a level, for B blocks each way.

    Attributes
    ----------
    hessian, gradient : (B, B, ALL, ALL), its upper triangle, and (B, B, ALL) float64
    squared, inside : (B, B) float64, weighted squared residuals and px
    moments : (6,) float64, sums of T, I, TT, II, TI and |residual| over all px
    """

    hessian: NDArray[np.float64]
    gradient: NDArray[np.float64]
    squared: NDArray[np.float64]
    inside: NDArray[np.float64]
    moments: NDArray[np.float64]


@kernel
def _gather(own, px, count, size, lines):
    """Write slopes, value, curvature and swelling of px as lines."""
    first = px[0]
    if px[count - 1] - first == np.uint64(count - 1):
        # None is left out, as in most blocks.
        for q in range(count):
            lines[0, q] = own.grad_x[first + np.uint64(q)]
            lines[1, q] = own.grad_y[first + np.uint64(q)]
            lines[6, q] = own.value[first + np.uint64(q)]
        if size > SHARED:
            for q in range(count):
                lines[8, q] = own.curvature[first + np.uint64(q)]
        if size > BLURRED:
            for q in range(count):
                lines[9, q] = own.swelling[first + np.uint64(q)]
        return
    for q in range(count):
        lines[0, q], lines[1, q] = own.grad_x[px[q]], own.grad_y[px[q]]
        lines[6, q] = own.value[px[q]]
    if size > SHARED:
        for q in range(count):
            lines[8, q] = own.curvature[px[q]]
    if size > BLURRED:
        for q in range(count):
            lines[9, q] = own.swelling[px[q]]


@kernel
def _move(lines, at, count, centre_x, centre_y, per_scale):
    """Write the lines of a motion's slopes, by how far from the centre px lie."""
    for q in range(count):
        gx, gy = lines[0, q], lines[1, q]
        nx = (at[0, q] - centre_x) * per_scale
        ny = (at[1, q] - centre_y) * per_scale
        lines[2, q], lines[3, q] = gx * nx, gx * ny
        lines[4, q], lines[5, q] = gy * nx, gy * ny


@kernel(error_model="numpy")
def _compare(lines, sampled, count, gain, offset, blur, per_tolerated, weights, left, counted):
    """Write residuals and weights of px, (AT_A_TIME,), also in float64 as `left` and `counted`."""
    for q in range(count):
        value = lines[6, q]
        residual = sampled[q] - value - gain * value - offset - blur * lines[8, q]
        weight = 1.0 / (1.0 + (residual * per_tolerated) ** 2)
        left[q], counted[q] = residual, weight
        lines[ALL, q], weights[q] = residual, weight


@kernel(error_model="numpy")
def _swell(lines, count, swell, per_tolerated, weights, left, counted):
    """Take what a swelling explains out of residuals, and weigh the px anew."""
    for q in range(count):
        residual = left[q] - swell * lines[9, q]
        weight = 1.0 / (1.0 + (residual * per_tolerated) ** 2)
        left[q], counted[q] = residual, weight
        lines[ALL, q], weights[q] = residual, weight


@kernel
def _add_moments(lines, sampled, left, counted, count, moments, squared):
    """Add what px tell of the fit to `moments`, in their order; the weighted squares with the rest.

    None of the sums waits for another, so that they take no longer than one.
    """
    sum_t, sum_i, sum_tt = moments[0], moments[1], moments[2]
    sum_ii, sum_ti, sum_off = moments[3], moments[4], moments[5]
    for q in range(count):
        value, seen, residual = lines[6, q], sampled[q], left[q]
        sum_t += value
        sum_i += seen
        sum_tt += value * value
        sum_ii += seen * seen
        sum_ti += value * seen
        sum_off += abs(residual)
        squared += counted[q] * residual * residual
    moments[0], moments[1], moments[2] = sum_t, sum_i, sum_tt
    moments[3], moments[4], moments[5] = sum_ii, sum_ti, sum_off
    return squared


@kernel
def _add_groups(lines, weights, size, with_hessian, weighted, curve, pull):
    """Add what px of all groups have, each lane to its own sums, which processors do side by side.

    All groups at once, also where some are empty, but for the first by itself: a loop over so few
    lanes takes as long to begin and to end. How many lanes there are is not told: loops of a known
    length are unrolled, and then take twice as long. Nothing is cut out of an array, for that is
    counted each time.
    """
    lanes, entry = weights.shape[1], 0
    for m in range(size):
        for g in range(GROUPS):
            for q in range(lanes):
                weighted[g, q] = weights[g, q] * lines[m, g, q]
        for q in range(lanes):
            total = pull[m, q] + weighted[0, q] * lines[ALL, 0, q]
            total = total + weighted[1, q] * lines[ALL, 1, q]
            total = total + weighted[2, q] * lines[ALL, 2, q]
            pull[m, q] = total + weighted[3, q] * lines[ALL, 3, q]
        if with_hessian:
            for n in range(m, size):
                for q in range(lanes):
                    total = curve[entry, q] + weighted[0, q] * lines[n, 0, q]
                    total = total + weighted[1, q] * lines[n, 1, q]
                    total = total + weighted[2, q] * lines[n, 2, q]
                    curve[entry, q] = total + weighted[3, q] * lines[n, 3, q]
                entry += 1


@kernel
def _add_group(lines, weights, size, with_hessian, weighted, curve, pull):
    """The same where there is the first group alone: mostly the last px of a block."""
    lanes, entry = weights.shape[1], 0
    for m in range(size):
        for q in range(lanes):
            weighted[0, q] = weights[0, q] * lines[m, 0, q]
        for q in range(lanes):
            pull[m, q] = pull[m, q] + weighted[0, q] * lines[ALL, 0, q]
        if with_hessian:
            for n in range(m, size):
                for q in range(lanes):
                    curve[entry, q] = curve[entry, q] + weighted[0, q] * lines[n, 0, q]
                entry += 1


@kernel
def _add_up(lanes, totals):
    """Write the sums of lanes, (n, LANES), each in their order; four at a time, so that none waits.

    Parameters
    ----------
    totals : (n,) float64, n a multiple of 4
    """
    for n in range(0, totals.size, 4):
        one, two, three, four = 0.0, 0.0, 0.0, 0.0
        for q in range(LANES):
            one += lanes[n, q]
            two += lanes[n + 1, q]
            three += lanes[n + 2, q]
            four += lanes[n + 3, q]
        totals[n], totals[n + 1], totals[n + 2], totals[n + 3] = one, two, three, four


@kernel
def _spotted(values, first, last):
    """Whether enough of the values from `first` to before `last` are not 0."""
    count = 0
    for k in range(first, last):
        count += values[k] != 0.0
    return count > 0 and count >= LEAST_SHARE * (last - first)


@kernel
def add_block_sums(own, image, matrix, light, tolerated, with_hessian, size, sums):
    """Sums over the px of a level for one Gauss-Newton step.

    A px whose residual is `tolerated` counts half, less beyond it (Cauchy).

    Parameters
    ----------
    own : Level
    image : (H, W) float32, of the other frame
    matrix : (3, 3), px of `own` → image px
    light : (B, B, ALL - MOVING), gain less 1, offset, half of the block's difference in blur, and
        its swelling, px
    size : how many parameters there are, SHARED, BLURRED or ALL
    sums : Sums, added to; its Hessians only `with_hessian`
    """
    rows, columns = image.shape
    blocks, moments = sums.inside.shape[0], sums.moments
    # Multiplied, for a division takes as long as all else that a px asks for.
    per_scale = 1.0 / (0.5 * max(rows, columns))
    per_tolerated = 1.0 / tolerated
    centre_x = 0.5 * (columns - 1)
    centre_y = 0.5 * (rows - 1)
    lines, weights = np.zeros((ALL + 1, AT_A_TIME), np.float32), np.zeros(AT_A_TIME, np.float32)
    lines[7] = np.float32(1.0)
    in_groups, weights_of = lines.reshape(ALL + 1, GROUPS, LANES), weights.reshape(GROUPS, LANES)
    weighted = np.zeros((GROUPS, LANES), np.float32)
    curve, pull = np.zeros((ENTRIES, LANES), np.float32), np.zeros((PULLS, LANES), np.float32)
    curves, pulls = np.zeros(ENTRIES), np.zeros(PULLS)
    flat, wide = image.ravel(), np.uint64(columns)
    px, at = np.zeros(AT_A_TIME, np.uint64), np.zeros((2, AT_A_TIME))
    taps, places = np.zeros((16, AT_A_TIME), np.float32), np.zeros((2, AT_A_TIME))
    lanes_of_taps = taps.reshape(taps.size)
    sampled, left, counted = np.zeros(AT_A_TIME), np.zeros(AT_A_TIME), np.zeros(AT_A_TIME)
    corners = np.zeros(AT_A_TIME, np.int32)
    right, bottom = columns - 2.0, rows - 2.0
    for i in range(blocks):
        for j in range(blocks):
            first, last = own.first[i * blocks + j], own.first[i * blocks + j + 1]
            here = size
            if size > BLURRED and not _spotted(own.swelling, first, last):
                here = BLURRED
            gain, offset = light[i, j, 0], light[i, j, 1]
            blur, swell = light[i, j, 2], light[i, j, 3]
            seen, squared = 0, sums.squared[i, j]
            # Positions ascend within a block, so that their rows need no division.
            y = np.int64(own.at[first] // columns if first < last else 0)
            before = y * columns
            k, end, shown = np.uint64(first), np.uint64(last), np.uint64(0)
            while k < end:
                # Places of many px, then what the other frame shows there, then their residuals:
                # processors do most of it for several at once.
                while k < end and shown < np.uint64(AT_A_TIME):
                    x = np.int64(own.at[k]) - before
                    while x >= columns:
                        y += 1
                        x -= columns
                        before += columns
                    at[0, shown], at[1, shown] = x, y
                    px[shown] = k
                    shown += np.uint64(1)
                    k += np.uint64(1)
                count = np.int64(shown)
                if place(matrix, right, bottom, columns, count, at, places, corners) > 0:
                    count = drop_outside(count, px, at, places, corners)
                    shown = np.uint64(count)
                    if k < end and count < AT_A_TIME:
                        continue
                take(flat, corners, wide, count, lanes_of_taps)
                interpolate(taps, places, count, sampled)
                if any_hidden(sampled, count):
                    count = drop_hidden(sampled, count, px, at, taps, places)
                    shown = np.uint64(count)
                    if k < end and count < AT_A_TIME:
                        continue
                shown = np.uint64(0)
                if count == 0:
                    continue
                if seen == 0:
                    pull[:] = np.float32(0.0)
                    if with_hessian:
                        curve[:] = np.float32(0.0)
                seen += count
                _gather(own, px, count, here, lines)
                _move(lines, at, count, centre_x, centre_y, per_scale)
                _compare(
                    lines, sampled, count, gain, offset, blur, per_tolerated, weights, left, counted
                )
                if here > BLURRED and swell != 0.0:
                    _swell(lines, count, swell, per_tolerated, weights, left, counted)
                squared = _add_moments(lines, sampled, left, counted, count, moments, squared)
                weights[count:] = np.float32(0.0)
                if count > LANES:
                    _add_groups(in_groups, weights_of, here, with_hessian, weighted, curve, pull)
                else:
                    _add_group(in_groups, weights_of, here, with_hessian, weighted, curve, pull)
            if seen == 0:
                continue
            sums.inside[i, j] += seen
            sums.squared[i, j] = squared
            _add_up(pull, pulls)
            for m in range(here):
                sums.gradient[i, j, m] += pulls[m]
            if with_hessian:
                _add_up(curve, curves)
                entry = 0
                for m in range(here):
                    for n in range(m, here):
                        sums.hessian[i, j, m, n] += curves[entry]
                        entry += 1
