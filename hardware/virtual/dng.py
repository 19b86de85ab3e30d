"""Write a CFA DNG 1.4 with an Exif folder, as a camera would.

Source: Adobe DNG specification 1.4.0.0; TIFF 6.0; Exif 2.32. Little-endian, one strip,
uncompressed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardware.virtual.sensor import BLACK, NEUTRAL, WHITE

# XYZ (D65) to linear sRGB, IEC 61966-2-1.
XYZ_TO_SRGB = np.array(
    [
        [3.2404542, -1.5371385, -0.4985314],
        [-0.9692660, 1.8760108, 0.0415560],
        [0.0556434, -0.2040259, 1.0572252],
    ]
)
BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SRATIONAL = 1, 2, 3, 4, 5, 7, 10
SIZES = {BYTE: 1, ASCII: 1, SHORT: 2, LONG: 4, RATIONAL: 8, UNDEFINED: 1, SRATIONAL: 8}
CFA = 32803

Tag = tuple[int, int, object]


@dataclass(frozen=True)
class Facts:
    """What a camera writes beside the pixels. `taken_at` as Exif has it: YYYY:MM:DD hh:mm:ss."""

    make: str
    model: str
    serial_number: str
    lens: str
    focal_length_mm: float
    aperture_f: float
    exposure_s: float
    iso: int
    taken_at: str
    software: str


def dng_bytes(mosaic: NDArray[np.uint16], facts: Facts) -> bytes:
    """A whole DNG file of a mosaic: (h, w) uint16, RGGB, levels as `sensor.record` gives them."""
    height, width = mosaic.shape
    pixels = mosaic.astype("<u2").tobytes()
    matrix = (np.diag(NEUTRAL) @ XYZ_TO_SRGB).ravel()
    exif: list[Tag] = [
        (33434, RATIONAL, [facts.exposure_s]),
        (33437, RATIONAL, [facts.aperture_f]),
        (34855, SHORT, [facts.iso]),
        (36864, UNDEFINED, b"0232"),
        (36867, ASCII, facts.taken_at),
        (36868, ASCII, facts.taken_at),
        (37386, RATIONAL, [facts.focal_length_mm]),
        (41986, SHORT, [1]),  # exposure: manual
        (41987, SHORT, [1]),  # white balance: manual
        (42033, ASCII, facts.serial_number),
        (42036, ASCII, facts.lens),
    ]
    main: list[Tag] = [
        (254, LONG, [0]),
        (256, LONG, [width]),
        (257, LONG, [height]),
        (258, SHORT, [16]),
        (259, SHORT, [1]),
        (262, SHORT, [CFA]),
        (271, ASCII, facts.make),
        (272, ASCII, facts.model),
        (273, LONG, [0]),
        (274, SHORT, [1]),
        (277, SHORT, [1]),
        (278, LONG, [height]),
        (279, LONG, [len(pixels)]),
        (284, SHORT, [1]),
        (305, ASCII, facts.software),
        (306, ASCII, facts.taken_at),
        (33421, SHORT, [2, 2]),
        (33422, BYTE, bytes([0, 1, 1, 2])),
        (34665, LONG, [0]),
        (50706, BYTE, bytes([1, 4, 0, 0])),
        (50707, BYTE, bytes([1, 1, 0, 0])),
        (50708, ASCII, f"{facts.make} {facts.model}"),
        (50710, BYTE, bytes([0, 1, 2])),
        (50711, SHORT, [1]),
        (50713, SHORT, [1, 1]),
        (50714, LONG, [BLACK]),
        (50717, LONG, [WHITE]),
        (50721, SRATIONAL, list(matrix)),
        (50728, RATIONAL, list(NEUTRAL)),
        (50735, ASCII, facts.serial_number),
        (50778, SHORT, [21]),  # calibrated for D65
    ]
    exif_at = 8 + _folder_size(main)
    pixels_at = exif_at + _folder_size(exif)
    places = {273: [pixels_at], 34665: [exif_at]}
    main = [(code, kind, places.get(code, value)) for code, kind, value in main]
    return b"II*\0" + struct.pack("<I", 8) + _folder(main, 8) + _folder(exif, exif_at) + pixels


def _folder_size(tags: list[Tag]) -> int:
    return len(_folder(tags, 0))


def _folder(tags: list[Tag], at: int) -> bytes:
    """One image file directory at byte `at`, its long values following it."""
    entries, values = b"", b""
    values_at = at + 2 + 12 * len(tags) + 4
    for code, kind, value in tags:
        data = _encode(kind, value)
        entries += struct.pack("<HHI", code, kind, len(data) // SIZES[kind])
        if len(data) <= 4:
            entries += data.ljust(4, b"\0")
        else:
            entries += struct.pack("<I", values_at + len(values))
            values += data + b"\0" * (len(data) % 2)
    return struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0) + values


def _encode(kind: int, value: Any) -> bytes:  # noqa: ANN401 - by kind
    if kind == ASCII:
        return value.encode("ascii") + b"\0"
    if kind in (BYTE, UNDEFINED):
        return value
    if kind in (SHORT, LONG):
        return struct.pack(f"<{len(value)}{'H' if kind == SHORT else 'I'}", *value)
    ratios = [Fraction(float(number)).limit_denominator(10_000) for number in value]
    parts = [part for ratio in ratios for part in (ratio.numerator, ratio.denominator)]
    return struct.pack(f"<{len(parts)}{'I' if kind == RATIONAL else 'i'}", *parts)
