"""The size of a px is measured on the ruler that the sheet names, and the record tells how."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ledger
import scale
from imaging.errors import ImagingError
from records.errors import RecordError
from records.layout import SCALE
from records.ledger.kept_copies import bring
from records.ledger.table import read_ledger
from tests.imaging.checks.rulers import SHAPE, ruler
from tests.records import whole

PERIOD_PX = 12.5
CELLS = ("scale_frame", "scale_division_mm", "scale_points", "scale_distance_mm", "scale_at")


def write(path: Path, size_px: tuple[int, int] | None = None) -> Path:
    picture = np.clip(np.rint(200 * ruler(PERIOD_PX, 12.0)), 0, 255).astype(np.uint8)
    image = Image.fromarray(picture).convert("RGB")
    (image.resize(size_px) if size_px else image).save(path, quality=95)
    return path


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """Three frames, and a ruler shot before them."""
    raw = tmp_path / "stack" / "raw"
    raw.mkdir(parents=True)
    rng = np.random.default_rng(1)
    for k in range(3):
        pixels = rng.integers(0, 256, (*SHAPE, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(raw / f"img_{k + 1}.jpg", quality=95)
    write(raw / "img_0.jpg")
    return raw.parent


def accounted(stack: Path, *options: str) -> dict[str, tuple[int | None, str | None]]:
    table = stack / "frames.csv"
    ledger.main(["--raw", str(stack / "raw"), "--out", str(table), *options])
    return {entry.file: (entry.frame, entry.reason) for entry in read_ledger(table)}


def found(stack: Path, file: Path | None = None, **cells: object) -> dict:
    options = argparse.Namespace(**dict.fromkeys(CELLS), scale_file=file, raw=stack / "raw")
    vars(options).update(cells)
    content = whole.aligned(["img_1.jpg", "img_2.jpg", "img_3.jpg"], reference=2)
    content["width_px"], content["height_px"] = SHAPE[::-1]
    content["frames"][2]["matrix"] = [[1.1, 0.0, 3.0], [0.0, 1.1, 0.0], [0.0, 0.0, 1.0]]
    return scale.scale_of(options, read_ledger(stack / "frames.csv"), content)


def test_a_ruler_among_the_frames_is_no_frame_and_gives_the_size_of_a_px(stack):
    known = accounted(stack, "--scale-frame", "img_0.jpg")
    assert known["img_0.jpg"] == (None, "shows the ruler, as the sheet's scale_frame says")
    assert [known[f"img_{k}.jpg"][0] for k in (1, 2, 3)] == [1, 2, 3]
    record = found(stack, scale_frame="img_0.jpg", scale_division_mm=0.5)
    assert record["pixel_size_um"] == pytest.approx(500 / PERIOD_PX, rel=5e-4)
    assert 0 < record["pixel_size_uncertainty_um"] < 0.01 * record["pixel_size_um"]
    told = record["scale"]
    assert (told["file"], told["by"], told["division_mm"]) == ("raw/img_0.jpg", "divisions", 0.5)
    assert (told["at_frame"], told["magnification"]) == (2, 1.0)
    assert told["holds_for"].startswith("the plane that is in focus in the reference frame, 2 ")
    assert not (stack / SCALE).exists()


def test_the_magnification_of_the_frame_in_whose_focus_it_lay_is_allowed_for(stack):
    accounted(stack, "--scale-frame", "img_0.jpg")
    given = {"scale_frame": "img_0.jpg", "scale_division_mm": 0.5}
    plain = found(stack, **given)
    record = found(stack, **given, scale_at="img_3.jpg")
    assert record["pixel_size_um"] == pytest.approx(plain["pixel_size_um"] / 1.1, rel=1e-5)
    assert "frame 3 (img_3.jpg)" in record["scale"]["holds_for"]
    with pytest.raises(RecordError, match=r"scale_at: img_9\.jpg: is no frame of the stack"):
        found(stack, **given, scale_at="img_9.jpg")


def test_a_ruler_beside_the_specimen_is_measured_where_it_lies(stack):
    shutil.move(stack / "raw" / "img_0.jpg", stack / "raw" / "img_3.jpg")
    assert accounted(stack)["img_3.jpg"] == (3, None)
    given = {"scale_points": "100,20 100,270", "scale_distance_mm": 10.0}
    record = found(stack, scale_frame="img_3.jpg", scale_at="img_3.jpg", **given)
    assert record["pixel_size_um"] == pytest.approx(40 / 1.1, rel=1e-5)
    assert (
        record["scale"]["holds_for"] == "the plane in which the ruler lies in frame 3 (img_3.jpg)"
    )


def test_a_ruler_elsewhere_is_copied_into_the_stack_and_goes_when_none_is_named(stack, tmp_path):
    accounted(stack)
    session = tmp_path / "session"
    session.mkdir()
    file = shutil.move(stack / "raw" / "img_0.jpg", session / "Ruler 5x.JPG")
    record = found(stack, file, scale_frame="session/Ruler 5x.JPG", scale_division_mm=0.5)
    told = record["scale"]
    assert told["file"] == f"scale/scale_{told['sha256']}.jpg"
    assert (stack / told["file"]).read_bytes() == file.read_bytes()
    bring(stack, SCALE, None)
    assert list((stack / SCALE).iterdir()) == []


def test_a_ruler_that_is_not_there_or_has_px_of_another_size_is_refused(stack, tmp_path):
    accounted(stack)
    given = {"scale_division_mm": 0.5}
    with pytest.raises(RecordError, match=r"scale_frame: gone\.jpg: no such file in the stack's"):
        found(stack, scale_frame="gone.jpg", **given)
    with pytest.raises(RecordError, match=r"scale_frame: \./gone\.jpg: no such file; correct"):
        found(stack, scale_frame="./gone.jpg", **given)
    small = write(tmp_path / "small.jpg", (400, 275))
    with pytest.raises(RecordError, match="has 400 x 275 px, the frames 480 x 330"):
        found(stack, small, scale_frame="./small.jpg", **given)
    with pytest.raises(RecordError, match=r"scale_frame: gone\.jpg is not there"):
        accounted(stack, "--scale-frame", "gone.jpg")


def test_as_a_command_it_says_what_is_found(tmp_path, capsys):
    scale.main([str(write(tmp_path / "ruler.jpg")), "--scale-division-mm", "0.5"])
    said = capsys.readouterr()
    assert "divisions, 0.5 mm are 12.50 px: 1 px is 40" in said.out + said.err


@pytest.mark.slow
def test_a_real_ruler_that_is_too_small_in_its_picture_is_refused_and_two_points_measure_it(
    shared_data, capsys
):
    # Half a hundred mm of white lines, ten px long and five apart, in the corner of a colour chart.
    photograph = str(shared_data / "raw" / "rawpipe_colorchecker_realsensor_cfa.dng")
    with pytest.raises(ImagingError, match="shows no ruler that can be read"):
        scale.main([photograph, "--scale-division-mm", "1"])
    points = ["--scale-points", "1099,960 1353.5,958", "--scale-distance-mm", "50"]
    scale.main([photograph, *points])
    assert "two points, 50 mm are 254.51 px: 1 px is 196.458 µm" in capsys.readouterr().err
