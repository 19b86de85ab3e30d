"""A picture as tiles for a viewer: levels, each half as large as the next, cut into squares.

Few and large: a master of 24 Mpx has nine files of at most 2048 px, so that ten thousand stacks are
no more files than a disk likes. Any box of any level can be had as well without them, from the rows
of the TIFF, for a server that makes tiles when they are asked for.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import pyvips
from numpy.typing import NDArray

from imaging.pictures.crop import Box, stored_box, upright
from imaging.pictures.screen import QUALITY, for_screens

TILE_PX = 2048
# Of what is read at once where a level is much smaller than the picture.
_CHUNK_PX = 8 << 20


class Readable(Protocol):
    """What is read by rows, as `tiff.Rows` and `converted.Decoded` are."""

    def read(self, first: int, last: int) -> NDArray:
        """Rows `first` up to, not including, `last`."""


def levels(width: int, height: int, tile_px: int = TILE_PX) -> list[tuple[int, int]]:
    """Width and height of all levels, the smallest, which is a single tile, first.

    Each level is half of the next, rounded up.
    """
    sizes = [(width, height)]
    while max(sizes[0]) > tile_px:
        sizes.insert(0, ((sizes[0][0] + 1) // 2, (sizes[0][1] + 1) // 2))
    return sizes


def write_tiles(
    picture: Path,
    folder: Path,
    tile_px: int = TILE_PX,
    crop: Box | None = None,
    orientation: int = 1,
) -> list[tuple[int, int]]:
    """Write `{level}/{column}_{row}.jpg` of a picture into a new folder, in sRGB.

    Parameters
    ----------
    picture : TIFF
    folder : to be made
    crop, orientation : of what is shown, as `render` takes them; None for the whole

    Returns
    -------
    Levels, as `levels` has them
    """
    is_read_once = orientation == 1
    image = pyvips.Image.new_from_file(
        str(picture), access="sequential" if is_read_once else "random"
    )
    if crop:
        image = image.crop(*crop)
    if orientation != 1:
        image = image.copy()
        image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
        image = image.autorot()
    image = for_screens(image)
    image.dzsave(
        str(folder),
        layout="dz",
        depth="onetile",
        overlap=0,
        tile_size=tile_px,
        suffix=f".jpg[Q={QUALITY},keep=none]",
    )
    # What libvips adds to the tiles names its own version and the time.
    folder.with_name(f"{folder.name}.dzi").unlink()
    made = folder.with_name(f"{folder.name}_files")
    (made / "vips-properties.xml").unlink(missing_ok=True)
    shutil.move(made, folder)
    return levels(image.width, image.height, tile_px)


def render(rows: Readable, crop: Box, orientation: int, step: int, box: Box) -> NDArray[np.uint16]:
    """A box of a level of a picture that is cropped and turned, each px the mean of what it covers.

    Parameters
    ----------
    rows : (H, W, 3) uint16, the picture as it is stored
    crop : x, y, width and height of what is shown of it
    orientation : 1 to 8, as Exif counts, of what is shown
    step : px of the picture for one of the level: 1, 2, 4 …
    box : x, y, width and height in px of the level, upright; what reaches beyond is cut off

    Returns
    -------
    (height, width, 3) uint16
    """
    stored = crop[2], crop[3]
    whole = stored if orientation < 5 else stored[::-1]
    x, y = max(box[0], 0) * step, max(box[1], 0) * step
    right = min((box[0] + box[2]) * step, whole[0])
    bottom = min((box[1] + box[3]) * step, whole[1])
    size = (-(-(bottom - y) // step), -(-(right - x) // step))
    out = np.empty((*size, 3), np.uint16)
    for part in _parts((x, y, right - x, bottom - y), step, is_turned=orientation >= 5):
        left, top, width, height = stored_box(part, stored, orientation)
        left, top = left + crop[0], top + crop[1]
        pixels = upright(rows.read(top, top + height)[:, left : left + width], orientation)
        small = _means(pixels, step)
        row, column = (part[1] - y) // step, (part[0] - x) // step
        out[row : row + small.shape[0], column : column + small.shape[1]] = small
    return out


def _parts(box: Box, step: int, is_turned: bool) -> Iterator[Box]:
    """Cut a box into such as need few rows of the stored picture, on whole px of the level."""
    x, y, width, height = box
    across = height if is_turned else width
    along = max(_CHUNK_PX // max(across, 1) // step, 1) * step
    if is_turned:
        for x0 in range(x, x + width, along):
            yield x0, y, min(along, x + width - x0), height
    else:
        for y0 in range(y, y + height, along):
            yield x, y0, width, min(along, y + height - y0)


def _means(pixels: NDArray[np.uint16], step: int) -> NDArray[np.uint16]:
    """Means of squares of `step` px; at the far borders of what is left of one."""
    if step == 1:
        return pixels
    down, right = -pixels.shape[0] % step, -pixels.shape[1] % step
    if down or right:
        # Repeating what is left keeps its mean as near as a px of the border needs.
        pixels = np.pad(pixels, ((0, down), (0, right), (0, 0)), mode="edge")
    size = pixels.shape[1] // step, pixels.shape[0] // step
    small = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint16)
