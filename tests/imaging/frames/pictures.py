"""Small pictures and profiles that the tests of this room make, byte by byte where need be."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np

from imaging.frames import colour

RNG = np.random.default_rng(7)
GREY8 = RNG.integers(0, 256, (40, 60), np.uint8)
RGB8 = RNG.integers(0, 256, (40, 60, 3), np.uint8)
GREY16 = RNG.integers(0, 65536, (40, 60), np.uint16)
RGB16 = RNG.integers(0, 65536, (40, 60, 3), np.uint16)


def icc(space=b"RGB ", kind=b"mntr", pcs=b"XYZ ", tags=None):
    """An ICC profile of any kind: Adobe RGB's own tags unless others are given."""
    tags = tags or colour.profile_tags(colour.profile("adobe-rgb"))
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        start = 132 + 12 * len(tags) + len(body)
        table += struct.pack(">4sII", name, start, len(content))
        body += content + b"\0" * (-len(content) % 4)
    head = bytearray(colour.profile("adobe-rgb")[:128])
    head[12:16], head[16:20], head[20:24] = kind, space, pcs
    struct.pack_into(">I", head, 0, 128 + len(table) + len(body))
    return bytes(head) + table + body


def grey_icc(gamma=1.0, pcs=b"XYZ "):
    """A grey profile with a pure power for its curve."""
    own = colour.profile_tags(colour.profile("adobe-rgb"))
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))
    return icc(
        b"GRAY", pcs=pcs, tags={k: own[k] for k in (b"desc", b"cprt", b"wtpt")} | {b"kTRC": curve}
    )


def exif(color_space=None, index=None, orientation=None, thumbnail_index=None):
    """Exif data as cameras write it: a directory, an Exif and an interoperability one in it."""

    def directory(at, entries, following=0):
        values_at = at + 2 + 12 * len(entries) + 4
        table, values = struct.pack("<H", len(entries)), b""
        for tag, kind, count, value in sorted(entries):
            if len(value) > 4:
                table += struct.pack("<HHII", tag, kind, count, values_at + len(values))
                values += value
            else:
                table += struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")
        return table + struct.pack("<I", following) + values

    def interoperability(text):
        return [(1, 2, 4, text + b"\0"), (2, 7, 4, b"0100")]

    exif_at, inner_at, thumbnail_at, its_exif_at, its_inner_at = 200, 300, 400, 500, 600
    main = [(271, 2, 8, b"Example\0"), (34665, 4, 1, struct.pack("<I", exif_at))]
    if orientation:
        main.append((274, 3, 1, struct.pack("<H", orientation)))
    facts = [(36864, 7, 4, b"0230")]
    if color_space is not None:
        facts.append((40961, 3, 1, struct.pack("<H", color_space)))
    parts = {8: directory(8, main, thumbnail_at if thumbnail_index else 0)}
    if index:
        facts.append((40965, 4, 1, struct.pack("<I", inner_at)))
        parts[inner_at] = directory(inner_at, interoperability(index))
    parts[exif_at] = directory(exif_at, facts)
    if thumbnail_index:
        parts[thumbnail_at] = directory(
            thumbnail_at, [(274, 3, 1, b"\x06\0"), (34665, 4, 1, struct.pack("<I", its_exif_at))]
        )
        parts[its_exif_at] = directory(
            its_exif_at,
            [(40961, 3, 1, b"\xff\xff"), (40965, 4, 1, struct.pack("<I", its_inner_at))],
        )
        parts[its_inner_at] = directory(its_inner_at, interoperability(thumbnail_index))
    data = bytearray(max(at + len(part) for at, part in parts.items()))
    data[:8] = b"II*\0" + struct.pack("<I", 8)
    for at, part in parts.items():
        data[at : at + len(part)] = part
    return bytes(data)


def write_png(path: Path, pixels, *chunks):
    """An 8- or 16-bit grey or RGB PNG with further chunks before its picture."""
    depth = 8 * pixels.dtype.itemsize
    height, width = pixels.shape[:2]
    kind = {2: 0, 3: 2}[pixels.ndim]
    big = pixels.astype(pixels.dtype.newbyteorder(">"))
    rows = b"".join(b"\0" + row.tobytes() for row in big)
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    every = [(b"IHDR", head), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    written = b"\x89PNG\r\n\x1a\n"
    for name, content in every:
        written += struct.pack(">I", len(content)) + name + content
        written += struct.pack(">I", zlib.crc32(name + content))
    path.write_bytes(written)
    return path
