"""Text from outside, cleaned once, where it enters: cells, Exif, archived descriptions, names.

A control character in a text moves the cursor of who reads it, begins a line that no program wrote,
turns the order of letters round, or makes XML that nothing reads. What must be kept as it is, such
as the name of a file on disk, is escaped where it is shown.
"""

from __future__ import annotations

import re

# Line ends of every kind (Unicode 16, section 5.8).
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# C0 without tab and line feed, DEL, C1; embeddings, overrides and isolates of direction (UAX #9);
# half characters; what is no character at all.
_CONTROLS = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
    )
)
_UNCLEAN = re.compile(f"[{_CONTROLS}]+")
_NOT_SHOWN = re.compile(f"[\t\n{_CONTROLS}]")
# How the half characters begin that stand for bytes of a name that is no UTF-8 (PEP 383).
_BYTES = 0xDC00
# What makes a formula of a cell, as OWASP lists them ("CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def is_clean(text: str) -> bool:
    """Whether a text has nothing that `cleaned` would take out."""
    return text.isprintable() or _UNCLEAN.search(text) is None


def cleaned(text: str) -> str:
    """A text of letters, blanks, tabs and line feeds; what is none of these is one blank a run."""
    if is_clean(text):
        return text
    return _UNCLEAN.sub(" ", _LINE_END.sub("\n", text))


def escaped(text: str) -> str:
    r"""A text in one line in which all shows: a line feed as `\n`, other controls as `\x1b`."""
    return _NOT_SHOWN.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if _BYTES + 0x80 <= code <= _BYTES + 0xFF:
        return f"\\x{code - _BYTES:02x}"
    return match[0].encode("unicode_escape").decode("ascii")


def cell(text: str) -> str:
    """A text in a table for people: escaped, and no formula to the spreadsheet that opens it.

    What would be one gets an apostrophe in front, which a spreadsheet takes for "text"; a number
    stays a number.
    """
    shown = escaped(text)
    return f"'{shown}" if text.startswith(_FORMULA) and not _is_number(text) else shown


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII) is not None
