"""Photographs: JPEG, PNG and TIFF, read alike by every step, or refused with the reason.

What a file is, and what of it decides pixels, is read from its header here; libvips decodes
(libjpeg-turbo, libspng, libtiff), by rows where the format allows. `examine` and `read` take the
same way into a file, so that what is accepted once is read ever after.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyvips
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames import colour_facts, jpeg_segments, levels, png_chunks, profiles
from imaging.frames.claims import require_bytes, require_size
from imaging.frames.colour_facts import Colour
from imaging.frames.formats import sniff
from imaging.frames.tiff_directory import Directory, read_directories
from imaging.frames.tiff_pages import Page, pages_of, require_one_photograph, require_whole
from imaging.frames.tiff_pieces import require_apart, require_claimed_size

FORMATS = ("jpeg", "png", "tiff")
# 8-bit values onto the whole 16-bit range: 255 * 257 = 65535.
TO_16_BITS = 257
# Nothing brighter than this part of the range that its bits have: noise that compression left.
DARK_PART = 0.01
# Means of 8 x 8 px of pure noise vary by an eighth of what the px do; those of a picture by most.
BLOCK_PX, NOISE_RATIO = 8, 0.25
NO_END = "its end mark is missing, though its picture is whole"
_ORIENTATION = 274
# By so much libjpeg can decode smaller.
SHRINKS = (8, 4, 2)
# A frame is read once, and no step makes the same picture twice.
pyvips.cache_set_max(0)


@dataclass(frozen=True)
class Facts:
    """What a photograph says of its pixels.

    Attributes
    ----------
    format : jpeg, png or tiff
    width_px, height_px : as stored, before any orientation is applied
    orientation : 1 to 8, as Exif counts; 1 where none is written
    colours : 1 grey, 3 colour
    channels : with what is beside the colours, such as alpha
    bits : of a sample as stored: 1, 2, 4, 8 or 16
    colour : what the values mean
    ended : whether the file ends as one of its format does
    """

    format: str
    width_px: int
    height_px: int
    orientation: int
    colours: int
    channels: int
    bits: int
    colour: Colour
    ended: bool = True


@dataclass(frozen=True)
class Photograph:
    """A decoded photograph.

    Attributes
    ----------
    pixels : (H, W, 3) uint16 in the space of `icc`, as stored: not turned
    icc : RGB profile
    facts : what the file says
    """

    pixels: NDArray[np.uint16]
    icc: bytes
    facts: Facts


def examine(path: Path, fmt: str, pages: Sequence[Page] = ()) -> tuple[Facts, int, tuple[str, ...]]:
    """Decode a photograph to its end, some rows at a time.

    Parameters
    ----------
    fmt : one of `FORMATS`, by content
    pages : of a TIFF

    Returns
    -------
    what it says; its largest sample, of 255, or of 65535 for 16 bits (of a JPEG the largest mean of
    8 x 8 px); what a person should know of it

    Raises
    ------
    ImagingError : no photograph that can be a frame, damaged, or black; the reason alone
    """
    facts = _facts(path, fmt, pages)
    if fmt == "jpeg":
        # Only who examines a JPEG waits for the compiler of kernels to be loaded.
        from imaging.frames import jpeg_scan

        if coded := jpeg_scan.walk(path):
            _require_decodable(path, facts)
            _require_picture(coded.lowest, coded.highest)
            _require_light(path, facts, coded.highest, 0)
            return facts, coded.highest, ()
    try:
        # An eighth of a JPEG's size needs all of the file, but a 64th of the pixels.
        jpeg = fmt == "jpeg"
        image = _open(path, facts, 8 if jpeg else 1, "warning" if jpeg else "error")
        # One row for all bands together, then one for each band.
        bands = image.stats().numpy()[1:]
    except pyvips.Error as error:
        raise _undecodable(fmt, error) from None
    lowest, highest = bands[: facts.colours, 0].min(), bands[: facts.colours, 1].max()
    if facts.channels > facts.colours:
        _require_opaque(float(bands[facts.colours :, 0].min()), facts)
    _require_picture(lowest, highest)
    _require_light(path, facts, int(highest), float(bands[: facts.colours, 5].max()))
    return facts, int(highest), () if facts.ended else (NO_END,)


def read(
    path: Path, significant_bits: int = levels.FULL_BITS, least_px: int | None = None
) -> Photograph:
    """Decode a photograph by its content, whatever its name.

    Parameters
    ----------
    significant_bits : of 16-bit samples that carry the picture: see `levels.depth_of_stack`
    least_px : a JPEG may be decoded at a half, a quarter or an eighth of its size, which takes a
        part of the time, as long as its longer edge has so many px, and its sides can be divided;
        None for all of it

    Raises
    ------
    ImagingError : as `examine`, with the file's name
    """
    try:
        fmt = sniff(path)
        if fmt not in FORMATS:
            raise ImagingError("no JPEG, PNG or TIFF")
        pages = pages_of(path) if fmt == "tiff" else ()
        facts = _facts(path, fmt, pages)
        try:
            image = _open(path, facts, _shrink(facts, least_px))
            pixels = image.numpy().reshape(image.height, image.width, facts.channels)
        except pyvips.Error as error:
            raise _undecodable(fmt, error) from None
        if facts.channels > facts.colours:
            _require_opaque(float(pixels[..., facts.colours :].min()), facts)
    except ImagingError as error:
        raise ImagingError(f"{path.name}: {error}") from None
    pixels = pixels[..., : facts.colours]
    if pixels.dtype == np.uint8:
        pixels = pixels.astype(np.uint16) * np.uint16(TO_16_BITS)
    else:
        pixels = levels.scale_to_16_bits(pixels, significant_bits)
    if facts.colour.grey_icc:
        pixels = profiles.grey_to_srgb(facts.colour.grey_icc)[pixels]
    if facts.colours == 1:
        pixels = np.repeat(pixels, 3, axis=2)
    return Photograph(np.ascontiguousarray(pixels), facts.colour.icc, facts)


def _facts(path: Path, fmt: str, pages: Sequence[Page]) -> Facts:
    facts = (
        {"jpeg": _of_jpeg, "png": _of_png}[fmt](path) if fmt != "tiff" else _of_tiff(path, pages)
    )
    require_size(facts.width_px, facts.height_px)
    require_bytes(facts.width_px, facts.height_px, path.stat().st_size)
    return facts


def _of_jpeg(path: Path) -> Facts:
    head = jpeg_segments.read_header(path)
    if head.components not in (1, 3):
        kind = "CMYK" if head.components == 4 else f"{head.components}-channel"
        raise ImagingError(f"a {kind} picture; export it as RGB")
    main, colours = _exif(head.exif), head.components
    size = head.width_px, head.height_px
    colour = _colour(head.icc, colours, main)
    return Facts("jpeg", *size, _orientation(main), colours, colours, 8, colour)


def _of_png(path: Path) -> Facts:
    head = png_chunks.read_header(path)
    main = _exif(head.exif)
    colour = colour_facts.by_png_chunks(head) or _colour(None, head.colours, main)
    size, channels = (head.width_px, head.height_px), head.colours + head.alpha
    return Facts(
        "png", *size, _orientation(main), head.colours, channels, head.bits, colour, head.ended
    )


def _of_tiff(path: Path, pages: Sequence[Page]) -> Facts:
    page = require_one_photograph(pages)
    size, channels = (page.width_px, page.height_px), page.colours + page.extra_channels
    require_size(*size)
    require_whole(path, [page])
    require_apart([page])
    require_claimed_size(page)
    if not 1 <= page.directory.number(_ORIENTATION, 1) <= 8:
        # libtiff gives up the whole picture for it.
        raise ImagingError(
            f"a TIFF that says orientation {page.directory.number(_ORIENTATION)}, which is none "
            "(TIFF has 1 to 8); export it again"
        )
    turn, colour = _orientation(page.directory), _colour(page.icc, page.colours, page.directory)
    return Facts("tiff", *size, turn, page.colours, channels, page.bits, colour)


def _colour(icc: bytes | None, colours: int, main: Directory | None) -> Colour:
    if icc:
        return colour_facts.by_profile(icc, colours)
    return colour_facts.by_exif(main) or colour_facts.assumed()


def _exif(data: bytes | None) -> Directory | None:
    """The directory that Exif keeps for the picture itself, its first."""
    chain = read_directories(io.BytesIO(data)).chain if data else ()
    return chain[0] if chain else None


def _orientation(main: Directory | None) -> int:
    value = main.number(_ORIENTATION, 1) if main else 1
    return value if 1 <= value <= 8 else 1


def _open(path: Path, facts: Facts, shrink: int = 1, fail_on: str = "error") -> pyvips.Image:
    """The picture as libvips decodes it; it must be what the header says."""
    options: dict[str, object] = {"access": "sequential", "fail_on": fail_on, "revalidate": True}
    if facts.format == "jpeg":
        options["shrink"] = shrink
    if facts.format == "tiff":
        # libvips allows strips of 50 MB, and whole pictures come in one; sizes are checked above.
        options["unlimited"] = True
    image = getattr(pyvips.Image, f"{facts.format}load")(str(path), **options)
    if facts.format == "tiff" and (image.bands, facts.channels) == (1, 3):
        # libvips makes one channel of a palette that has greys alone.
        image = image.bandjoin([image, image])
    decoded = image.width * shrink, image.height * shrink, image.bands
    stated = facts.width_px, facts.height_px, facts.channels
    if (
        abs(decoded[0] - stated[0]) >= shrink
        or abs(decoded[1] - stated[1]) >= shrink
        or decoded[2] != stated[2]
        or image.format != ("ushort" if facts.bits == 16 else "uchar")
    ):
        raise ImagingError(
            f"its header says {stated[0]} x {stated[1]} px of {stated[2]} channels and "
            f"{facts.bits} bits, the decoder {decoded[0]} x {decoded[1]} of {decoded[2]} and "
            f"{image.format}; export it again"
        )
    return image


def _shrink(facts: Facts, least_px: int | None) -> int:
    """By how much a JPEG is decoded smaller."""
    if facts.format != "jpeg" or least_px is None:
        return 1
    sides = facts.width_px, facts.height_px
    # Of what is no whole number of blocks, libvips leaves the rest away: places would move.
    return next(
        (n for n in SHRINKS if max(sides) // n >= least_px and not any(s % n for s in sides)), 1
    )


def _require_decodable(path: Path, facts: Facts) -> None:
    """Refuse a picture of whole data that the decoder does not take from its first rows on."""
    try:
        _open(path, facts, shrink=8).crop(0, 0, 1, 1).avg()
    except pyvips.Error as error:
        raise _undecodable(facts.format, error) from None


def _require_picture(lowest: float, highest: float) -> None:
    """Refuse what has one value everywhere."""
    if lowest == highest:
        value = "black" if highest == 0 else f"of one value ({highest:g})"
        raise ImagingError(f"decodes to nothing: every pixel is {value}")


def _require_opaque(lowest: float, facts: Facts) -> None:
    """Refuse what is beside the colours where it would change the picture."""
    full = 65535 if facts.bits == 16 else 255
    if lowest < full:
        raise ImagingError(
            "partly transparent, or with a mask beside its colours; save it without alpha channel"
        )


def _require_light(path: Path, facts: Facts, highest: int, deviation: float) -> None:
    """Refuse a picture that no light made, but not one of few bits in a file for more."""
    full = 65535 if facts.bits == 16 else 255
    dark = ImagingError(
        f"black: no pixel is brighter than {highest} of {full}"
        f"{'' if full == 255 else ', and there is nothing but noise'}; "
        "was the lens covered or the light off?"
    )
    if highest > DARK_PART * full:
        return
    bits = levels.depth_of_stack([highest]).bits
    if full == 255 or highest <= DARK_PART * ((1 << bits) - 1):
        raise dark
    if min(facts.width_px, facts.height_px) < BLOCK_PX * BLOCK_PX or deviation == 0:
        return
    try:
        blocks = _open(path, facts).extract_band(0, n=facts.colours).shrink(BLOCK_PX, BLOCK_PX)
        varying = blocks.cast("float").stats().numpy()[1:, 5].max()
    except pyvips.Error as error:
        raise _undecodable(facts.format, error) from None
    if varying < NOISE_RATIO * deviation:
        raise dark


def _undecodable(fmt: str, error: pyvips.Error) -> ImagingError:
    """The reason in the decoder's words, without the call and the path that vips puts before."""
    detail = " ".join(str(error).split())
    for start in ("VipsJpeg: ", "vipspng: ", "tiff2vips: ", "VipsForeignLoad: "):
        if start in detail:
            detail = detail.rsplit(start, 1)[1]
    detail = detail.rsplit('" is ', 1)[-1]
    detail = "the decoder gives no reason" if detail.startswith("unable to call") else detail
    if "not configured" in detail or "not supported" in detail or "unsupported" in detail:
        return ImagingError(
            f"a {fmt.upper()} of a kind that is not decoded here ({detail}); export it as "
            "uncompressed TIFF"
        )
    return ImagingError(
        f"truncated or damaged {fmt.upper()} ({detail}); copy it again from the camera"
    )
