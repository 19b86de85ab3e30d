"""A step of a descent: blocks of the frame vote on how its motion and light change.

A block has a blur of its own, which is left out of what all share, and counts by how well it is
explained and how far it would move elsewhere than the others. It is one kernel: numpy takes longer
for the small matrices of a step than a small frame's px take.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.block_sums import ALL, MOVING, SHARED
from imaging.alignment.small_matrices import eliminate, inverse, inverted, product, times
from imaging.sampling.kernels import kernel

# Blocks in which fewer px are seen do not vote.
LEAST_BLOCK_PIXELS = 16
# Share of the typical residual variance below which a block's own is not believed.
VARIANCE_FLOOR = 0.25
# A block counts half that differs from the motion by so many times as much as blocks do; nearer
# than LEAST_SCATTER_PX all agree.
AGREEING = 1.0
LEAST_SCATTER_PX = 1e-3
# Shares of what is inverted that are added to it, so that a place without texture, or with edges
# of one direction alone, does not end in a division by zero.
DAMPING = 1e-9
BLOCK_DAMPING = 1e-6
# Half a block's difference in blur, px squared, is so large beforehand, as a standard deviation.
# Errors of so many px next to each other are alike.
LIKELY, ALIKE = 1.0, 10.0


# What is so many times as large, or a gain or an offset of the frame so large, has run away.
MOST_UNLIKELY, MOST_LIGHT = 10.0, 100.0
# A step that moves the border by a larger share of half of the longer side has run away.
LARGEST_STEP = 0.5
# What a step returns that nothing can be told from.
NOTHING = -1.0


class Centred(NamedTuple):
    """How px count from a frame's centre, and in shares of half of the longer side, all float64.

    Attributes
    ----------
    scale : half of the longer side, px
    centre, to_centre : (3, 3), px from the centre → px, and back
    unit, to_unit : (3, 3), shares from the centre → px, and back
    """

    scale: float
    centre: NDArray[np.float64]
    to_centre: NDArray[np.float64]
    unit: NDArray[np.float64]
    to_unit: NDArray[np.float64]


@cache
def centred(rows: int, columns: int) -> Centred:
    """How px of a frame of so many rows and columns count from its centre."""
    scale = 0.5 * max(rows, columns)
    centre = np.array([[1, 0, 0.5 * (columns - 1)], [0, 1, 0.5 * (rows - 1)], [0, 0, 1.0]])
    unit = product(centre, np.diag([scale, scale, 1.0]))
    return Centred(scale, centre, inverse(centre), unit, inverse(unit))


class Equations(NamedTuple):
    """The equations of a level, of B blocks each way and `n` parameters that blocks share.

    Attributes
    ----------
    parts : (2, ALL, n + m) float64, how each frame's parameters go with what is sought: what blocks
        share, and each block's own blur where m is 1
    hessians : (B, B, n + m, n + m) float64; of the shared ones what is left whatever a block's own
    shares : (B, B, n) float64, what a block's own takes of what pulls at the shared ones
    undone, known : (B, B) float64, inverse of the own Hessian; how firmly the own is held to 0
    normal : (n, n) float64, of all blocks, as they count
    scores : (B, B, n) float64, what each block pulls at the shared ones, as it counts
    """

    parts: NDArray[np.float64]
    hessians: NDArray[np.float64]
    shares: NDArray[np.float64]
    undone: NDArray[np.float64]
    known: NDArray[np.float64]
    normal: NDArray[np.float64]
    scores: NDArray[np.float64]


def equations(blocks: int, free: int, size: int) -> Equations:
    """Equations of so many blocks each way, for a motion of `free` freedoms, to be written.

    Parameters
    ----------
    size : how many parameters a px's residual has, SHARED or ALL
    """
    common, sought = free + SHARED - MOVING, free + size - MOVING
    return Equations(
        np.zeros((2, ALL, sought)),
        np.zeros((blocks, blocks, sought, sought)),
        np.zeros((blocks, blocks, common)),
        np.zeros((blocks, blocks)),
        np.zeros((blocks, blocks)),
        np.zeros((common, common)),
        np.zeros((blocks, blocks, common)),
    )


@kernel
def _motion(change, scale):
    """What is added to the identity, (3, 3), for parameters whose slopes are per `scale`."""
    moved = np.zeros((3, 3))
    moved[0, 0], moved[0, 1], moved[0, 2] = change[2] / scale, change[3] / scale, change[0]
    moved[1, 0], moved[1, 1], moved[1, 2] = change[4] / scale, change[5] / scale, change[1]
    return moved


@kernel
def _seen_from_the_other(matrix):
    """What a small motion before `matrix` is as one of the inverse, (6, 6) of its parameters."""
    turned, back = np.empty((MOVING, MOVING)), inverted(matrix)
    for k in range(MOVING):
        change = np.zeros(MOVING)
        change[k] = 1.0
        moved = times(times(matrix, _motion(change, 1.0)), back)
        turned[0, k], turned[1, k] = -moved[0, 2], -moved[1, 2]
        turned[2, k], turned[3, k] = -moved[0, 0], -moved[0, 1]
        turned[4, k], turned[5, k] = -moved[1, 0], -moved[1, 1]
    return turned


@kernel
def _relate(matrix, freedom, size, parts):
    """Write how the parameters of both frames go with what is sought.

    The other frame is explained by the same in reverse, so that noise, which makes each look the
    sharper one to itself, says nothing.
    """
    free, turned = freedom.shape[0], _seen_from_the_other(matrix)
    for n in range(free):
        for m in range(MOVING):
            seen = 0.0
            for k in range(MOVING):
                seen += turned[m, k] * freedom[n, k]
            parts[0, m, n], parts[1, m, n] = freedom[n, m], seen
    for k in range(size - MOVING):
        parts[0, MOVING + k, free + k], parts[1, MOVING + k, free + k] = 1.0, -1.0


@kernel
def _add_explained(hessians, part, explained):
    """Add Hessians, (B, B, ALL, ALL) of which the upper triangles are known, in what is sought."""
    whole, turned = np.empty((ALL, ALL)), part.T.copy()
    for i in range(hessians.shape[0]):
        for j in range(hessians.shape[1]):
            for m in range(ALL):
                for n in range(m, ALL):
                    whole[m, n] = whole[n, m] = hessians[i, j, m, n]
            made = times(times(turned, whole), part)
            for m in range(made.shape[0]):
                for n in range(made.shape[1]):
                    explained[i, j, m, n] += made[m, n]


@kernel
def _leave_out_own(squared, inside, common, equations):
    """Leave what is each block's own out of the Hessians of what blocks share."""
    for i in range(inside.shape[0]):
        for j in range(inside.shape[1]):
            hessian, share = equations.hessians[i, j], equations.shares[i, j]
            own = hessian[common, common]
            known = ALIKE * (squared[i, j] / max(inside[i, j], 1.0)) / LIKELY**2
            held = own + (known + DAMPING * own + DAMPING)
            undone = 1.0 / held if held != 0.0 else np.nan
            equations.undone[i, j], equations.known[i, j] = undone, known
            for m in range(common):
                share[m] = hessian[m, common] * undone
                for n in range(common):
                    hessian[m, n] -= share[m] * hessian[n, common]


@kernel
def _order(values):
    """Positions of (n,) values from the least on, equal ones in their order."""
    order = np.arange(values.size)
    for k in range(1, values.size):
        moved, at = order[k], k
        while at > 0 and values[order[at - 1]] > values[moved]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = moved
    return order


@kernel
def _trust_in_blocks(hessians, pulls, squared, inside):
    """How much each block counts: (B, B), 0 to about 4.

    A block counts by the inverse of its residual variance, as least squares has it for unequal
    noise. One that would rather move elsewhere than the others counts less (Cauchy): a highlight
    that wanders with the focus, the rim of something blurred, a subject that moved.
    """
    blocks = inside.shape[0]
    trust, count = np.zeros((blocks, blocks)), 0
    variance = np.empty(inside.size)
    for i in range(blocks):
        for j in range(blocks):
            if inside[i, j] >= LEAST_BLOCK_PIXELS:
                variance[count] = squared[i, j] / inside[i, j]
                count += 1
    if count == 0:
        return trust
    order = _order(variance[:count])
    typical = 0.5 * (variance[order[(count - 1) // 2]] + variance[order[count // 2]]) + 1e-30
    elsewhere, weight = np.full(inside.size, np.inf), np.zeros(inside.size)
    own, shift = np.empty((1, 2, 2)), np.empty((1, 2, 1))
    for i in range(blocks):
        for j in range(blocks):
            if inside[i, j] < LEAST_BLOCK_PIXELS:
                continue
            unexplained = squared[i, j] / inside[i, j]
            trust[i, j] = typical / (unexplained + VARIANCE_FLOOR * typical)
            for m in range(2):
                for n in range(2):
                    own[0, m, n] = hessians[i, j, m, n]
                own[0, m, m] += BLOCK_DAMPING
                shift[0, m, 0] = pulls[i, j, m]
            told = own[0, 0, 0] * own[0, 1, 1] - own[0, 0, 1] * own[0, 1, 0]
            eliminate(own, shift)
            x, y = shift[0, 0, 0], shift[0, 1, 0]
            elsewhere[i * blocks + j] = x * x + y * y
            weight[i * blocks + j] = trust[i, j] * np.sqrt(max(told, 0.0))
    order = _order(elsewhere)
    half, sum_up, middle = 0.5 * weight.sum(), 0.0, order[order.size - 1]
    for k in range(order.size):
        sum_up += weight[order[k]]
        if sum_up >= half:
            middle = order[k]
            break
    reach = AGREEING**2 * elsewhere[middle] + LEAST_SCATTER_PX**2
    for i in range(blocks):
        for j in range(blocks):
            trust[i, j] /= 1.0 + elsewhere[i * blocks + j] / reach
    return trust


@kernel(error_model="numpy")
def take_step(one, other, fresh, freedom, matrix, frame, equations, light):
    """Change motion and light by what both frames' sums ask for.

    Parameters
    ----------
    one, other : Sums, of the template explained by the image, and the other way round
    fresh : whether their Hessians were taken anew
    freedom : (free, MOVING), one of `models.MODELS`
    matrix : (3, 3), template px → image px, changed
    frame : Centred
    equations : Equations, changed
    light : (B, B, ALL - MOVING), how light and blur differ, changed

    Returns
    -------
    by how much it changed a parameter of the motion at most, px; NOTHING, with `matrix` as it was,
    where nothing slopes or the step runs away
    """
    blocks, free = one.inside.shape[0], freedom.shape[0]
    hessians, parts, scores = equations.hessians, equations.parts, equations.scores
    common, sought = free + SHARED - MOVING, hessians.shape[2]
    squared, inside = np.empty((blocks, blocks)), np.empty((blocks, blocks))
    for i in range(blocks):
        for j in range(blocks):
            squared[i, j] = one.squared[i, j] + other.squared[i, j]
            inside[i, j] = one.inside[i, j] + other.inside[i, j]
    if fresh:
        in_units = times(times(frame.to_unit, matrix), frame.unit)
        _relate(in_units, freedom, sought - free + MOVING, parts)
        for k in range(hessians.size):
            hessians.flat[k] = 0.0
        _add_explained(one.hessian, parts[0], hessians)
        _add_explained(other.hessian, parts[1], hessians)
        if sought > common:
            _leave_out_own(squared, inside, common, equations)
    own_change = np.zeros((blocks, blocks))
    for i in range(blocks):
        for j in range(blocks):
            pull = np.zeros(sought)
            for n in range(sought):
                seen, seen_back = 0.0, 0.0
                for k in range(ALL):
                    seen += one.gradient[i, j, k] * parts[0, k, n]
                    seen_back += other.gradient[i, j, k] * parts[1, k, n]
                pull[n] = seen + seen_back
            if sought > common:
                own_pull = pull[common] - equations.known[i, j] * light[i, j, 2]
                own_change[i, j] = equations.undone[i, j] * own_pull
                for n in range(common):
                    pull[n] -= equations.shares[i, j, n] * own_pull
            for n in range(common):
                scores[i, j, n] = pull[n]
    trust = _trust_in_blocks(hessians, scores, squared, inside)
    normal, whole = np.zeros((1, common, common)), np.zeros((1, common, 1))
    for i in range(blocks):
        for j in range(blocks):
            for m in range(common):
                scores[i, j, m] *= trust[i, j]
                whole[0, m, 0] += scores[i, j, m]
                for n in range(common):
                    normal[0, m, n] += trust[i, j] * hessians[i, j, m, n]
    slopes = 0.0
    for m in range(common):
        slopes += normal[0, m, m]
    if not slopes > 0.0:
        # Nothing slopes where the two overlap, as in a strip of one even colour.
        return NOTHING
    for m in range(common):
        normal[0, m, m] += DAMPING * slopes
        for n in range(common):
            equations.normal[m, n] = normal[0, m, n]
    eliminate(normal, whole)
    change, moving, largest = whole[0, :, 0], np.zeros(MOVING), 0.0
    for k in range(MOVING):
        for n in range(free):
            moving[k] += freedom[n, k] * change[n]
        if not abs(moving[k]) < LARGEST_STEP * frame.scale:
            return NOTHING
        largest = max(largest, abs(moving[k]))
    for i in range(blocks):
        for j in range(blocks):
            for k in range(SHARED - MOVING):
                light[i, j, k] += change[free + k]
                if not abs(light[i, j, k]) < MOST_LIGHT:
                    return NOTHING
            if sought > common:
                shared = 0.0
                for n in range(common):
                    shared += change[n] * equations.shares[i, j, n]
                blur = light[i, j, 2] + own_change[i, j] - shared
                most = MOST_UNLIKELY * LIKELY
                light[i, j, 2] = min(max(blur, -most), most)
    step = _motion(moving, frame.scale)
    for k in range(3):
        step[k, k] += 1.0
    moved = times(times(times(matrix, frame.centre), inverted(step)), frame.to_centre)
    for m in range(3):
        for n in range(3):
            matrix[m, n] = moved[m, n]
    return largest
