"""Whether a master obeys the rules for archival TIFFs that institutions have written.

Rules: SLUB Dresden's baseline TIFF profile; FADGI Technical Guidelines for Digitizing Cultural
Heritage Materials (2023), file format and metadata; Metamorfoze Preservation Imaging Guidelines.
They contradict each other (SLUB forbids Artist, which FADGI takes the creator from) and macro
photography (4000 ppi at most): a rule can be waived by name, and then stands in the report as that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tifffile

from records.errors import RecordError

PROFILES = ("slub", "fadgi", "metamorfoze")
TEXT_TAGS = (269, 270, 271, 272, 305, 315, 33432)


@dataclass(frozen=True)
class Header:
    """What the rules look at.

    Attributes
    ----------
    tags : by number, of the first picture in the file
    pictures : number of pictures in the file
    little_endian : byte order
    """

    tags: dict[int, Any]
    pictures: int
    little_endian: bool

    def text(self, number: int) -> str:
        """A tag as text; empty where it is missing."""
        value = self.tags.get(number, "")
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


@dataclass(frozen=True)
class Rule:
    """One demand of one or more profiles.

    Attributes
    ----------
    name : by which it is waived
    profiles : that demand it
    tag : what it is about
    demand : in words
    holds : whether a file obeys
    """

    name: str
    profiles: tuple[str, ...]
    tag: str
    demand: str
    holds: Callable[[Header], bool]


@dataclass(frozen=True)
class Result:
    """A rule applied: `verdict` is pass, fail or waived."""

    rule: Rule
    verdict: str


def _ascii(header: Header) -> bool:
    return all(header.text(number).isascii() for number in TEXT_TAGS)


def _ppi(header: Header) -> float | None:
    """Resolution in pixels per inch; None where it is not stated in inches or centimetres."""
    scale = {2: 1.0, 3: 2.54}.get(int(header.tags.get(296, 2)))
    value = header.tags.get(282)
    if scale is None or not isinstance(value, tuple) or not value[1]:
        return None
    return scale * value[0] / value[1]


def _in_xmp(header: Header, *properties: str) -> bool:
    packet = header.text(700)
    return any(f"<{one}" in packet or f"{one}=" in packet for one in properties)


RULES = (
    Rule("single-picture", PROFILES, "IFD", "one picture in the file", lambda h: h.pictures == 1),
    Rule("rgb", PROFILES, "262 PhotometricInterpretation", "2, RGB", lambda h: h.tags[262] == 2),
    Rule("no-alpha", PROFILES, "277 SamplesPerPixel", "3", lambda h: h.tags.get(277) == 3),
    Rule(
        "16-bit",
        PROFILES,
        "258 BitsPerSample",
        "16, 16, 16",
        lambda h: h.tags.get(258) in (16, (16, 16, 16)),
    ),
    Rule("uncompressed", PROFILES, "259 Compression", "1", lambda h: h.tags.get(259, 1) == 1),
    Rule("chunky", PROFILES, "284 PlanarConfiguration", "1", lambda h: h.tags.get(284, 1) == 1),
    Rule("upright", PROFILES, "274 Orientation", "1", lambda h: h.tags.get(274, 1) == 1),
    Rule("icc", PROFILES, "34675 ICC profile", "embedded", lambda h: bool(h.tags.get(34675))),
    Rule("little-endian", ("slub",), "byte order", "II", lambda h: h.little_endian),
    Rule("ascii", ("slub",), "269-272, 305, 315, 33432", "7-bit ASCII", _ascii),
    Rule(
        "date",
        ("slub",),
        "306 DateTime",
        "YYYY:MM:DD HH:MM:SS",
        lambda h: bool(re.fullmatch(r"|\d{4}(:\d\d){2} \d\d(:\d\d){2}", h.text(306))),
    ),
    Rule("inches", ("slub",), "296 ResolutionUnit", "2", lambda h: h.tags.get(296, 2) == 2),
    Rule(
        "ppi-limit",
        ("slub",),
        "282 XResolution",
        "at most 4000 ppi",
        lambda h: (_ppi(h) or 0) <= 4000,
    ),
    Rule(
        "no-artist",
        ("slub",),
        "315 Artist",
        "absent (config: master.artist)",
        lambda h: 315 not in h.tags,
    ),
    Rule("no-iptc", ("slub",), "33723 IPTC", "absent", lambda h: 33723 not in h.tags),
    Rule("no-photoshop", ("slub",), "34377 Photoshop", "absent", lambda h: 34377 not in h.tags),
    Rule(
        "resolution",
        ("fadgi", "metamorfoze"),
        "282 XResolution",
        "stated (sheet: pixel_size_um)",
        lambda h: _ppi(h) is not None,
    ),
    Rule(
        "creator",
        ("fadgi",),
        "315 Artist or XMP dc:creator",
        "stated (sheet: creator)",
        lambda h: 315 in h.tags or _in_xmp(h, "dc:creator"),
    ),
    Rule(
        "copyright",
        ("fadgi",),
        "33432 Copyright or XMP dc:rights, xmpRights:WebStatement",
        "stated (sheet: rights or licence_url)",
        lambda h: 33432 in h.tags or _in_xmp(h, "dc:rights", "xmpRights:WebStatement"),
    ),
    Rule(
        "eci-rgb",
        ("metamorfoze",),
        "34675 ICC profile",
        "eciRGB v2",
        lambda h: b"eciRGB" in bytes(h.tags.get(34675) or b"").replace(b"\0", b""),
    ),
)


def check_master(
    master: Path,
    profiles: Collection[str],
    waived: Collection[str] = (),
    sidecar: Path | None = None,
) -> list[Result]:
    """Apply every rule of the chosen profiles to a TIFF.

    What an XMP `sidecar` says goes before the packet in the file.

    Raises
    ------
    RecordError
        The file is no TIFF, or a profile or a waived rule does not exist.
    """
    refuse_unknown(profiles, waived)
    header = read_header(master)
    if sidecar:
        header.tags[700] = sidecar.read_bytes()
    results = []
    for rule in RULES:
        if set(rule.profiles) & set(profiles):
            verdict = "pass" if rule.holds(header) else "fail"
            waive = verdict == "fail" and rule.name in waived
            results.append(Result(rule, "waived" if waive else verdict))
    return results


def refuse_unknown(profiles: Collection[str], waived: Collection[str]) -> None:
    """Say so if a profile or a rule does not exist."""
    strangers = set(profiles) - set(PROFILES)
    if strangers:
        raise RecordError(
            f"no profile is called {sorted(strangers)[0]}; there are {', '.join(PROFILES)}"
        )
    unknown = set(waived) - {rule.name for rule in RULES}
    if unknown:
        known = ", ".join(rule.name for rule in RULES)
        raise RecordError(f"no rule is called {sorted(unknown)[0]}; there are {known}")


def read_header(master: Path) -> Header:
    """Read the tags of a TIFF, none of its pixels."""
    try:
        with tifffile.TiffFile(master) as opened:
            tags = {tag.code: tag.value for tag in opened.pages.first.tags.values()}
            tags[262] = tags.get(262, -1)
            return Header(tags, len(opened.pages), opened.byteorder == "<")
    except (tifffile.TiffFileError, OSError) as error:
        raise RecordError(f"{master}: cannot be read as a TIFF: {error}") from None
