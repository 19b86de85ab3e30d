"""Texts that a cell of the sheet can hold, and that a spreadsheet makes no other of."""

from __future__ import annotations

import math
import re
import unicodedata

from records.errors import RecordError
from records.sheet.damaged_cells import damage, plain


def refuse_unfit(place: str, column: str, text: str) -> None:
    """Refuse a text that a sheet cannot hold, or that a spreadsheet would make another of."""
    if not re.fullmatch(r"[\w.-]+", column):
        raise RecordError(f"{place}: {column!r} is no name of a column")
    if any(unicodedata.category(c) in ("Cc", "Cs") and c != "\n" for c in text):
        wrong = "has characters that no sheet can hold; leave them out"
    elif plain(text) != text:
        wrong = "has blanks around it, or others that would be read as plain ones; leave them out"
    elif text.startswith(("=", "+", "-", "@")) and not _are_numbers(text):
        wrong = "would be a formula to a spreadsheet; begin with another letter"
    else:
        wrong = (text and damage(column, text)) or ""
    if wrong:
        raise RecordError(f"{place}: {text!r} {wrong}; nothing was written")


def _are_numbers(text: str) -> bool:
    """A number, or some with commas between them, as a crop is: a spreadsheet computes nothing."""
    try:
        return all(math.isfinite(float(part)) for part in text.split(","))
    except ValueError:
        return False
