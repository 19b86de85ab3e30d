"""What a raw says of its pixels, and whether there is a whole picture in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import rawpy
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames import dng_digest
from imaging.frames.bayer_pattern import bayer_pattern
from imaging.frames.blank_runs import BlankRun
from imaging.frames.formats import sniff
from imaging.frames.quick_look import green_of_quartets
from imaging.frames.raw_reading import opened
from imaging.frames.tiff_pages import Page

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
    green : a quick look, (height / 2, width / 2), where it was asked for; of a Bayer sensor alone
    """

    format: str
    width_px: int
    height_px: int
    orientation: int
    white_balance: tuple[float, float, float] | None
    doubts: tuple[str, ...] = ()
    green: NDArray[np.uint8] | None = field(default=None, compare=False, repr=False)


def examine(
    path: Path, pages: Sequence[Page], runs: Sequence[BlankRun] = (), look: bool = False
) -> Facts:
    """Read a raw's sensor values, not demosaiced.

    Parameters
    ----------
    pages : of a raw that is a TIFF inside
    runs : where the file holds nothing, as `blank_runs.blank_runs` finds it
    look : whether a quick look at it is asked for too

    Raises
    ------
    ImagingError : not supported by LibRaw, truncated, black, or decoded to wrong values; the reason
        alone
    """
    is_dng = bool(pages) and pages[0].is_dng
    with opened(path, pages) as raw:
        _require_light(raw)
        doubts = [dng_digest.compare(path, pages, raw.raw_image)] if is_dng else []
        doubts += [_lost_end(raw, run, path) for run in runs if run.to_the_end]
        sizes = raw.sizes
        if sizes.pixel_aspect != 1.0:
            raise ImagingError(
                f"a raw whose pixels are not square (1 to {sizes.pixel_aspect:g}), which is drawn "
                "out in developing; develop it by the camera's program, to 16-bit TIFF"
            )
        red, green, blue = raw.camera_whitebalance[:3]
        # LibRaw gives 0 or, for raws other than DNG, 1 for what is not written.
        written = min(red, green, blue) > 0 and (is_dng or not red == green == blue == 1.0)
        coloured = written and raw.num_colors > 1
        pattern = bayer_pattern(raw) if look else None
        return Facts(
            "dng" if is_dng else _format_of(path, pages),
            sizes.width,
            sizes.height,
            _ORIENTATION_OF_FLIP.get(sizes.flip, 1),
            (red / green, 1.0, blue / green) if coloured else None,
            tuple(doubt for doubt in doubts if doubt),
            None if pattern is None else green_of_quartets(raw, pattern),
        )


def _format_of(path: Path, pages: Sequence[Page]) -> str:
    name = sniff(path)
    if name != "tiff":
        return name or "raw"
    make = pages[0].make.split() if pages else []
    return _RAW_BY_MAKE.get(make[0].upper(), "raw") if make else "raw"


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
