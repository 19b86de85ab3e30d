"""A record that a plan cannot go by is named with its reason, whatever is in its place."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from records.archive.planned_by import damaged_records
from records.record import write_record

RECEIPT = {"object": "holostack:A-1/top", "version": "v1", "inventory_sha256": "0" * 64}
WHOLE = {
    "archive.json": ("receipt", RECEIPT | {"path": "a/b"}),
    "settings.json": ("settings", {"fuse": {"power": 4}}),
    "sheet.json": ("sheet", {"specimen": "A-1", "view": "top"}),
}
DAMAGE = {
    "empty": lambda path: path.write_text(""),
    "cut short": lambda path: path.write_text('{"object": "holo'),
    "no text": lambda path: path.write_bytes(os.urandom(64)),
    "a list": lambda path: path.write_text("[1]"),
    "a number": lambda path: path.write_text("7"),
    "numbers in it": lambda path: path.write_text(json.dumps({"object": 1, "version": 2, "a": 3})),
    "a folder": lambda path: path.mkdir(),
    "a pipe": lambda path: os.mkfifo(path),
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path.name),
}


@pytest.fixture()
def stack(tmp_path: Path) -> Path:
    folder = tmp_path / "A-1" / "top"
    for name, (kind, content) in WHOLE.items():
        write_record(folder / name, kind, content)
    (folder / "frames.csv").write_text("")
    return folder


def test_a_whole_stack_and_one_without_records_can_be_planned(stack, tmp_path):
    assert damaged_records(stack) == ""
    assert damaged_records(tmp_path / "B-2" / "top") == ""


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", WHOLE)
def test_every_damage_of_a_record_is_told_with_what_to_do(stack, name, damage):
    (stack / name).unlink()
    DAMAGE[damage](stack / name)
    said = damaged_records(stack)
    assert str(stack / name) in said
    assert "run again" in said


@pytest.mark.parametrize("damage", ["a folder", "a pipe", "a link to nowhere"])
def test_what_lies_in_place_of_the_ledger_is_told(stack, damage):
    (stack / "frames.csv").unlink()
    DAMAGE[damage](stack / "frames.csv")
    assert "frames.csv: is no file" in damaged_records(stack)


def test_a_receipt_that_does_not_say_of_what_is_damaged(stack):
    write_record(stack / "archive.json", "receipt", {"object": "holostack:A-1/top"})
    assert "lacks version" in damaged_records(stack)
