"""An archived stack is left alone while nothing has changed that decides it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from records.archive.left_alone import STAMPS, Stamp, keep_stamps, stamps_of, state_of

DECIDED_BY = ("shipped", "settings", '{"view": "top"}')


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """A stack as archiving leaves it, as far as names and bytes go."""
    folder = tmp_path / "A-1" / "top"
    names = ("raw/1.dng", "raw/2.dng", "archive.json", "settings.json", "sheet.json", "frames.csv")
    for name in (*names, "archival/A-1_top.tif", "archival/A-1_top.json", "stack/fuse.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def overwrite_and_set_back(stack: Path) -> None:
    raw = stack / "raw/1.dng"
    before = raw.stat()
    with raw.open("r+") as file:
        file.write("RAW")
    os.utime(raw, ns=(before.st_atime_ns, before.st_mtime_ns))


def add(name: str) -> Callable[[Path], None]:
    def adding(stack: Path) -> None:
        (stack / name).parent.mkdir(exist_ok=True)
        (stack / name).write_text("new")

    return adding


def remove(name: str) -> Callable[[Path], None]:
    return lambda stack: (stack / name).unlink()


CHANGES = {
    "a raw overwritten, its time set back": overwrite_and_set_back,
    "a raw more": add("raw/3.dng"),
    "a raw less": remove("raw/2.dng"),
    "another receipt": add("archive.json"),
    "no receipt": remove("archive.json"),
    "other settings than archived": add("settings.json"),
    "a ledger made anew": add("frames.csv"),
    "a master that was edited": add("archival/A-1_top.tif"),
    "a master that is gone": remove("archival/A-1_top.tif"),
    "a step's record that is gone": remove("stack/fuse.json"),
    "strokes of a person's": add("retouch/strokes.json"),
    "a picture given back": add("retouch/external.tif"),
    "a folder of whatever name": lambda stack: (stack / "new").mkdir(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_stack_is_looked_at_again_after(stack: Path, change: Callable[[Path], None]) -> None:
    before = state_of(stack, DECIDED_BY)
    change(stack)
    assert state_of(stack, DECIDED_BY) != before


def test_settings_cells_and_files_beside_it_decide_too(stack: Path, tmp_path: Path) -> None:
    positions = tmp_path / "positions.csv"
    before = state_of(stack, DECIDED_BY, [positions])
    assert state_of(stack, ("shipped", "others", DECIDED_BY[2]), [positions]) != before
    positions.write_text("file,position_um\n")
    assert state_of(stack, DECIDED_BY, [positions]) != before


def test_notes_that_a_look_writes_change_nothing(stack: Path) -> None:
    before = state_of(stack, DECIDED_BY)
    (stack / ".seen.json").write_text("{}")
    (stack / "derivatives").mkdir()
    after = state_of(stack, DECIDED_BY)
    assert after != before
    (stack / "derivatives" / "A-1_top_web.jpg").write_text("a derivative is made again by name")
    (stack / ".raws.json").write_text("{}")
    assert state_of(stack, DECIDED_BY) == after


def test_stamps_are_read_as_they_were_noted(tmp_path: Path) -> None:
    stamps = {"A-1/top": Stamp("1f", "c0"), "B-2/side": Stamp("2e", "c0")}
    keep_stamps(tmp_path, stamps)
    assert stamps_of(tmp_path) == stamps


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": 0, "stacks": {}}', '{"format": 1, "stacks": {"A/b": 1}}']
)
def test_stamps_that_cannot_be_believed_are_none(tmp_path: Path, text: str) -> None:
    (tmp_path / STAMPS).write_text(text)
    assert stamps_of(tmp_path) == {}
