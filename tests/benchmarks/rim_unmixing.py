"""What a program could have by taking the blur of near things off what they stand before.

`unmixing` says what could be had by one who knows the scene. Here nothing is known but what fusing
knows: the frames, their depth, and by it how wide the lens blurs. A frame k in focus on the ground
beside a near thing is a N + (1 - a) F: a is the share of rays that come from the near thing, N
their light, F the ground. Seen from a place p a near thing at q covers it as far as q's blur disc
in frame k reaches p, so that a and N are sums over near px in their own frames; F is what is left.

The near thing's edge is snapped to that in its own frame by a guided filter [1]_. What is unmixed
is taken only where depth is told on both sides; where the frame in focus on the near thing shows
blurred ground at p, and not the near thing; and where F has no light that the ground has nowhere
round about.

This is a measure of what is left to gain, and no part of the product. Silhouettes of 900 x 600 px
in 20 frames gain 1.2 dB (seed 8901), with SURE (0.1, 0.3) 1.5 (3001, 3002); but then amber has
fringes, and even so pcb-button has specks, if either end is said to be near. With --strict, where
the veil is seen along its rim (`rim_veil`) and its colours are left as they are, 0.34 of that are
left, nothing is touched in pcb-button and amber-flies, and 2266 px in pcb-usb, without a fringe:

    PYTHONPATH=scripts python tests/benchmarks/rim_unmixing.py --near last --crops OUT FOLDER

FOLDER is one that quality --keep leaves, or a stack's with `holostack.tif` and `stack/`.

.. [1] K. He, J. Sun and X. Tang, "Guided image filtering", IEEE Trans. Pattern Analysis and Machine
   Intelligence 35 (2013), 1397-1409.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from lens_blur import blur_per_frame
from numba import njit, prange
from numpy.typing import NDArray
from oracle import decode
from rim_veil import in_luminance, veil_is_seen
from scenes import encode

from imaging.frames.tiff import open_rows
from imaging.fusion.aligned import frames_of
from imaging.fusion.near_end import End
from imaging.fusion.reading import warp_tiles
from imaging.fusion.stack import measure
from records.record import read_record

# Frames by which a near thing stands before the ground. All px are at half resolution.
APART = 2.0
# The edge is sought so far from where depth breaks; variance of values 0..1 that is no edge.
SNAP_PX, EVEN = 6, 1e-4
# Blur is gathered from so many px each way, of wider blur from every second to fourth px.
REACH_PX, MOST_STEPS = 12, 4
# Covered by less than the first nothing is done, from the second on all; towards the third and
# fourth the ground is too faint.
COVERED = (0.04, 0.10, 0.65, 0.75)
LEAST_LEFT = 0.2
# How much of the way from the near thing's colour to the blurred ground's the near frame shows.
GROUND = (0.7, 0.9, 1.2, 1.5)
# Distance of these colours, linear light, at which that tells something.
DIFFERENT = (0.06, 0.12)
# Ground that a near thing covers less than this shows which light there is; by such a share of its
# range, and so much, unmixed light may lie beyond.
BARE, BEYOND, SLACK = 0.15, 0.1, 0.005
# Depth is told on a side where this share of it, within so many px, is sure and says the same.
SURE_PX, SURE, CONFIDENCE = 24, (0.4, 0.6), 0.3


def unmix_rims(
    fused: NDArray[np.uint16],
    frames: NDArray[np.float16],
    guide: NDArray[np.float32],
    depth: NDArray[np.float32],
    confidence: NDArray[np.float32],
    blur_px: float,
    strict: bool = False,
) -> NDArray[np.uint16]:
    """A fused picture whose ground is rid of near things' blur; the last frame is the nearest.

    Parameters
    ----------
    fused : (H, W, 3), sRGB-encoded
    frames : (n, 3, H, W) aligned, linear light
    guide : (h, w) depth in frames that breaks at rims, as `Stack.guide`
    depth, confidence : (h, w) as `Told` has them
    blur_px : radius of the blur disc per frame out of focus, in px of the frames
    strict : whether the veil must be seen along a rim
    """
    shape, per_frame = fused.shape[:2], blur_px / 2
    z = _snapped(guide, frames)
    own = _frame_at(frames, z)
    small = _halved(own)
    nearest = cv2.dilate(z, _square(REACH_PX * MOST_STEPS))
    ground = nearest > z + APART
    share, *light = _cover(small, z, nearest, ground, per_frame)
    left = np.maximum(1.0 - share, LEAST_LEFT)
    unmixed = (small - light) / left
    covered = ground * _ramp(share, *COVERED[:2]) * _ramp(-share, -COVERED[3], -COVERED[2])
    weight = covered.copy()
    weight *= _seen_to_be_ground(frames, z, nearest, ground, per_frame, share, light, unmixed)
    weight *= _light_of_the_ground(z, ground, share, small, unmixed)
    weight *= _told_on_both_sides(z, guide, depth, confidence)
    shown = np.moveaxis(decode(fused.astype(np.float32) / 65535), 2, 0)
    if strict:
        trusted = weight / np.maximum(covered, 1e-6)
        seen = small, _halved(shown), unmixed, share, np.stack(light)
        weight *= veil_is_seen(*seen, z, per_frame * (nearest - z), covered, trusted)
    # Covers are known of ground alone: near px have no say in what lies between two px.
    known = np.maximum(_enlarged(ground.astype(np.float32), shape), 1e-3)
    share, *light = (_enlarged(plane * ground, shape) / known for plane in (share, *light))
    taken = _enlarged(weight * ground, shape) / known * _doubled(ground, shape)
    result = np.clip((own - light) / np.maximum(1.0 - share, LEAST_LEFT), 0.0, 1.0)
    mixed = shown + taken * (result - shown)
    if strict:
        # Lenses focus colours apart: a veil's light is known better than its colour.
        mixed = shown * in_luminance(mixed, shown)
    mixed = np.moveaxis(mixed, 0, 2)
    return np.where(taken[..., None] > 0, np.rint(encode(mixed) * 65535), fused).astype(np.uint16)


def _snapped(guide: NDArray[np.float32], frames: NDArray[np.float16]) -> NDArray[np.float32]:
    """Depth whose breaks are moved to the edges of the near thing in its own frame, (h, w)."""
    nearer, farther = cv2.dilate(guide, _square(SNAP_PX)), cv2.erode(guide, _square(SNAP_PX))
    near = (guide > (nearer + farther) / 2).astype(np.float32)
    grey = encode(_halved(_frame_at(frames, nearer))).mean(0)
    mean, share = _mean(grey, SNAP_PX), _mean(near, SNAP_PX)
    slope = (_mean(grey * near, SNAP_PX) - mean * share) / (
        _mean(grey * grey, SNAP_PX) - mean * mean + EVEN
    )
    inside = _mean(slope, SNAP_PX) * grey + _mean(share - slope * mean, SNAP_PX) > 0.5
    band = nearer - farther > APART
    z = guide.copy()
    for side, wrong in ((near, inside & (near < 0.5)), (1 - near, ~inside & (near > 0.5))):
        of_side = _mean(guide * side, SNAP_PX) / (_mean(side, SNAP_PX) + 1e-6)
        z[band & wrong] = of_side[band & wrong]
    return z


def _seen_to_be_ground(
    frames: NDArray[np.float16],
    z: NDArray[np.float32],
    nearest: NDArray[np.float32],
    ground: NDArray[np.bool_],
    per_frame: float,
    share: NDArray[np.float32],
    light: list[NDArray[np.float32]],
    unmixed: NDArray[np.float32],
) -> NDArray[np.float32]:
    """How far the frame in focus on the near thing shows blurred ground, 0..1; at edges alone."""
    blurred = _blurred_ground(
        np.clip(unmixed, 0.0, 1.2), share < COVERED[2], z, nearest, ground, per_frame
    )
    colour = np.stack(light) / np.maximum(share, 1e-3)
    beside = cv2.dilate(z, _square(SNAP_PX))
    shown = _halved(_frame_at(frames, beside))
    square = ((blurred - colour) ** 2).sum(0)
    part = ((shown - colour) * (blurred - colour)).sum(0) / np.maximum(square, 1e-9)
    alike = _ramp(part, *GROUND[:2]) * _ramp(-part, -GROUND[3], -GROUND[2]) * (blurred[0] >= 0)
    return np.where(beside - z > APART, alike, 1.0) * _ramp(np.sqrt(square), *DIFFERENT)


def _light_of_the_ground(
    z: NDArray[np.float32],
    ground: NDArray[np.bool_],
    share: NDArray[np.float32],
    shown: NDArray[np.float32],
    unmixed: NDArray[np.float32],
) -> NDArray[np.float32]:
    """How far unmixed light is such as bare ground round about has, 0..1, (h, w)."""
    square = _square(REACH_PX)
    nearer, farther = cv2.dilate(z, square), cv2.erode(z, square)
    near = (nearer - farther > APART) & (z > (nearer + farther) / 2)
    beside = cv2.dilate(z, _square(SNAP_PX)) - z > APART
    bare = (share < BARE) & (beside | ground) & ~near
    alike = np.ones_like(z)
    for seen, found in zip(shown, unmixed, strict=True):
        low = cv2.erode(np.where(bare, seen, np.float32(9)), square)
        high = cv2.dilate(np.where(bare, seen, np.float32(-9)), square)
        slack = BEYOND * np.maximum(high - low, 0.0) + SLACK
        alike *= _ramp(-np.maximum(low - found, found - high) / slack, -1.0, 0.0)
    return alike


def _told_on_both_sides(
    z: NDArray[np.float32],
    guide: NDArray[np.float32],
    depth: NDArray[np.float32],
    confidence: NDArray[np.float32],
) -> NDArray[np.float32]:
    """How far both the near thing's and the ground's depth is told round a place, 0..1, (h, w)."""
    sure = ((confidence >= CONFIDENCE) & (np.abs(depth - guide) < 1)).astype(np.float32)
    square = _square(REACH_PX)
    near = (z > (cv2.dilate(z, square) + cv2.erode(z, square)) / 2).astype(np.float32)
    told = np.ones_like(z)
    for side in (near, 1 - near):
        told *= _ramp(_mean(sure * side, SURE_PX) / (_mean(side, SURE_PX) + 1e-6), *SURE)
    return told


@njit(cache=True, parallel=True)
def _cover(light, z, nearest, ground, per_frame):
    """Share of rays that near things take from px of the ground, and their light, (4, h, w)."""
    rows, columns = z.shape
    cover = np.zeros((4, rows, columns), np.float32)
    for y in prange(rows):
        for x in range(columns):
            if not ground[y, x]:
                continue
            focus = np.rint(z[y, x])
            step = _step(per_frame * (nearest[y, x] - focus))
            for i in range(*_lattice(y, step, rows)):
                for j in range(*_lattice(x, step, columns)):
                    if z[i, j] <= z[y, x] + APART:
                        continue
                    radius = max(per_frame * (z[i, j] - focus), 0.7)
                    inside = radius + 0.5 * step - np.sqrt(float((i - y) ** 2 + (j - x) ** 2))
                    if inside > 0.0:
                        part = step * min(inside, step) / (np.pi * radius * radius)
                        cover[0, y, x] += part
                        for c in range(3):
                            cover[1 + c, y, x] += part * light[c, i, j]
    return cover


@njit(cache=True, parallel=True)
def _blurred_ground(light, usable, z, nearest, ground, per_frame):
    """Ground as the near thing's frame would show it, (3, h, w); -1 where nothing is known."""
    rows, columns = z.shape
    blurred = np.full((3, rows, columns), -1.0, np.float32)
    for y in prange(rows):
        for x in range(columns):
            if not ground[y, x]:
                continue
            radius = max(per_frame * (nearest[y, x] - z[y, x]), 1.5)
            step = _step(radius)
            count, total = 0, np.zeros(3)
            for i in range(*_lattice(y, step, rows)):
                for j in range(*_lattice(x, step, columns)):
                    within = (i - y) ** 2 + (j - x) ** 2 <= radius * radius
                    if within and usable[i, j] and abs(z[i, j] - z[y, x]) <= APART:
                        count += 1
                        total += light[:, i, j]
            if count:
                blurred[:, y, x] = total / count
    return blurred


@njit(cache=True)
def _step(radius):
    return min(int(np.ceil(max(radius, 1.0) / REACH_PX)), MOST_STEPS)


@njit(cache=True)
def _lattice(middle, step, size):
    """First, past the last and step of the px round one that are asked."""
    first = (max(middle - REACH_PX * step, 0) + step - 1) // step * step
    return first, min(middle + REACH_PX * step + 1, size), step


def _frame_at(frames: NDArray[np.float16], z: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each px from the frame in focus at a depth (h, w), (3, H, W)."""
    shape = frames.shape[2:]
    which = _doubled(np.clip(np.rint(z), 0, len(frames) - 1).astype(np.intp), shape)
    y, x = np.ogrid[: shape[0], : shape[1]]
    return np.moveaxis(frames[which, :, y, x], 2, 0).astype(np.float32)


def _halved(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means of 2 x 2 px of (3, H, W)."""
    whole = np.pad(light, ((0, 0), (0, light.shape[1] % 2), (0, light.shape[2] % 2)), "edge")
    return whole.reshape(3, whole.shape[1] // 2, 2, whole.shape[2] // 2, 2).mean((2, 4))


def _doubled(plane: NDArray, shape: tuple[int, int]) -> NDArray:
    return plane.repeat(2, 0).repeat(2, 1)[: shape[0], : shape[1]]


def _enlarged(plane: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    size = (2 * plane.shape[1], 2 * plane.shape[0])
    return cv2.resize(plane.astype(np.float32), size)[: shape[0], : shape[1]]


def _mean(plane: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    side = 2 * reach + 1
    return cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT_101)


def _square(reach: int) -> NDArray[np.uint8]:
    return np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)


def _ramp(value: NDArray[np.float32], none: float, all_of_it: float) -> NDArray[np.float32]:
    """0 up to the first, 1 from the second on."""
    return np.clip((value - none) / (all_of_it - none), 0.0, 1.0)


def unmixed_stack(
    folder: Path, fused: NDArray[np.uint16], near: End | None = None, strict: bool = False
) -> NDArray[np.uint16] | None:
    """A fused stack with its rims unmixed; None where its near end or its blur is not known."""
    record = read_record(folder / "stack/transforms.json", "transforms")
    rows = [row for row in record["frames"] if row["status"] == "used"]
    aligned = frames_of(record, rows, folder / "stack" / record["folder"])
    shape = record["height_px"], record["width_px"]
    stack, told = measure(aligned, shape, None, near=near)
    if stack.near is None:
        return None
    frames = np.empty((len(aligned), 3, *shape), np.float16)
    with ThreadPoolExecutor(1) as pool:
        for out, frame in zip(frames, aligned, strict=True):

            def keep(tile: NDArray[np.float32], y0: int, x0: int, out: NDArray = out) -> None:
                out[:, y0 : y0 + tile.shape[1], x0 : x0 + tile.shape[2]] = decode(tile)

            warp_tiles(frame, shape, 64, 0, keep, pool)
    depths = [stack.guide, told.depth]
    if stack.near is End.FIRST:
        frames, depths = frames[::-1], [np.float32(len(frames) - 1) - plane for plane in depths]
    blur_px = blur_per_frame(frames, depths[1], told.confidence)
    if blur_px is None:
        return None
    return unmix_rims(fused, frames, *depths, told.confidence, blur_px, strict)


def main(argv: list[str]) -> None:
    """Unmix the rims of stacks that are fused; write crops before and after, where they differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--near", type=End, choices=list(End), help="where rims do not tell it")
    parser.add_argument("--strict", action="store_true", help="only where the veil is seen")
    parser.add_argument("--crops", type=Path, required=True, help="folder for the crops")
    options = parser.parse_args(argv)
    # `real` needs more of the workflow than this measure does.
    from real import write_crops

    options.crops.mkdir(parents=True, exist_ok=True)
    for folder in options.folders:
        with open_rows(folder / "holostack.tif") as image:
            fused = image.read(0, image.shape[0])
        result = unmixed_stack(folder, fused, options.near, options.strict)
        if result is None:
            print(f"{folder.name}: near end or blur not known, nothing unmixed")
            continue
        changed = np.abs(fused.astype(np.int32) - result).max(2) > 500
        print(f"{folder.name}: {100 * changed.mean():.2f} % of px changed")
        if changed.any():
            both = {"fused": fused, "unmixed": result}
            write_crops(both, 160, options.crops / f"{folder.name}.png")


if __name__ == "__main__":
    main(sys.argv[1:])
