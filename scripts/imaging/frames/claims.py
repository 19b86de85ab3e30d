"""What a file claims to be, against what it has: a few bytes must not take hours or gigabytes."""

from __future__ import annotations

from imaging.errors import ImagingError
from imaging.frames import tiff

# As a converted frame it must fit into a TIFF of this workflow: 16 bits of three colours.
MOST_PX = tiff.LARGEST_BYTES // 6
# Less does not show what moved.
LEAST_SIDE_PX = 16
# A JPEG block of 8 x 8 px of one even colour takes a bit at the least (ITU-T T.81, F.1.2); a
# photograph, with its noise, takes a hundred times as much in any format.
PX_PER_BIT = 64


def require_size(width_px: int, height_px: int) -> None:
    """Refuse a picture larger than any frame can be, or too small to be aligned.

    Raises
    ------
    ImagingError : with the claim; the reason alone
    """
    if width_px < 1 or height_px < 1:
        raise ImagingError(f"damaged: it claims to have {width_px} x {height_px} px")
    if min(width_px, height_px) < LEAST_SIDE_PX:
        raise ImagingError(
            f"too small: {width_px} x {height_px} px, and a frame has {LEAST_SIDE_PX} px or more "
            "each way"
        )
    if width_px * height_px > MOST_PX:
        raise ImagingError(
            f"too large, or damaged: {_claim(width_px, height_px)}, and a frame may have "
            f"{MOST_PX / 1e6:,.0f} megapixels"
        )


def require_bytes(width_px: int, height_px: int, file_bytes: int) -> None:
    """Refuse a picture larger than its file can hold.

    Raises
    ------
    ImagingError : with the claim; the reason alone
    """
    if width_px * height_px > PX_PER_BIT * 8 * file_bytes:
        raise ImagingError(
            f"truncated or damaged: {_claim(width_px, height_px)} in {file_bytes:,} bytes, too few "
            "for any photograph of that size; copy it again from the camera"
        )


def _claim(width_px: int, height_px: int) -> str:
    return f"it claims {width_px} x {height_px} px ({width_px * height_px / 1e6:,.0f} megapixels)"
