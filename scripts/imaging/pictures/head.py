"""What the head of a picture's file says, without reading its px."""

from __future__ import annotations

from pathlib import Path

import pyvips


def size_px(path: Path) -> tuple[int, int] | None:
    """Width and height of a JPEG, PNG or TIFF; None where its head cannot be read."""
    try:
        image = pyvips.Image.new_from_file(str(path), access="sequential")
    except pyvips.Error:
        return None
    return image.width, image.height
