"""What a person retouched, as it is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from records.errors import RecordError
from records.retouching import strokes
from records.retouching.strokes import Brush, Source, Stroke, Strokes

PATH = ((10.25, 20.0), (30.0, 40.5))


def one(name: str, source: Source | None = None, person: str = "Ada") -> Stroke:
    return Stroke(
        name,
        source or Source("frame", frame=3, sha256="a" * 64),
        "pixels",
        True,
        Brush(40.0, 0.5, 0.75),
        PATH,
        person,
        "2026-11-27T06:30:00+00:00",
        "a bristle in front",
    )


ALL = Strokes(
    600,
    400,
    (
        one("s1"),
        one("s2", Source("slab", slab=2, sha256="b" * 64)),
        one("s3", Source("method", method="pyramid", sha256="c" * 64), "Bo"),
        one("s4", Source("version", version="v2", sha256="d" * 64), "Ada"),
        one("s5", Source("fused"), ""),
    ),
)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    strokes.write(tmp_path / "strokes.json", ALL)
    assert strokes.read(tmp_path / "strokes.json") == ALL


def test_every_stroke_is_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "strokes.json"
    strokes.write(path, ALL)
    lines = path.read_text().splitlines()
    assert [json.loads(line.rstrip(","))["id"] for line in lines[5:10]] == [
        *("s1", "s2", "s3", "s4", "s5")
    ]
    assert len(lines) == 12
    assert json.loads(lines[9])["source"] == {"kind": "fused"}


def test_strokes_that_are_added_one_by_one_make_the_same_file(tmp_path: Path) -> None:
    path, whole = tmp_path / "retouch" / "strokes.json", tmp_path / "whole.json"
    for stroke in ALL.strokes:
        grown = strokes.append(path, stroke, (400, 600))
    strokes.write(whole, ALL)
    assert grown == ALL
    assert path.read_bytes() == whole.read_bytes()


def test_a_stroke_on_a_picture_of_another_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "strokes.json"
    strokes.write(path, ALL)
    before = path.read_bytes()
    with pytest.raises(RecordError, match="600 x 400 px, which now has 601 x 400"):
        strokes.append(path, one("s6"), (400, 601))
    assert path.read_bytes() == before


def test_an_id_that_is_taken_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "strokes.json"
    strokes.write(path, ALL)
    with pytest.raises(RecordError, match="two strokes have the id 's1'"):
        strokes.append(path, one("s1"), (400, 600))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda c: c.update(format="holostack-strokes 2"), "format"),
        (lambda c: c["strokes"][0].update(mode="smudge"), "mode is 'smudge'"),
        (lambda c: c["strokes"][0].update(path_px=[]), "path_px"),
        (lambda c: c["strokes"][0].update(path_px=[[1, 2], [3]]), "path_px must be"),
        (lambda c: c["strokes"][0].update(path_px=[[1, 2], [3, 1e300]]), "path_px must be"),
        (lambda c: c["strokes"][0].update(path_px=[[1, 2], [True, 3]]), "path_px must be"),
        (lambda c: c["strokes"][0]["brush"].update(opacity=1.5), "opacity is 1.5"),
        (lambda c: c["strokes"][0]["source"].pop("sha256"), "sha256"),
        (lambda c: c["strokes"][0]["source"].update(frame=0), "frame"),
        (lambda c: c["strokes"][0].update(extra=1), "unknown key 'extra'"),
        (lambda c: c["strokes"][0].update(id="../x"), "id"),
        (lambda c: c["strokes"].append(7), "7"),
        (lambda c: c.pop("width_px"), "lacks width_px"),
    ],
)
def test_what_does_not_keep_to_the_schema_is_refused_with_its_place(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], told: str
) -> None:
    path = tmp_path / "strokes.json"
    content = json.loads(strokes.as_text(ALL))
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(RecordError) as refused:
        strokes.read(path)
    assert told in str(refused.value) and str(refused.value).startswith(f"{path}: ")


def test_a_file_that_is_missing_or_cut_off_is_told(tmp_path: Path) -> None:
    path = tmp_path / "strokes.json"
    with pytest.raises(RecordError, match="missing"):
        strokes.read(path)
    path.write_text(strokes.as_text(ALL)[:-20])
    with pytest.raises(RecordError, match="damaged"):
        strokes.read(path)


def test_whether_there_are_strokes_is_told_from_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "strokes.json"
    assert not strokes.has_strokes(path)
    strokes.write(path, Strokes(600, 400))
    assert not strokes.has_strokes(path)
    strokes.append(path, one("s1"), (400, 600))
    assert strokes.has_strokes(path)
    # One that is damaged must not pass as none: the step that reads it tells.
    path.write_text("{")
    assert strokes.has_strokes(path)


def test_who_painted_is_told_once_each() -> None:
    assert strokes.people(ALL.strokes) == ["Ada", "Bo"]
