"""How many pixels a frame has, by its header alone, before anything is asked for a step."""

from __future__ import annotations

from pathlib import Path

from imaging.errors import ImagingError
from imaging.frames import jpeg_segments, png_chunks
from imaging.frames.formats import sniff
from imaging.frames.tiff_pages import pages_of

# Cameras' lossless raws take 1.2 to 2 bytes for a pixel, lossy ones from 0.6 on.
RAW_BYTES_PER_PX = 1.0


def pixels(path: Path) -> int:
    """Pixels of the largest picture in a file, as its header has them.

    Of a raw whose header is its maker's own, the size of the file tells, roughly.

    Raises
    ------
    OSError : it cannot be read
    """
    try:
        kind = sniff(path)
        if kind == "jpeg":
            header = jpeg_segments.read_header(path)
            return header.width_px * header.height_px
        if kind == "png":
            chunks = png_chunks.read_header(path)
            return chunks.width_px * chunks.height_px
        if kind in ("tiff", "cr2"):
            sizes = [page.width_px * page.height_px for page in pages_of(path) if not page.aside]
            if sizes:
                return max(sizes)
    # What is wrong with it is said by the step that looks at it.
    except ImagingError:
        pass
    return round(path.stat().st_size / RAW_BYTES_PER_PX)
