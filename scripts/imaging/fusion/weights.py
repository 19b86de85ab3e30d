"""How much a frame's detail counts at a place: by its energy, and by nearness to the focus.

Row by row and loop by loop: each of these loops is vectorised, all in one would not be.
"""

from __future__ import annotations

import numpy as np

from imaging.sampling.kernels import kernel

# Energies above this many times the noise's are alike; its powers stay in single precision.
STRONGEST = 1e8
# Weights count in 1 / UNIT noise energies, so that their powers up to the eighth stay in range.
UNIT = 1e-4
# What follows was tuned on tests/benchmarks/quality.py, seeds 1 to 9. Over the ten scenes of seeds
# 1 and 2 the mean of 38.64 dB is flat round it: half or twice PRIOR costs 0.02 dB at most, half or
# twice FLOOR nothing, NOISY 0 costs 0.01, and FAR 1, which guides no level, 0.13.
# Head start of a frame at its focus, in noise energies; the floor that all frames have.
PRIOR = 8.0
FLOOR = 2.0
# At levels this coarse, where an edge's energy reaches far beyond the edge, weights count by
# nearness to the focus as well; FAR is what a frame far from it keeps. Noise is finest, and many
# frames average it; of coarser levels, and of light and shade, fewer tell, these shares of the
# reach: seven scenes of seed 3 gain 0.05 dB, relief 0.13, and none loses more than 0.01; were the
# reach itself as short, there would be up to a fifth more noise.
GUIDED_SCALE = 2
FAR = 0.5
GUIDED_REACH, LIGHT_REACH = 2 / 3, 0.5
# What detail that is none counts: less than the floor, and more than a frame that does not reach.
NO_DETAIL = 1.0
# Energy up to so many times the noise's is taken for noise.
NOISY = 3.0


@kernel
def weigh_detail(energy, per_noise, weight):
    """Energy above the noise's, in units of it, and a floor; rows (w,) float32."""
    noisy, strongest = np.float32(NOISY), np.float32(STRONGEST)
    floor, none = np.float32(FLOOR), np.float32(0.0)
    for x in range(weight.size):
        weight[x] = min(max(energy[x] * per_noise - noisy, none), strongest) + floor


# Python's own check for a division by zero would keep the loop from being vectorised.
@kernel(error_model="numpy")
def nearness(depth, frame, per_reach, out):
    """How near a frame is to the focus at `depth`, 1 in focus, a quarter at the reach; (n,)."""
    one = np.float32(1.0)
    for x in range(out.size):
        away = (frame - depth[x]) * per_reach
        near = one / (one + away * away)
        out[x] = near * near


@kernel
def double(row, out):
    """Every px of a row twice, (ceil(n / 2),) to (n,)."""
    pairs = out.size // 2
    even, odd = out[: 2 * pairs : 2], out[1 : 2 * pairs : 2]
    for x in range(pairs):
        even[x] = row[x]
        odd[x] = row[x]
    if out.size % 2 == 1:
        out[out.size - 1] = row[pairs]


@kernel
def favour(near, weight):
    """Add the head start of frames near the focus; rows (w,) float32."""
    prior = np.float32(PRIOR)
    for x in range(weight.size):
        weight[x] += prior * near[x]


@kernel
def guide(near, weight):
    """Let weights count by nearness to the focus; rows (w,) float32."""
    least = np.float32(FAR)
    for x in range(weight.size):
        weight[x] *= least + near[x]


@kernel
def hold_back(near, behind, hold, out):
    """What is left of a frame's weight at rims of near things; rows (n,) float32, (n,) uint8.

    As much as its nearness, to a power, where `behind` is 1 and `hold` is 1; all where either is 0.
    """
    one = np.float32(1.0)
    for x in range(out.size):
        out[x] = one - hold * np.float32(behind[x]) * (one - near[x] * near[x])


@kernel
def discount(glare, weight):
    """Hold a frame's detail to be none as far as it is glare; rows (w,), 0..255 and float32."""
    per, none, one = np.float32(1.0 / 255.0), np.float32(NO_DETAIL), np.float32(1.0)
    for x in range(weight.size):
        share = np.float32(glare[x]) * per
        weight[x] = weight[x] * (one - share) + none * share


@kernel
def raise_to(weight, power, out):
    """Write (weight * UNIT) ** power, rows (w,) float32, by multiplications in a fixed order."""
    unit = np.float32(UNIT)
    for x in range(weight.size):
        weight[x] *= unit
        out[x] = weight[x]
    for _ in range((power - 1) // 2):
        for x in range(weight.size):
            out[x] *= weight[x] * weight[x]
    if power % 2 == 0:
        for x in range(weight.size):
            out[x] *= weight[x]
