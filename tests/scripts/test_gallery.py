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
USED = {"frame": 1, "status": "used", "file": "a.dng", "tiff": "001.tif", "reason": None}
USED |= {"matrix": [[1, 0, 0], [0, 1, 0], [0, 0, 1]], "gain": [1, 1, 1]}
ALIGNED = {"reference": 1, "folder": "../tiff", "width_px": 3, "height_px": 2, "frames": [USED]}
ALIGNED |= {"warnings": [], "sensor_defects_px": [], "sensor_dust": []}
PICTURE = {"file": "a.tif", "sha256": "0" * 64, "pixel_sha256": "0" * 64, "frames": 1}
PICTURE |= {"specimen": "A-1", "view": "top", "technique": "t", "width_px": 3, "height_px": 2}
RECORDS = {
    "stack/transforms.json": ("transforms", ALIGNED),
    "stack/qc.json": ("qc", {"findings": [FINDING | {"pictures": []}]}),
    "archival/{}_top.json": ("master", PICTURE | {"metadata": {}}),
    "archive.json": (
        "receipt",
        {"object": "a", "version": "v1", "inventory_sha256": "0" * 64, "path": "a"},
    ),
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
    with pytest.raises(RecordError, match="1 stack could not be shown, BAD-1 top first"):
        gallery.main([*words, "--out", str(out)])
    assert "BAD-1 top: " in capsys.readouterr().err
    page = out.read_text()
    assert page.count("<article") == 3
    assert "GOOD-1 top" in page and "GOOD-2 top" in page and "BAD-1 top" in page
