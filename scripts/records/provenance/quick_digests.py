"""BLAKE3 of raws by their SHA-256: step ledger takes both in one reading, and notes the former.

Who reads a raw next so compares every byte of it in an eighth of the time, where a processor has no
instructions for SHA-256. They stand in the hidden note beside the ledger, which goes into no
archive. Where there is none, raws are compared by SHA-256.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from records.errors import RecordError
from records.known_frames import BLAKE3
from records.provenance.noted import note_of
from records.record import read_record


def to_note(digests: Mapping[str, str]) -> dict[str, object]:
    """What a note tells of raws: SHA-256 → BLAKE3; nothing where there is none."""
    return {BLAKE3: dict(digests)} if digests else {}


def quick_digests(ledger: Path) -> dict[str, str]:
    """BLAKE3 of raws by their SHA-256, as step ledger found them; none where it noted none.

    Parameters
    ----------
    ledger : frames.csv
    """
    try:
        known = read_record(note_of(ledger), "noted").get(BLAKE3)
    except RecordError:
        return {}
    if not isinstance(known, dict) or not all(isinstance(one, str) for one in known.values()):
        return {}
    return known
