"""Converted frames that are gone are developed again: the very bits, or a sentence."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import align
import convert
import developed
import fuse
import ledger
from imaging.frames import colour, tiff
from records.errors import RecordError
from records.files import sha256_file
from records.known_frames import HASHES
from records.record import read_record, write_record


def made(stack: Path, *options: str) -> dict[str, str]:
    """Account for a stack's frames and convert them; gives the SHA-256 of each by its number."""
    frames, record = stack / "frames.csv", stack / "stack" / "convert.json"
    ledger.main(["--raw", str(stack / "raw"), "--out", str(frames)])
    named = ["--raw", str(stack / "raw"), "--ledger", str(frames), "--tiff", str(stack / "tiff")]
    convert.main([*named, "--out", str(record), *options])
    rows = json.loads(record.read_text())["frames"]
    return {row["frame"]: sha256_file(stack / "tiff" / row["tiff"]) for row in rows}


@pytest.fixture()
def stack(demo: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "A" / "top"
    (folder / "raw").mkdir(parents=True)
    for k in (1, 2, 3):
        shutil.copy(demo / "pcb-raw" / f"pcb_00{k}.dng", folder / "raw")
    return folder


MATRIX = "1.6,-0.4,-0.2,-0.2,1.4,-0.2,0,-0.5,1.5"


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--demosaic", "PPG", "--highlights", "blend", "--colour-space", "eci-rgb"),
        ("--white-balance", "2.1,1,1.6", "--format", "jpeg", f"--camera-matrix={MATRIX}"),
    ],
)
def test_frames_of_raws_are_developed_again_to_the_very_bytes(stack, tmp_path, options):
    known = made(stack, *options)
    shutil.rmtree(stack / "tiff")
    developed.main(["--stack", str(stack), "--frames", "3", "1", "--out", str(tmp_path / "again")])
    again = {int(path.stem[-1]): sha256_file(path) for path in (tmp_path / "again").iterdir()}
    assert again == {1: known[1], 3: known[3]}


def test_photographs_of_few_bits_and_a_white_frame_are_too(tmp_path):
    stack, icc = tmp_path / "A" / "top", colour.profile("srgb")
    (stack / "raw").mkdir(parents=True)
    random = np.random.default_rng(1)
    for k in (1, 2):
        # 12 bits of 16.
        pixels = random.integers(200, 4000, (64, 96, 3)).astype(np.uint16)
        tiff.write_image(stack / "raw" / f"f{k}.tif", pixels, icc)
    white = tmp_path / "white.tif"
    shade = np.linspace(2500, 3500, 96, dtype=np.uint16)
    tiff.write_image(white, np.broadcast_to(shade[None, :, None], (64, 96, 3)).copy(), icc)
    known = made(stack, "--white-frame", str(white))
    # The person's own may be gone: the stack has its copy.
    white.unlink()
    developed.develop_again(stack, [1, 2], tmp_path, 2)
    assert [sha256_file(tmp_path / f"f{k}.tif") for k in (1, 2)] == [known[1], known[2]]


@pytest.mark.slow
@pytest.mark.parametrize("gone", ["tiff", "tiff/pcb_002.tif"])
def test_what_is_fused_by_another_method_needs_no_frames_in_their_place(stack, gone):
    """All are gone of a stack that is done; some alone where their removal was killed."""
    made(stack)
    records = stack / "stack"
    transforms = records / "transforms.json"
    align.main(["--convert", str(records / "convert.json"), "--out", str(transforms)])

    def fused() -> tuple[str, dict[str, str]]:
        image = records / "methods" / "pyramid.tif"
        named = ["--transforms", str(transforms), "--ledger", str(stack / "frames.csv")]
        named += ["--fused", str(image), "--out", str(image.with_suffix(".json"))]
        # As the workflow does, so that its record tells of the libraries of this step alone.
        words = [sys.executable, fuse.__file__, *named, "--method", "pyramid"]
        subprocess.run(words, check=True, capture_output=True)
        told = read_record(image.with_suffix(".json"), "fuse")
        return tiff.pixel_digest(image), told["software"]

    (records / "methods").mkdir()
    before = fused()
    if (stack / gone).is_dir():
        shutil.rmtree(stack / gone)
    else:
        (stack / gone).unlink()
    assert fused() == before
    assert sorted(path.name for path in (records / "methods").iterdir()) == [
        "pyramid.json",
        "pyramid.tif",
    ]


@pytest.mark.parametrize("name", HASHES)
def test_a_raw_of_other_bytes_and_a_program_that_develops_otherwise_are_refused(
    stack, tmp_path, name
):
    made(stack, "--known-by", name)
    record = stack / "stack" / "convert.json"
    told = read_record(record, "convert")
    told["frames"][1][f"pixel_{name}"] = "0" * 64
    write_record(record, "convert", told)
    with pytest.raises(RecordError, match=r"frame 2 \(pcb_002.dng\): is not developed to the px"):
        developed.develop_again(stack, [2], tmp_path)
    assert not (tmp_path / "pcb_002.tif").exists()
    with (stack / "raw" / "pcb_001.dng").open("ab") as raw:
        raw.write(b"0")
    with pytest.raises(RecordError, match=r"frame 1 \(pcb_001.dng\): its bytes changed"):
        developed.develop_again(stack, [1], tmp_path)
