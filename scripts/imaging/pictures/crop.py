"""What of a fused image becomes the master: a rectangle of it, turned upright."""

from __future__ import annotations

from numpy.typing import NDArray

from imaging.errors import ImagingError

# Exif 2.32, tag Orientation: where the 0th row and the 0th column of the stored picture lie.
_TURNS = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.swapaxes(0, 1),
    6: lambda p: p[::-1].swapaxes(0, 1),
    7: lambda p: p[::-1, ::-1].swapaxes(0, 1),
    8: lambda p: p[:, ::-1].swapaxes(0, 1),
}


def parse_crop(
    text: str, common: tuple[int, int, int, int], shape: tuple[int, int]
) -> tuple[int, int, int, int]:
    """The rectangle that `common`, `none` or `x,y,width,height` stands for.

    Raises
    ------
    ImagingError : none of these, or a rectangle that reaches beyond the fused image
    """
    rows, columns = shape
    if text == "common":
        return common
    if text == "none":
        return 0, 0, columns, rows
    try:
        x, y, width, height = (int(part) for part in text.split(","))
    except ValueError:
        raise ImagingError(
            f"crop is {text!r}, but must be common, none or x,y,width,height "
            "in px of stack/fused.tif"
        ) from None
    if min(x, y) < 0 or min(width, height) < 1 or x + width > columns or y + height > rows:
        raise ImagingError(f"crop {text} reaches beyond the fused image of {columns} x {rows} px")
    return x, y, width, height


def upright(pixels: NDArray, orientation: int) -> NDArray:
    """Turn a picture (H, W, …) as Exif's orientation 1 to 8 asks; the result may be a view."""
    return _TURNS[orientation](pixels)


def stored_box(
    box: tuple[int, int, int, int], size: tuple[int, int], orientation: int
) -> tuple[int, int, int, int]:
    """Where a box of an upright picture lies in the picture as it is stored.

    Parameters
    ----------
    box : x, y, width and height in the upright picture
    size : width and height of the stored picture
    orientation : 1 to 8, as Exif counts
    """
    x, y, width, height = box
    # What `upright` swaps, it swaps last.
    if orientation >= 5:
        x, y, width, height = y, x, height, width
    if orientation in (2, 3, 7, 8):
        x = size[0] - x - width
    if orientation in (3, 4, 6, 7):
        y = size[1] - y - height
    return x, y, width, height
