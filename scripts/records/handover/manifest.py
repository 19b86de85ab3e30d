"""What was handed over before, and what is new, changed or gone since.

A manifest is the media table as programs read it: every picture by its identifier, with the hash of
its file and all that was said of it.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from pathlib import Path

from records.errors import RecordError
from records.handover.audiovisual import FIGURES
from records.metadata.darwincore import MEDIA

COLUMNS = ("specimen", *MEDIA, *FIGURES)
CHANGES = ("change", "stack", "identifier", "what", "hash_value", "hash_value_before")
Row = dict[str, str]


def read_manifest(path: Path) -> list[Row]:
    """Read a manifest, also one of a version with other columns.

    Raises
    ------
    RecordError : it is none
    """
    try:
        with path.open(encoding="utf-8", newline="") as opened:
            rows = list(csv.DictReader(opened))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RecordError(f"{path}: cannot be read as a manifest: {error}") from error
    needed = ("identifier", "related_resource", "hash_value")
    for number, row in enumerate(rows, 2):
        if not all(row.get(name) for name in needed):
            raise RecordError(
                f"{path}, line {number}: no manifest of a hand-over, which has {', '.join(needed)} "
                "in each; name the manifest.csv that was written with what you handed over"
            )
    return rows


def kept(before: Sequence[Row], told: Collection[str], is_whole: bool) -> list[Row]:
    """Rows of objects that were not looked at this time, and so stay as they were told.

    Parameters
    ----------
    told : ids of the objects that were asked for; where `is_whole`, of those that could not be read
    is_whole : whether all of the archive was asked for
    """
    return [row for row in before if (row["related_resource"] in told) == is_whole]


def changes(before: Sequence[Row], now: Sequence[Row]) -> list[dict[str, str]]:
    """What is new, changed and gone, in the order of identifiers.

    A file of other bits is a changed picture, whatever else is said of it; where the bits are the
    same, `what` names the columns that say something else. Columns that one of the two lacks are
    not compared.
    """
    were = {row["identifier"]: row for row in before}
    are = {row["identifier"]: row for row in now}
    found = []
    for identifier in sorted(were.keys() | are.keys()):
        was, one = were.get(identifier), are.get(identifier)
        either = one or was or {}
        change, what = "gone", ""
        if was and one:
            differ = [name for name in COLUMNS if name in was and was[name] != one[name]]
            if not differ:
                continue
            change, what = "changed", ", ".join(differ)
        elif one:
            change = "new"
        hashes = {
            "hash_value": (one or {}).get("hash_value", ""),
            "hash_value_before": (was or {}).get("hash_value", ""),
        }
        stack = either["related_resource"]
        found.append(
            {"change": change, "stack": stack, "identifier": identifier, "what": what, **hashes}
        )
    return found
