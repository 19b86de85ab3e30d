"""ICC profiles of spaces that are known by their primaries and curve alone, as a PNG tells them.

No library at hand makes one: lcms does by functions that Pillow and libvips do not offer, with the
time of making in it. These are matrix/TRC profiles of ICC version 2.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from imaging.frames.colour import ColourSpace, decode

# Bradford adaptation, and D50 as ICC.1:2001-04 writes it.
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
D50 = np.array([0.9642, 1.0, 0.8249])


def build_profile(space: ColourSpace) -> bytes:
    """The ICC profile of an RGB space; the same bytes every time.

    The layout is ICC.1:2001-04, sections 6.1 (header), 6.2 (tag table), 6.3.1 (three-component
    matrix-based display profiles).
    """
    primaries = colorants(space)
    curve = _curve_tag(space)
    tags = {
        b"desc": _description_tag(space.title),
        b"cprt": b"text\0\0\0\0No copyright, use freely\0",
        b"wtpt": _xyz_tag(D50),
        b"rXYZ": _xyz_tag(primaries[:, 0]),
        b"gXYZ": _xyz_tag(primaries[:, 1]),
        b"bXYZ": _xyz_tag(primaries[:, 2]),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    start = 128 + 4 + 12 * len(tags)
    table, body, places = struct.pack(">I", len(tags)), b"", {}
    for name_, content in tags.items():
        if content not in places:
            places[content] = start + len(body)
            body += content + b"\0" * (-len(content) % 4)
        table += struct.pack(">4sII", name_, places[content], len(content))
    size = start + len(body)
    # Size, version 2.1, class, colours, connection by XYZ, a date that never changes, magic, D50.
    layout, kinds = ">I4xI4s4s4s3H6x4s28x3I", (b"mntr", b"RGB ", b"XYZ ")
    header = struct.pack(layout, size, 0x02100000, *kinds, 2026, 1, 1, b"acsp", *map(_fixed, D50))
    return header.ljust(128, b"\0") + table + body


def colorants(space: ColourSpace) -> NDArray[np.float64]:
    """Columns: XYZ of red, green and blue, adapted to D50."""
    xyz = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in space.primaries]).T
    x, y = space.white
    white = np.array([x / y, 1.0, (1 - x - y) / y])
    matrix = xyz * np.linalg.solve(xyz, white)
    adapt = np.linalg.inv(BRADFORD) @ np.diag((BRADFORD @ D50) / (BRADFORD @ white)) @ BRADFORD
    return adapt @ matrix


def _fixed(value: float) -> int:
    return round(value * 65536)


def _xyz_tag(values: NDArray[np.float64]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(_fixed(v) for v in values))


def _description_tag(text: str) -> bytes:
    ascii_text = text.encode("ascii") + b"\0"
    return (
        b"desc\0\0\0\0"
        + struct.pack(">I", len(ascii_text))
        + ascii_text
        + struct.pack(">IIHB67s", 0, 0, 0, 0, b"")
    )


def _curve_tag(space: ColourSpace) -> bytes:
    if space.slope == 0.0:
        return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(space.power * 256))
    values = np.rint(decode(space, np.linspace(0.0, 1.0, 4096)) * 65535).astype(int)
    return b"curv\0\0\0\0" + struct.pack(f">I{len(values)}H", len(values), *values)
