"""Whether bytes of a TIFF's picture, or of a DNG's, were lost on a card or disk.

In compressed data a blank sector is damage. In uncompressed data it may be a black or a white part
of the picture: there it is damage where the px right before and above it are otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from imaging.errors import ImagingError
from imaging.frames.blank_runs import SECTOR_BYTES, BlankRun
from imaging.frames.tiff_pages import Page

# Deflate, LZW and JPEG hold thousands of runs; one that also ends with a page of memory is no
# chance.
HOLE_BYTES = 4096
_UNCOMPRESSED, _JPEG, _LOSSY_JPEG = 1, 7, 34892
# Of the px right before a black part of a picture more than these are black.
FEW = 0.05
_AGAIN = "copy it again from the camera or the card"


def blank_parts(path: Path, pages: Sequence[Page], runs: Sequence[BlankRun]) -> str | None:
    """Look for blank sectors in the data of pictures.

    Parameters
    ----------
    runs : of the file, as `blank_runs.blank_runs` finds them

    Returns
    -------
    what may be damage and may be the picture, None where nothing may

    Raises
    ------
    ImagingError : what is damage; the reason alone
    """
    doubt = None
    for run in runs:
        page = next((page for page in pages if _lies_in(run, page)), None)
        whole_pages = run.start % HOLE_BYTES == 0 and run.end % HOLE_BYTES == 0
        if page is None or not (run.to_the_end or whole_pages):
            continue
        if page.compression == _UNCOMPRESSED:
            if not _abrupt(path, page, run):
                continue
            if (run.start - page.pieces[0][0]) % _row_bytes(page) == 0:
                doubt = f"{run}, or its last rows are a border of one colour"
                continue
        raise ImagingError(f"damaged: {run}, within its picture; {_AGAIN}")
    return doubt


def require_whole_jpegs(path: Path, pages: Sequence[Page]) -> None:
    """Walk through every strip or tile of a picture that is a JPEG.

    Raises
    ------
    ImagingError : destroyed or missing data; the reason alone
    """
    pages = [page for page in pages if page.compression in (_JPEG, _LOSSY_JPEG)]
    if not pages:
        return
    # Only who examines a JPEG waits for the compiler of kernels to be loaded.
    from imaging.frames import jpeg_scan

    for page in pages:
        for start, end in page.pieces:
            jpeg_scan.walk(path, start, end, page.jpeg_tables)


def _lies_in(run: BlankRun, page: Page) -> bool:
    return any(
        start < run.end and run.start < end and run.start > page.pieces[0][0]
        for start, end in page.pieces
    )


def _row_bytes(page: Page) -> int:
    return max(1, page.row_samples * page.bits // 8)


def _abrupt(path: Path, page: Page, run: BlankRun) -> bool:
    """Whether the row of px that ends where the run starts has hardly any of its value."""
    first = max(page.pieces[0][0], run.start - max(_row_bytes(page), SECTOR_BYTES))
    kind = np.uint16 if page.bits == 16 else np.uint8
    with path.open("rb") as file:
        file.seek(first)
        before = file.read(run.start - first)
    odd = (run.start - page.pieces[0][0]) % kind().itemsize
    before = before[: len(before) - odd]
    samples = np.frombuffer(before[len(before) % kind().itemsize :], kind)
    blank = np.iinfo(kind).max if run.value else 0
    return float((samples == blank).mean()) < FEW if len(samples) else False
