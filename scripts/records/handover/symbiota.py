"""A table for Symbiota: Import/Update Specimen Records, Extended Data Import, "Image Field Map".

Source: symbiota-docs, "Image URL Upload" (2024-08-08); Symbiota 3.2, classes/OccurrenceImport.php
(names of fields) and config/schema/3.0 with its patches (how many letters each keeps).
"""

from __future__ import annotations

from collections.abc import Sequence

from records.handover import lacking
from records.handover.lacking import Lack
from records.handover.stack import Picture, Stack

NAME = "Symbiota"
# Field → letters that Symbiota keeps. Its hashValue has 45, and SHA-256 takes 64: it is in notes.
COLUMNS = {
    "catalogNumber": 32,
    "occurrenceID": 255,
    "originalUrl": 255,
    "url": 255,
    "thumbnailUrl": 255,
    "archiveUrl": 255,
    "creator": 100,
    "caption": 100,
    "rights": 255,
    "format": 45,
    "anatomy": 100,
    "sourceIdentifier": 150,
    "notes": 350,
}
# Without one of these there is no import.
REQUIRED = ("catalogNumber", "originalUrl")
# What its pages show in one piece, and in lists.
WEB_BYTES = 2_000_000
THUMBNAIL_PX = 500


def rows(stacks: Sequence[Stack]) -> tuple[list[dict[str, str]], list[Lack]]:
    """A row for each stack that has all that must be there, and what is lacking."""
    made: list[dict[str, str]] = []
    lacks: list[Lack] = []
    for stack in stacks:
        shown = stack.for_browsers()
        if not shown:
            lacks.append(lacking.no_shown_picture(NAME, stack))
            continue
        found = lacking.asked(NAME, stack, ("address", "rights", "creator"))
        lacks += found
        row = _row(stack, shown)
        too_long = [name for name, most in COLUMNS.items() if len(row[name]) > most]
        for name in too_long:
            text = f"{NAME} keeps {COLUMNS[name]} letters of {name}, and it has {len(row[name])}"
            left = "the stack is" if name in REQUIRED else "it is"
            lacks.append(Lack(NAME, stack.name, f"{text}: {left} left out"))
            row[name] = ""
        if all(row[name] for name in REQUIRED):
            made.append(row)
    return made, lacks


def _row(stack: Stack, shown: Sequence[Picture]) -> dict[str, str]:
    largest, smallest = shown[0], shown[-1]
    light = [one for one in shown if one.size_bytes <= WEB_BYTES]
    is_thumbnail = max(smallest.size_px or (0, 0)) <= THUMBNAIL_PX
    rights = [stack.said(name) for name in ("rights", "licence_url") if stack.said(name)]
    return {
        "catalogNumber": stack.catalog_number,
        "occurrenceID": stack.said("occurrence_id"),
        "originalUrl": largest.address,
        "url": light[0].address if light else "",
        "thumbnailUrl": smallest.address if is_thumbnail else "",
        "archiveUrl": stack.master.address,
        "creator": stack.said("creator"),
        "caption": stack.said("caption") or stack.title,
        "rights": "; ".join(rights),
        "format": largest.media_type,
        "anatomy": stack.said("subject_part"),
        "sourceIdentifier": f"{stack.identifier}/{largest.path}",
        "notes": f"{stack.view}; {largest.figures()}; SHA-256 {largest.sha256}",
    }
