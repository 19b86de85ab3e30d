"""How a stack is described: the sheet's words on specimen and picture, of which the newest hold.

A master carries the words of its day in the XMP packet within its file, and is never edited again.
Where the sheet says otherwise since, the newest words stand in an XMP sidecar beside the master
(same name, `.xmp`), which programs read before the packet in the file.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from records.errors import RecordError
from records.files import json_bytes
from records.metadata.xmp import PROGRAM, TERMS, build_packet
from records.text import cleaned


def add_words(parser: argparse.ArgumentParser) -> None:
    """Give a command the option `--metadata KEY=VALUE`, of which it gets pairs."""
    parser.add_argument(
        "--metadata",
        action="append",
        default=[],
        type=_pair,
        metavar="KEY=VALUE",
        help=f"what specimen and picture are described by, of {', '.join(TERMS)}",
    )


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    if key not in TERMS:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE with a key of {list(TERMS)}")
    return key, cleaned(value)


def described(row: Mapping[str, str]) -> dict[str, str]:
    """The cells of a row of the sheet that describe specimen and picture."""
    return {name: row[name] for name in TERMS if row.get(name)}


def published(row: Mapping[str, str]) -> dict[str, str]:
    """A row's cells as others get them; an archived one is read as it was written."""
    return {name: cleaned(text) for name, text in row.items()}


def digest(row: Mapping[str, str]) -> str:
    """SHA-256, in hex, of a row's describing cells."""
    return hashlib.sha256(json_bytes(described(row))).hexdigest()


def embedded(record: Mapping[str, Any]) -> dict[str, str]:
    """The words that a master's record says are in its file.

    Raises
    ------
    RecordError : they are none that a master can carry
    """
    words = record.get("metadata", {})
    if not isinstance(words, Mapping) or not all(
        key in TERMS and isinstance(text, str) for key, text in words.items()
    ):
        raise RecordError(
            f"the master's record: its metadata are {words!r:.200}, no texts by {', '.join(TERMS)}"
        )
    return dict(words)


def newest(record: Mapping[str, Any], row: Mapping[str, str]) -> dict[str, str]:
    """The words that hold for a master: the row's, and what the camera said where it is silent.

    Parameters
    ----------
    record : of the master
    row : of the sheet, as newest archived; without any, the master's own words hold
    """
    embedded = record.get("metadata", {})
    if not row:
        return dict(embedded)
    of_camera = {name: embedded[name] for name in record.get("metadata_of_camera", ())}
    return {**of_camera, **published(described(row))}


def sidecar_path(master: str) -> str:
    """Path of the sidecar of a master."""
    return str(PurePosixPath(master).with_suffix(".xmp"))


def sidecar(record: Mapping[str, Any], row: Mapping[str, str]) -> bytes | None:
    """The XMP sidecar of a master; None where the packet in its file says the same."""
    words = newest(record, row)
    if words == record.get("metadata", words):
        return None
    return packet_of(record, words)


def packet_of(record: Mapping[str, Any], words: Mapping[str, str]) -> bytes:
    """The XMP packet of a master, by its record, with words that may be newer."""
    return build_packet(
        record["specimen"],
        record["view"],
        record.get("technique", ""),
        words,
        # Those of before say neither.
        str(record.get("software") or PROGRAM),
        str(record.get("created") or "") or None,
    )
