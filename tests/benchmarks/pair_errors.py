"""How far registration is off, pair by pair: shift, magnification and turn, against made motions.

    PYTHONPATH=scripts python tests/benchmarks/pair_errors.py FOLDER...

FOLDER is one that quality --keep leaves; with quality --uneven of a rail whose steps differ, so
that nothing gains by taking them for even. Of six scenes (silhouettes, bristles, smooth, seeds 7301
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

On uneven rails (quality --uneven, 900 x 600 px, 20 frames, 128 points of the aperture; 13 scenes of
seeds 12001 and 12002, which chose what follows) corners are off by 0.138 px in the mean of all
frames but the reference, the worst frame of a scene by 0.13 to 0.31 px (bristles, relief, dim,
faint, silhouettes, smooth), 0.31 and 0.41 (gloss), 1.41 and 1.75 (highlights). No pair is wrong
there, and starting from the true motion ends in the same place: neighbours are off by 0.1 to 0.2 px
in magnification, with one sign, while focus is far below the rims, and frames next but one by up to
1.5 times the sum of the two. Discs of glare, whose borders wander by a px a frame, have a part in
it: without clipped px and 6 px round them pairs are 0.6 times as far off in magnification.

Tried, mean error and mean of the worst frames of these 13 (0.138, 0.441 as it is); of ten more
scenes (seeds 12003 and 12004, which chose nothing: 0.147, 0.497 as it is); and the mean residual of
button, midge, flies and sphere (0.239, 0.737, 0.053, 0.065 px as it is):

- A px counts half at 1.5 times the mean residual, not 4: 0.124, 0.398; 0.123, 0.448; residuals
  0.284, 0.813, 0.055, 0.054. Order matters half as much again on the button (0.033 px, not 0.022).
- That, and contrast evened out over areas twice as wide: 0.111, 0.381; 0.349, 0.816, 0.067, 0.050.
  At 1.0: 0.103, 0.342 and 0.418, 0.906, 0.077, 0.048: made scenes gain what real stacks lose.
- No px within 2 px of detail more than four times its local contrast, as spots of glare are:
  highlights 0.19 and 0.26 in the mean, 0.94 and 0.98 at worst, seeds that chose nothing 0.147,
  0.419, but gloss-12004 0.067 to 0.265; residuals 0.290, 0.577, 0.078, 0.052. Three times and
  3 px, of what is clipped alone: algae 0.345 to 0.509. All that is clipped, with 3 px round it:
  highlights 0.23, but gloss 0.222 to 0.310, which has little else to hold.
- Blocks that are explained well count more, by a floor of 0.08, not 0.25: 0.132, 0.415; 0.145,
  0.483; button 0.268, sphere 0.091. With 0.03 a pair of gloss-12002 is lost (6.5 px).
- No block counts more than ten, three, one times as much as most: 0.154, 0.166, 0.179 in the mean.
- The local mean over half as wide an area: 0.152, 0.481; a quarter: 0.161, 0.556.
- Contrast floor of half the mean: 0.138, 0.491; contrast over an area three times as wide: 0.139,
  0.451.
- Neighbours alone: 0.141, 0.415; frames next but one as uncertain as 0.3 px each: 0.137, 0.421;
  what these differ by from the two pairs taken on to no distance at all: 0.160, 0.384, bristles
  worse.

Of all frames of the 13 scenes 96 % lie within two standard errors that are told, of the ten 92 %;
the rest are of highlights, and one of gloss. Without glare's px (third line) it is 98 % of the ten.

What leads astray beside glare is that spots swell: a disc of radius r that grows by a px pushes
along its whole border, and what is left of it all round looks like a magnification of about
2 r R / d squared px at the corners, R from the centre, where spots lie d from it; every spot on one
side of focus has the same sign. Of highlights-14001 (uneven) pairs are off by 0.42 px in
magnification at one end of the stack, by -0.15 at the other, by 0.02 in the middle. With all that
lies within 3 px of a spot's disc hidden, by the scene's own list of them, 0.02 px are left.

So each block has a growth of its own (imaging/alignment/swelling.py), where 0.02 of a frame's px
are beside spots, and 0.1 of the block's. Mean error and worst frame, px; seeds 15001 and 15002
chose nothing; other scenes (silhouettes, smooth, relief, bristles, faint, 14001 and 15001) differ
by 0.004 in the mean at most, 0.002 at worst:

| scene | without | with it |
|---|---|---|
| highlights-14001, 14002 | 0.423, 1.865; 0.416, 2.087 | 0.115, 0.203; 0.163, 0.405 |
| highlights-15001, 15002 | 0.621, 2.470; 0.425, 2.487 | 0.193, 0.625; 0.198, 0.595 |
| gloss-14001, 14002 | 0.135, 0.260; 0.174, 0.381 | 0.122, 0.350; 0.163, 0.367 |
| gloss-15001 | 0.203, 0.544 | 0.144, 0.258 |

Within two standard errors lie all frames of the highlights then, of 53 to 89 % without. Mean
residuals of real stacks: usb 0.093 to 0.066, sphere 0.092 to 0.090, flies 0.262 to 0.264, beetle
0.018 to 0.020; the button keeps its motions, as do ring, midge and algae, which have no spots. The
usb's corners move by 0.22 px at most (0.33 uncertain), others' by 0.07. With shares of 0.01 and of
none the button has residuals of 0.316 where 0.288 were.

Other forms: 6 instead of 4 times the contrast 0.148, 0.367 (14001) and 0.193, 0.919; 2.5 times as
good, smooth-14001 0.118 to 0.124; round what is cut off at white alone gloss-14001 0.154, 0.444;
growth of all px alike, silhouettes-14001 0.188, 0.565. In place of blur beside spots, which takes
no time, highlights-14001 and 15001 0.138, 0.264 and 0.227, 0.646, gloss-14001, 14002 and 15001
0.195, 0.518, 0.176, 0.390 and 0.179, 0.325; real stacks were not looked at.

Beside the rim of something near, what lies far behind it is seen through a part of the aperture
alone, from aside, so that it lies elsewhere, and moves on with each frame. That is what leads
silhouettes-15001 astray (uneven, luminance alone, 128 points: frames 0.192, 0.643 off, pairs by 0
to -0.02 px in magnification up to the tenth, by -0.02 to -0.09 behind it). At the true motion the
pull comes mostly from px up to 6 px outside rims in focus and a few frames behind it, in two of the
three late pairs looked at; in the last from both sides of rims. With one
ingredient changed at a time, ground and plates alone, magnification between frames 13 and 14, and
17 and 18, is off by (px; noise drawn anew changes it by 0.005):

| changed | 13 to 14 | 17 to 18 |
|---|---|---|
| nothing | -0.034 | -0.055 |
| plates of one even colour | -0.030 | -0.050 |
| ground of one even colour | -0.003 | 0.000 |
| no plates | -0.008 | -0.006 |
| each blurred by itself, then laid over each other: no ray knows of the rest | -0.007 | 0.007 |
| no px counts less for its residual | -0.037 | -0.057 |
| blocks have no blur of their own | -0.048 | -0.054 |

Without what lies within 10 px of rims (--hide-rims 10) silhouettes-15001 is 0.070, 0.232 off, but
silhouettes-15002 0.095, 0.259 (with it 0.110, 0.243), faint-15001 0.203, 0.585 (0.109, 0.313),
relief-15001 0.055, 0.137 (0.051, 0.132): to leave rims out is no way, and it is not the cause of
all errors. The slope of blur, by the true heights, is 0.001 px a pair for relief-15001.

Where such ground alone is left, as in faint-15001 without its rims, two more things lead astray,
seen with the ground by itself, flat, without noise, blurred by Gaussians of 9.1 and 9.6 px: its
magnification is off by -0.034, -0.012, -0.010, -0.004 px by the four resolutions, coarse to fine.
Without dividing by local contrast it is -0.033, 0.002, 0.001, 0.000; without taking the local mean
away either, -0.005 at the coarsest. Blur is not looked for there, and what is blurred all over is
judged by that resolution alone; with blur (LEAST_SIDE_PX of 60) it is -0.005 too. Frames of faint,
silhouettes and relief-15001 lie where they lay with that; stacks with ends all blurred and real
ones were not looked at.

Of seven such scenes (these, silhouettes and faint 19101, bristles-15001) 132 of 133 frames lie
within two of the standard errors that are told against the next frame, medians of a scene at 0.52
to 1.10 of one. With one frame's drift added to them medians are 0.27 to 0.63: they say too much
then.

It is px right outside rims that lead astray, and not those inside. Uneven scenes of 20 frames,
luminance alone, 128 points; mean and worst frame, px. By the truth left out: px within 2, 4 or 10
px of something higher by a frame (to leave out both sides, --hide-rims 10, gives silhouettes-23001
0.107, 0.440 and faint-23001 0.056, 0.165):

| scene | all px | without 2 px | 4 px | 10 px | without steep px |
|---|---|---|---|---|---|
| silhouettes-23001 | 0.108, 0.350 | 0.077, 0.243 | 0.069, 0.150 | 0.066, 0.133 | 0.088, 0.335 |
| silhouettes-23002 | 0.153, 0.503 | 0.152, 0.412 | 0.147, 0.372 | 0.129, 0.337 | 0.088, 0.257 |
| faint-23001 | 0.072, 0.264 | 0.068, 0.226 | 0.065, 0.190 | 0.062, 0.150 | 0.068, 0.197 |
| faint-23002 | 0.085, 0.281 | 0.070, 0.203 | 0.074, 0.224 | 0.071, 0.187 | 0.082, 0.243 |
| smooth-23001 | 0.122, 0.316 | 0.155, 0.409 | 0.176, 0.493 | 0.107, 0.487 | 0.132, 0.480 |
| relief-23001 | 0.035, 0.076 | 0.036, 0.079 | 0.036, 0.077 | 0.034, 0.083 | 0.038, 0.079 |

What lies 3 to 10 px outside alone left out is no better than all px (0.114, 0.284 for
silhouettes-23001). The last column needs no truth: no px is used whose squared slope is more than
8 times the mean. Bristles-23001 goes from 0.030, 0.106 to 0.027, 0.045, gloss-23001 from 0.095,
0.156 to 0.063, 0.171. Of scenes that chose nothing silhouettes-23101 goes from 0.115, 0.208 to
0.069, 0.188, smooth-23101 from 0.087, 0.292 to 0.080, 0.317, but faint-23101 from 0.072, 0.230 to
0.093, 0.308, and highlights-23101 from 0.123, 0.349 to 0.281, 1.047: that is why it is not done.
The mean residual of nine real stacks goes from 0.235 to 0.181 px (midge 0.784 to 0.281, button
0.357 to 0.182), of algae from 0.558 to 0.863, and corners move by 0.07 to 4.1 px. Other forms, by
the mean of all eight scenes and of real residuals (0.088 and 0.235 px as it is): all at 8 times the
mean left out 0.073, 0.181; but for one in eight 0.072, 0.180; but for one in four 0.076, 0.180; all
at 12 times 0.076, 0.168; but for one in four at 4 times 0.074, 0.219; all at 3 times the mean
weighted by squared slopes 0.085, 0.226. Cauchy weights from 1.5 times the mean residual, by
themselves, gain nothing on the first six scenes (0.099, 0.096 as it is), and LEAST_SIDE_PX of 60
changes no digit of the two it was tried on.

With a lens that blurs by 0.5 px a frame in place of 1.1, uneven, 900 x 600 px, 20 frames, colour
(seeds that chose nothing): silhouettes-24002 0.014, 0.025, faint-24002 0.010, 0.035, gloss-24002
0.036, 0.067, highlights-24002 0.067, 0.147 px.

The made lens had a side until its points lay as on one side so on the other. For a slanted texture
this changes magnification by nothing that is sure (-0.005, 0.005, 0.003 px at three focuses, then
-0.007, 0.001, 0.000), for the affine model in the middle one from 0.030 to 0.005 px.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.alignment.detail import Detail, halved, hide, read_detail
from imaging.alignment.models import MODELS
from imaging.alignment.pairs import measure_pairs
from imaging.alignment.solving import solve_transforms
from imaging.sampling.geometry import corner_distance

# Frames by which height jumps at a rim.
RIM = 1.0


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


def beside_rims(
    height: NDArray[np.float32], motion: NDArray[np.float64], within_px: float
) -> NDArray[np.bool_]:
    """Px of a frame that lie so near to where the scene's height jumps by more than a frame."""
    seen = cv2.warpAffine(
        height,
        motion[:2],
        height.shape[::-1],
        flags=cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_REPLICATE,
    )
    near = np.ones((3, 3), np.uint8)
    rim = cv2.dilate(seen, near) - cv2.erode(seen, near) > RIM
    apart = cv2.distanceTransform((~rim).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return apart <= within_px


def tell(folder: Path, model: str, hide_rims_px: float | None = None) -> None:
    """Print the errors of a scene's pairs, and of its frames as all pairs together have them."""
    paths = sorted((folder / "tiff").iterdir())
    with np.load(folder / "truth.npz") as facts:
        motions, shape, height = facts["motions"], facts["truth"].shape[:2], facts["height"]

    def load(k: int) -> Detail:
        detail = read_detail(paths[k], None)
        if hide_rims_px is None:
            return detail
        hidden = beside_rims(height, motions[k], hide_rims_px)
        while hidden.shape[0] > detail.light.luminance.shape[0]:
            hidden = halved(hidden)
        return hide(detail, hidden)

    pairs = measure_pairs(load, len(paths), model, 2, lambda k, detail: None)
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
    parser.add_argument(
        "--hide-rims",
        type=float,
        metavar="PX",
        help="without what lies so near to a rim, by the scene's own heights",
    )
    options = parser.parse_args(argv)
    for folder in options.folders:
        tell(folder, options.model, options.hide_rims)


if __name__ == "__main__":
    main(sys.argv[1:])
