"""Whether the strips or tiles of a TIFF can be the picture that its directory claims.

A decoder trusts the directory. Where a place or a number in it is wrong, the picture still decodes,
with a part of it shown twice, sheared, or black. Layout: TIFF 6.0, sections 3, 8 and 15.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from imaging.errors import ImagingError
from imaging.frames.tiff_pages import Page

_ROWS_PER_STRIP, _UNCOMPRESSED = 278, 1
_HEADER_BYTES = 8
# Of fewer rows, a strip filled up to a round number may look like one of more columns.
LEAST_ROWS = 8
_AGAIN = "copy it again, or export it again"


def require_apart(pages: Sequence[Page]) -> None:
    """Refuse pictures with a strip or tile that is empty, or lies on the header or on another.

    Raises
    ------
    ImagingError : with its number, from 1; the reason alone
    """
    for page in pages:
        placed = sorted((start, end, k) for k, (start, end) in enumerate(page.pieces, start=1))
        for start, end, k in placed:
            if start == end or start < _HEADER_BYTES:
                what = "nothing" if start == end else "the file's header"
                raise ImagingError(
                    f"damaged TIFF: strip or tile {k} of {len(placed)} is {what}, by the place and "
                    f"the number of bytes that are written for it; {_AGAIN}"
                )
        for (_, end, k), (start, _, other) in pairwise(placed):
            if start < end:
                first, second = sorted((k, other))
                raise ImagingError(
                    f"damaged TIFF: its strips or tiles {first} and {second} lie on each other, at "
                    f"byte {start}, so that one of them would be shown twice; {_AGAIN}"
                )


def require_claimed_size(page: Page) -> None:
    """Refuse a picture whose strips or tiles are more than its width and height make, or larger.

    Of fewer and smaller ones the decoder itself says that they are too few.

    Raises
    ------
    ImagingError : with the claim; the reason alone
    """
    claim = f"its directory claims {page.width_px} x {page.height_px} px"
    rows = page.directory.number(_ROWS_PER_STRIP) or page.height_px
    rows = min(rows, page.height_px)
    count = page.planes * (page.tiles or -(-page.height_px // rows))
    if len(page.pieces) > count:
        raise ImagingError(
            f"damaged TIFF: {claim}, which are {count} strips or tiles, but it has "
            f"{len(page.pieces)}; {_AGAIN}"
        )
    if page.tiles or page.compression != _UNCOMPRESSED or not page.pieces:
        return
    start, end = page.pieces[0]
    more = end - start - rows * page.row_bytes
    # Whole rows or columns too many; some writers fill the last bytes of a strip up.
    columns = rows >= LEAST_ROWS and more % (rows * page.row_bytes // page.width_px or 1) == 0
    if more > 0 and (columns or more % page.row_bytes == 0):
        raise ImagingError(
            f"damaged TIFF: {claim}, for which its first strip needs {rows * page.row_bytes:,} "
            f"bytes, but it has {end - start:,}, so that width or height is not that of the "
            f"picture; {_AGAIN}"
        )
