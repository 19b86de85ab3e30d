"""Pictures of rulers whose divisions are known, and of what is no ruler."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SHAPE = (330, 480)
Picture = NDArray[np.float32]


def places(angle_deg: float) -> tuple[NDArray, NDArray]:
    """Where each half of a px lies along and across a direction, from the middle, in px."""
    height, width = SHAPE
    y, x = (np.mgrid[: 2 * height, : 2 * width] + 0.5) / 2
    y, x = y - height / 2, x - width / 2
    cosine, sine = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return x * cosine + y * sine, -x * sine + y * cosine


def ruler(
    period_px: float,
    angle_deg: float = 0.0,
    *,
    blur_px: float = 0.8,
    noise: float = 0.01,
    tilt_deg: float = 0.0,
    broad: float = 0.15,
    is_long: tuple[int, ...] = (5, 10),
    is_light: bool = False,
    seed: int = 0,
) -> Picture:
    """A ruler whose lines are of three lengths, seen by a lens five picture widths away.

    Parameters
    ----------
    broad : of a line, in divisions
    is_long : every so many lines, one is longer
    """
    along, across = places(angle_deg)
    # In the plane of the ruler, one of whose ends is nearer.
    along = along / (1 - np.sin(np.radians(tilt_deg)) * along / (5 * SHAPE[1]))
    number = np.round(along / period_px - 0.3)
    off = np.abs(along - (number + 0.3) * period_px)
    longer = 1.0 + 0.8 * sum((number % every == 0).astype(float) for every in is_long)
    body = (across > -14) & (across < 110)
    lines = (off < broad * period_px / 2) & (across > 0) & (across < 24 * longer)
    picture = np.where(lines, 0.1, np.where(body, 0.8, 0.3))
    return shot(1 - picture if is_light else picture, blur_px, noise, seed)


def shot(picture: NDArray, blur_px: float = 0.8, noise: float = 0.01, seed: int = 0) -> Picture:
    """As a lens and a sensor give it, of px or halves of px."""
    picture = cv2.resize(np.float32(picture), SHAPE[::-1], interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(picture, (0, 0), blur_px)
    rng = np.random.default_rng(seed)
    return (blurred + rng.normal(0, noise, blurred.shape)).astype(np.float32)


def grid(period_px: float, angle_deg: float) -> Picture:
    """Squared paper."""
    along, across = places(angle_deg)
    return shot(np.where((along % period_px < 2) | (across % period_px < 2), 0.1, 0.8))


def coin(reeds: int) -> Picture:
    """A coin from above, with the reeds of its rim."""
    along, across = places(0.0)
    radius, turn = np.hypot(along, across), np.arctan2(across, along) / (2 * np.pi)
    reed = (radius > 125) & (radius < 150) & (turn * reeds % 1 < 0.25)
    return shot(np.where(reed, 0.3, np.where(radius < 150, 0.7, 0.2)))


def bristles(count: int, spread_px: float, seed: int) -> Picture:
    """Hairs side by side, one as far from the next as the other, give or take a spread."""
    rng = np.random.default_rng(seed)
    picture = np.full(SHAPE, 0.8, np.float32)
    gap = SHAPE[1] / count
    for k in range(count):
        x = 16 * (gap * (k + 0.5) + rng.normal(0, spread_px, 2))
        ends = [(int(one), 16 * row) for one, row in zip(x, (60, 270))]
        cv2.line(picture, *ends, 0.1, 2, cv2.LINE_AA, 4)
    return shot(picture)


def two_scales(first_px: float, second_px: float) -> Picture:
    """Lines of one spacing along an edge, of another along the other."""
    along, across = places(0.0)
    lines = np.where(across < 0, along % first_px < 2, along % second_px < 2)
    return shot(np.where(lines & (np.abs(across) > 60) & (np.abs(across) < 110), 0.1, 0.8))


def bars(period_px: float) -> Picture:
    """A bar scale: black and white by turns, each a division."""
    along, across = places(0.0)
    return shot(np.where(np.abs(across) < 40, (along // period_px) % 2, 0.5), noise=0.0)
