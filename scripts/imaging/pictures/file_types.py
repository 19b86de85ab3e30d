"""The file types that pictures are written in: what each ends in, holds, and is written by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FileType:
    """One type of file.

    Attributes
    ----------
    ending : of its files' names, without the dot
    bits : of a sample
    writer : method of libvips that writes it
    options : of the writer
    lossy : whether its writer takes a quality of 1 to 100
    subsampled : whether its writer may keep colour at half the resolution, and is told whether
    """

    ending: str
    bits: int
    writer: str
    options: Mapping[str, object] = field(default_factory=dict)
    lossy: bool = False
    subsampled: bool = False


FILE_TYPES: Mapping[str, FileType] = {
    "jpeg": FileType(
        ending="jpg",
        bits=8,
        writer="jpegsave",
        options={"optimize_coding": True, "interlace": True},
        lossy=True,
        subsampled=True,
    ),
    "png": FileType("png", 8, "pngsave", {"compression": 9}),
    "tiff": FileType("tif", 16, "tiffsave", {"compression": "none", "resunit": "inch"}),
}
