"""What a derivative says of itself, whatever its type: whose it is, by whom, since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from records.metadata import description
from records.metadata.exif import Capture
from records.metadata.exif_tags import exif_date, image_description, rights_of, text_tags
from records.metadata.xmp import PROGRAM, words_of
from records.program import VERSION


@dataclass(frozen=True)
class Tags:
    """The words of a derivative.

    Attributes
    ----------
    xmp : packet, in Unicode
    texts : TIFF's own tags by name, in ASCII; Exif's of other pictures
    words : for files that have neither, by plain names; in Unicode
    """

    xmp: bytes
    texts: Mapping[str, str]
    words: Mapping[str, str]


def tags_of(record: Path, known: Mapping[str, Any], made: str = "") -> Tags:
    """The tags of what is made from a master.

    Parameters
    ----------
    record, known : of the master: its file, and what it says. Where a sidecar lies beside it, its
        words are newer than the master's, and hold.
    made : how it was made of the stack or the master, in a sentence that goes before the master's
        own; "" for a picture of the master itself
    """
    sidecar = record.with_suffix(".xmp")
    words = words_of(sidecar.read_bytes()) if sidecar.exists() else description.embedded(known)
    technique = str(known.get("technique", ""))
    if made:
        technique = f"{made}: {technique}"
    said = image_description(known["specimen"], known["view"], technique, words)
    taken = Capture(date_time_original=exif_date(known.get("created")))
    software = f"{PROGRAM} {VERSION}"
    plain = {
        "description": "; ".join(filter(None, said)),
        "created": str(known.get("created") or ""),
        "software": software,
        "creator": words.get("creator", ""),
        "rights": rights_of(words) or "",
    }
    return Tags(
        description.packet_of({**known, "technique": technique}, words),
        text_tags(taken, words, said, software, artist=True),
        {name: text for name, text in plain.items() if text},
    )
