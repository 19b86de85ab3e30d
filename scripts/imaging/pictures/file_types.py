"""The file types that pictures are written in: what each ends in, holds, and is written by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# Written as a master is, row by row.
ROWS = "rows"


@dataclass(frozen=True)
class FileType:
    """One type of file.

    Attributes
    ----------
    ending : of its files' names, without the dot
    bits : of a sample
    writer : method of libvips that writes it, or `ROWS`
    options : of the writer
    lossy : whether its writer takes a quality of 1 to 100
    subsampled : whether its writer may keep colour at half the resolution, and is told whether
    longest_px : of an edge that the type can hold; None where no master is as long
    optional : whether builds of libvips lack its encoder
    one_thread : whether its encoder makes other bits of a picture with other numbers of threads
    """

    ending: str
    bits: int
    writer: str
    options: Mapping[str, object] = field(default_factory=dict)
    lossy: bool = False
    subsampled: bool = False
    longest_px: int | None = None
    optional: bool = False
    one_thread: bool = False


FILE_TYPES: Mapping[str, FileType] = {
    "jpeg": FileType(
        ending="jpg",
        bits=8,
        writer="jpegsave",
        options={"optimize_coding": True, "interlace": True},
        lossy=True,
        subsampled=True,
        longest_px=65_500,
    ),
    "png": FileType("png", 8, "pngsave", {"compression": 9}),
    "tiff": FileType("tif", 16, ROWS),
    # Of WebP, lossy, colour is always kept at half the resolution, here with care for edges.
    "webp": FileType(
        ending="webp",
        bits=8,
        writer="webpsave",
        options={"effort": 4, "smart_subsample": True},
        lossy=True,
        longest_px=16_383,
        optional=True,
    ),
    # A picture of 2048 px takes 3 s; an effort of 4 half as long again, for 8 % fewer bytes.
    "avif": FileType(
        ending="avif",
        bits=8,
        writer="heifsave",
        options={"compression": "av1", "encoder": "aom", "effort": 3, "bitdepth": 8},
        lossy=True,
        subsampled=True,
        longest_px=16_384,
        optional=True,
        one_thread=True,
    ),
}
