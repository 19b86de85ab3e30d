"""What a file is by its content, and whether all of its picture can be decoded.

A file's name decides nothing here: cameras, phones and export programs all write JPEG under other
names. The readers are those that every later step uses, so that what is accepted here is read
there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames import photographs, raw_facts
from imaging.frames.blank_runs import BlankRun, blank_runs
from imaging.frames.formats import FOREIGN, sniff
from imaging.frames.tiff_gaps import blank_parts, require_whole_jpegs
from imaging.frames.tiff_pages import RAW_PHOTOMETRICS, Page, is_photograph, pages_of


@dataclass(frozen=True)
class Inspection:
    """What a file that can be a frame is.

    Attributes
    ----------
    format : dng, nef, cr2, cr3, arw, …, `raw` where only LibRaw knows it; jpeg, png, tiff
    kind : raw or photo
    width_px, height_px : as stored, before any orientation is applied
    orientation : EXIF orientation 1..8; 1 where none is written
    white_balance : a raw's multipliers of red, green and blue as shot, green 1; None where the
        camera wrote none
    colour : a photograph's colour space by its own word; frames of one name mean the same
    bits : of a photograph's samples, as stored
    highest_sample : its largest sample, of 255, or of 65535 for 16 bits
    doubts : what a person should know of a frame that is no reason to refuse it
    green : a quick look at a raw, see `quick_look`, where it was asked for; None of what is no
        Bayer sensor's
    """

    format: str
    kind: str
    width_px: int
    height_px: int
    orientation: int
    white_balance: tuple[float, float, float] | None = None
    colour: str | None = None
    bits: int | None = None
    highest_sample: int | None = None
    doubts: tuple[str, ...] = ()
    green: NDArray[np.uint8] | None = field(default=None, compare=False, repr=False)


def inspect(path: Path | str, look: bool = False) -> Inspection:
    """Find out what a file is and decode it to its end.

    A raw takes the memory of its sensor values, a photograph that of some rows.

    Parameters
    ----------
    look : whether a quick look at a raw is asked for, while its values are at hand

    Raises
    ------
    ImagingError : not a picture, of a kind that cannot be a frame, truncated, damaged, not
        supported by LibRaw, black, or decoded to wrong values. The message is the reason alone,
        without the file's name.
    """
    path = Path(path)
    if path.stat().st_size == 0:
        raise ImagingError("the file is empty (0 bytes); copy it again from the camera")
    name = sniff(path)
    if name in FOREIGN:
        article = "an" if FOREIGN[name][0] in "AEIO" else "a"
        raise ImagingError(
            f"{article} {FOREIGN[name]} picture; frames may be raw, TIFF (8 or 16 bit), JPEG or PNG"
        )
    pages = pages_of(path) if name == "tiff" else []
    runs = blank_runs(path)
    try:
        if _is_photograph(name, pages):
            return _photograph(path, name, pages, runs)
        return _raw(path, pages, runs, look)
    except ImagingError as error:
        # Where the file holds nothing is the true reason for most of what else is found.
        ends = [run for run in runs if run.to_the_end and str(run) not in str(error)]
        raise ImagingError("; ".join([str(error), *map(str, ends)])) from None


def is_photograph_file(path: Path) -> bool:
    """Whether a file is, by its content, a JPEG, a PNG or a TIFF of a developed picture."""
    name = sniff(path)
    return _is_photograph(name, pages_of(path) if name == "tiff" else [])


def _is_photograph(name: str | None, pages: Sequence[Page]) -> TypeGuard[str]:
    return name in ("jpeg", "png") or (name == "tiff" and is_photograph(pages))


def _raw(path: Path, pages: Sequence[Page], runs: Sequence[BlankRun], look: bool) -> Inspection:
    is_dng = bool(pages) and pages[0].is_dng
    parts = [page for page in pages if page.photometric in RAW_PHOTOMETRICS and not page.aside]
    blank = blank_parts(path, parts, runs) if is_dng else None
    facts = raw_facts.examine(path, pages, runs, look)
    if is_dng:
        require_whole_jpegs(path, parts)
    return Inspection(
        facts.format,
        "raw",
        facts.width_px,
        facts.height_px,
        facts.orientation,
        facts.white_balance,
        doubts=tuple(doubt for doubt in (blank, *facts.doubts) if doubt),
        green=facts.green,
    )


def _photograph(
    path: Path, name: str, pages: Sequence[Page], runs: Sequence[BlankRun]
) -> Inspection:
    blank = blank_parts(path, pages[:1], runs)
    facts, highest, doubts = photographs.examine(path, name, pages)
    require_whole_jpegs(path, pages[:1])
    return Inspection(
        facts.format,
        "photo",
        facts.width_px,
        facts.height_px,
        facts.orientation,
        colour=facts.colour.name,
        bits=facts.bits,
        highest_sample=highest,
        doubts=tuple(doubt for doubt in (blank, *doubts) if doubt),
    )
