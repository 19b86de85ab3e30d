"""One damaged stack is named on the gallery's page, and the others are shown as ever."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import gallery
from records.errors import RecordError
from records.files import write_record

FINDING = {"code": "halo", "level": "warning", "message": "m", "do": "d", "acknowledged": None}
RECORDS = {
    "stack/transforms.json": ("transforms", {"frames": [{"frame": 1, "status": "used"}]}),
    "stack/qc.json": ("qc", {"findings": [FINDING | {"pictures": []}]}),
    "archival/{}_top.json": ("master", {"width_px": 3, "height_px": 2, "metadata": {}}),
    "archive.json": ("receipt", {"object": "a", "version": "v1"}),
}


def make(specimens: Path, name: str) -> Path:
    stack = specimens / name / "top"
    for path, (kind, content) in RECORDS.items():
        write_record(stack / path.format(name), kind, content)
    return stack


def nonsense(content):
    """A record in which every value is of another kind."""
    return {
        key: 5 if isinstance(value, (dict, list, str)) else "x" for key, value in content.items()
    }


DAMAGE = {
    "no JSON": lambda path, content: path.write_text("{"),
    "a list": lambda path, content: path.write_text("[]"),
    "other kinds of value": lambda path, content: path.write_text(json.dumps(nonsense(content))),
    "a list of numbers": lambda path, content: path.write_text(
        json.dumps({key: [1, 2] for key in content})
    ),
    "a folder": lambda path, content: path.mkdir(),
    "a pipe": lambda path, content: os.mkfifo(path),
    "a link to nowhere": lambda path, content: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("record", RECORDS)
def test_a_damaged_record_is_named_and_the_other_stacks_are_shown(tmp_path, capsys, record, damage):
    bad, *_ = (make(tmp_path / "specimens", name) for name in ("BAD-1", "GOOD-1", "GOOD-2"))
    for name in ("GOOD-1", "GOOD-2"):
        make(tmp_path / "specimens", name)
    path = bad / record.format("BAD-1")
    path.unlink()
    DAMAGE[damage](path, RECORDS[record][1])
    out = tmp_path / "gallery.html"
    words = ["--specimens", str(tmp_path / "specimens"), "--logs", str(tmp_path / "logs")]
    if record == "archive.json" and damage in ("other kinds of value", "a list of numbers"):
        # It has a version, which is all that the page says of it.
        gallery.main([*words, "--out", str(out)])
    else:
        with pytest.raises(RecordError, match="1 stack could not be shown, BAD-1 top first"):
            gallery.main([*words, "--out", str(out)])
        assert "BAD-1 top: " in capsys.readouterr().err
    page = out.read_text()
    assert page.count("<article") == 3
    assert "GOOD-1 top" in page and "GOOD-2 top" in page and "BAD-1 top" in page
