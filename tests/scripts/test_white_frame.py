"""A white frame of the session: used, recorded, archived with the stack, never followed by path."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational
from scipy import ndimage

import archive
import convert
import ledger
import remake
from imaging.errors import ImagingError
from imaging.frames import colour
from imaging.frames.tiff import read_image
from records.archive import ocfl
from records.archive.holding import open_holding
from records.errors import RecordError
from records.sheet.archived_settings import check_archived
from tests.scripts.stack_folder import SPECIMEN, VIEW, arguments
from tests.scripts.test_audit import RECORD, SETTINGS, audited, reprocessed

SHAPE = (200, 260)
CURVE = colour.light_curve(colour.profile("srgb"))[1]
TAGS = {"Make": 271, "Model": 272}


def shading() -> np.ndarray:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    left = 1 - 0.3 * (((x - 130) / 130) ** 2 + ((y - 100) / 100) ** 2)
    return left * (1 - 0.25 / (1 + np.exp((np.hypot(x - 70, y - 60) - 9) / 1.5)))


def write(path: Path, light: np.ndarray, aperture: float = 8.0) -> Path:
    """A JPEG of linear light (H, W), of a camera with an aperture."""
    values = np.interp(light, CURVE, np.linspace(0, 255, 65536))
    picture = Image.fromarray(np.rint(values).astype(np.uint8)).convert("RGB")
    exif = picture.getexif()
    exif[TAGS["Make"]], exif[TAGS["Model"]] = "Makers", "Camera 1"
    exif[0x8769] = {33437: IFDRational(round(10 * aperture), 10)}
    picture.save(path, quality=97, subsampling=0, exif=exif)
    return path


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """Three frames of a texture, one moved, all with the same shading and speck; their ledger."""
    folder = tmp_path / SPECIMEN / VIEW
    (folder / "raw").mkdir(parents=True)
    rng = np.random.default_rng(3)
    whole = ndimage.gaussian_filter(rng.standard_normal((240, 300)), 1.2)
    whole = 0.25 * np.exp(0.35 * whole / whole.std())
    for k in range(3):
        sharp = whole[20 + k : 220 + k, 20:280]
        blurred = ndimage.gaussian_filter(sharp, 0.3 + abs(k - 1))
        write(folder / "raw" / f"{k}.jpg", np.clip(blurred * shading(), 0, 1))
    ledger.main(["--raw", str(folder / "raw"), "--out", str(folder / "frames.csv")])
    return folder


@pytest.fixture
def white(tmp_path: Path) -> Path:
    session = tmp_path / "session"
    session.mkdir()
    return write(session / "White Field.JPG", 0.5 * shading())


def with_a_ruler(stack: Path) -> dict[str, object]:
    """Have a stack hold the picture of a ruler; what its master's record says of it."""
    (stack / "scale").mkdir()
    digest = hashlib.sha256(b"ruler").hexdigest()
    (stack / "scale" / f"scale_{digest}.jpg").write_bytes(b"ruler")
    told = {
        "file": f"scale/scale_{digest}.jpg",
        "sha256": digest,
        "holds_for": "the plane in focus",
    }
    return {"pixel_size_um": 2.5, "pixel_size_uncertainty_um": 0.01, "scale": told}


def converted(stack: Path, *options: str) -> dict:
    convert.main(
        [
            *("--raw", str(stack / "raw"), "--ledger", str(stack / "frames.csv")),
            *("--tiff", str(stack / "tiff"), "--out", str(stack / "stack" / "convert.json")),
            *options,
        ]
    )
    return json.loads((stack / "stack" / "convert.json").read_text())


def light_of(stack: Path) -> np.ndarray:
    return CURVE[read_image(stack / "tiff" / "1.tif")[..., 1]]


def test_frames_are_flattened_and_the_record_names_the_copy_by_its_bytes(stack, white):
    assert "white_frame" not in converted(stack)
    as_shot = light_of(stack)
    record = converted(stack, "--white-frame", str(white))["white_frame"]
    digest = hashlib.sha256(white.read_bytes()).hexdigest()
    assert record["sha256"] == digest
    assert record["file"] == f"white/white_{digest}.jpg"
    assert (stack / record["file"]).read_bytes() == white.read_bytes()
    given = light_of(stack) / np.maximum(as_shot, 1e-3) * shading()
    # What was taken is given back, to what a JPEG keeps of it.
    assert np.abs(given / np.median(given) - 1)[as_shot > 0.02].max() < 0.09


def test_another_white_frame_takes_the_place_of_the_copy_and_none_removes_it(stack, white):
    first = converted(stack, "--white-frame", str(white))["white_frame"]
    write(white, 0.45 * shading())
    second = converted(stack, "--white-frame", str(white))["white_frame"]
    assert first["sha256"] != second["sha256"]
    assert [path.name for path in (stack / "white").iterdir()] == [Path(second["file"]).name]
    (stack / "white" / "mine.txt").write_text("a person's")
    converted(stack)
    assert [path.name for path in (stack / "white").iterdir()] == ["mine.txt"]


def test_a_white_frame_that_was_taken_otherwise_is_refused_with_both_values(stack, white):
    write(white, 0.5 * shading(), aperture=16.0)
    with pytest.raises(RecordError, match=r"White Field\.JPG: it has f/16, the frames f/8\. Dust"):
        converted(stack, "--white-frame", str(white))
    write(white, 0.5 * shading()[:-2])
    with pytest.raises(RecordError, match="it has 260 x 198 px, the frames 260 x 200 px"):
        converted(stack, "--white-frame", str(white))
    with pytest.raises(RecordError, match="no such file"):
        converted(stack, "--white-frame", str(white.with_name("gone.jpg")))
    write(white, np.clip(2.0 * shading(), 0, 1))
    with pytest.raises(ImagingError, match=r"white frame White Field\.JPG: is overexposed"):
        converted(stack, "--white-frame", str(white))


@pytest.mark.slow
def test_it_is_archived_and_the_master_is_made_again_from_the_object_alone(stack, white, tmp_path):
    (tmp_path / "Snakefile").write_text("rule all:\n")
    convert_settings = {"format": "tiff"}
    settings = {**SETTINGS, "convert": convert_settings}
    logs = tmp_path / "logs"
    record = converted(stack, "--white-frame", str(white))["white_frame"]
    # As the workflow keeps it: by content, without a path.
    convert_settings["white_frame_sha256"] = record["sha256"]
    measured = with_a_ruler(stack)
    remake.make_master(stack, settings, {**RECORD, **measured}, 2, logs, "common")
    words = ("--settings", json.dumps(settings), "--logs", str(logs))
    archive.main(arguments(stack, tmp_path / "archive", *words))
    folder = next(ocfl.object_folders(tmp_path / "archive"))
    assert ocfl.read_inventory(folder).state()[record["file"]] == record["sha256"]
    white.unlink()
    shutil.rmtree(stack)
    assert audited(tmp_path / "archive", tmp_path / "audit.csv")["verdict"] == "identical"
    report = tmp_path / "reprocess.json"
    reprocessed(tmp_path / "archive", report, "--set", "convert.white_frame_sha256=null")
    assert "white_frame" in str(json.loads(report.read_text())["settings_changed"])
    # What was measured on a ruler then holds in the new version, which has its picture too.
    holding = open_holding(folder)
    assert {key: holding.master()[key] for key in measured} == measured
    assert holding.state[measured["scale"]["file"]] == measured["scale"]["sha256"]


def test_archived_settings_name_no_path():
    with pytest.raises(RecordError, match="white_frame"):
        check_archived({"convert": {"white_frame": "/etc/passwd"}}, "settings.json")
    with pytest.raises(RecordError, match="white_frame_sha256"):
        check_archived({"convert": {"white_frame_sha256": "../../etc/passwd"}}, "settings.json")
    check_archived({"convert": {"white_frame_sha256": "0" * 64}}, "settings.json")
