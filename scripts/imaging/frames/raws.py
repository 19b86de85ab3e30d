"""Raw frames as LibRaw reads them: whole and lit or refused, and developed alike for a stack.

Everything that LibRaw would decide frame by frame is decided once, from one frame, and handed to
all: white balance, black level, white level. Automatic brightness, the automatic white level and
rotation are off. `examine`, `decide` and `develop` open a file in the same way, with the same
reasons to refuse it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import rawpy
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames import camera_colour, colour, demosaicing, dng_digest
from imaging.frames.blank_runs import BlankRun
from imaging.frames.claims import require_bytes, require_size
from imaging.frames.formats import sniff
from imaging.frames.tiff_pages import RAW_PHOTOMETRICS, Page, pages_of, require_whole

# Done here, of raws that hold the plain values of a Bayer sensor.
DIRECTIONAL = "DIRECTIONAL"
# What all others are demosaiced with in its stead.
OTHERWISE = "AHD"
# The others are those compiled into the wheels of rawpy; some more need LibRaw's GPL packs.
DEMOSAIC = (DIRECTIONAL, OTHERWISE, "AAHD", "DHT", "DCB", "PPG", "VNG", "LINEAR")
HIGHLIGHTS = {"clip": rawpy.HighlightMode.Clip, "blend": rawpy.HighlightMode.Blend}
_OUTPUT = {
    "srgb": rawpy.ColorSpace.sRGB,
    "adobe-rgb": rawpy.ColorSpace.Adobe,
    "prophoto": rawpy.ColorSpace.ProPhoto,
}
# First word of a TIFF's Make, for raws that are TIFF inside.
_RAW_BY_MAKE = {
    "NIKON": "nef",
    "SONY": "arw",
    "PENTAX": "pef",
    "RICOH": "pef",
    "SAMSUNG": "srw",
    "HASSELBLAD": "3fr",
    "PHASE": "iiq",
    "LEAF": "mos",
    "EASTMAN": "kdc",
    "KODAK": "kdc",
    "EPSON": "erf",
    "MAMIYA": "mef",
}
# DNG 1.7, chapter 7: opcodes that give 8-bit values their meaning, MapTable and MapPolynomial.
_TONE_OPCODES = (7, 8)
_JPEG, _JPEG_XL = 7, 52546
# EXIF orientation of each value of LibRaw's `flip` (dcraw: "50132467"[orientation & 7]).
_ORIENTATION_OF_FLIP = {0: 1, 1: 2, 2: 4, 3: 3, 4: 5, 5: 8, 6: 6, 7: 7}
# Below this part of the range from black to white, 99.9 % of a frame is noise: no light came in.
DARK_PART = 0.001
# A frame whose middle value is that far above white has another white level than its tags say.
OVER_WHITE = 1.5
# Of a file that a camera fills up; whole blocks of a card are less.
PADDED_PART = 0.01
# In a row with more values than this part of it that far above white, they are no sensor's.
MANY = 0.3
_EVEN = (1.0, 1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Facts:
    """What a raw says of its pixels.

    Attributes
    ----------
    format : dng, nef, cr2, cr3, arw, …, `raw` where only LibRaw knows it
    width_px, height_px : as stored, before any orientation is applied
    orientation : EXIF orientation 1..8; 1 where none is written
    white_balance : multipliers of red, green and blue as shot, green 1; None where the camera wrote
        none, and of a monochrome sensor
    doubts : what a person should know of the frame
    """

    format: str
    width_px: int
    height_px: int
    orientation: int
    white_balance: tuple[float, float, float] | None
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Development:
    """All that decides the pixels of a developed raw.

    Attributes
    ----------
    demosaic : one of `DEMOSAIC`; `DIRECTIONAL` only of raws that can be
    highlights : `clip` or `blend`
    colour_space : one of `colour.SPACES`
    white_balance : multipliers of red, green, blue and the second green; 1 for a monochrome sensor
    white_balance_from : `camera`, `daylight`, `none` or `config`: whose they are
    black_level : of each of the four sensor colours, in sensor units
    white_level : sensor units
    """

    demosaic: str
    highlights: str
    colour_space: str
    white_balance: tuple[float, ...]
    white_balance_from: str
    black_level: tuple[int, ...]
    white_level: int

    def as_record(self) -> dict[str, object]:
        """The same as plain values, for a JSON record."""
        return asdict(self)


def examine(path: Path, pages: Sequence[Page], runs: Sequence[BlankRun] = ()) -> Facts:
    """Read a raw's sensor values, not demosaiced.

    Parameters
    ----------
    pages : of a raw that is a TIFF inside
    runs : where the file holds nothing, as `blank_runs.blank_runs` finds it

    Raises
    ------
    ImagingError : not supported by LibRaw, truncated, black, or decoded to wrong values; the reason
        alone
    """
    is_dng = bool(pages) and pages[0].is_dng
    with _opened(path, pages) as raw:
        _require_light(raw)
        doubts = [dng_digest.compare(path, pages, raw.raw_image)] if is_dng else []
        doubts += [_lost_end(raw, run, path) for run in runs if run.to_the_end]
        sizes = raw.sizes
        red, green, blue = raw.camera_whitebalance[:3]
        # LibRaw gives 0 or, for raws other than DNG, 1 for what is not written.
        written = min(red, green, blue) > 0 and (is_dng or not red == green == blue == 1.0)
        coloured = written and raw.num_colors > 1
        return Facts(
            "dng" if is_dng else _format_of(path, pages),
            sizes.width,
            sizes.height,
            _ORIENTATION_OF_FLIP.get(sizes.flip, 1),
            (red / green, 1.0, blue / green) if coloured else None,
            tuple(doubt for doubt in doubts if doubt),
        )


def decide(
    path: Path,
    demosaic: str = "AHD",
    highlights: str = "clip",
    colour_space: str = "adobe-rgb",
    white_balance: str | tuple[float, ...] = "camera",
) -> Development:
    """Decide how a stack is developed, from one of its frames.

    Parameters
    ----------
    demosaic : one of `DEMOSAIC`; of what is no plain Bayer raw, `OTHERWISE` takes the place of
        `DIRECTIONAL`: of X-Trans, monochrome and demosaiced raws, and wherever LibRaw itself does
        not take the values as they stand
    white_balance : `camera` (as shot), `daylight` (of LibRaw's matrix), `none`, or three or four
        multipliers. Where the camera wrote none, daylight is taken; where there is no matrix
        either, none. `white_balance_from` tells which it was. A monochrome sensor has none to
        balance.

    Raises
    ------
    ImagingError : LibRaw cannot read the frame; with the file's name
    """
    with _named(path), _opened(path, _pages(path)) as raw:
        black = tuple(int(v) for v in raw.black_level_per_channel)
        white = int(raw.white_level)
        candidates = {"camera": raw.camera_whitebalance, "daylight": raw.daylight_whitebalance}
        monochrome = raw.num_colors == 1
        if demosaic == DIRECTIONAL and not _is_plain_bayer(raw, black, white):
            demosaic = OTHERWISE
    source, chosen = "none", list(_EVEN)
    if monochrome:
        pass
    elif isinstance(white_balance, str):
        order = {"camera": ("camera", "daylight"), "daylight": ("daylight",), "none": ()}
        for name in order[white_balance]:
            if all(v > 0 for v in candidates[name][:3]):
                source, chosen = name, list(candidates[name])
                break
    else:
        source, chosen = "config", list(white_balance)
    if len(chosen) == 3 or chosen[3] == 0:
        chosen = [*chosen[:3], chosen[1]]
    multipliers = tuple(round(float(v), 6) for v in chosen)
    return Development(demosaic, highlights, colour_space, multipliers, source, black, white)


def develop(path: Path, development: Development) -> NDArray[np.uint16]:
    """Develop one raw frame, in the sensor's orientation.

    Returns
    -------
    (H, W, 3) uint16 in the colour space of `development`; all three alike for a monochrome sensor

    Raises
    ------
    ImagingError : LibRaw cannot read or decode the frame; with the file's name
    """
    with _named(path), _opened(path, _pages(path)) as raw:
        if development.demosaic == DIRECTIONAL:
            return _develop_here(raw, development)
        pixels = _developed_by_libraw(raw, development)
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        pixels = np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, axis=2)
    return pixels


def _developed_by_libraw(raw: rawpy.RawPy, development: Development) -> NDArray:
    """(H, W, 3) or (H, W, 1), of 16 bits, whatever rawpy's types say."""
    space = colour.SPACES[development.colour_space]
    return raw.postprocess(
        demosaic_algorithm=rawpy.DemosaicAlgorithm[development.demosaic],
        highlight_mode=HIGHLIGHTS[development.highlights],
        output_color=_OUTPUT[development.colour_space],
        gamma=(space.power, space.slope),
        output_bps=16,
        user_wb=list(development.white_balance),
        user_black=0,
        user_cblack=list(development.black_level),
        # LibRaw takes this level as it is after the black has been subtracted.
        user_sat=development.white_level - min(development.black_level),
        no_auto_bright=True,
        adjust_maximum_thr=0.0,
        user_flip=0,
    )


def _develop_here(raw: rawpy.RawPy, development: Development) -> NDArray[np.uint16]:
    pattern = _bayer_pattern(raw)
    if pattern is None:
        raise ImagingError(
            "its sensor values are of another kind than those of the stack's first frame, which "
            "are a Bayer sensor's; was it written by another program?"
        )
    blend = development.highlights == "blend"
    white = development.white_level - min(development.black_level)
    scale, end = camera_colour.scales(development.white_balance, white, blend)
    row, column = (int(place) for place in np.argwhere(pattern == 0)[0])
    pixels = demosaicing.demosaic(
        raw.raw_image_visible,
        (row, column),
        np.array(development.black_level, np.int32)[pattern],
        scale[pattern],
    )
    camera_colour.render(
        pixels,
        camera_colour.matrix(raw.color_matrix, development.colour_space),
        camera_colour.curve(colour.SPACES[development.colour_space]),
        end,
    )
    return pixels


def _bayer_pattern(raw: rawpy.RawPy) -> NDArray[np.uint8] | None:
    """Which of red 0, green 1 and 3 and blue 2 the first four px of a raw see.

    None where it does not have one value of these for each px, and a matrix for them.
    """
    pattern: NDArray[np.uint8] | None = raw.raw_pattern
    if pattern is None or raw.raw_type != rawpy.RawType.Flat or pattern.shape != (2, 2):
        return None
    is_bayer = (
        raw.num_colors == 3
        and raw.color_desc == b"RGBG"
        and {*pattern.diagonal().tolist()} in ({0, 2}, {1, 3})
        and {*pattern.ravel().tolist()} == {0, 1, 2, 3}
        and raw.sizes.pixel_aspect == 1.0
        and min(raw.raw_image_visible.shape) >= demosaicing.SMALLEST_PX
        and bool(raw.color_matrix[:, :3].any())
    )
    return pattern if is_bayer else None


def _is_plain_bayer(raw: rawpy.RawPy, black: Sequence[int], white: int) -> bool:
    """Whether LibRaw takes a raw's values as they stand for a Bayer sensor's.

    It mends those of some cameras before it demosaics and turns those of others; which, is in its
    code alone. So it is asked for a picture of whole quartets, without any interpolation.
    """
    pattern = _bayer_pattern(raw)
    if pattern is None:
        return False
    values = raw.raw_image_visible
    quartets = raw.postprocess(
        half_size=True,
        output_color=rawpy.ColorSpace.raw,
        gamma=(1.0, 1.0),
        output_bps=16,
        user_wb=list(_EVEN),
        user_black=0,
        user_cblack=list(black),
        user_sat=white - min(black),
        no_auto_bright=True,
        adjust_maximum_thr=0.0,
        user_flip=0,
    )
    height, width = (side // 2 for side in values.shape)
    if quartets.shape[:2] != tuple((side + 1) // 2 for side in values.shape):
        return False
    scale, _ = camera_colour.scales(_EVEN, white - min(black), blend=False)
    wanted = np.zeros((height, width, 3), np.int32)
    for row, column in np.ndindex(2, 2):
        which = int(pattern[row, column])
        light = values[row::2, column::2][:height, :width].astype(np.int32) - black[which]
        light = np.minimum(np.maximum(light, 0).astype(np.float32) * scale[which], 65535)
        wanted[..., which if which < 3 else 1] += light.astype(np.int32)
    wanted[..., 1] //= 2
    return np.array_equal(quartets[:height, :width], wanted)


def sensor_values(path: Path) -> NDArray[np.uint16]:
    """What the sensor measured, not demosaiced: (H, W), or (H, W, colours) of a linear raw.

    Raises
    ------
    ImagingError : LibRaw cannot read the frame; with the file's name
    """
    with _named(path), _opened(path, _pages(path)) as raw:
        return raw.raw_image_visible.copy()


def half_size_green(path: Path) -> NDArray[np.uint8]:
    """A quick look: a pixel for each quartet of the sensor, green alone, (H / 2, W / 2).

    Raises
    ------
    ImagingError : LibRaw cannot read the frame; with the file's name
    """
    with _named(path), _opened(path, _pages(path)) as raw:
        pixels = raw.postprocess(half_size=True, output_bps=8, user_flip=0)
    return pixels[..., 1] if pixels.ndim == 3 and pixels.shape[2] == 3 else pixels.squeeze()


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Put the file's name before a reason."""
    try:
        yield
    except ImagingError as error:
        raise ImagingError(f"{path.name}: {error}") from None


def _pages(path: Path) -> list[Page]:
    return pages_of(path) if sniff(path) == "tiff" else []


@contextmanager
def _opened(path: Path, pages: Sequence[Page]) -> Iterator[rawpy.RawPy]:
    """A raw whose values LibRaw has read and, as far as is known, rightly.

    Raises
    ------
    ImagingError : also for what LibRaw says while the raw is used; the reason alone
    """
    raw_pages = [page for page in pages if page.photometric in RAW_PHOTOMETRICS and not page.aside]
    for page in raw_pages:
        require_size(page.width_px, page.height_px)
    if pages and pages[0].is_dng:
        # LibRaw opens a lossy DNG without its last tile; makers of other raws count bytes freely.
        require_whole(path, raw_pages)
    for page in raw_pages:
        require_bytes(page.width_px, page.height_px, path.stat().st_size)
    try:
        with rawpy.imread(str(path)) as raw:
            size = raw.sizes.raw_width, raw.sizes.raw_height
            require_size(*size)
            require_bytes(*size, path.stat().st_size)
            raw.unpack()
            if raw.white_level <= 255 and any(_needs_tone_curve(page) for page in raw_pages):
                raise ImagingError(
                    "LibRaw opens this lossy DNG but leaves out the curve that "
                    "its values need (OpcodeList2): colours would be wrong. "
                    "Convert it to a DNG without lossy compression"
                )
            yield raw
    except (rawpy.LibRawError, rawpy.NotSupportedError) as error:
        raise ImagingError(_why_undecodable(error, path, raw_pages or pages)) from None


def _format_of(path: Path, pages: Sequence[Page]) -> str:
    name = sniff(path)
    if name != "tiff":
        return name or "raw"
    make = pages[0].make.split() if pages else []
    return _RAW_BY_MAKE.get(make[0].upper(), "raw") if make else "raw"


def _why_undecodable(error: Exception, path: Path, pages: Sequence[Page]) -> str:
    """What keeps LibRaw from decoding a file, in words for people."""
    name = sniff(path)
    if any(page.compression == _JPEG_XL for page in pages):
        return (
            "a DNG compressed with JPEG XL, which LibRaw does not support; "
            "convert it to an uncompressed DNG"
        )
    if name is None:
        return "not a picture, and no raw that LibRaw knows"
    if name == "tiff" and len(pages) > 1 and not any(page.is_dng or page.make for page in pages):
        return (
            f"a TIFF of {len(pages)} pictures, of which the first is not the largest; a frame is "
            "one picture in one file"
        )
    if name == "tiff" and not pages:
        return "truncated or damaged TIFF: its directory cannot be read; copy it again"
    # rawpy hands LibRaw's own words on as bytes.
    words = error.args[0] if error.args else error
    words = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
    if isinstance(error, rawpy.LibRawIOError | rawpy.LibRawDataError):
        return (
            f"truncated: LibRaw comes to the end of the file within the picture ({words}); "
            "copy it again from the camera"
        )
    return f"a {name.upper()} that LibRaw cannot decode ({words})"


def _needs_tone_curve(page: Page) -> bool:
    """Whether 8-bit values are not linear until the opcodes in OpcodeList2 are applied."""
    if page.compression != _JPEG or len(page.opcodes) < 4:
        return False
    count, at = struct.unpack_from(">I", page.opcodes)[0], 4
    for _ in range(count):
        if at + 16 > len(page.opcodes):
            break
        opcode, _, _, size = struct.unpack_from(">4I", page.opcodes, at)
        if opcode in _TONE_OPCODES:
            return True
        at += 16 + size
    return False


def _lost_end(raw: rawpy.RawPy, run: BlankRun, path: Path) -> str | None:
    """Refuse a raw whose file ends in nothing, where its last rows show no sensor's noise.

    A decoder that is given zeros goes on with one value, or one slope, for each colour. Cameras
    fill files up to whole blocks of a card: little of nothing behind a whole picture is theirs.
    """
    values = raw.raw_image_visible
    values = values[..., 0] if values.ndim == 3 else values
    even = all(
        not np.any(np.diff(row[k::2].astype(np.int64), 2))
        for row in (values[-1], values[-2])
        for k in (0, 1)
    )
    if even and int(values[-1].max()) < raw.white_level:
        raise ImagingError(
            "damaged: its last rows are without any noise, as no sensor gives them; copy it again "
            "from the camera or the card"
        )
    if even:
        return f"{run}, or its last rows are white"
    if run.end - run.start > PADDED_PART * path.stat().st_size:
        return f"{run}, though the last rows of its picture are there; look at the frame"
    return None


def _require_light(raw: rawpy.RawPy) -> None:
    """Refuse a raw without a picture in it, or with values that its white level denies."""
    values: NDArray[np.uint16] = raw.raw_image_visible
    if values.ndim == 3:
        values = values[..., : raw.num_colors]
    black, white = min(raw.black_level_per_channel), raw.white_level
    lowest, highest = int(values.min()), int(values.max())
    if lowest == highest:
        state = "all black" if highest <= black else f"every value is {highest}"
        raise ImagingError(f"decodes to nothing: {state}; copy it again from the camera")
    sample = values[::7, ::7]
    bright = float(np.quantile(sample, 0.999))
    if bright - black < DARK_PART * (white - black):
        raise ImagingError(
            f"black: 99.9 % of its values are at most {bright:g}, where black is "
            f"{black} and white {white}; was the lens covered or the light off?"
        )
    rows = np.append(np.arange(0, len(values), 7), len(values) - 1)
    over = values[rows, ::7].reshape(len(rows), -1) > OVER_WHITE * white
    wrong = rows[over.mean(axis=1) > MANY]
    if 0 < len(wrong) < len(rows) / 2:
        raise ImagingError(
            f"damaged: in row {wrong[0]} of {len(values)} and {len(wrong) - 1} others looked at, "
            f"most values are far above white, which is {white}; copy it again from the camera or "
            "the card"
        )
    middle = float(np.median(sample))
    if middle > OVER_WHITE * white:
        raise ImagingError(
            f"white level of {white} cannot be true: half of the values are above {middle:g}"
        )
