"""What a master carries over of the Exif of the frame it was made on: entries, texts, credits.

Only what the camera wrote and what is still true of the fused image: it was exposed so, at that
time, with that lens. Numbers and types are those of CIPA DC-008-2019 (Exif 2.32), section 4.6.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from records.metadata.ascii_text import in_ascii
from records.metadata.exif import Capture
from records.sheet.folder_names import catalog_number

Entry = tuple[int, str, str | bytes | tuple[int, ...] | tuple[tuple[int, int], ...]]
_LARGEST = 0xFFFFFFFF


def exif_entries(capture: Capture) -> list[Entry]:
    """(tag number, type, value) of every fact that is known; empty where none is."""
    entries: list[Entry] = []
    for code, number in (
        (0x829A, capture.exposure_s),
        (0x829D, capture.aperture),
        (0x920A, capture.focal_length_mm),
    ):
        if number is not None:
            entries.append((code, "RATIONAL", (_rational(number),)))
    for code, value in (
        (0x8822, capture.exposure_program),
        (0x8827, capture.iso),
        (0x9207, capture.metering_mode),
        (0x9209, capture.flash),
    ):
        if value is not None and 0 <= value <= 0xFFFF:
            entries.append((code, "SHORT", (value,)))
    if capture.exposure_bias_ev is not None:
        entries.append((0x9204, "SRATIONAL", (_rational(capture.exposure_bias_ev, 0x7FFFFFFF),)))
    for code, text in (
        (0x9003, capture.date_time_original),
        (0x9291, capture.subsec_time_original),
        (0x9011, capture.offset_time_original),
        (0xA431, capture.serial_number),
        (0xA434, capture.lens),
        (0xA435, capture.lens_serial_number),
    ):
        if text and text.isascii():
            entries.append((code, "ASCII", text))
    if not entries:
        return []
    # Exif 2.32, 4.6.5: both versions and the colour space are mandatory; 0xFFFF is "not sRGB".
    entries.append((0x9000, "UNDEFINED", b"0232"))
    entries.append((0xA000, "UNDEFINED", b"0100"))
    entries.append((0xA001, "SHORT", (0xFFFF,)))
    return sorted(entries)


def credits(capture: Capture, metadata: Mapping[str, str]) -> dict[str, str]:
    """Creator and rights as the camera has them written, where the sheet says nothing else.

    Parameters
    ----------
    metadata : the sheet's descriptive cells, by column
    """
    words = {}
    if capture.artist and "creator" not in metadata:
        words["creator"] = capture.artist
    # A licence in the sheet says more than the notice that a camera puts into every frame.
    if capture.copyright and not {"rights", "licence_url"} & metadata.keys():
        words["rights"] = capture.copyright
    return words


def image_description(
    specimen: str, view: str, technique: str, metadata: Mapping[str, str]
) -> list[str]:
    """Whose specimen is shown, from where, and how that was made, part by part.

    Parameters
    ----------
    specimen : its folder
    technique : how the picture was made, in a sentence
    metadata : the words that describe specimen and picture, by the sheet's columns
    """
    number = catalog_number(metadata, specimen)
    what = [metadata.get(key, "") for key in ("scientific_name", "type_status", "caption")]
    return [f"{number} {view}", *filter(None, what), technique]


def text_tags(
    capture: Capture,
    metadata: Mapping[str, str],
    description: Sequence[str],
    software: str,
    *,
    artist: bool,
) -> dict[str, str]:
    """TIFF's own text tags by name, in the ASCII that is asked of them; Unicode stands in XMP.

    Parameters
    ----------
    metadata : the words that describe specimen and picture, by the sheet's columns
    description : what the picture is, part by part; one that has no ASCII is left out
    software : with its version
    artist : whether the creator is named here too
    """
    texts = {
        "make": capture.make,
        "model": capture.model,
        "software": software,
        "description": "; ".join(filter(None, map(in_ascii, description))),
        # TIFF 6.0 means the picture's creation. It is the frame's exposure, for a clock of the
        # program's would make other bytes of the same picture.
        "date_time": capture.date_time_original if has_whole_date(capture) else None,
        "artist": metadata.get("creator") if artist else None,
        "copyright": rights_of(metadata),
    }
    known = {name: in_ascii(text) for name, text in texts.items() if text}
    return {name: text for name, text in known.items() if text}


def has_whole_date(capture: Capture) -> bool:
    """Whether the exposure's date has all its digits, as TIFF wants them."""
    return len(capture.date_time_original or "") == len("YYYY:MM:DD HH:MM:SS")


def exif_date(created: object) -> str | None:
    """Exif's way to write a moment of ISO 8601; None where it is none."""
    found = re.match(r"(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)", str(created), re.ASCII)
    return f"{found[1]}:{found[2]}:{found[3]} {found[4]}" if found else None


def rights_of(metadata: Mapping[str, str]) -> str | None:
    """The rights as the sheet words them; where it does not, the licence's address."""
    return metadata.get("rights") or metadata.get("licence_url")


def changed_in_ascii(metadata: Mapping[str, str], *, artist: bool) -> dict[str, str]:
    """Which of creator and rights stand otherwise in TIFF's tags than in XMP, or not at all.

    Parameters
    ----------
    artist : whether the creator is named in the tags

    Returns
    -------
    Tag → its text there, "" where it has none
    """
    said = {
        "artist": metadata.get("creator") if artist else None,
        "copyright": rights_of(metadata),
    }
    return {name: in_ascii(text) for name, text in said.items() if text and not text.isascii()}


def _rational(number: Fraction, largest: int = _LARGEST) -> tuple[int, int]:
    near = number if number.denominator <= largest else number.limit_denominator(largest)
    return near.numerator, near.denominator
