"""How far registration is off, pair by pair: shift, magnification and turn, against made motions.

    PYTHONPATH=scripts python tests/benchmarks/pair_errors.py FOLDER...

FOLDER is one that quality --keep leaves. Of six scenes (silhouettes, bristles, smooth, seeds 7301
and 7302, 900 x 600 px, 20 frames) shifts of neighbours are 0.01 px off and have either sign, turns
too; magnification is off by up to 0.09 px at the corners, with the same sign from pair to pair, and
that is what adds up to the 0.15 to 0.56 px of the worst frames. The sign goes with the scene and
not with the motion: so it is content that defocus moves, and no pull towards the motion one starts
from. It costs little: with the true motions the same six scenes are fused 0.03 dB nearer to the
truth in the mean, 0.08 at most (quality --true-motions).

Tried, each on three of the scenes, none better on all of them (mean error of silhouettes-7302,
bristles-7302 and smooth-7301 as it is 0.148, 0.053, 0.132 px): steps until 1e-4 px (0.155, 0.056,
0.130); blocks' blur held less firmly to none (0.147, 0.053, 0.132); blur beside a contrast that
normalising takes back (0.147, 0.052, 0.139); blocks that differ in blur by 1 px squared count half
(0.155, 0.054, 0.128); that blur which differs across a slanted surface moves its texture by the
slope of the difference, as light through an aperture has it (0.176, 0.095, 0.070; only where blocks
round about lie in one plane 0.153, 0.078, 0.102). The last is right for surfaces and wrong beside
what stands before them: it needs to know which is which.

It is right for coarse texture alone, and with the true heights no better: the slope moves blocks of
a smooth surface by 0.7 to 1.2 times as much as light has it, of one with texture of 5 px by -0.2 to
0.1, for there the contrast that normalising evens out moves it back. So true slopes take a smooth
scene (seed 9501) from 0.155 to 0.086 px in the mean and a bristly one from 0.049 to 0.136. Heights
told by the blocks' blur, over all pairs of the stack, are a fifth of a frame off, and are lacking
just at rims, where it matters: 0.154.

A prior that magnification and turn go on evenly, its strength told by the data, takes the worst
frames of ten scenes from 0.10 to 0.41 px to 0.05 to 0.26, for made motions are even. Let steps be
uneven by 0.05 px at the corners, a fortieth of one, and most scenes are further off with it than
without, some three times as far (0.07 to 0.19 from 0.02 to 0.1 px in the mean): pairs agree much
better with each other than with the truth, so that data cannot tell one from the other.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.detail import read_detail
from imaging.alignment.models import MODELS
from imaging.alignment.pairs import measure_pairs
from imaging.alignment.solving import solve_transforms
from imaging.sampling.geometry import corner_distance


def parts_of_error(
    found: NDArray[np.float64], true: NDArray[np.float64], shape: tuple[int, int]
) -> NDArray[np.float64]:
    """By how many px the centre, the corners' distance from it and their turn are off, (4,)."""
    error = found @ np.linalg.inv(true)
    centre = np.array([(shape[1] - 1) / 2, (shape[0] - 1) / 2, 1.0])
    x, y = ((error - np.eye(3)) @ centre)[:2]
    radius = np.hypot(*centre[:2])
    scale = (error[0, 0] + error[1, 1]) / 2 - 1
    return np.array([x, y, radius * scale, radius * (error[1, 0] - error[0, 1]) / 2])


def tell(folder: Path, model: str) -> None:
    """Print the errors of a scene's pairs, and of its frames as all pairs together have them."""
    paths = sorted((folder / "tiff").iterdir())
    with np.load(folder / "truth.npz") as facts:
        motions, shape = facts["motions"], facts["truth"].shape[:2]
    pairs = measure_pairs(
        lambda k: read_detail(paths[k], None), len(paths), model, 2, lambda k, detail: None
    )
    print(f"\n## {folder.name}\n\n| pair | x | y | magnification | turn | said |")
    print("|---" * 6 + "|")
    for pair in sorted(pairs, key=lambda pair: (pair.second - pair.first, pair.first)):
        true = motions[pair.first] @ np.linalg.inv(motions[pair.second])
        columns = [*parts_of_error(pair.matrix, true, shape), pair.sigma_px]
        told = " | ".join(f"{value:.3f}" for value in columns)
        print(f"| {pair.first + 1} to {pair.second + 1} | {told} |")
    middle = len(paths) // 2
    found = solve_transforms(pairs, len(paths), middle, model, shape)
    wanted = motions[middle] @ np.linalg.inv(motions)
    errors = _distances(found.transforms, wanted, shape)
    print(f"\nframes' corners {errors.mean():.3f} px off, the worst frame {errors.max():.3f}")
    others = np.delete(np.arange(len(paths)), middle)
    beside = others - np.sign(others - middle)
    steps = _distances(
        *(np.linalg.inv(way[beside]) @ way[others] for way in (found.transforms, wanted)), shape
    )
    told = errors[others] / found.sigma_px[others], steps / found.sigma_beside_px[others]
    for name, ratios in zip(("", " beside the next"), told, strict=True):
        shares = " ".join(f"{ratio:.2f}" for ratio in np.quantile(ratios, [0.5, 0.95, 1.0]))
        print(f"errors{name} in standard errors, the median, 95 % and the worst: {shares}")


def _distances(
    first: NDArray[np.float64], second: NDArray[np.float64], shape: tuple[int, int]
) -> NDArray[np.float64]:
    return np.array([corner_distance(*both, shape) for both in zip(first, second, strict=True)])


def main(argv: list[str]) -> None:
    """Tell the errors of scenes that are kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--model", choices=list(MODELS), default="similarity")
    options = parser.parse_args(argv)
    for folder in options.folders:
        tell(folder, options.model)


if __name__ == "__main__":
    main(sys.argv[1:])
