"""BLAKE3 of raws are noted beside the ledger, and believed only where they are digests."""

from __future__ import annotations

import pytest

from records.provenance.noted import note, note_of
from records.provenance.quick_digests import NOTED, quick_digests, to_note
from records.record import write_record


def test_a_note_tells_them_by_the_sha256_of_the_raws(tmp_path):
    ledger = tmp_path / "frames.csv"
    ledger.write_text("frame,file\n")
    note(ledger, ledger, more=to_note({"a" * 64: "b" * 64}))
    assert quick_digests(ledger) == {"a" * 64: "b" * 64}


def test_a_ledger_without_a_note_or_of_before_has_none(tmp_path):
    ledger = tmp_path / "frames.csv"
    ledger.write_text("frame,file\n")
    assert quick_digests(ledger) == {}
    note(ledger, ledger, more=to_note({}))
    assert quick_digests(ledger) == {}


@pytest.mark.parametrize("told", ["b" * 64, {"a" * 64: 1}, {"a" * 64: "x"}])
def test_what_is_no_digest_is_not_believed(tmp_path, told):
    ledger = tmp_path / "frames.csv"
    write_record(note_of(ledger), "noted", {"sha256": "c" * 64, NOTED: told})
    assert quick_digests(ledger) == {}


def test_a_damaged_note_tells_none(tmp_path):
    note_of(tmp_path / "frames.csv").write_text("{")
    assert quick_digests(tmp_path / "frames.csv") == {}
