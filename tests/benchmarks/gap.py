"""Where a fused picture falls behind what its frames hold: squared error, summed by kinds of place.

Run from the checkout: ``PYTHONPATH=scripts python tests/benchmarks/gap.py --help``. Scenes of known
truth are fused with their true motions, so that nothing is lost to alignment, and laid beside three
pictures: that of `oracle.by_truth`, the same fusing told the true depth, and the better of two
frames at each place, the one in focus there and the one in focus on the nearest thing beside. The
last says what choosing right between frames in focus would give; what `by_truth` has beyond it, it
finds in frames between them, which come near the truth by chance.

What was tried at rims (silhouettes, 480 x 360 px in 14 frames, seed 11001: 33.45 dB, oracle 35.23;
more than half of the error lies on the far side within 3 px of a rim, a fifth on the near side):
- other frames held back at rims in the finest levels of the pyramid, even with the true depth: 31.9
  dB at the finest level alone, 29.9 at two, 28.7 at three. Half of a near edge's own detail lies on
  the far side, and depth at half resolution is a px off at every edge.
- the ground's own frame's detail on light as fused, px by px: 34.5 with the true depth at full
  resolution, but 31.4 with it at half, where it is a px off. So the near thing's frame has to tell
  which px are ground (`imaging.fusion.ground_detail`): 34.75 with the depth that is found. Means in
  place of planes: 34.5. Told in colour: no better than in grey. Without leaving what is brighter in
  the ground's own frame: bright things before dark ground ("gloss") lose 1.7 to 3.3 dB.

Highlights and what is left of them (480 x 320 px in 14 frames, seed 16001: 31.7 dB, oracle 34.2):
half of that gap lay within 1.5 px of white, in 0.9 % of the px; of spots of a few px one frame
that were best all over each would give 0.7 dB, two thirds of it at the finest level. A third of the
error lies in the first px beyond rims, where the oracle has four fifths of it. Silhouettes are 0.4
dB below the oracle (seeds 16001, 16002), 0.3 of it on bristles, 0.15 within near things 3 to 8 px
from their rims. Tried for highlights:
- that white counts by ratio at the finest level too, from half of white on: 0.2 dB more, but
  smooth scenes lose 0.06, and solder's glints in stack-pcb-button, lightest in focus, become
  hollow; from 0.85 of white on (as it is there) smooth loses 0.14 and gloss 0.8 as well.
- all round lighter by 2 % in place of 4 (`highlights.LIGHTER`): 0.37, 0.14 and 0.03 dB more on
  top, a spot or two of each scene; but 4 was chosen for real glints that differ by a hundredth, and
  real stacks were not looked at with 2.
- a wide neighbourhood half as wide (`highlights.WIDE_SHARE` 1 / 12), so that not other spots beside
  one say which frame is in focus on it: 0.40, 0.69 and 0.57 dB (seeds 18001, 19001 and 19002, 640 x
  480 px, with what align finds), but smooth loses 0.06, gloss 0.04 (19001, 480 x 320 px), and half
  of a yellow bar of stack-pcb-usb goes dark.
- light and shade asked of all frames alike near highlights, since depth there is of another frame
  (6 for 11): 0.04. Different light asked of 40 for 64 steps: nothing; least of 10 for 20: 0.05.

Were the frame in focus on highlights known everywhere (seeds 22001 to 22004, 640 x 480 px, 48
points of the aperture: 32.11 dB, oracle 34.9), 0.81 dB would be gained, 1.1 with the true depth as
well. `imaging.fusion.light_valleys` gives 0.44 of it. Tried for it:
- the deepest valley of each px's own light: 0.53, but solder in stack-pcb-button becomes flat.
- of a narrow neighbourhood alone: 0.06 more, but a bright speck of stack-pcb-button half goes; of
  two neighbourhoods that with the deeper one: as much, but stack-pcb-usb loses more detail still.
- px that are lighter on both sides of the valley themselves: 0.08 less, and planes to keep.
- asked up to 40 px round in place of 20, at half resolution: 0.01, and stack-pcb-usb loses detail.
- white discounted there too (`white_rims`): 0.05, but a glint of stack-pcb-usb becomes hollow.

What is lost before fusing is not in these figures: brightness as align found it cost 2.4 dB more in
seed 18001 (640 x 480 px), until it was measured away from highlights (`alignment.exposure`).

To the very edge (faint, 480 x 320 px, seeds 10001 and 10002): the border of what all frames reach
is better than the rest, 35.1 and 33.9 dB to 33.2 and 32.8 inside. What is lost to the edge lies
beyond, where some frame does not reach, and from where masters are cropped: 28.9 and 22.5 dB there,
the oracle 29.0 and 23.6; of seed 10002 that is 6 % of the px and 40 % of the error.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from measure import BAND_PX
from measure import silhouettes as at_silhouettes
from numpy.typing import NDArray
from oracle import aligned, by_truth
from scenes import KINDS, Stack, kept
from scipy import ndimage

from imaging.fusion import laplacian
from imaging.fusion import stack as stacks
from imaging.fusion.frame import Frame

# A thing's rim is where depth jumps by so many frames; so far from it, px, a place is beside it.
JUMP, BESIDE_PX = 2.0, 17
# Px from a rim: on it, next to it, in its blur.
AT_RIM_PX, NEXT_PX, BLURRED_PX = 3, 8, 24
WHITE = 0.98


def places(made: Stack) -> dict[str, NDArray[np.bool_]]:
    """Kinds of place, (H, W) each; every px but the border's belongs to one."""
    height = made.height
    farthest = ndimage.minimum_filter(height, BESIDE_PX)
    near = height > (ndimage.maximum_filter(height, BESIDE_PX) + farthest) / 2
    rim = ndimage.maximum_filter(height, 3) - ndimage.minimum_filter(height, 3) > JUMP
    away = ndimage.distance_transform_edt(~rim)
    grey = made.truth.mean(2)
    busy = ndimage.gaussian_filter(ndimage.generic_gradient_magnitude(grey, ndimage.sobel), 2)
    found = {
        "white": ndimage.binary_dilation(made.truth.max(2) > WHITE, iterations=3),
        "rim, near side, to 3 px": near & (away <= AT_RIM_PX),
        "rim, near side, to 8 px": near & (away <= NEXT_PX),
        "rim, far side, to 3 px": away <= AT_RIM_PX,
        "rim, far side, to 8 px": away <= NEXT_PX,
        "beside rims, to 24 px": away <= BLURRED_PX,
        "textured half": busy > np.median(busy),
        "smooth half": np.ones(height.shape, bool),
    }
    left = np.zeros(height.shape, bool)
    left[BAND_PX:-BAND_PX, BAND_PX:-BAND_PX] = True
    parts = {}
    for name, where in found.items():
        parts[name] = left & where
        left &= ~where
    return parts


def pictures(made: Stack, paths: list[Path]) -> dict[str, NDArray[np.float32]]:
    """What is made of a stack, by names, (H, W, 3) of values 0..1 each; ours comes first."""
    shape = made.truth.shape[:2]
    frames = [
        Frame(path, motion, None, (1 / gain,) * 3)
        for path, motion, gain in zip(paths, made.motions, made.gains, strict=True)
    ]
    stack, _ = stacks.measure(frames, shape, None)

    def fused(stack: stacks.Stack) -> NDArray[np.float32]:
        picture = np.empty((*shape, 3), np.float32)

        def write(y0: int, rows: NDArray[np.uint16]) -> None:
            picture[y0 : y0 + len(rows)] = rows / np.float32(65535)

        variance = stack.noise.colour
        guided = {"depth": stack.guide, "dark": stack.dark, "near": stack.near}
        laplacian.fuse(frames, shape, variance, write, **guided)
        return picture

    true_depth = np.clip(made.height, 0, len(frames) - 1)
    told = stack._replace(guide=np.ascontiguousarray(true_depth[::2, ::2], np.float32))
    seen = np.stack([aligned(made, k) for k in range(len(frames))])
    two = [
        np.take_along_axis(seen, np.rint(depth).astype(int)[None, ..., None], 0)[0]
        for depth in (true_depth, ndimage.maximum_filter(true_depth, BESIDE_PX))
    ]
    off = [ndimage.gaussian_filter(squared(picture, made), 1.0) for picture in two]
    return {
        "ours": fused(stack),
        "oracle": by_truth(made) / np.float32(65535),
        "true depth": fused(told),
        "better of two": np.where((off[0] <= off[1])[..., None], *two),
    }


def squared(picture: NDArray[np.float32], made: Stack) -> NDArray[np.float32]:
    """Squared error against the truth, (H, W)."""
    return ((np.clip(picture, 0, 1) - made.truth) ** 2).mean(2)


def report(made: Stack, errors: dict[str, NDArray[np.float32]]) -> None:
    """Print dB in all and at silhouettes, and how many each kind of place would give."""
    parts = places(made)
    inner = np.logical_or.reduce(list(parts.values()))
    rims = inner & at_silhouettes(made.height)
    for name, error in errors.items():
        rim = f"{-10 * np.log10(error[rims].mean()):.2f}" if rims.any() else "none"
        print(f"{name}: {-10 * np.log10(error[inner].mean()):.2f} dB, silhouettes {rim}")
    ours, *others = errors.values()
    whole = ours[inner].sum()
    head = "".join(f" as {name} dB |" for name in list(errors)[1:])
    print(f"\n| place | area % | share of the error % |{head}\n{'|---' * (3 + len(others))}|")
    for name, where in parts.items():
        lost = ours[where].sum()
        gains = [10 * np.log10(whole / (whole - lost + other[where].sum())) for other in others]
        area = 100 * where.sum() / inner.sum()
        cells = "".join(f" {gain:+.2f} |" for gain in gains)
        print(f"| {name} | {area:.1f} | {100 * lost / whole:.1f} |{cells}", flush=True)


def main(argv: list[str]) -> None:
    """Print a table for every scene."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[101])
    parser.add_argument("--rows", type=int, default=320)
    parser.add_argument("--columns", type=int, default=480)
    parser.add_argument("--frames", type=int, default=20)
    parser.add_argument("--blur-px", type=float, default=1.1, help="radius of blur per frame")
    parser.add_argument("--keep", type=Path, help="folder that keeps scenes, for the next run")
    options = parser.parse_args(argv)
    shape = options.rows, options.columns
    with tempfile.TemporaryDirectory() as work:
        for seed in options.seeds:
            for kind in options.scenes:
                under = options.keep or Path(work)
                made, _, paths = kept(under, kind, seed, shape, options.frames, options.blur_px)
                print(f"\n## {kind}, seed {seed}\n")
                made_of_it = pictures(made, paths).items()
                report(made, {name: squared(picture, made) for name, picture in made_of_it})


if __name__ == "__main__":
    main(sys.argv[1:])
