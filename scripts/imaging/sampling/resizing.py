"""Planes at another resolution, bit for bit alike on every processor.

Means are OpenCV's (INTER_AREA), to the last bit, without its library, which takes longer to load
than small planes to shrink; its enlargement computes otherwise on each family of processors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.kernels import kernel

# Smaller parts of a px are left out.
LEAST_PART = 1e-3


def shrunk(plane: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Means of `factor` x `factor` px of a (h, w) plane; a rest at the border counts as a px."""
    if factor == 1:
        return plane
    means = np.empty([max(1, round(side / factor)) for side in plane.shape], np.float32)
    whole = all(many % few == 0 for many, few in zip(plane.shape, means.shape))
    (_mean_of_cells if whole else _mean_of_areas)(np.ascontiguousarray(plane), means)
    return means


@kernel
def _mean_of_cells(plane, means):
    """Means of cells that a plane is made of; four px are added first, or pairs of 2 x 2.

    Fours lie in one row where a cell's width is a multiple of four: those of a whole row are added
    side by side, then each to its cell.
    """
    high, wide = plane.shape[0] // means.shape[0], plane.shape[1] // means.shape[1]
    share, paired = np.float32(1.0) / np.float32(high * wide), 0
    if wide % 4 == 0:
        _mean_of_fours(plane, high, wide // 4, share, means)
        return
    if high == 2 and wide == 2:
        paired = means.shape[1] // 4 * 4
        _mean_of_pairs(plane, share, means[:, :paired])
    for y in range(means.shape[0]):
        for x in range(paired, means.shape[1]):
            total, four, taken = np.float32(0.0), np.float32(0.0), 0
            for k in range(high * wide):
                four += plane[y * high + k // wide, x * wide + k % wide]
                taken += 1
                if taken == 4 or k >= high * wide // 4 * 4:
                    total += four
                    four, taken = np.float32(0.0), 0
            means[y, x] = total * share


@kernel
def _mean_of_pairs(plane, share, means):
    for y in range(means.shape[0]):
        upper, lower, target = plane[2 * y], plane[2 * y + 1], means[y]
        for x in range(np.uint64(target.size)):
            total = (upper[2 * x] + upper[2 * x + 1]) + (lower[2 * x] + lower[2 * x + 1])
            target[x] = total * share


@kernel
def _mean_of_fours(plane, high, each, share, means):
    fours = np.empty(each * means.shape[1], np.float32)
    for y in range(means.shape[0]):
        target = means[y]
        target[:] = np.float32(0.0)
        for k in range(high):
            line = plane[y * high + k]
            for j in range(np.uint64(fours.size)):
                first = line[4 * j] + line[4 * j + 1]
                fours[j] = (first + line[4 * j + 2]) + line[4 * j + 3]
            for x in range(target.size):
                total = target[x]
                for j in range(x * each, (x + 1) * each):
                    total += fours[j]
                target[x] = total
        for x in range(target.size):
            target[x] *= share


@kernel
def _parts(many, few, taken, given, shares):
    """Write which px of `many` have what share in which of `few`; returns how many such parts."""
    scale, count = 1.0 / (few / many), 0
    for k in range(few):
        start = k * scale
        end = start + scale
        cell = min(scale, many - start)
        last = min(int(np.floor(end)), many - 1)
        first = min(int(np.ceil(start)), last)
        if first - start > LEAST_PART:
            taken[count], given[count], shares[count] = first - 1, k, (first - start) / cell
            count += 1
        for whole in range(first, last):
            taken[count], given[count], shares[count] = whole, k, 1.0 / cell
            count += 1
        if end - last > LEAST_PART:
            part = min(min(end - last, 1.0), cell)
            taken[count], given[count], shares[count] = last, k, part / cell
            count += 1
    return count


@kernel
def _mean_of_areas(plane, means):
    """Means of areas whose borders lie within px."""
    longest = 2 * max(plane.shape) + 2
    taken, given = np.empty((2, longest), np.int64), np.empty((2, longest), np.int64)
    shares = np.empty((2, longest), np.float32)
    rows = _parts(plane.shape[0], means.shape[0], taken[0], given[0], shares[0])
    columns = _parts(plane.shape[1], means.shape[1], taken[1], given[1], shares[1])
    line, ends = np.empty(means.shape[1], np.float32), np.zeros(means.shape[1], np.uint64)
    sources, weights = np.empty(columns, np.uint64), shares[1, :columns]
    for c in range(columns):
        sources[c], ends[given[1, c]] = taken[1, c], c + 1
    before = -1
    for r in range(rows):
        source, target = plane[taken[0, r]], means[given[0, r]]
        # A mean is added up by itself: what is read and written again in memory takes its time.
        c = np.uint64(0)
        for x in range(line.size):
            total = np.float32(0.0)
            while c < ends[x]:
                total += source[sources[c]] * weights[c]
                c += np.uint64(1)
            line[x] = total
        for x in range(line.size):
            if given[0, r] == before:
                target[x] += shares[0, r] * line[x]
            else:
                target[x] = shares[0, r] * line[x]
        before = given[0, r]


def enlarged(
    plane: NDArray[np.float32], shape: tuple[int, int], out: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """A plane enlarged to `shape`, (rows, columns), in straight lines between its px's centres.

    Parameters
    ----------
    out : of that shape, may be written; a plane that has it is given back as it is
    """
    if plane.shape == tuple(shape):
        return plane
    return enlarged_rows(plane, shape, 0, shape[0], out)


def enlarged_rows(
    plane: NDArray[np.float32],
    shape: tuple[int, int],
    first: int,
    last: int,
    out: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Rows `first` to `last` of what `enlarged` gives, without the others."""
    if out is None:
        out = np.empty((last - first, shape[1]), np.float32)
    above, share = _between(plane.shape[0], shape[0])
    columns = _between(plane.shape[1], shape[1])
    _enlarge(plane, *columns, above[first:last], share[first:last], out)
    return out


def _between(few: int, many: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """For each of `many` px, the one of `few` px before it and the share of the one after it."""
    at = np.clip((np.arange(many) + 0.5) * few / many - 0.5, 0.0, few - 1.0)
    before = np.minimum(at.astype(np.int32), max(few - 2, 0))
    return before, (at - before).astype(np.float32)


@kernel
def _enlarge(plane, left, share_x, above, share_y, out):
    last_row, last_column = plane.shape[0] - 1, plane.shape[1] - 1
    line, steps = np.empty(plane.shape[1], np.float32), np.empty(plane.shape[1], np.float32)
    for y in range(out.shape[0]):
        upper, lower = plane[above[y]], plane[min(above[y] + 1, last_row)]
        for x in range(line.size):
            line[x] = upper[x] + share_y[y] * (lower[x] - upper[x])
        for x in range(last_column):
            steps[x] = line[x + 1] - line[x]
        steps[last_column] = line[last_column] - line[last_column]
        target = out[y]
        for x in range(target.size):
            at = np.uint64(left[x])
            target[x] = line[at] + share_x[x] * steps[at]
