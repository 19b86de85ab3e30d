"""A height map as a TIFF: µm in float32, or in 16 bits with what a value stands for."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames import tiff

FLOAT, SIXTEEN_BITS = "height", "height-16"
# Of 16 bits, 0 is kept for what is not known.
UNKNOWN, LEAST, MOST = 0, 1, 65535
ROUND = (1, 2, 5)
# Of what is flat; finer than this, nothing is known of a height.
LEAST_RANGE_UM = 1.0


@dataclass(frozen=True)
class Coding:
    """What a 16-bit value stands for: height_um = offset_um + scale_um * value; 0 is unknown."""

    offset_um: float
    scale_um: float

    def encode(self, heights_um: NDArray[np.float32]) -> NDArray[np.uint16]:
        """Values of heights in µm, NaN where unknown, both (H, W); off by half a scale at most."""
        values = np.rint((heights_um.astype(np.float64) - self.offset_um) / self.scale_um)
        known = np.isfinite(values)
        return np.where(known, np.clip(values, LEAST, MOST), UNKNOWN).astype(np.uint16)


def coding_for(least_um: float, most_um: float) -> Coding:
    """The finest coding of a round scale, 1, 2 or 5 times a power of ten, that holds a range."""
    finest = max(most_um - least_um, LEAST_RANGE_UM) / (MOST - LEAST - 1)
    power = 10.0 ** math.floor(math.log10(finest))
    scale = next(step * power for step in (*ROUND, 10) if step * power >= finest)
    # As a person reads them: 0.1, where powers give 0.10000000000000002.
    scale = float(f"{scale:.0e}")
    offset = math.floor(least_um / scale) * scale - scale
    return Coding(float(f"{offset:.12g}"), scale)


def write_height_map(
    depth: Path,
    out: Path,
    format: str,
    told: Mapping[str, object],
    resolution_ppi: float | None,
    xmp: bytes,
    texts: Mapping[str, str],
) -> dict[str, object]:
    """Write the known heights of a depth map, strip by strip.

    Parameters
    ----------
    depth : map (H, W) float32, µm, larger nearer to the camera, NaN where it is not known
    format : FLOAT, or SIXTEEN_BITS
    told : what is said of the map's values, for ImageDescription: one line of JSON, ASCII
    resolution_ppi : pixels per inch on the object, None where it is not known
    texts : further tags by the names of `tiff.TEXT_TAGS`, ASCII; the description is `told`

    Returns
    -------
    what a reader needs: `least_um`, `most_um`, and of 16 bits `offset_um`, `scale_um`

    Raises
    ------
    ImagingError : no height is known, or the format is none of these
    """
    if format not in (FLOAT, SIXTEEN_BITS):
        raise ImagingError(f"format is {format!r}, but must be {FLOAT} or {SIXTEEN_BITS}")
    with tiff.open_rows(depth) as plane:
        ranges = [
            (float(known.min()), float(known.max()))
            for _, rows in _strips(plane)
            if (known := rows[np.isfinite(rows)]).size
        ]
        if not ranges:
            raise ImagingError(f"{depth}: no height is known, so that there is no height map")
        least, most = min(low for low, _ in ranges), max(high for _, high in ranges)
        facts: dict[str, object] = {"least_um": round(least, 3), "most_um": round(most, 3)}
        coding = coding_for(least, most) if format == SIXTEEN_BITS else None
        if coding:
            facts |= {"offset_um": coding.offset_um, "scale_um": coding.scale_um, "unknown": 0}
            facts |= {"height_um": "offset_um + scale_um * value"}
        text = {
            **texts,
            "description": json.dumps({**told, **facts}),
            "gdal_metadata": _gdal_metadata(coding),
            "gdal_nodata": str(UNKNOWN) if coding else "nan",
        }
        dtype = np.uint16 if coding else np.float32
        with tiff.create_image(
            out, plane.extent, dtype=dtype, resolution_ppi=resolution_ppi, text=text, xmp=xmp
        ) as image:
            for first, rows in _strips(plane):
                image.write(first, coding.encode(rows) if coding else rows)
    return facts


def _strips(plane: tiff.Rows) -> Iterator[tuple[int, NDArray[np.float32]]]:
    height, width = plane.extent
    count = max(1, tiff.CHUNK_BYTES // (4 * width))
    for first in range(0, height, count):
        yield first, plane.read(first, min(first + count, height))


def _gdal_metadata(coding: Coding | None) -> str:
    """Unit, offset and scale as GDAL keeps them in a TIFF (its driver GTiff, GDALMetadata)."""
    root = ET.Element("GDALMetadata")
    items = {"UNITTYPE": "um"}
    if coding:
        items |= {"OFFSET": repr(coding.offset_um), "SCALE": repr(coding.scale_um)}
    for name, value in items.items():
        item = ET.SubElement(root, "Item", name=name, sample="0", role=name.lower())
        item.text = value
    return ET.tostring(root, encoding="unicode")
