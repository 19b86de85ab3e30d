"""A stack's frames on its page: drawn of those that are there, or of those developed again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import align
import page_pictures
from page_pictures import Shown, draw_frames
from records.provenance.made import remove_made
from tests.scripts.test_developed import made


@pytest.fixture()
def shown(demo: Path, tmp_path: Path) -> Shown:
    """A stack of three aligned frames, of which nothing is drawn yet."""
    stack, work = tmp_path / "A" / "top", tmp_path / "work"
    (stack / "raw").mkdir(parents=True)
    work.mkdir()
    for k in (1, 2, 3):
        shutil.copy(demo / "pcb-jpeg" / f"pcb_00{k}.jpg", stack / "raw")
    made(stack)
    records = stack / "stack"
    align.main(
        ["--convert", str(records / "convert.json"), "--out", str(records / "transforms.json")]
    )
    aligned = json.loads((records / "transforms.json").read_text())
    size = {"width_px": aligned["width_px"] - 40, "height_px": aligned["height_px"] - 40}
    crop = [20, 20, size["width_px"], size["height_px"]]
    return Shown(stack, work, {**size, "crop_px": crop, "orientation_applied": 1})


def drawn(shown: Shown) -> dict[str, bytes]:
    draw_frames(shown, 64, 1)
    assert sorted(path.name for path in shown.work.iterdir()) == ["frames"]
    return {path.name: path.read_bytes() for path in (shown.work / "frames").iterdir()}


def as_before(shown: Shown, before: dict[str, bytes]) -> bool:
    pictures = len(shown.images)
    shutil.rmtree(shown.work / "frames")
    return drawn(shown) == before and len(shown.images) == pictures + len(before)


@pytest.mark.slow
def test_frames_are_shown_whether_all_some_or_none_are_there_still(shown):
    before = drawn(shown)
    assert sorted(before) == [f"frame-{k:03}.jpg" for k in (1, 2, 3)]
    (shown.stack / "tiff" / "pcb_001.tif").unlink()
    assert as_before(shown, before)
    remove_made(shown.stack / "tiff")
    assert not (shown.stack / "tiff").exists()
    assert as_before(shown, before)


@pytest.mark.slow
def test_frames_that_another_run_removes_while_they_are_drawn_are_shown_too(shown, monkeypatch):
    before, draw_frame = drawn(shown), page_pictures.draw_frame

    def removed_meanwhile(*given):
        remove_made(shown.stack / "tiff")
        draw_frame(*given)

    monkeypatch.setattr(page_pictures, "draw_frame", removed_meanwhile)
    assert as_before(shown, before)
