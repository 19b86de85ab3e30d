"""BLAKE3 of raws by their SHA-256: step ledger takes both in one reading, and notes the former.

Who reads a raw next so compares every byte of it in an eighth of the time, where a processor has no
instructions for SHA-256. They stand in the hidden note beside the ledger, which goes into no
archive. Where there is none, raws are compared by SHA-256.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from records.errors import RecordError
from records.provenance.noted import note_of
from records.record import read_record

NOTED = "raws_blake3"
_DIGEST = re.compile("[0-9a-f]{64}").fullmatch


def to_note(digests: Mapping[str, str]) -> dict[str, object]:
    """What a note tells of raws: SHA-256 → BLAKE3; nothing where there is none."""
    return {NOTED: dict(digests)} if digests else {}


def quick_digests(ledger: Path) -> dict[str, str]:
    """BLAKE3 of raws by their SHA-256, as step ledger found them; none where it noted none.

    Parameters
    ----------
    ledger : frames.csv
    """
    try:
        known = read_record(note_of(ledger), "noted").get(NOTED)
    except RecordError:
        return {}
    if not isinstance(known, dict):
        return {}
    return {raw: one for raw, one in known.items() if isinstance(one, str) and _DIGEST(one)}
