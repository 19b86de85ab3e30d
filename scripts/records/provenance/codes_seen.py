"""Barcodes that step ledger saw in raws while it had them decoded: nobody decodes them for that.

They stand in the hidden note beside the ledger, by the raws' SHA-256, which goes into no archive.
Where there is none, or another release of the reader wrote it, frames are to be looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from records.errors import RecordError
from records.installed import installed_version
from records.provenance.noted import note_of
from records.record import read_record

# In a note.
BARCODES = "barcodes"


def to_note(codes: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """What a note tells of barcodes in raws, by their SHA-256; nothing where none was looked at."""
    return {BARCODES: {"reader": _reader(), "seen": dict(codes)}} if codes else {}


def codes_seen(ledger: Path) -> dict[str, list[str]]:
    """Texts of the barcodes in each raw that was looked at, by its SHA-256; none where it has none.

    Parameters
    ----------
    ledger : frames.csv, which may be gone
    """
    try:
        known = read_record(note_of(ledger), "noted").get(BARCODES)
    except RecordError:
        return {}
    if not isinstance(known, dict) or known.get("reader") != _reader():
        return {}
    seen = known.get("seen")
    if not isinstance(seen, dict) or not all(
        isinstance(codes, list) and all(isinstance(code, str) for code in codes)
        for codes in seen.values()
    ):
        return {}
    return seen


def _reader() -> str:
    return f"zxing-cpp {installed_version('zxing_cpp', 'zxingcpp')}"
