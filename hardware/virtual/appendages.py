"""Legs, antennae and bristles of the virtual beetle, put together from rods."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hardware.virtual.limbs import Free
from hardware.virtual.scene import Layer
from hardware.virtual.species import Canvas, Species

# Antennae of beetles have eleven segments, tarsi of leaf beetles four that are seen.
SEGMENTS, TARSUS = 11, 4


def _curve(points: NDArray, pieces: int) -> NDArray:
    """A smooth way through `points` (n, d), with `pieces` pieces between two (Catmull-Rom)."""
    before = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, 1, pieces, endpoint=False)[:, None]
    way = [
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )
        for a, b, c, d in zip(before[:-3], before[1:-2], before[2:-1], before[3:], strict=True)
    ]
    return np.concatenate([*way, points[-1:]])


def legs(free: Free, canvas: Canvas, of: Species, rng: np.random.Generator) -> None:
    """Femur, tibia with spines, tarsus and claws of six legs."""
    relief = canvas.relief_um
    wide = of.width
    # Hip, knee, ankle and toe of the right ones: across, down, height as part of the relief.
    poses = (
        ((0.50 * wide, -0.42, 0.16), (0.60, -0.62, 0.42), (0.80, -0.78, 0.14), (0.93, -0.88, 0.04)),
        ((0.80 * wide, -0.06, 0.14), (0.72, -0.05, 0.44), (0.97, 0.12, 0.13), (1.12, 0.17, 0.03)),
        ((0.75 * wide, 0.28, 0.14), (0.69, 0.44, 0.45), (0.90, 0.72, 0.14), (1.03, 0.86, 0.03)),
    )
    for side in (-1, 1):
        for pose in poses:
            joints = np.array(pose)
            joints[1:, :2] += rng.normal(0, 0.022, (3, 2))
            joints[1:, 2] *= rng.uniform(0.9, 1.1, 3)
            joints[:, 0] *= side
            _leg(free, canvas, of, rng, joints, relief)


def _leg(
    free: Free,
    canvas: Canvas,
    of: Species,
    rng: np.random.Generator,
    joints: NDArray,
    relief: float,
) -> None:
    hip, knee, ankle, toe = joints
    half = canvas.half_px

    def rod(line: NDArray, radii: NDArray | list[float], colour: NDArray) -> None:
        free.rod(
            canvas.px(line[:, 0], line[:, 1]), line[:, 2] * relief, np.asarray(radii) * half, colour
        )

    steps = np.linspace(0, 1, 14)
    thigh = hip + steps[:, None] * (knee - hip)
    rod(thigh, 0.024 + 0.018 * np.sin(np.pi * np.clip(steps, 0, 1)) ** 0.8, of.leg_rgb)
    middle = (knee + ankle) / 2 + np.array([0.0, 0.015, 0.02])
    shin = _curve(np.stack([knee, middle, ankle]), 8)
    along = np.linspace(0, 1, len(shin))
    rod(shin, 0.017 + 0.008 * along, of.leg_rgb * 1.15)
    # Spines along the outer side of the tibia, and fine hairs everywhere.
    way = (ankle - knee)[:2]
    aside = np.array([-way[1], way[0]]) / np.linalg.norm(way)
    for t in np.linspace(0.15, 0.98, 13):
        for turn in (-1, 1):
            start = shin[int(t * (len(shin) - 1))]
            lean = rng.uniform(0.4, 1.0)
            end = start.copy()
            end[:2] += 0.045 * lean * turn * aside + 0.035 * way / np.linalg.norm(way)
            end[2] += rng.uniform(-0.02, 0.05)
            rod(
                np.stack([start, (start + end) / 2, end]),
                [0.0035, 0.0028, 0.0012],
                of.leg_rgb * 0.7,
            )
    for t in rng.uniform(0.25, 1, 16):
        start = hip + t * (knee - hip)
        end = start.copy()
        end[:2] += rng.normal(0, 0.03, 2)
        end[2] += rng.uniform(0.02, 0.07)
        rod(np.stack([start, end]), [0.0022, 0.0010], np.array([0.30, 0.22, 0.12]))
    # Tarsus: lobes, the claw segment, two claws.
    for k in range(TARSUS):
        a, b = ankle + (toe - ankle) * k / TARSUS, ankle + (toe - ankle) * (k + 0.8) / TARSUS
        radii = [0.010, 0.017, 0.019] if k < TARSUS - 1 else [0.007, 0.008, 0.010]
        rod(np.stack([a, (a + b) / 2, b]), radii, of.leg_rgb * 1.3)
    forward = (toe - ankle)[:2] / np.linalg.norm((toe - ankle)[:2])
    aside = np.array([-forward[1], forward[0]])
    for turn in (-1, 1):
        tip = np.stack([toe, toe, toe])
        tip[1, :2] += 0.018 * forward + 0.014 * turn * aside
        tip[2, :2] += 0.036 * forward + 0.008 * turn * aside
        tip[2, 2] -= 0.02
        rod(tip, [0.007, 0.005, 0.0015], of.leg_rgb * 0.5)


def antennae(free: Free, canvas: Canvas, of: Species, rng: np.random.Generator) -> None:
    """Eleven segments each, the last ones thicker, with whorls of hairs."""
    relief, half = canvas.relief_um, canvas.half_px
    base = 0.34 * of.width * of.waist
    for side in (-1, 1):
        shake = rng.normal(0, 0.025, (4, 2))
        way = np.array(
            [
                (base, -0.70, 0.40),
                (base + 0.17, -0.80, 0.56),
                (base + 0.42, -0.82, 0.66),
                (base + 0.70, -0.66, 0.62),
            ]
        )
        way[1:, :2] += shake[1:]
        way[:, 0] *= side
        line = _curve(way, 24)
        ends = np.linspace(0, len(line) - 1, SEGMENTS + 1)
        for k in range(SEGMENTS):
            first, last = int(ends[k]), int(ends[k + 1])
            piece = line[first : last + 1]
            steps = np.linspace(0, 1, len(piece))
            thick = 0.0145 + 0.0085 * max(0, k - 5) / 5
            radii = thick * (0.40 + 0.60 * np.sin(np.pi * steps**1.6) ** 0.6)
            free.rod(
                canvas.px(piece[:, 0], piece[:, 1]),
                piece[:, 2] * relief,
                radii * half,
                of.leg_rgb * (1.2 if k < 6 else 0.45),
            )
            for _ in range(7):
                start = piece[rng.integers(1, len(piece))]
                end = start.copy()
                end[:2] += rng.normal(0, 0.022, 2)
                end[2] += rng.uniform(-0.01, 0.04)
                free.rod(
                    canvas.px(np.array([start[0], end[0]]), np.array([start[1], end[1]])),
                    np.array([start[2], end[2]]) * relief,
                    np.array([0.0018, 0.0009]) * half,
                    np.array([0.34, 0.26, 0.15]),
                )


def bristles(
    free: Free,
    canvas: Canvas,
    of: Species,
    rng: np.random.Generator,
    body: Layer,
    box: tuple[slice, slice],
) -> None:
    """Curved hairs that leave wing cases, pronotum and head and rise towards their tips."""
    relief, half = canvas.relief_um, canvas.half_px
    rows, columns = body.cover.shape
    for k in range(of.bristles):
        long = k % 9 == 0
        u = rng.uniform(-0.9, 0.9) * of.width
        v = rng.uniform(-0.66, 0.80)
        y, x = (int(at - side.start) for at, side in zip(canvas.px(u, v), box, strict=True))
        if not (0 <= y < rows and 0 <= x < columns and body.cover[y, x]):
            continue
        base_um = float(body.height_um[y, x])
        # Backwards and outwards, as they lie.
        angle = np.pi / 2 - 0.9 * u / of.width + rng.normal(0, 0.35)
        bend = rng.normal(0, 1.0)
        length = rng.uniform(0.20, 0.30) if long else rng.uniform(0.05, 0.10)
        steps = np.linspace(0, 1, 12)
        angles = angle + bend * steps
        way = np.cumsum(np.stack([np.cos(angles), np.sin(angles)]), axis=1) * length / 12
        rise = relief * (rng.uniform(0.14, 0.24) if long else rng.uniform(0.02, 0.05))
        heights = np.minimum(base_um + rise * steps**0.7, relief)
        golden = np.array([0.62, 0.42, 0.17]) * rng.uniform(0.35, 1.1)
        radii = (0.0034 if long else 0.0021) * (1 - 0.75 * steps) * half
        free.rod(canvas.px(u + way[0], v + way[1]), heights, radii, golden)
