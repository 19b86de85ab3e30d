"""The fingerprint of a raw folder changes with its content alone."""

from __future__ import annotations

import os
import shutil

import pytest

from records.files import sha256_file
from records.ledger.fingerprint import fingerprint
from records.ledger.table import USED, Entry, write_ledger


@pytest.fixture()
def stack(tmp_path):
    raw = tmp_path / "stack" / "raw"
    raw.mkdir(parents=True)
    for k in (1, 2, 3):
        (raw / f"{k}.dng").write_bytes(bytes([k]) * 100)
    fingerprint(tmp_path / "stack")
    entries = [
        Entry(k, f"{k}.dng", USED, sha256=sha256_file(raw / f"{k}.dng"), bytes=100)
        for k in (1, 2, 3)
    ]
    write_ledger(entries, tmp_path / "stack" / "frames.csv")
    return tmp_path / "stack"


def test_it_is_the_same_when_nothing_happened(stack):
    assert fingerprint(stack) == fingerprint(stack)


def test_it_is_the_same_when_times_alone_changed(stack):
    before = fingerprint(stack)
    for path in (stack / "raw").iterdir():
        os.utime(path, ns=(1, 1))
    assert fingerprint(stack) == before


def test_it_changes_when_bytes_changed_and_the_size_did_not(stack):
    before = fingerprint(stack)
    (stack / "raw" / "2.dng").write_bytes(b"\xff" * 100)
    assert fingerprint(stack) != before


@pytest.mark.parametrize("change", ["add", "remove", "rename"])
def test_it_changes_with_the_files(stack, change):
    before = fingerprint(stack)
    raw = stack / "raw"
    if change == "add":
        (raw / "4.dng").write_bytes(b"4")
    elif change == "remove":
        (raw / "3.dng").unlink()
    else:
        (raw / "3.dng").rename(raw / "5.dng")
    assert fingerprint(stack) != before


def test_importing_the_source_changes_nothing_and_neither_does_its_loss(tmp_path):
    source, stack = tmp_path / "card", tmp_path / "stack"
    source.mkdir()
    (source / "1.dng").write_bytes(b"1" * 10)
    before = fingerprint(stack, source)
    shutil.copytree(source, stack / "raw")
    entry = Entry(1, "1.dng", USED, sha256=sha256_file(source / "1.dng"), bytes=10)
    write_ledger([entry], stack / "frames.csv")
    (stack / "import.json").write_text("{}")
    assert fingerprint(stack, source) == before
    (source / "2.dng").write_bytes(b"of another stack")
    assert fingerprint(stack, source) == before
    shutil.rmtree(source)
    os.utime(stack / "raw" / "1.dng", ns=(1, 1))
    assert fingerprint(stack, source) == before


def test_it_can_be_found_out_without_leaving_anything(tmp_path):
    source, stack = tmp_path / "card", tmp_path / "stack"
    source.mkdir()
    (source / "1.dng").write_bytes(b"1" * 10)
    looked = fingerprint(stack, source, remember=False)
    assert not stack.exists()
    assert fingerprint(stack, source) == looked
