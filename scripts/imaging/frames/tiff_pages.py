"""The pictures in a TIFF: which of them is the frame, of what kind it is, whether it is all there.

Field and their meaning: TIFF 6.0, sections 8 and 16 to 22; TIFF/EP and DNG 1.7 for raws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from imaging.errors import ImagingError
from imaging.frames.tiff_directory import Directories, Directory, read_directories

_NEW_SUBFILE_TYPE, _SUBFILE_TYPE, _WIDTH, _HEIGHT, _BITS = 254, 255, 256, 257, 258
_COMPRESSION, _PHOTOMETRIC, _MAKE, _STRIP_OFFSETS, _SAMPLES = 259, 262, 271, 273, 277
_STRIP_BYTES, _TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES = 279, 322, 323, 324, 325
_PLANAR, _EXTRA_SAMPLES, _SAMPLE_FORMAT, _JPEG_TABLES, _ICC = 284, 338, 339, 347, 34675
# Values of PlanarConfiguration.
_APART = 2
_DNG_VERSION, _OPCODE_LIST_2 = 50706, 51009
# TIFF/EP and DNG: PhotometricInterpretation of a colour filter array and of linear raw.
RAW_PHOTOMETRICS = (32803, 34892)
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _YCBCR = 0, 1, 2, 3, 6
_COLOURS = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _PALETTE: 3, _YCBCR: 3}
_FOREIGN = {
    4: "transparency mask",
    5: "CMYK",
    8: "CIE L*a*b*",
    9: "ICC L*a*b*",
    10: "ITU L*a*b*",
    32844: "LogL",
    32845: "LogLuv",
}
_JPEG = 7
# Exif 2.32, 4.5.4: the second directory of a camera's TIFF is a thumbnail, of 160 x 120 px as a
# rule, and is not marked as one.
THUMBNAIL_PX, THUMBNAIL_PART = 320, 16
_DEPTHS = (1, 2, 4, 8, 16)
_UNSIGNED, _UNDEFINED = 1, 4
# Tiles of 256 to 1024 px are usual, and a small picture may have one of them.
LARGEST_TILE_PX = 4096 * 4096
# How many bytes of a picture a byte of a compression can hold at most, by TIFF's number of it: half
# as much again as deflate's 1032 (RFC 1951) and as LZW with codes of 12 bits; PackBits has runs of
# 128 in two; JPEG's codes take a bit for 64 values (`claims.PX_PER_BIT`), lossless ones for one of
# 16 bits. Some writers of uncompressed data count too few.
MOST_PER_BYTE = {1: 2, 5: 2048, 7: 512, 8: 1548, 32773: 64, 32946: 1548, 34892: 512}
_FORMATS = {2: "signed whole", 3: "floating-point", 5: "complex whole", 6: "complex"}


@dataclass(frozen=True)
class Page:
    """One picture in a TIFF, by its directory.

    Attributes
    ----------
    fault : of the file's directories, None where they are whole
    """

    directory: Directory
    fault: str | None = None

    @cached_property
    def width_px(self) -> int:  # noqa: D102
        return self.directory.number(_WIDTH)

    @cached_property
    def height_px(self) -> int:  # noqa: D102
        return self.directory.number(_HEIGHT)

    @property
    def photometric(self) -> int:
        """What the samples are; -1 where it is not said."""
        return self.directory.number(_PHOTOMETRIC, -1)

    @property
    def compression(self) -> int:
        """TIFF's number of it; 1 is none."""
        return self.directory.number(_COMPRESSION, 1)

    @property
    def samples(self) -> int:
        """Channels of a pixel."""
        return self.directory.number(_SAMPLES, 1)

    @property
    def bits(self) -> int:
        """Of a sample as it is decoded; those of a palette have 8."""
        return 8 if self.photometric == _PALETTE else self.directory.number(_BITS, 1)

    @property
    def stored_bytes(self) -> int:
        """Bytes of the picture before it is compressed."""
        samples = self.width_px * self.height_px * self.samples
        return samples * self.directory.number(_BITS, 1) // 8

    @property
    def row_samples(self) -> int:
        """Samples that lie side by side in the file before the next row begins."""
        across = self.directory.number(_TILE_WIDTH) or self.width_px
        return across * (1 if self.directory.number(_PLANAR) == _APART else self.samples)

    @property
    def row_bytes(self) -> int:
        """Bytes of these; a row begins with a byte of its own."""
        return -(-self.row_samples * self.directory.number(_BITS, 1) // 8)

    @property
    def planes(self) -> int:
        """How often the picture is stored, where each channel has a plane of its own."""
        return self.samples if self.directory.number(_PLANAR) == _APART else 1

    @property
    def tiles(self) -> int:
        """How many tiles make up the picture, 0 where it is in strips."""
        width, height = self.directory.number(_TILE_WIDTH), self.directory.number(_TILE_HEIGHT)
        if width < 1 or height < 1:
            return 0
        return -(-self.width_px // width) * -(-self.height_px // height)

    @property
    def colours(self) -> int:
        """1 for grey, 3 for colour, a palette's included."""
        return _COLOURS.get(self.photometric, self.samples)

    @property
    def extra_channels(self) -> int:
        """Channels beside the colours."""
        return self.samples - (1 if self.photometric == _PALETTE else self.colours)

    @property
    def aside(self) -> bool:
        """Whether it is a smaller copy of another picture, or a mask for one."""
        kind = self.directory.number(_NEW_SUBFILE_TYPE)
        return bool(kind & 0b101) or self.directory.number(_SUBFILE_TYPE) == 2

    @property
    def icc(self) -> bytes | None:
        """The embedded profile."""
        value = self.directory.fields.get(_ICC)
        if isinstance(value, tuple):
            # Some writers say BYTE where the standard has UNDEFINED.
            value = bytes(int(byte) & 0xFF for byte in value)
        return value or None

    @property
    def make(self) -> str:
        """The camera's maker."""
        return self.directory.text(_MAKE)

    @property
    def is_dng(self) -> bool:
        """Whether the file says of itself that it is a DNG."""
        return _DNG_VERSION in self.directory.fields

    @property
    def jpeg_tables(self) -> bytes:
        """What all its strips or tiles share, where they are JPEGs."""
        value = self.directory.fields.get(_JPEG_TABLES, b"")
        return value if isinstance(value, bytes) else b""

    @property
    def opcodes(self) -> bytes:
        """DNG's list of what to do to the values after they are linear."""
        value = self.directory.fields.get(_OPCODE_LIST_2, b"")
        return value if isinstance(value, bytes) else b""

    @property
    def pieces(self) -> list[tuple[int, int]]:
        """Where its strips or tiles start and end."""
        tiled = _TILE_OFFSETS in self.directory.fields
        starts = self.directory.numbers(_TILE_OFFSETS if tiled else _STRIP_OFFSETS)
        sizes = self.directory.numbers(_TILE_BYTES if tiled else _STRIP_BYTES)
        return [(int(start), int(start + size)) for start, size in zip(starts, sizes)]


def pages_of(path: Path) -> list[Page]:
    """All pictures of a TIFF, those in nested directories too; none where it has no structure."""
    with path.open("rb") as file:
        directories: Directories = read_directories(file)
    pages = [Page(directory, directories.fault) for directory in directories.all()]
    return [page for page in pages if page.width_px and page.height_px]


def is_photograph(pages: Sequence[Page]) -> bool:
    """Whether a TIFF holds a developed picture; in a raw the largest picture is not the first.

    LibRaw would open a grey 16-bit TIFF that names a known camera as if it were its raw.
    """
    if not pages or pages[0].is_dng:
        return False
    if any(page.photometric in RAW_PHOTOMETRICS for page in pages):
        return False
    area = [page.width_px * page.height_px for page in pages]
    return not pages[0].aside and area[0] == max(area)


def require_one_photograph(pages: Sequence[Page]) -> Page:
    """The one picture of a TIFF, where it is of a kind that can be a frame.

    Raises
    ------
    ImagingError : several pictures, damaged directories, or samples that viewers show differently
        or not at all; the reason alone
    """
    if not is_photograph(pages):
        raise ImagingError("no TIFF of a developed picture; export it again")
    page = pages[0]
    if page.fault:
        raise ImagingError(f"damaged TIFF: {page.fault}; copy it again")
    count = sum(not further.aside and not _is_thumbnail(further, page) for further in pages)
    if count > 1:
        raise ImagingError(f"a TIFF with {count} pictures; a frame is one picture in one file")
    if page.photometric not in _COLOURS:
        kind = _FOREIGN.get(page.photometric)
        kind = f"a {kind} picture" if kind else "a TIFF that does not say what its values are"
        raise ImagingError(f"{kind}; export it as RGB")
    if page.photometric == _YCBCR and page.compression != _JPEG:
        raise ImagingError(
            "YCbCr values without JPEG compression, which programs show differently; export it as "
            "RGB"
        )
    depths = page.directory.numbers(_BITS) or (1,)
    formats = page.directory.numbers(_SAMPLE_FORMAT) or (_UNSIGNED,)
    for number in formats:
        if number not in (_UNSIGNED, _UNDEFINED):
            kind = _FORMATS.get(int(number), "unknown")
            raise ImagingError(
                f"samples of {kind} numbers; frames have 8 or 16 bits of whole ones, "
                "export the picture again"
            )
    if set(depths) - set(_DEPTHS) or len(set(depths)) > 1:
        listed = ", ".join(f"{depth:g}" for depth in depths)
        raise ImagingError(
            f"samples of {listed} bits; frames have 8 or 16 bits, export the picture again"
        )
    if page.photometric == _PALETTE and depths[0] > 8:
        raise ImagingError(
            f"a palette of {depths[0]:g} bits, which few viewers show; export it as RGB"
        )
    if len(depths) > 1 and depths[0] < 8:
        raise ImagingError(
            f"colours of {depths[0]:g} bits; frames have 8 or 16 bits, export the picture again"
        )
    if page.extra_channels < 0:
        raise ImagingError(
            f"damaged TIFF: {page.samples} channels where {page.colours} colours should be"
        )
    if page.extra_channels and page.colours == 1 and page.directory.number(_PLANAR) == _APART:
        raise ImagingError(
            "grey and a second channel in planes of their own, which programs read differently; "
            "save it without alpha"
        )
    if page.extra_channels > 1:
        raise ImagingError(
            f"{page.extra_channels} channels beside its colours; save it without masks"
        )
    width, height = page.directory.number(_TILE_WIDTH), page.directory.number(_TILE_HEIGHT)
    if width * height > max(LARGEST_TILE_PX, 4 * page.width_px * page.height_px):
        # A decoder holds a whole tile, however small the picture.
        raise ImagingError(
            f"damaged TIFF: tiles of {width} x {height} px for a picture of {page.width_px} x "
            f"{page.height_px}; copy it again"
        )
    return page


def _is_thumbnail(page: Page, first: Page) -> bool:
    """Whether a page is so much smaller than the first that it can only be its thumbnail."""
    area = page.width_px * page.height_px * THUMBNAIL_PART
    small = max(page.width_px, page.height_px) <= THUMBNAIL_PX
    return page is not first and small and area <= first.width_px * first.height_px


def require_whole(path: Path, pages: Sequence[Page]) -> None:
    """Refuse a TIFF whose pictures lie beyond the end of the file, or on top of themselves.

    Raises
    ------
    ImagingError : with the bytes; the reason alone
    """
    size = path.stat().st_size
    pieces = [piece for page in pages for piece in page.pieces]
    last = max((end for _, end in pieces), default=0)
    if last > size:
        nothing = min(start for start, _ in pieces) >= size
        left = " with nothing but its header left, to decode as all black" if nothing else ""
        raise ImagingError(
            f"truncated{left}: the picture ends at byte {last}, the file at byte {size}; "
            "copy it again from the camera"
        )
    for page in pages:
        claimed = sum(end - start for start, end in page.pieces)
        if claimed > size:
            raise ImagingError(
                f"damaged TIFF: {len(page.pieces)} strips or tiles claim {claimed:,} bytes of a "
                f"file of {size:,}, so they lie on each other; copy it again"
            )
        most = MOST_PER_BYTE.get(page.compression)
        if most and page.pieces and claimed * most < page.stored_bytes:
            raise ImagingError(
                f"truncated or damaged TIFF: it claims {page.width_px} x {page.height_px} px, for "
                f"which its strips or tiles of {claimed:,} bytes are too few; copy it again"
            )
