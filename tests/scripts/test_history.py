"""The history of an object is told in words, version by version."""

from __future__ import annotations

import pytest

import history
from records.archive.history import kind_of
from records.errors import RecordError
from tests.scripts.stack_folder import SPECIMEN, VIEW, make_stack, put_in_archive, write_master


@pytest.fixture
def stack(tmp_path, demo):
    """A stack of two frames that was archived, and again with another master."""
    stack = make_stack(tmp_path, sorted((demo / "pcb-jpeg").glob("*.jpg"))[:2])
    put_in_archive(stack, tmp_path / "archive")
    return stack


def asked(tmp_path) -> list[str]:
    return ["--archive", str(tmp_path / "archive"), "--object", f"{SPECIMEN}/{VIEW}"]


def test_each_version_says_when_why_and_what_it_brought(stack, tmp_path, capsys):
    write_master(stack, 8)
    put_in_archive(stack, tmp_path / "archive")
    capsys.readouterr()
    history.main(asked(tmp_path))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"holostack:{SPECIMEN}/{VIEW}: 2 versions"
    assert [line.split()[0] for line in lines if line.startswith("  v")] == ["v1", "v2"]
    first, second = [line.strip() for line in lines if line.strip().startswith("new:")]
    assert first == "new: 2 raw frames, 1 master, 5 records, 4 files about how it was made"
    assert second.startswith("new: 1 master, ") and second.endswith(" files as before")
    assert "raw" not in second


def test_what_an_inventory_says_cannot_write_on_the_terminal():
    version = history.Version("v1", "\x1b[2J", "J\x07", ["\x1b[31mred"], {}, 3, ["a\x1b", "b"])
    lines = list(history.told("holostack:\x1bS/V", [version]))
    assert not set("\x1b\x07") & set("".join(lines))
    assert lines[-1].strip().startswith("no longer in it: a") and lines[-1].endswith(", b")


def test_an_object_that_cannot_be_read_is_named_and_the_others_are_told(stack, tmp_path, capsys):
    other = make_stack(tmp_path / "more", [*(stack / "raw").iterdir()], view="ventral")
    folder = put_in_archive(other, tmp_path / "archive")
    (folder / "inventory.json").chmod(0o644)
    (folder / "inventory.json").write_text("{}")
    capsys.readouterr()
    with pytest.raises(RecordError, match=f"{SPECIMEN}/ventral first"):
        history.main(["--archive", str(tmp_path / "archive")])
    assert f"holostack:{SPECIMEN}/{VIEW}: 1 version" in capsys.readouterr().out


def test_the_master_of_a_view_called_depth_is_a_master():
    state = ["archival/S_depth.tif", "archival/S_depth.json", "archival/S_depth_depth.tif"]
    assert [kind_of(path, state) for path in state] == ["master", "record", "depth"]
