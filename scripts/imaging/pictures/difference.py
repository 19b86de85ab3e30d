"""How two pictures of the same scene differ: in numbers, and as a picture of where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from imaging.frames import tiff

ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class Difference:
    """Differences between 16-bit pictures, in values of 0 to 65535.

    Attributes
    ----------
    size_px : (width, height) of both, or None where their sizes differ
    largest, mean : of the absolute differences of all samples
    changed_part : part of the pixels that differ at all, 0 to 1
    """

    size_px: tuple[int, int] | None
    largest: int = 0
    mean: float = 0.0
    changed_part: float = 0.0

    def __str__(self) -> str:
        if self.size_px is None:
            return "the two have different sizes"
        return (
            f"{self.changed_part:.2%} of the pixels differ, by {self.largest} of 65535 at most "
            f"and {self.mean:.3g} on average"
        )


def compare(before: Path, after: Path, picture: Path | None = None) -> Difference:
    """Compare two uncompressed TIFFs row by row.

    Parameters
    ----------
    before, after : TIFFs of shape (height, width, 3), uint16
    picture : 8-bit PNG to write, black where they agree and white where they differ most, by the
        square root between, so that small differences are seen beside large ones
    """
    with tiff.open_rows(before) as first, tiff.open_rows(after) as second:
        if first.shape != second.shape or first.dtype != second.dtype:
            return Difference(None)
        height, width = first.shape[:2]
        where = np.zeros((height, width), np.uint16)
        total = 0.0
        for top in range(0, height, ROWS_AT_ONCE):
            bottom = min(height, top + ROWS_AT_ONCE)
            apart = np.abs(
                first.read(top, bottom).astype(np.int32) - second.read(top, bottom)
            ).reshape(bottom - top, width, -1)
            total += float(apart.sum())
            where[top:bottom] = apart.max(axis=2)
        largest = int(where.max(initial=0))
        if picture:
            # Rounded up: what differs at all is not black.
            scaled = np.ceil(255 * np.sqrt(where / np.float32(max(largest, 1))))
            Image.fromarray(scaled.astype(np.uint8)).save(picture, "PNG")
        samples = height * width * (first.shape[2] if len(first.shape) > 2 else 1)
        changed = float((where > 0).mean()) if where.size else 0.0
        return Difference((width, height), largest, total / max(samples, 1), changed)
