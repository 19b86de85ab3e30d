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
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypedDict, Unpack

import numpy as np
from numpy.typing import DTypeLike, NDArray

from imaging.errors import ImagingError
from imaging.frames.tiff_directory import EXIF_IFD, Directory, read_directories

XMP = 700
# tifffile refuses to write tag 34665; an entry of this number keeps its place in the order.
_PLACE_OF_EXIF_IFD = EXIF_IFD + 1
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
_WIDTH, _LENGTH, _BITS, _COMPRESSION = 256, 257, 258, 259
_STRIP_OFFSETS, _SAMPLES, _STRIP_COUNTS, _PLANAR = 273, 277, 279, 284
_TILE_WIDTH, _FORMAT, _ICC = 322, 339, 34675
# By sample format and bits.
_SAMPLE_TYPES = {(1, 8): "<u1", (1, 16): "<u2", (1, 32): "<u4", (3, 16): "<f2", (3, 32): "<f4"}
# How much is read at once where a whole picture is passed over.
CHUNK_BYTES = 8 << 20
# Offsets are 32 bits wide; some room is left for tags and profile.
LARGEST_BYTES = (1 << 32) - (1 << 24)


@dataclass(frozen=True)
class ExifTag:
    """One entry of an Exif IFD.

    Attributes
    ----------
    code : tag number of Exif 2.32, e.g. 0x829A for ExposureTime
    kind : one of `BYTE ASCII SHORT LONG RATIONAL UNDEFINED SRATIONAL`
    value : str for ASCII, bytes for UNDEFINED and BYTE, a sequence of int for SHORT and LONG, and
        of (numerator, denominator) for RATIONAL and SRATIONAL
    """

    code: int
    kind: str
    value: str | bytes | Sequence[int] | Sequence[tuple[int, int]]


# TIFF 6.0, section 2: number of each field type; how `struct` writes one value of it.
_KINDS = {
    "BYTE": (1, "B"),
    "ASCII": (2, "s"),
    "SHORT": (3, "H"),
    "LONG": (4, "I"),
    "RATIONAL": (5, "II"),
    "UNDEFINED": (7, "B"),
    "SRATIONAL": (10, "ii"),
}


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
    exif_ifd: Sequence[ExifTag] = (),
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
    # Who only reads does not wait for it to be loaded.
    import tifffile

    dtype = np.dtype(dtype).newbyteorder("<")
    if int(np.prod(shape)) * dtype.itemsize > LARGEST_BYTES:
        raise ImagingError(
            f"{path}: {shape[1]} x {shape[0]} pixels do not fit into a TIFF "
            "of 4 GB; crop the picture"
        )
    tags: list[tuple[int, int, int, str | bytes | int, bool]] = []
    for name, value in (text or {}).items():
        if not value.isascii():
            raise ImagingError(
                f"{path}: TIFF tag {name} must be ASCII, but is {value!r}; Unicode belongs into XMP"
            )
        if value and name not in ("description", "software"):
            tags.append((TEXT_TAGS[name], 2, 0, value, True))
    if xmp:
        tags.append((XMP, 1, len(xmp), xmp, True))
    if exif_ifd:
        tags.append((_PLACE_OF_EXIF_IFD, 4, 1, 0, True))
    unit, per_unit = ("INCH", resolution_ppi) if resolution_ppi else ("NONE", 1)
    place = tifffile.imwrite(
        path,
        shape=shape,
        dtype=dtype,
        byteorder="<",
        bigtiff=False,
        returnoffset=True,
        photometric="rgb" if len(shape) == 3 else "minisblack",
        compression=None,
        description=(text or {}).get("description") or None,
        metadata=None,
        software=(text or {}).get("software") or False,
        iccprofile=icc,
        resolution=(per_unit, per_unit),
        resolutionunit=unit,
        extratags=tags,
    )
    if exif_ifd:
        _append_exif_ifd(Path(path), exif_ifd)
    assert place is not None, "tifffile tells where it put the pixels of a picture of one strip"
    return Rows(Path(path), shape, dtype, place[0], icc, writable=True)


class Tags(TypedDict, total=False):
    """What `create_image` may be told beside shape, type and profile."""

    resolution_ppi: float | None
    text: Mapping[str, str] | None
    exif_ifd: Sequence[ExifTag]
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


def pixel_digest(source: NDArray | Path | str) -> str:
    """SHA-256 of a picture's samples, little-endian, channels interleaved, row by row.

    It knows nothing of metadata: two files with the same pixels have the same digest. The same
    number comes from `convert FILE -endian LSB rgb:- | sha256sum`.
    """
    digest = hashlib.sha256()
    if isinstance(source, np.ndarray):
        step = max(1, CHUNK_BYTES // max(1, source[:1].nbytes))
        for first in range(0, len(source), step):
            rows = source[first : first + step]
            digest.update(np.ascontiguousarray(rows, rows.dtype.newbyteorder("<")).data)
    else:
        with open_rows(source) as image:
            for rows in image.chunks():
                digest.update(rows.data)
    return digest.hexdigest()


def _append_exif_ifd(path: Path, tags: Sequence[ExifTag]) -> None:
    """Put an Exif IFD at the end of a TIFF and its offset into the entry kept free for it.

    tifffile writes no nested IFDs; their layout is section 2 of TIFF 6.0 (a count, entries of
    12 bytes in ascending order, the offset of a next IFD), their tags section 4.6 of Exif 2.32.
    """
    import tifffile

    with tifffile.TiffFile(path) as tif:
        entry_at = tif.pages.first.tags[_PLACE_OF_EXIF_IFD].offset
    tags = sorted(tags, key=lambda tag: tag.code)
    start = path.stat().st_size + path.stat().st_size % 2
    values_at = start + 2 + 12 * len(tags) + 4
    entries, values = struct.pack("<H", len(tags)), b""
    for tag in tags:
        number, layout = _KINDS[tag.kind]
        if isinstance(tag.value, str):
            value = tag.value.encode("ascii") + b"\0"
        elif isinstance(tag.value, bytes):
            value = tag.value
        else:
            value = b"".join(
                struct.pack("<" + layout, *np.atleast_1d(v).tolist()) for v in tag.value
            )
        count = len(value) // struct.calcsize("<" + (layout if layout != "s" else "B"))
        if len(value) > 4:
            here = values_at + len(values)
            values += value + b"\0" * (len(value) % 2)
            value = struct.pack("<I", here)
        entries += struct.pack("<HHI4s", tag.code, number, count, value)
    with path.open("r+b") as file:
        file.seek(start)
        file.write(entries + struct.pack("<I", 0) + values)
        file.seek(entry_at)
        file.write(struct.pack("<HHII", EXIF_IFD, _KINDS["LONG"][0], 1, start))
