"""The step align on real frames: the sensor's own is named, and mended unless told not to."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import align
import convert
import ledger
from imaging.errors import ImagingError


@pytest.fixture(scope="module")
def dusty(shared_data, tmp_path_factory) -> Path:
    """Twelve frames of a dome; a speck of dust lies at (280, 264) of the sensor in all of them."""
    folder = tmp_path_factory.mktemp("dusty")
    raw, frames = shared_data / "stack-sphere-rpi", folder / "frames.csv"
    differing = ["--allow-differences", "exposure"]
    ledger.main(["--raw", str(raw), "--out", str(frames), *differing])
    places = ["--tiff", str(folder / "tiff"), "--out", str(folder / "stack" / "convert.json")]
    convert.main(["--raw", str(raw), "--ledger", str(frames), *places, "--threads", "2"])
    return folder


def aligned(folder: Path, *options: str) -> dict:
    out = folder / "stack" / "transforms.json"
    align.main(["--convert", str(folder / "stack/convert.json"), "--out", str(out), *options])
    return json.loads(out.read_text())


@pytest.mark.slow
def test_a_real_speck_of_dust_is_found_and_nothing_else(dusty):
    (speck,) = aligned(dusty)["sensor_dust"]
    rows, columns = len(speck["loss"]), len(speck["loss"][0])
    assert speck["x_px"] + columns * speck["cell_px"] / 2 == pytest.approx(280, abs=8)
    assert speck["y_px"] + rows * speck["cell_px"] / 2 == pytest.approx(264, abs=8)
    assert 0.15 < max(map(max, speck["loss"])) < 0.35


@pytest.mark.slow
def test_the_number_of_threads_changes_nothing(dusty):
    assert aligned(dusty, "--threads", "1") == aligned(dusty, "--threads", "3")


@pytest.mark.slow
def test_what_is_to_be_kept_is_kept(dusty):
    record = aligned(dusty, "--mend-sensor", "off")
    assert record["sensor_dust"] == record["sensor_defects_px"] == []


@pytest.fixture
def case(shared_data, tmp_path):
    """Makes the converted frames of a case that once went wrong."""

    def converted(name: str) -> Path:
        raw = shared_data.parent / "cases" / name / "raw"
        if not raw.is_dir():
            pytest.skip(f"no case at {raw}")
        frames = tmp_path / "frames.csv"
        ledger.main(["--raw", str(raw), "--out", str(frames)])
        places = ["--tiff", str(tmp_path / "tiff"), "--out", str(tmp_path / "stack/convert.json")]
        convert.main(["--raw", str(raw), "--ledger", str(frames), *places])
        return tmp_path

    return converted


@pytest.mark.slow
def test_a_scale_bar_burned_in_does_not_hold_the_alignment(case):
    record = aligned(case("burned-in-scale-bar"))
    scales = [np.sqrt(np.linalg.det(np.array(row["matrix"]))) for row in record["frames"]]
    # The lens breathes by 2 % of the fourth frame's magnification a frame.
    assert scales == pytest.approx([1 / (1 + 0.02 * (k - 3)) for k in range(7)], abs=5e-4)
    (told,) = record["warnings"]
    assert told["code"] == "still-area"
    assert 0.01 < told["evidence"]["share"] < 0.08
    stamp, bar = sorted(told["evidence"]["boxes_px"], key=lambda box: box[1])
    assert stamp[:2] == pytest.approx([7, 9], abs=8)
    assert bar[0] == pytest.approx(327, abs=8)
    assert record["sensor_defects_px"] == []


def test_a_misfired_flash_stops_the_stack_by_name(case):
    with pytest.raises(ImagingError, match=r"IMG_0003\.JPG is 5\.6 stops darker than the rest"):
        aligned(case("flash-misfire"))


def test_a_misfired_frame_may_be_left_out_and_is_never_the_reference(case):
    record = aligned(case("flash-misfire"), "--failed", "exclude")
    assert record["reference"] == 2
    assert [row["status"] for row in record["frames"]] == [
        "failed" if k == 2 else "used" for k in range(5)
    ]
    gains = [row["gain"][1] for row in record["frames"] if row["status"] == "used"]
    assert gains == pytest.approx([1.0] * 4, abs=0.05)
    assert [warning["code"] for warning in record["warnings"]] == ["brightness", "reference"]
    assert record["warnings"][0]["evidence"]["stops"] == pytest.approx(-5.57, abs=0.05)


FILES = [f"f{k:02}.tif" for k in range(1, 31)]


def test_many_findings_alike_are_one_warning_and_all_stand_in_the_log(capsys):
    text = "show the same focus: one was taken twice"
    retakes = [align.Finding("retake", (k, k + 1), text) for k in range(23)]
    knocked = align.Finding("off-path", (4,), "lies 9 px off")
    align.say([*retakes, knocked], FILES)
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if line.startswith("warning")] == [
        f"warning: f01.tif and f02.tif {text} (and 22 more)",
        "warning: f05.tif lies 9 px off",
    ]
    assert lines[2:] == [f"retake: {FILES[k]} and {FILES[k + 1]} {text}" for k in range(23)]


def test_many_frames_that_cannot_be_used_are_told_in_a_line_that_lists_some(capsys):
    failed = {k: align.Finding("no-match", (k,), "matches no other frame") for k in range(9)}
    with pytest.raises(ImagingError) as refusal:
        align.refuse_failed(failed, FILES, "stop")
    assert str(refusal.value).startswith(
        "f01.tif matches no other frame (and 8 more); take f01.tif, f02.tif, f03.tif, f04.tif, "
        "f05.tif, f06.tif and 3 more out of the raw folder"
    )
    align.refuse_failed(failed, FILES, "exclude")
    assert capsys.readouterr().err.splitlines()[-1] == (
        "warning: left out: f01.tif matches no other frame (and 8 more)"
    )


@pytest.mark.slow
def test_good_frames_are_not_warned_of_and_say_how_sharp_they_are(dusty):
    record = aligned(dusty)
    assert record["warnings"] == []
    assert all(0.05 < row["sharpness"] < 0.8 for row in record["frames"])
