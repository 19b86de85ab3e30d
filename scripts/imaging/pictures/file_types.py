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
    lossy : whether it is written in a quality of 1 to 100
    """

    ending: str
    bits: int
    writer: str
    options: Mapping[str, object] = field(default_factory=dict)
    lossy: bool = False


FILE_TYPES: Mapping[str, FileType] = {
    "jpeg": FileType(
        "jpg", 8, "jpegsave", {"optimize_coding": True, "interlace": True}, lossy=True
    ),
    "png": FileType("png", 8, "pngsave", {"compression": 9}),
    "tiff": FileType("tif", 16, "tiffsave", {"compression": "none", "resunit": "inch"}),
}
