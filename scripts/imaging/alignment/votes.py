"""A step of a descent: blocks of the frame vote on how its motion and light change.

A block has a blur of its own, which is left out of what all share, and counts by how well it is
explained and how far it would move elsewhere than the others. It is one kernel: numpy takes longer
for the small matrices of a step than a small frame's px take.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.block_sums import MOVING, SHARED
from imaging.alignment.small_matrices import eliminate, inverted, times
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
# Half a block's difference in blur, px squared, and its swelling, px, are so large beforehand, as
# standard deviations. Errors of so many px next to each other are alike.
LIKELY, ALIKE = 1.0, 10.0
# What is so many times as large, or a gain or an offset of the frame so large, has run away.
MOST_UNLIKELY, MOST_LIGHT = 10.0, 100.0
# A step that moves the border by a larger share of half of the longer side has run away.
LARGEST_STEP = 0.5
# What a step returns that nothing can be told from.
NOTHING = -1.0


class Equations(NamedTuple):
    """The equations of a level, of B blocks each way and `n` parameters that blocks share.

    Attributes
    ----------
    parts : (2, SHARED + m, n + m) float64, how each frame's parameters go with what is sought: what
        blocks share, and each block's own: blur where m is 1, and swelling where it is 2
    hessians : (B, B, n + m, n + m) float64; of the shared ones what is left whatever a block's own
    shares : (B, B, n, m) float64, what a block's own takes of what pulls at the shared ones
    undone, known : (B, B, m, m), (B, B, m) float64, inverse of the own Hessian; how firmly the own
        is held to 0
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
    size : how many parameters a px's residual has, SHARED, BLURRED or ALL
    """
    common, sought, own = free + SHARED - MOVING, free + size - MOVING, size - SHARED
    return Equations(
        np.zeros((2, size, sought)),
        np.zeros((blocks, blocks, sought, sought)),
        np.zeros((blocks, blocks, common, own)),
        np.zeros((blocks, blocks, own, own)),
        np.zeros((blocks, blocks, own)),
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
    size = part.shape[0]
    whole, turned = np.empty((size, size)), part.T.copy()
    for i in range(hessians.shape[0]):
        for j in range(hessians.shape[1]):
            for m in range(size):
                for n in range(m, size):
                    whole[m, n] = whole[n, m] = hessians[i, j, m, n]
            made = times(times(turned, whole), part)
            for m in range(made.shape[0]):
                for n in range(made.shape[1]):
                    explained[i, j, m, n] += made[m, n]


@kernel
def _leave_out_own(squared, inside, common, equations):
    """Leave what is each block's own out of the Hessians of what blocks share."""
    undone, owned = equations.undone, equations.known.shape[2]
    for i in range(inside.shape[0]):
        for j in range(inside.shape[1]):
            hessian, share = equations.hessians[i, j], equations.shares[i, j]
            known = ALIKE * (squared[i, j] / max(inside[i, j], 1.0)) / LIKELY**2
            # Of blur, of both together, and of swelling, where it is sought.
            blur, both, swelling = hessian[common, common], 0.0, 1.0
            blur += known + DAMPING * blur + DAMPING
            if owned > 1:
                both, swelling = hessian[common, common + 1], hessian[common + 1, common + 1]
                swelling += known + DAMPING * swelling + DAMPING
            told = blur * swelling - both * both
            if told == 0.0:
                told = np.nan
            undone[i, j, 0, 0] = swelling / told
            if owned > 1:
                undone[i, j, 0, 1] = undone[i, j, 1, 0] = -both / told
                undone[i, j, 1, 1] = blur / told
            for a in range(owned):
                equations.known[i, j, a] = known
            for m in range(common):
                for a in range(owned):
                    share[m, a] = 0.0
                    for b in range(owned):
                        share[m, a] += hessian[m, common + b] * undone[i, j, b, a]
                for n in range(common):
                    for a in range(owned):
                        hessian[m, n] -= share[m, a] * hessian[n, common + a]


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
    light : (B, B, ALL - MOVING), how light, blur and bright spots differ, changed

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
    owned = sought - common
    own_change, own_pull = np.zeros((blocks, blocks, owned)), np.zeros(owned)
    for i in range(blocks):
        for j in range(blocks):
            pull = np.zeros(sought)
            for n in range(sought):
                seen, seen_back = 0.0, 0.0
                for k in range(parts.shape[1]):
                    seen += one.gradient[i, j, k] * parts[0, k, n]
                    seen_back += other.gradient[i, j, k] * parts[1, k, n]
                pull[n] = seen + seen_back
            for a in range(owned):
                held = equations.known[i, j, a] * light[i, j, SHARED - MOVING + a]
                own_pull[a] = pull[common + a] - held
            for a in range(owned):
                for b in range(owned):
                    own_change[i, j, a] += equations.undone[i, j, a, b] * own_pull[b]
                for n in range(common):
                    pull[n] -= equations.shares[i, j, n, a] * own_pull[a]
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
            for a in range(owned):
                shared = 0.0
                for n in range(common):
                    shared += change[n] * equations.shares[i, j, n, a]
                own = light[i, j, SHARED - MOVING + a] + own_change[i, j, a] - shared
                most = MOST_UNLIKELY * LIKELY
                light[i, j, SHARED - MOVING + a] = min(max(own, -most), most)
    step = _motion(moving, frame.scale)
    for k in range(3):
        step[k, k] += 1.0
    moved = times(times(times(matrix, frame.centre), inverted(step)), frame.to_centre)
    for m in range(3):
        for n in range(3):
            matrix[m, n] = moved[m, n]
    return largest
