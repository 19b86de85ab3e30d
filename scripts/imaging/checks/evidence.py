"""Small pictures of where something was found, cut out of a fused image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.checks.touching import groups_of
from imaging.frames import tiff
from imaging.pictures.crop import upright

# Crops of one finding; more places are in the record.
MOST_PICTURES = 3
# Px round a place that are shown with it, and the longer edge of what is written.
AROUND_PX = 96
LONG_EDGE_PX = 512
QUALITY = 85


def places_of(
    cells: NDArray[np.bool_], size_px: int, shape: tuple[int, int]
) -> tuple[tuple[int, int, int, int], ...]:
    """The largest groups of cells that touch, as (x, y, width, height) in px of the picture."""
    return tuple(in_px(place, size_px, shape) for place, _ in groups(cells)[:MOST_PICTURES])


def groups(cells: NDArray[np.bool_]) -> list[tuple[tuple[slice, slice], int]]:
    """Groups of cells that touch: where they lie and how many they are, the largest first."""
    found = [(group.place, group.number) for group in groups_of(cells, corners=True)]
    return sorted(found, key=lambda group: -group[1])


def in_px(
    place: tuple[slice, slice], size_px: int, shape: tuple[int, int]
) -> tuple[int, int, int, int]:
    """A rectangle of cells as (x, y, width, height) in px of the picture (rows, columns)."""
    y, x = place[0].start * size_px, place[1].start * size_px
    bottom, right = min(place[0].stop * size_px, shape[0]), min(place[1].stop * size_px, shape[1])
    return x, y, right - x, bottom - y


def write_crop(
    fused: tiff.Rows, place: tuple[int, int, int, int], orientation: int, target: Path
) -> None:
    """Write a place of a fused image and what lies round it as a small upright JPEG."""
    from PIL import Image  # only where something was found

    x, y, width, height = place
    top, bottom = max(y - AROUND_PX, 0), min(y + height + AROUND_PX, fused.shape[0])
    left, right = max(x - AROUND_PX, 0), min(x + width + AROUND_PX, fused.shape[1])
    pixels = fused.read(top, bottom)[:, left:right]
    eight_bits = np.ascontiguousarray(upright((pixels >> 8).astype(np.uint8), orientation))
    picture = Image.fromarray(eight_bits)
    picture.thumbnail((LONG_EDGE_PX, LONG_EDGE_PX))
    picture.save(target, format="JPEG", quality=QUALITY, icc_profile=fused.icc)
