"""What a picture shows of each patch of a colour target: its colour and how much it varies."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.targets.charts import PATCH, Chart
from imaging.targets.lab import to_lab

# Of a patch, the middle is measured: half its width, away from edges and from the light of its
# neighbours.
MIDDLE = 0.5
# A patch of which the frame shows less than this share of the middle is not measured.
LEAST_SHOWN = 0.5
LEAST_PX = 64
# A channel at this value or above, in the middle of its distribution, has lost its colour.
_CLIPPED = 65535 * 0.995


@dataclass(frozen=True)
class Patches:
    """The patches of a chart in a picture.

    Attributes
    ----------
    chart : with those alone that were measured
    lab : (N, 3) median L*a*b*
    noise : (N,) standard deviation of L* within a patch, slopes of the light taken out
    clipped : (N,) whether a channel of it is at its end
    quads : (N, 4, 2) px, corners of what was measured
    missing : names of patches that the frame does not show
    px_per_patch : from the middle of a patch to that of the next, the mean of the chart
    """

    chart: Chart
    lab: NDArray[np.float64]
    noise: NDArray[np.float64]
    clipped: NDArray[np.bool_]
    quads: NDArray[np.float64]
    missing: tuple[str, ...]
    px_per_patch: float


def measure(
    pixels: NDArray[np.uint16], icc: bytes, chart: Chart, corners: NDArray[np.float64]
) -> Patches:
    """Measure a chart's patches.

    Parameters
    ----------
    pixels : (H, W, 3) uint16, and `icc`, the profile that says what they mean
    corners : (4, 2) px, as `finding.find` gives them

    Raises
    ------
    ImagingError : no patch is in the picture, or they are too small
    """
    plane = cv2.getPerspectiveTransform(
        chart.outline().astype(np.float32), np.asarray(corners, np.float32)
    )
    if not _is_convex(corners):
        raise ImagingError(
            "the corners of the target do not go round it; give them in their order, from the "
            "first patch in the direction of the first row, and round"
        )
    half = MIDDLE * PATCH / 2
    square = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    flat = chart.centres()[:, None, :] + square
    quads = cv2.perspectiveTransform(flat.reshape(1, -1, 2), plane)[0].reshape(-1, 4, 2)
    found, missing, kept = [], [], []
    for k, quad in enumerate(quads):
        values, places = _within(pixels, quad)
        area = cv2.contourArea(quad.astype(np.float32))
        if len(values) < LEAST_SHOWN * area:
            missing.append(chart.patches[k])
        elif len(values) < LEAST_PX:
            raise ImagingError(
                f"patch {chart.patches[k]} of the target has {len(values)} px in its middle, fewer "
                f"than {LEAST_PX}; let the target fill more of the picture"
            )
        else:
            found.append(_of_patch(values, places, icc))
            kept.append(k)
    if not found:
        raise ImagingError("no patch of the target lies in the picture; are its corners right?")
    shown = Chart(
        chart.name,
        tuple(chart.patches[k] for k in kept),
        chart.lab[kept],
        chart.rows,
        chart.columns,
    )
    lab, noise, clipped = (np.array(column) for column in zip(*found, strict=True))
    across = np.linalg.norm(np.diff(np.vstack([corners, corners[:1]]), axis=0), axis=1)
    pitch = (across[::2].mean() / chart.width + across[1::2].mean() / chart.height) / 2
    return Patches(shown, lab, noise, clipped, quads[kept], tuple(missing), float(pitch))


def _of_patch(
    values: NDArray[np.uint16], places: NDArray[np.float64], icc: bytes
) -> tuple[NDArray[np.float64], float, bool]:
    lab = to_lab(values, icc)
    # A plane of L* over the patch is light that falls off, not noise.
    design = np.column_stack([places - places.mean(axis=0), np.ones(len(places))])
    plane, *_ = np.linalg.lstsq(design, lab[:, 0], rcond=None)
    noise = np.std(lab[:, 0] - design @ plane, ddof=3)
    is_clipped = bool((np.median(values, axis=0) >= _CLIPPED).any())
    return np.median(lab, axis=0), float(noise), is_clipped


def _within(
    pixels: NDArray[np.uint16], quad: NDArray[np.float64]
) -> tuple[NDArray[np.uint16], NDArray[np.float64]]:
    """Values and places of the px whose middle lies in a quad, as far as the picture goes."""
    height, width = pixels.shape[:2]
    left, top = np.floor(quad.min(axis=0)).astype(int).clip(0)
    right, bottom = np.ceil(quad.max(axis=0)).astype(int)
    right, bottom = min(right + 1, width), min(bottom + 1, height)
    if right <= left or bottom <= top:
        return np.empty((0, 3), np.uint16), np.empty((0, 2))
    y, x = np.mgrid[top:bottom, left:right]
    inside = np.ones(x.shape, bool)
    turn = np.sign(_turns(quad).sum())
    for one, other in zip(quad, np.roll(quad, -1, axis=0), strict=True):
        along = other - one
        inside &= turn * (along[0] * (y - one[1]) - along[1] * (x - one[0])) >= 0
    return pixels[y[inside], x[inside]], np.column_stack([x[inside], y[inside]]).astype(np.float64)


def _turns(quad: NDArray[np.float64]) -> NDArray[np.float64]:
    sides = np.roll(quad, -1, axis=0) - quad
    following = np.roll(sides, -1, axis=0)
    return sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]


def _is_convex(corners: NDArray[np.float64]) -> bool:
    turns = _turns(np.asarray(corners, np.float64))
    return bool((turns > 0).all() or (turns < 0).all())
