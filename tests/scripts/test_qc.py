"""The step qc: what it says of a stack, by its files alone."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from scipy import ndimage

import align
import convert
import fuse
import ledger
import qc
from imaging.frames.tiff import write_image
from records.errors import RecordError
from records.provenance import inputs
from records.record import read_record, write_record

SHAPE = (512, 768)
COUNT = 9
CONFIG = Path(__file__).parents[2] / "config" / "config.yaml"


@cache
def frames(count=COUNT, moved=None):
    """Frames of a textured slope, each sharp in a band of its own; a disc may jump at a frame."""
    rng = np.random.default_rng(8)
    detail = sum(
        ndimage.gaussian_filter(rng.standard_normal(SHAPE), s) * s for s in (0.8, 2.0, 5.0)
    )
    height = np.linspace(0.8, count - 1.8, SHAPE[1])
    sigmas = np.linspace(0.0, 8.0, 33)
    y, x = np.indices(SHAPE)
    still = 0.45 + 0.12 * detail / detail.std()

    @cache
    def blurred_with(disc):
        scene = np.where(np.hypot(y - disc[0], x - disc[1]) < 26, 0.95, still) if disc else still
        return np.stack([ndimage.gaussian_filter(scene, s) if s else scene for s in sigmas])

    made = []
    for k in range(count):
        disc = None if moved is None else (180, 300) if k < moved else (300, 420)
        blurred = blurred_with(disc)
        level = np.minimum(np.abs(height - k) * 0.9 / 0.25, 31.9)
        low = np.broadcast_to(level.astype(int), SHAPE)
        share = level - low
        image = (1 - share) * blurred[low, y, x] + share * blurred[low + 1, y, x]
        image = image + rng.normal(0.0, 0.004, SHAPE)
        samples = np.rint(np.clip(image, 0, 1) * 65535).astype(np.uint16)
        made.append(np.repeat(samples[..., None], 3, 2))
    return tuple(made)


def work(folder, pictures):
    """A stack's folder up to the fused image."""
    (folder / "raw").mkdir(parents=True)
    for number, picture in enumerate(pictures, 1):
        write_image(folder / "raw" / f"f_{number:03d}.tif", picture)
    made = folder / "stack"
    raw, frames_csv, tiff = (folder / name for name in ("raw", "frames.csv", "tiff"))
    ledger.main(["--raw", str(raw), "--out", str(frames_csv)])
    convert.main(
        [
            *("--raw", str(raw), "--ledger", str(frames_csv), "--tiff", str(tiff)),
            *("--out", str(made / "convert.json")),
        ]
    )
    align.main(["--convert", str(made / "convert.json"), "--out", str(made / "transforms.json")])
    maps = [
        word
        for name in ("fused", "depth", "confidence", "source", "energy", "light")
        for word in (f"--{name}", str(made / f"{name}.tif"))
    ]
    fuse.main(
        [
            *("--transforms", str(made / "transforms.json"), "--ledger", str(frames_csv), *maps),
            *("--out", str(made / "fuse.json")),
        ]
    )
    return folder


def checked(folder, *options):
    """The record of the checks of a stack."""
    made = folder / "stack"
    qc.main(
        [
            *("--transforms", str(made / "transforms.json"), "--fuse", str(made / "fuse.json")),
            *("--ledger", str(folder / "frames.csv"), "--pictures", str(made / "qc")),
            *("--out", str(made / "qc.json"), *options),
        ]
    )
    return json.loads((made / "qc.json").read_text())


def warned(record):
    return [one["code"] for one in record["findings"] if one["level"] == "warning"]


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return work(tmp_path_factory.mktemp("good"), frames())


@pytest.fixture(scope="module")
def with_a_jump(tmp_path_factory):
    return work(tmp_path_factory.mktemp("jump"), frames(moved=5))


@pytest.mark.slow
def test_a_good_stack_is_warned_of_nothing_and_the_terminal_says_nothing(good, capsys):
    capsys.readouterr()
    record = checked(good)
    assert warned(record) == []
    assert capsys.readouterr().err == ""
    assert list((good / "stack" / "qc").glob("*.jpg")) == []


@pytest.mark.slow
def test_settings_that_no_frame_tells_are_noted_and_warn_nobody(good):
    (note,) = checked(good)["findings"]
    assert (note["code"], note["level"]) == ("facts-unknown", "note")
    assert "ISO" in note["message"]


@pytest.mark.slow
def test_thresholds_stand_in_the_record_and_are_those_of_the_configuration(good):
    ships = yaml.safe_load(CONFIG.read_text())["qc"]
    assert checked(good)["thresholds"] == ships
    assert checked(good, "--moved-cells", "9")["thresholds"]["moved_cells"] == 9


@pytest.mark.slow
def test_a_thing_that_moved_is_told_in_a_line_with_frames_places_and_crops(with_a_jump, capsys):
    capsys.readouterr()
    record = checked(with_a_jump)
    (found,) = [one for one in record["findings"] if one["code"] == "moved"]
    assert found["frames"] == [5, 6]
    centres = {(round(x + w / 2, -1), round(y + h / 2, -1)) for x, y, w, h in found["places_px"]}
    assert centres == {(300, 180), (420, 300)}
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("warning: moved: between frames 5 and 6 something changed at x ")
    for name in found["pictures"]:
        assert Image.open(with_a_jump / "stack" / "qc" / name).size > (100, 100)


@pytest.mark.slow
def test_an_acknowledged_code_is_quiet_and_keeps_its_reason(with_a_jump, capsys):
    capsys.readouterr()
    record = checked(with_a_jump, "--acknowledge", "moved: a drop that dried")
    (found,) = [one for one in record["findings"] if one["code"] == "moved"]
    assert found["acknowledged"] == "a drop that dried"
    assert capsys.readouterr().err == ""
    with pytest.raises(RecordError, match="no code 'mved'"):
        checked(with_a_jump, "--acknowledge", "mved: x")


@pytest.mark.slow
def test_what_alignment_warns_of_is_passed_on_and_not_said_again(good, tmp_path, capsys):
    folder = Path(shutil.copytree(good, tmp_path / "copy"))
    transforms = folder / "stack" / "transforms.json"
    record = read_record(transforms, "transforms")
    record["warnings"] = [
        {"code": "still-area", "frames": [2], "message": "a bar", "evidence": {"area_px": [0, 1]}}
    ]
    write_record(transforms, "transforms", record)
    fusion = folder / "stack" / "fuse.json"
    sources = inputs.made_from(transforms, folder / "frames.csv")
    write_record(fusion, "fuse", read_record(fusion, "fuse") | {inputs.MADE_FROM: sources})
    capsys.readouterr()
    found = checked(folder)["findings"][0]
    assert (found["code"], found["frames"], found["message"]) == ("still-area", [2], "a bar")
    assert capsys.readouterr().err == ""
    assert found["evidence"] == {"area_px": [0, 1]}


@pytest.mark.slow
def test_dropped_frames_missing_ends_and_shuffled_frames_are_each_told(tmp_path):
    whole = frames()
    half = work(tmp_path / "half", whole[:5])
    assert "end-not-reached" in warned(checked(half))
    shuffled = work(tmp_path / "shuffled", [whole[k] for k in (3, 0, 6, 1, 8, 4, 7, 2, 5)])
    # Out of order, what is sharp once is sharp in frames far apart: no depth of it can be told.
    record = checked(shuffled)
    assert warned(record) == ["order-doubtful", "low-confidence"]
    order = next(one for one in record["findings"] if one["code"] == "order-doubtful")
    assert order["evidence"]["order"] in ([2, 4, 8, 1, 6, 9, 3, 7, 5], [5, 7, 3, 9, 6, 1, 8, 4, 2])
    assert order["message"].endswith("their order is 2 4 8 1 6 9 3 7 5")
    third = work(tmp_path / "third", whole[::3])
    assert "steps-too-large" in warned(checked(third))


def blurred_end(bent_px):
    """Frames that end blurred but for a band, where what is blurred is bent by so many px."""
    *rest, last = frames(COUNT + 1)[:COUNT]
    rng = np.random.default_rng(3)
    sharp = last[..., 0].astype(float)
    image = ndimage.gaussian_filter(sharp, 4.0)
    image[:, -120:] = sharp[:, -120:]
    ways = [
        ndimage.zoom(rng.normal(0.0, bent_px, (4, 6)), [side / n for side, n in zip(SHAPE, (4, 6))])
        for _ in range(2)
    ]
    image = ndimage.map_coordinates(image, np.indices(SHAPE) + ways, order=1, mode="nearest")
    end = np.rint(image + rng.normal(0.0, 260.0, SHAPE)).clip(0, 65535).astype(np.uint16)
    return [*rest, np.repeat(end[..., None], 3, 2)]


@pytest.mark.slow
def test_a_blurred_end_that_parts_of_the_frame_disagree_about_is_told_with_its_frame(tmp_path):
    straight = checked(work(tmp_path / "straight", blurred_end(0.0)))
    assert "place-uncertain" not in {*warned(straight), *straight["not_judged"]}
    record = checked(work(tmp_path / "bent", blurred_end(6.0)))
    (found,) = [one for one in record["findings"] if one["code"] == "place-uncertain"]
    assert found["frames"] == [COUNT]
    (evidence,) = found["evidence"]["frames"]
    assert 1.0 < evidence["within_px"] < 3.0
    assert found["places_px"] and found["pictures"]


@pytest.mark.slow
def test_a_single_frame_is_noted(tmp_path):
    record = checked(work(tmp_path / "one", frames()[:1]))
    assert [(one["code"], one["level"]) for one in record["findings"]] == [("single-frame", "note")]
    assert set(record["not_judged"].values()) == {"the stack has one frame"}


@pytest.mark.slow
def test_what_could_not_be_judged_is_said_with_the_reason(good):
    # The frames of this stack lie on each other as they were made.
    assert set(checked(good)["not_judged"]) == {"dust-left"}
