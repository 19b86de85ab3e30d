"""Pictures of every kind that a frame may be, small, and what may happen to their bytes."""

from __future__ import annotations

import io
import os
import random
import struct
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pyvips
import tifffile
from PIL import Image

from imaging.frames import colour
from tests.imaging.frames.pictures import exif, write_png
from tests.imaging.frames.test_inspection import write_dng

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("HOLOSTACK_SHARED_DATA", ROOT.parent / "shared" / "data"))
REAL = ("RAW_KODAK_DC50.KDC", "canon_eos6d_lossy_linear.dng", "emubayer_cfa_1024.dng")
EXTREMES = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


@cache
def originals(folder: Path) -> dict[str, bytes]:
    """Name → bytes; real raws too, where they are at hand."""
    demo = ROOT / "config" / "demo"
    with Image.open(demo / "pcb-jpeg" / "pcb_001.jpg") as frame:
        picture = np.asarray(frame.convert("RGB").crop((600, 400, 856, 592)))
    deep = picture.astype(np.uint16) * 257
    profile = colour.profile("adobe-rgb")
    made: dict[str, bytes] = {}
    for name, options in {
        "baseline.jpg": {},
        "progressive.jpg": {"progressive": True},
        "restarts.jpg": {"restart_marker_rows": 1, "subsampling": 0},
    }.items():
        buffer = io.BytesIO()
        tags = b"Exif\0\0" + exif(color_space=1, index=b"R98", orientation=6)
        Image.fromarray(picture).save(buffer, "JPEG", exif=tags, icc_profile=profile, **options)
        made[name] = buffer.getvalue()
    place = folder / "original"
    chunks = (b"iCCP", b"p\0\0" + zlib.compress(profile)), (b"eXIf", exif(orientation=3))
    made["8.png"] = write_png(place, picture, *chunks).read_bytes()
    made["16.png"] = write_png(place, deep, *chunks).read_bytes()
    image = pyvips.Image.new_from_array(picture).copy(interpretation="srgb")
    image.pngsave(str(place), interlace=True)
    made["interlaced.png"] = place.read_bytes()
    for packing in ("none", "lzw", "deflate", "jpeg", "packbits"):
        image.tiffsave(str(place), compression=packing, tile=packing == "lzw")
        made[f"{packing}.tif"] = place.read_bytes()
    tags = [(34675, 7, len(profile), profile, True), (274, 3, 1, 6, True)]
    tifffile.imwrite(place, deep, photometric="rgb", metadata=None, extratags=tags)
    made["16.tif"] = place.read_bytes()
    made["16.dng"] = write_dng(place, deep[..., 1] // 4 + 600).read_bytes()
    made["demo.dng"] = (demo / "pcb-raw" / "pcb_001.dng").read_bytes()
    made |= {name: (SHARED / "raw" / name).read_bytes() for name in REAL if SHARED.is_dir()}
    place.unlink()
    return made


def truncate(content: bytearray, chance: random.Random) -> None:
    """Lose the end."""
    del content[chance.randrange(len(content)) :]


def blank_end(content: bytearray, chance: random.Random) -> None:
    """Lose the end and keep the length."""
    sector = chance.choice((1, 512, 4096, 32768))
    at = chance.randrange(len(content)) // sector * sector
    content[at:] = chance.choice((b"\0", b"\xff")) * (len(content) - at)


def flip_bits(content: bytearray, chance: random.Random) -> None:
    """Bits here and there, more often in the headers."""
    for _ in range(chance.choice((1, 3, 20))):
        most = chance.choice((len(content), min(len(content), 2048)))
        content[chance.randrange(most)] ^= 1 << chance.randrange(8)


def overwrite(content: bytearray, chance: random.Random) -> None:
    """A run of bytes by others, or by a part of the file itself."""
    size = min(chance.choice((4, 64, 512, 4096)), len(content))
    at, other = (chance.randrange(len(content) - size + 1) for _ in range(2))
    taken = content[other : other + size]
    content[at : at + size] = chance.choice((chance.randbytes(size), taken))


def extreme_fields(content: bytearray, chance: random.Random) -> None:
    """Numbers of the headers set to what hardly anyone expects."""
    for _ in range(chance.choice((1, 2, 5))):
        at = chance.randrange(min(len(content) - 4, chance.choice((64, 600, 4000))))
        width = chance.choice("HI")
        value = chance.choice(EXTREMES) & (0xFFFF if width == "H" else 0xFFFFFFFF)
        struct.pack_into(chance.choice("<>") + width, content, at, value)


def lead_astray(content: bytearray, chance: random.Random) -> None:
    """Offsets in a TIFF or in Exif that lead back, out of the file, or into its pixels."""
    start = content.find(b"II*\0")
    if start < 0:
        return extreme_fields(content, chance)
    for _ in range(chance.choice((1, 3))):
        at = start + 4 + chance.randrange(min(600, len(content) - start - 8))
        target = chance.choice((0, 8, at, len(content) - 1, chance.randrange(len(content))))
        struct.pack_into("<I", content, at, target)
    return None


def damage_metadata(content: bytearray, chance: random.Random) -> None:
    """Bytes of Exif or of the colour profile."""
    marks = [content.find(mark) for mark in (b"Exif\0", b"acsp", b"eXIf", b"iCCP", b"ICC_PROFILE")]
    at = chance.choice([mark for mark in marks if mark >= 0] or [0])
    for _ in range(chance.choice((1, 4, 30))):
        place = min(len(content) - 1, at + chance.randrange(600))
        content[place] = chance.choice((0, 1, 0xFF, chance.randrange(256)))


def shuffle_parts(content: bytearray, chance: random.Random) -> None:
    """Segments of a JPEG or chunks of a PNG, doubled, swapped or left out."""
    parts = split(bytes(content))
    if len(parts) < 3:
        return overwrite(content, chance)
    one, other = (chance.randrange(1, len(parts)) for _ in range(2))
    how = chance.randrange(3)
    if how == 0:
        parts[one], parts[other] = parts[other], parts[one]
    elif how == 1:
        parts.insert(one, parts[other])
    else:
        del parts[one]
    content[:] = b"".join(parts)
    return None


def split(content: bytes) -> list[bytes]:
    """The parts of a JPEG up to its scan, or of a PNG; the whole of anything else."""
    if content.startswith(b"\x89PNG"):
        parts, at = [content[:8]], 8
        while at + 12 <= len(content):
            size = 12 + struct.unpack_from(">I", content, at)[0]
            parts.append(content[at : at + size])
            at += size
        return parts
    if content.startswith(b"\xff\xd8"):
        parts, at = [content[:2]], 2
        while at + 4 <= len(content) and content[at + 1] != 0xDA:
            size = 2 + struct.unpack_from(">H", content, at + 2)[0]
            parts.append(content[at : at + size])
            at += size
        return [*parts, content[at:]]
    return [content]


def true_sums(content: bytearray) -> None:
    """Sums of a PNG's chunks put right, so that what is in them is believed."""
    if content.startswith(b"\x89PNG"):
        at = 8
        while at + 12 <= len(content):
            size = struct.unpack_from(">I", content, at)[0]
            if at + 12 + size > len(content):
                return
            struct.pack_into(
                ">I", content, at + 8 + size, zlib.crc32(content[at + 4 : at + 8 + size])
            )
            at += 12 + size


FAULTS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    truncate,
    blank_end,
    flip_bits,
    overwrite,
    extreme_fields,
    lead_astray,
    damage_metadata,
    shuffle_parts,
)


def damaged(seed: int, folder: Path) -> tuple[str, bytes]:
    """A picture's name and its bytes after one or two faults, by the seed alone."""
    chance = random.Random(seed)
    name, content = chance.choice(sorted(originals(folder).items()))
    changed = bytearray(content)
    done = []
    for _ in range(chance.choice((1, 1, 2))):
        fault = chance.choice(FAULTS)
        if len(changed) > 16:
            fault(changed, chance)
            done.append(fault.__name__)
    if chance.random() < 0.5:
        true_sums(changed)
    return f"{'+'.join(done)}-{seed}-{name}", bytes(changed)
