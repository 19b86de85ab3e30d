"""How a stack is described in the archive, told by its receipt: a plan then needs no archive."""

from __future__ import annotations

from pathlib import Path

from records.archive.holding import open_holding
from records.archive.inside import folder_inside
from records.errors import RecordError
from records.layout import SHEET_ROW
from records.metadata import description
from records.record import read_record


def archived_digest(receipt: Path, root: Path) -> str | None:
    """Digest of the words that a stack is archived with; None where they cannot be told.

    Receipts of before say none: then the object in the archive is asked.

    Parameters
    ----------
    receipt : the stack's archive.json, or where it would be
    root : of the archive
    """
    if not receipt.is_file():
        return None
    try:
        told = read_record(receipt, "receipt")
        if "description_sha256" in told:
            return told["description_sha256"]
        folder = folder_inside(root, str(told["path"]))
        row = open_holding(folder).record(SHEET_ROW, "sheet") if folder else {}
    except (RecordError, OSError, KeyError):
        return None
    return description.digest(row) if row else None
