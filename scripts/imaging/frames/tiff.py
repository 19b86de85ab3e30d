"""TIFF files as the archive wants them: uncompressed, one strip, little-endian, one picture.

Every picture of a stack goes through here: 16-bit RGB with its ICC profile (frames, fused image,
master) and single planes (depth, confidence, source frame). Pixels are written and read by rows
with plain file reads, not memory maps, so that a step's memory stays what its buffers are.

Equal arguments give equal bytes: no clock, no program version unless the caller names one.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

import numpy as np
from numpy.typing import DTypeLike, NDArray

from imaging.errors import ImagingError
from imaging.frames.tiff_directory import EXIF_IFD, Directory, read_directories
from imaging.frames.tiff_header import (
    HEADER,
    PX_ALIGNMENT,
    Entry,
    after_gap,
    directory,
    ratio,
)

XMP = 700
# Text tags of TIFF 6.0 that a caller may set; all are 7-bit ASCII by the standard.
TEXT_TAGS = {
    "description": 270,
    "make": 271,
    "model": 272,
    "software": 305,
    "date_time": 306,
    "artist": 315,
    "copyright": 33432,
    # Of GDAL, by which programs of relief know what no value is, and how values are to be read.
    "gdal_metadata": 42112,
    "gdal_nodata": 42113,
}
# TIFF 6.0, section 8, and ICC.1:2010, B.4: where a directory says how its px lie.
_WIDTH, _LENGTH, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_STRIP_OFFSETS, _SAMPLES, _ROWS_PER_STRIP, _STRIP_COUNTS = 273, 277, 278, 279
_X_RESOLUTION, _Y_RESOLUTION, _PLANAR, _RESOLUTION_UNIT = 282, 283, 284, 296
_TILE_WIDTH, _FORMAT, _ICC = 322, 339, 34675
_MIN_IS_BLACK, _RGB = 1, 2
_NO_UNIT, _INCH = 1, 2
_FLOATS = 3
# By sample format and bits.
_SAMPLE_TYPES = {(1, 8): "<u1", (1, 16): "<u2", (1, 32): "<u4", (3, 16): "<f2", (3, 32): "<f4"}
# Begins a hash, which has the methods of hashlib's.
NewHash = Callable[[], Any]
# How much is read at once where a whole picture is passed over.
CHUNK_BYTES = 8 << 20
# Offsets are 32 bits wide; some room is left for tags and profile.
LARGEST_BYTES = (1 << 32) - (1 << 24)


class Rows:
    """An open uncompressed TIFF whose rows are read or written where they lie in the file.

    Attributes
    ----------
    path : of the file
    shape : (height, width, 3) or (height, width)
    dtype : of a sample
    icc : the embedded ICC profile, or None
    """

    def __init__(
        self,
        path: Path,
        shape: tuple[int, ...],
        dtype: np.dtype,
        offset: int,
        icc: bytes | None,
        writable: bool = False,
    ) -> None:
        self.path, self.shape, self.dtype, self.icc = path, shape, dtype, icc
        self._offset = offset
        self._row_bytes = int(np.prod(shape[1:])) * dtype.itemsize
        self._file = os.open(path, os.O_RDWR if writable else os.O_RDONLY)

    @property
    def extent(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.shape[0], self.shape[1]

    def read(self, first: int, last: int, out: NDArray | None = None) -> NDArray:
        """Rows `first` up to, not including, `last`.

        Parameters
        ----------
        out : C-contiguous array of the rows' shape and dtype to read into; made if None.
            Several threads may read from one `Rows` at once.
        """
        shape = (last - first, *self.shape[1:])
        if not 0 <= first <= last <= self.shape[0]:
            raise IndexError(f"rows {first}:{last} of {self.shape[0]}")
        if out is None:
            out = np.empty(shape, self.dtype)
        if out.shape != shape or out.dtype != self.dtype or not out.flags.c_contiguous:
            raise ValueError(f"buffer must be contiguous {self.dtype} {shape}")
        left = out.data.cast("B") if out.size else memoryview(b"")
        at = self._offset + first * self._row_bytes
        while left.nbytes:
            count = os.preadv(self._file, [left], at)
            if count == 0:
                raise ImagingError(
                    f"{self.path}: the file ends before row {last}; it is truncated, make it again"
                )
            left, at = left[count:], at + count
        return out

    def write(self, first: int, rows: NDArray) -> None:
        """Put `rows` (of the picture's width, channels and dtype) at row `first`."""
        if rows.shape[1:] != self.shape[1:] or rows.dtype != self.dtype:
            raise ValueError(
                f"rows must be {self.dtype} (n, {self.shape[1:]}), not {rows.dtype} {rows.shape}"
            )
        if first < 0 or first + len(rows) > self.shape[0]:
            raise IndexError(f"rows {first}:{first + len(rows)} of {self.shape[0]}")
        left = np.ascontiguousarray(rows).data.cast("B") if rows.size else memoryview(b"")
        at = self._offset + first * self._row_bytes
        while left.nbytes:
            count = os.pwrite(self._file, left, at)
            left, at = left[count:], at + count

    def read_box(self, x: int, y: int, width: int, height: int) -> NDArray:
        """Px of a box, (height, width, …): read alone, without what lies beside it in its rows."""
        px_bytes = self._row_bytes // self.shape[1]
        out = np.empty((height, width, *self.shape[2:]), self.dtype)
        self._refuse_outside(x, y, width, height)
        for row in range(height if width else 0):
            at = self._offset + (y + row) * self._row_bytes + x * px_bytes
            if os.preadv(self._file, [out[row].data.cast("B")], at) != width * px_bytes:
                raise ImagingError(
                    f"{self.path}: the file ends before row {y + row + 1}; it is truncated, make "
                    "it again"
                )
        return out

    def write_box(self, x: int, y: int, block: NDArray) -> None:
        """Put px, (height, width, …) of the picture's channels and dtype, at column x and row y."""
        height, width = block.shape[:2]
        if block.shape[2:] != self.shape[2:] or block.dtype != self.dtype:
            raise ValueError(f"px must be {self.dtype}, not {block.dtype} {block.shape}")
        self._refuse_outside(x, y, width, height)
        px_bytes = self._row_bytes // self.shape[1]
        block = np.ascontiguousarray(block)
        for row in range(height if width else 0):
            left = block[row].data.cast("B")
            at = self._offset + (y + row) * self._row_bytes + x * px_bytes
            while left.nbytes:
                count = os.pwrite(self._file, left, at)
                left, at = left[count:], at + count

    def _refuse_outside(self, x: int, y: int, width: int, height: int) -> None:
        if min(x, y) < 0 or x + width > self.shape[1] or y + height > self.shape[0]:
            raise IndexError(
                f"a box of {width} x {height} px at {x}, {y} of {self.shape[1]} x {self.shape[0]}"
            )

    def chunks(self) -> Iterator[NDArray]:
        """All rows in order, some at a time; each array is overwritten by the next."""
        step = max(1, CHUNK_BYTES // max(1, self._row_bytes))
        buffer = np.empty((min(step, self.shape[0]), *self.shape[1:]), self.dtype)
        for first in range(0, self.shape[0], step):
            last = min(first + step, self.shape[0])
            yield self.read(first, last, buffer[: last - first])

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_rows(path: Path | str) -> Rows:
    """Open an uncompressed little-endian TIFF of this workflow for reading by rows.

    Raises
    ------
    ImagingError : not a TIFF, or compressed, tiled, big-endian, or with more than one picture
    """
    path = Path(path)
    with path.open("rb") as file:
        little = file.read(2) == b"II"
        structure = read_directories(file)
        size = file.seek(0, os.SEEK_END)
    if structure.fault or not structure.chain:
        raise ImagingError(f"{path}: not a readable TIFF ({structure.fault or 'it is empty'})")
    picture = structure.chain[0]
    try:
        plain = little and len(structure.chain) == 1 and _is_plain(picture)
        shape, dtype = _shape(picture), _dtype(picture)
        offset, end = _extent(picture)
    except (ArithmeticError, LookupError, ValueError) as error:
        raise ImagingError(f"{path}: not a readable TIFF ({error})") from None
    if not plain or dtype is None:
        raise ImagingError(
            f"{path}: not an uncompressed little-endian TIFF with one picture; "
            "only files made by this workflow can be read by rows"
        )
    if size < max(end, offset + math.prod(shape) * dtype.itemsize):
        raise ImagingError(
            f"{path}: the file ends within the picture; it is truncated, make it again"
        )
    icc = picture.fields.get(_ICC)
    return Rows(path, shape, dtype, offset, icc if isinstance(icc, bytes) else None)


def _is_plain(picture: Directory) -> bool:
    """Whether px lie in the file as they are, one after the other."""
    starts, counts = picture.numbers(_STRIP_OFFSETS), picture.numbers(_STRIP_COUNTS)
    ends = [start + count for start, count in zip(starts, counts)]
    return (
        picture.number(_COMPRESSION, 1) == 1
        and (picture.number(_PLANAR, 1) == 1 or picture.number(_SAMPLES, 1) == 1)
        and _TILE_WIDTH not in picture.fields
        and len(starts) == len(counts) > 0
        and ends[:-1] == list(starts[1:])
    )


def _shape(picture: Directory) -> tuple[int, ...]:
    """(height, width) or (height, width, samples)."""
    sides, samples = (picture.number(_LENGTH), picture.number(_WIDTH)), picture.number(_SAMPLES, 1)
    if min(*sides, samples) < 1:
        raise ValueError("it has no px")
    return sides if samples == 1 else (*sides, samples)


def _dtype(picture: Directory) -> np.dtype | None:
    """Type of a sample; None where it is none of those that are written here."""
    bits = set(picture.numbers(_BITS) or (1,))
    kind = _SAMPLE_TYPES.get((picture.number(_FORMAT, 1), picture.number(_BITS, 1)))
    return np.dtype(kind) if kind and len(bits) == 1 else None


def _extent(picture: Directory) -> tuple[int, int]:
    """The byte of the file with which the px begin, and the one past their end."""
    counts = picture.numbers(_STRIP_COUNTS)
    start = int(picture.numbers(_STRIP_OFFSETS)[0])
    return start, start + int(sum(counts))


def create_image(
    path: Path | str,
    shape: tuple[int, ...],
    icc: bytes | None = None,
    *,
    dtype: DTypeLike = np.uint16,
    resolution_ppi: float | None = None,
    text: Mapping[str, str] | None = None,
    exif_ifd: Sequence[Entry] = (),
    xmp: bytes | None = None,
) -> Rows:
    """Make a TIFF with all its tags, whose rows are then written with `Rows.write`.

    Parameters
    ----------
    shape : (height, width, 3) for RGB, (height, width) for a single plane
    icc : ICC profile to embed; RGB should always have one
    dtype : uint8, uint16 or float32
    resolution_ppi : pixels per inch on the object; no absolute unit is claimed when None
    text : tags by their names in `TEXT_TAGS`; ASCII only, empty ones are left out
    exif_ifd : entries of the Exif IFD, which is left out when there are none
    xmp : XMP packet

    Raises
    ------
    ImagingError : more than 4 GB, or text that is not ASCII
    """
    dtype = np.dtype(dtype).newbyteorder("<")
    size = math.prod(shape) * dtype.itemsize
    if size > LARGEST_BYTES:
        raise ImagingError(
            f"{path}: {shape[1]} x {shape[0]} pixels do not fit into a TIFF "
            "of 4 GB; crop the picture"
        )
    entries = [*_entries_of_px(shape, dtype, resolution_ppi), *_entries_of_text(path, text or {})]
    if icc:
        entries.append(Entry(_ICC, "UNDEFINED", icc))
    if xmp:
        entries.append(Entry(XMP, "BYTE", xmp))

    def made(px_at: int) -> bytes:
        places = [Entry(_STRIP_OFFSETS, "LONG", [px_at])]
        if exif_ifd:
            places.append(Entry(EXIF_IFD, "LONG", [after_gap(px_at + size, 2)]))
        return HEADER + directory([*entries, *places], len(HEADER))

    # It is as long wherever the px lie.
    px_at = after_gap(len(made(0)), PX_ALIGNMENT)
    with Path(path).open("wb") as file:
        file.write(made(px_at))
        # What is not written yet reads as zeros.
        file.truncate(px_at + size)
        if exif_ifd:
            start = file.seek(after_gap(px_at + size, 2))
            file.write(directory(exif_ifd, start))
    return Rows(Path(path), shape, dtype, px_at, icc, writable=True)


def _entries_of_px(
    shape: tuple[int, ...], dtype: np.dtype, resolution_ppi: float | None
) -> Iterator[Entry]:
    """What a directory says of how px lie, apart from where."""
    rows, columns, *more = shape
    samples = more[0] if more else 1
    per_unit = [ratio(resolution_ppi or 1)]
    yield Entry(_WIDTH, "LONG", [columns])
    yield Entry(_LENGTH, "LONG", [rows])
    yield Entry(_BITS, "SHORT", [8 * dtype.itemsize] * samples)
    yield Entry(_COMPRESSION, "SHORT", [1])
    yield Entry(_PHOTOMETRIC, "SHORT", [_RGB if more else _MIN_IS_BLACK])
    yield Entry(_SAMPLES, "SHORT", [samples])
    yield Entry(_ROWS_PER_STRIP, "LONG", [rows])
    yield Entry(_STRIP_COUNTS, "LONG", [math.prod(shape) * dtype.itemsize])
    yield Entry(_X_RESOLUTION, "RATIONAL", per_unit)
    yield Entry(_Y_RESOLUTION, "RATIONAL", per_unit)
    yield Entry(_RESOLUTION_UNIT, "SHORT", [_INCH if resolution_ppi else _NO_UNIT])
    if more:
        yield Entry(_PLANAR, "SHORT", [1])
    if dtype.kind == "f":
        yield Entry(_FORMAT, "SHORT", [_FLOATS] * samples)


def _entries_of_text(path: Path | str, text: Mapping[str, str]) -> Iterator[Entry]:
    for name, value in text.items():
        if not value.isascii():
            raise ImagingError(
                f"{path}: TIFF tag {name} must be ASCII, but is {value!r}; Unicode belongs into XMP"
            )
        if value:
            yield Entry(TEXT_TAGS[name], "ASCII", value)


class Tags(TypedDict, total=False):
    """What `create_image` may be told beside shape, type and profile."""

    resolution_ppi: float | None
    text: Mapping[str, str] | None
    exif_ifd: Sequence[Entry]
    xmp: bytes | None


def write_image(
    path: Path | str, pixels: NDArray, icc: bytes | None = None, **tags: Unpack[Tags]
) -> None:
    """Write a whole picture, (H, W, 3) or (H, W); see `create_image`."""
    with create_image(path, pixels.shape, icc, dtype=pixels.dtype, **tags) as image:
        image.write(0, pixels)


def read_image(path: Path | str) -> NDArray:
    """The pixels of a TIFF of this workflow, (H, W, 3) or (H, W)."""
    with open_rows(path) as image:
        return image.read(0, image.shape[0])


def read_icc(path: Path | str) -> bytes | None:
    """The ICC profile embedded in a TIFF of this workflow, None if there is none."""
    with open_rows(path) as image:
        return image.icc


def pixel_digest(source: NDArray | Path | str, new_hash: NewHash = hashlib.sha256) -> str:
    """Digest of a picture's samples, little-endian, channels interleaved, row by row.

    It knows nothing of metadata: two files with the same pixels have the same digest. By
    SHA-256, the same number comes from `convert FILE -endian LSB rgb:- | sha256sum`.
    """
    digest = new_hash()
    if isinstance(source, np.ndarray):
        step = max(1, CHUNK_BYTES // max(1, source[:1].nbytes))
        for first in range(0, len(source), step):
            rows = source[first : first + step]
            plain = np.ascontiguousarray(rows, rows.dtype.newbyteorder("<"))
            digest.update(plain.data.cast("B"))
    else:
        with open_rows(source) as image:
            for rows in image.chunks():
                digest.update(rows.data.cast("B"))
    return str(digest.hexdigest())
