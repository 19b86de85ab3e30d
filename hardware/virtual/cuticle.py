"""Body of the virtual beetle: wing cases with striae of punctures, pronotum, head and eyes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hardware.virtual import light
from hardware.virtual.scene import Layer
from hardware.virtual.species import Canvas, Species, noise


def _part(of: NDArray, first: float, last: float) -> NDArray:
    """How far between two lengths, 0 to 1."""
    return np.clip((of - first) / (last - first), 0, 1)


def _outline(part: NDArray, before: float, behind: float) -> NDArray:
    """Width, at most 1, along a part 0..1 of the body: blunt where the power is small."""
    peak = before / (before + behind)
    return (part / peak) ** before * ((1 - part) / (1 - peak)) ** behind


def body(canvas: Canvas, of: Species, rng: np.random.Generator) -> Layer:
    """Wing cases, pronotum, head and eyes."""
    u, v, relief, shape = canvas.u, canvas.v, canvas.relief_um, canvas.shape
    scale = canvas.half_px / 600
    height = np.full(shape, 0.1 * relief, np.float32)

    # Of punctures smaller than a pixel nothing is seen.
    seen = min(0.01 * canvas.half_px / 1.5, 1.0)

    # Wing cases.
    part = _part(v, -0.24, 0.86)
    wide = of.width * _outline(part, 0.22, 0.50)
    across = np.abs(u) / np.maximum(wide, 1e-3)
    on_case = (across < 1) & (part > 0) & (part < 1)
    across = np.clip(across, 0, 1)
    crown = _outline(np.clip(part, 0.004, 1), 0.30, 0.42)
    case_um = relief * (0.14 + 0.62 * crown * np.sqrt(1 - across**2 * 0.985))
    lane = across * of.striae
    groove = 0.5 + 0.5 * np.cos(2 * np.pi * lane)
    number = np.round(lane)
    offsets = rng.uniform(0, 1, of.striae + 2).astype(np.float32)
    side = (u > 0).astype(int)
    turn = part * of.punctures + offsets[number.astype(int)] + 0.37 * side
    jitter = 0.16 * noise(rng, shape, 7 * scale + 0.6)
    step_v = 1.1 / of.punctures
    lane_u = wide / of.striae
    near = np.hypot(
        (lane - number) * lane_u / 0.013,
        (turn + jitter - np.round(turn + jitter)) * step_v / 0.0125,
    )
    inner = (number > 0) & (number < of.striae) & (part > 0.03) & (part < 0.95)
    pit = np.clip(1.25 - near, 0, 1) * inner
    pit = pit * pit * (3 - 2 * pit) * seen
    suture = np.exp(-((u / 0.006) ** 2))
    fine = noise(rng, shape, 1.1 * max(scale, 0.4), 2.2 * max(scale, 0.4))
    broad = noise(rng, shape, 30 * scale + 1, 80 * scale + 2)
    unit_um = relief / 1500
    case_um = case_um - unit_um * (
        26 * pit + 7 * groove * inner + 34 * suture - 1.1 * fine - 5 * broad
    )
    height = np.where(on_case, case_um, height)

    # Pronotum, over the front of them.
    part_p = _part(v, -0.56, -0.215)
    wide_p = (
        of.width
        * of.waist
        * (0.80 + 0.20 * np.sin(np.pi * part_p**0.9))
        * np.where(part_p < 0.12, np.sqrt(np.clip(part_p / 0.12, 0, 1) * 0.35 + 0.65), 1)
    )
    across_p = np.abs(u) / np.maximum(wide_p, 1e-3)
    bow = -0.215 + 0.035 * np.cos(np.clip(across_p, 0, 1) * np.pi) - 0.02
    on_pronotum = (across_p < 1) & (part_p > 0) & (v < bow)
    across_p = np.clip(across_p, 0, 1)
    dots = _dots(rng, canvas, 0.010, 0.55) * seen
    pronotum_um = relief * (
        0.20
        + 0.42 * np.sqrt(1 - 0.97 * across_p**2.4) * np.sqrt(np.sin(np.pi * (0.10 + 0.78 * part_p)))
    )
    edge = np.exp(-(((1 - across_p) / 0.035) ** 2))
    pronotum_um = pronotum_um - unit_um * (15 * dots - 1.1 * fine - 4 * broad - 16 * edge)
    pronotum_um = pronotum_um - unit_um * 9 * np.exp(-((u / 0.008) ** 2)) * (part_p > 0.2)
    height = np.where(on_pronotum & (pronotum_um > height), pronotum_um, height)

    # Head, under the front of the pronotum, and its eyes.
    head = np.hypot(u / (0.62 * of.width * of.waist), (v + 0.60) / 0.17)
    on_head = (head < 1) & ~on_pronotum
    head_um = relief * (0.20 + 0.27 * np.sqrt(np.clip(1 - head**2, 0, 1)))
    head_um = head_um - unit_um * (11 * dots - 1.1 * fine)
    furrow = np.exp(-((np.abs(u) - 0.5 * (-0.56 - v)) ** 2) / 0.00012) * (v > -0.72)
    height = np.where(on_head & (head_um > height), head_um - 18 * unit_um * furrow, height)
    eye_u = 0.60 * of.width * of.waist
    eye = np.minimum(
        np.hypot((u - eye_u) / 0.062, (v + 0.605) / 0.082),
        np.hypot((u + eye_u) / 0.062, (v + 0.605) / 0.082),
    )
    eye_um = relief * (0.24 + 0.17 * np.sqrt(np.clip(1 - eye**2, 0, 1)))
    facet = 0.0095
    hexagons = (
        np.cos(2 * np.pi * u / facet)
        + np.cos(2 * np.pi * (0.5 * u + 0.866 * v) / facet)
        + np.cos(2 * np.pi * (0.5 * u - 0.866 * v) / facet)
    )
    on_eye = (eye < 1) & ~on_pronotum & (eye_um > height)
    # Of facets smaller than a few px nothing is seen.
    facets = hexagons * (facet * canvas.half_px > 4)
    height = np.where(on_eye, eye_um + 2.0 * unit_um * facets, height)
    # Mouthparts before it.
    jaw = np.hypot(u / (0.24 * of.width), (v + 0.757) / 0.042)
    on_jaw = (jaw < 1) & ~on_head & ~on_pronotum
    jaw_um = relief * (0.16 + 0.10 * np.sqrt(np.clip(1 - jaw**2, 0, 1)))
    height = np.where(on_jaw, jaw_um, height).astype(np.float32)

    on_body = on_case | on_pronotum | on_head | on_eye | on_jaw
    smooth = light.normals(height, canvas.pitch_um, max(1.4 * scale, 0.5))
    sharp = light.normals(height, canvas.pitch_um, max(0.7 * scale, 0.4))
    film_nm = of.film_nm + of.film_change_nm * (
        0.9 * np.where(on_case, across - 0.35, 0.25 * across_p - 0.30)
        + 0.5 * np.where(on_case, part - 0.4, 0)
        + 0.12 * broad
    )
    metal = light.film(smooth, film_nm) * of.metal
    black = np.where(on_eye | on_jaw, 1.0, 0.0)[..., None]
    metal = metal * (1 - black) + 0.015 * black
    dark = (1 - 0.55 * np.where(on_case, pit, dots * ~on_eye))[..., None]
    mirror = light.mirrored(sharp, 0.05)[..., None]
    wide_mirror = light.mirrored(smooth, 0.25)[..., None]
    coat = 0.05 + 0.45 * (1 - smooth[..., 2:]) ** 4
    radiance = metal * dark * (
        0.55 * mirror + 0.85 * wide_mirror + 0.10 * light.diffuse(smooth)[..., None]
    ) + coat * light.mirrored(sharp, 0.01)[..., None] * np.where(black, 2.2, 1.0)
    radiance *= light.openness(height, canvas.pitch_um, 26 * scale + 1)[..., None]
    radiance *= (1 - 0.7 * suture * on_case * ~on_pronotum)[..., None]
    return Layer(height, radiance.astype(np.float32), on_body.astype(np.float32))


def _dots(rng: np.random.Generator, canvas: Canvas, radius: float, dense: float) -> NDArray:
    """(h, w) 0..1: random punctures, one in each cell of a grid that is shaken."""
    cell = 2.6 * radius
    u, v = canvas.u / cell, canvas.v / cell
    nearest = np.full(canvas.shape, 9.0, np.float32)
    side = 2 * int(2 / cell) + 8
    shaken = rng.uniform(-0.38, 0.38, (3, side, side)).astype(np.float32)
    for k in (-1, 0, 1):
        for n in (-1, 0, 1):
            row, column = np.floor(v).astype(int) + k, np.floor(u).astype(int) + n
            at = (row % side, column % side)
            off = np.hypot(v - row - 0.5 - shaken[0][at], u - column - 0.5 - shaken[1][at])
            off = np.where(shaken[2][at] < 0.76 * dense - 0.38 + 0.38, off, 9.0)
            nearest = np.minimum(nearest, off * cell / radius)
    pit = np.clip(1.2 - nearest, 0, 1)
    return pit * pit * (3 - 2 * pit)
