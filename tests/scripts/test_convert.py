"""Step 3, convert: one way for all frames of a stack, whatever the number of threads."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import tifffile
from blake3 import blake3
from PIL import Image

import convert
import ledger
from imaging.frames import colour, tiff
from records.errors import RecordError


def converted(raw, folder, *options):
    ledger.main(["--raw", str(raw), "--out", str(folder / "frames.csv")])
    convert.main(
        [
            "--raw",
            str(raw),
            "--ledger",
            str(folder / "frames.csv"),
            "--tiff",
            str(folder / "tiff"),
            "--out",
            str(folder / "stack" / "convert.json"),
            *options,
        ]
    )
    return json.loads((folder / "stack" / "convert.json").read_text())


@pytest.fixture()
def few(demo, tmp_path):
    folder = tmp_path / "raw"
    folder.mkdir()
    for k in (1, 2, 3):
        shutil.copy(demo / "pcb-raw" / f"pcb_00{k}.dng", folder)
    return folder


def test_frames_are_16_bit_tiffs_with_the_profile_that_the_record_names(few, tmp_path):
    record = converted(few, tmp_path)
    assert record["colour_space"] == "Adobe RGB (1998) compatible"
    assert record["development"]["white_balance"] == [2.0, 1.0, 1.6, 1.0]
    for frame in record["frames"]:
        path = tmp_path / "tiff" / frame["tiff"]
        with tiff.open_rows(path) as picture:
            assert (picture.shape, picture.dtype) == ((600, 800, 3), np.uint16)
            assert picture.icc == colour.profile("adobe-rgb")
        assert tiff.pixel_digest(path, blake3) == frame["pixel_blake3"]


def test_a_camera_matrix_of_ones_own_is_recorded_and_changes_the_colours(few, tmp_path):
    nine = "1.5,-0.3,-0.2,-0.2,1.4,-0.2,0,-0.5,1.5"
    usual = converted(few, tmp_path / "usual")
    own = converted(few, tmp_path / "own", f"--camera-matrix={nine}")
    assert "camera_matrix" not in usual["development"]
    assert own["development"]["camera_matrix"] == [float(one) for one in nine.split(",")]
    assert own["frames"][0]["pixel_blake3"] != usual["frames"][0]["pixel_blake3"]


@pytest.mark.parametrize("wrong", ["1,0,0", "1,0,0,0,1,0,0,0,x", "auto"])
def test_a_camera_matrix_has_nine_numbers(few, tmp_path, wrong):
    with pytest.raises(RecordError, match="must be nine numbers by commas"):
        converted(few, tmp_path, f"--camera-matrix={wrong}")


def test_the_number_of_threads_changes_nothing(few, tmp_path):
    one = converted(few, tmp_path / "one", "--threads", "1")
    three = converted(few, tmp_path / "three", "--threads", "3")
    assert one == three


def test_frames_of_an_earlier_conversion_are_cleared_away(few, tmp_path):
    converted(few, tmp_path)
    (few / "pcb_003.dng").unlink()
    (tmp_path / "frames.csv").unlink()
    converted(few, tmp_path)
    assert sorted(path.name for path in (tmp_path / "tiff").glob("[!.]*")) == [
        "pcb_001.tif",
        "pcb_002.tif",
    ]


@pytest.mark.parametrize(("stated", "assumed"), [(True, False), (False, True)])
def test_pictures_keep_their_values_and_an_assumed_srgb_is_recorded(
    demo, tmp_path, stated, assumed
):
    folder = tmp_path / "raw"
    folder.mkdir()
    path = folder / "pcb_001.jpg"
    shutil.copy(demo / "pcb-jpeg" / "pcb_001.jpg", path)
    if not stated:
        with Image.open(path) as image:
            image.save(path, quality="keep")
    with Image.open(path) as image:
        wanted = np.asarray(image)
    record = converted(folder, tmp_path)
    # The demonstration's files say sRGB by Exif's ColorSpace.
    assert (record["kind"], record["colour_space"], record["profile_assumed"]) == (
        "photo",
        "sRGB",
        assumed,
    )
    pixels = tiff.read_image(tmp_path / "tiff" / "pcb_001.tif")
    assert np.array_equal(pixels, wanted.astype(np.uint16) * 257)


def test_jpeg_frames_where_the_configuration_asks_for_them(few, tmp_path):
    record = converted(few, tmp_path, "--format", "jpeg")
    with Image.open(tmp_path / "tiff" / record["frames"][0]["tiff"]) as image:
        assert (image.format, image.size) == ("JPEG", (800, 600))
        assert image.info["icc_profile"] == colour.profile("adobe-rgb")


def test_the_digest_of_a_jpeg_frame_is_that_of_what_its_file_holds(few, tmp_path):
    record = converted(few, tmp_path, "--format", "jpeg")
    for frame in record["frames"]:
        with Image.open(tmp_path / "tiff" / frame["tiff"]) as image:
            held = image.tobytes()
        assert blake3(held).hexdigest() == frame["pixel_blake3"]


def test_frames_with_different_profiles_are_refused_by_name(demo, tmp_path):
    folder = tmp_path / "raw"
    folder.mkdir()
    shutil.copy(demo / "pcb-jpeg" / "pcb_001.jpg", folder)
    with Image.open(demo / "pcb-jpeg" / "pcb_002.jpg") as image:
        image.save(
            folder / "pcb_002.jpg", icc_profile=colour.profile("adobe-rgb"), exif=image.getexif()
        )
    with pytest.raises(
        RecordError, match=r"colour space differs: sRGB in frame 1 .*, but Adobe RGB"
    ):
        converted(folder, tmp_path)


def test_a_raw_that_changed_since_the_ledger_is_refused_by_name(few, tmp_path):
    converted(few, tmp_path)
    content = bytearray((few / "pcb_002.dng").read_bytes())
    content[-1] ^= 1
    (few / "pcb_002.dng").write_bytes(content)
    with pytest.raises(RecordError, match=r"frame 2 \(pcb_002.dng\): its bytes changed"):
        convert.main(
            [
                "--raw",
                str(few),
                "--ledger",
                str(tmp_path / "frames.csv"),
                "--tiff",
                str(tmp_path / "tiff"),
                "--out",
                str(tmp_path / "stack" / "convert.json"),
            ]
        )


def write_12_bits(folder, count=3):
    folder.mkdir()
    for k in range(count):
        picture = np.random.default_rng(k).integers(100, 4096, (64, 64, 3), np.uint16)
        tifffile.imwrite(folder / f"f_{k}.tif", picture, photometric="rgb", metadata=None)


def test_12_bits_in_16_are_scaled_with_a_warning_and_in_the_record(tmp_path, capfd):
    write_12_bits(tmp_path / "raw")
    record = converted(tmp_path / "raw", tmp_path)
    assert record["significant_bits"] == 12
    assert "warning: no px of 3 frames is above 4095 of 65535 (6.2 %)" in capfd.readouterr().err
    stored = tifffile.imread(tmp_path / "raw" / "f_1.tif").astype(np.float64)
    found = tiff.read_image(tmp_path / "tiff" / "f_1.tif")
    assert np.abs(found - stored * 65535 / 4095).max() <= 0.5


def test_one_bright_frame_shows_that_a_stack_has_16_bits(tmp_path, capfd):
    write_12_bits(tmp_path / "raw")
    picture = np.random.default_rng(9).integers(100, 65536, (64, 64, 3), np.uint16)
    tifffile.imwrite(tmp_path / "raw" / "f_3.tif", picture, photometric="rgb", metadata=None)
    record = converted(tmp_path / "raw", tmp_path)
    assert record["significant_bits"] == 16
    assert "bits in a 16-bit file" not in capfd.readouterr().err
    stored = tifffile.imread(tmp_path / "raw" / "f_1.tif")
    assert np.array_equal(tiff.read_image(tmp_path / "tiff" / "f_1.tif"), stored)


def test_a_person_may_say_how_many_bits_there_are(tmp_path, capfd):
    write_12_bits(tmp_path / "raw", 1)
    record = converted(tmp_path / "raw", tmp_path, "--significant-bits", "16")
    assert record["significant_bits"] == 16
    assert "bits in a 16-bit file" not in capfd.readouterr().err
    stored = tifffile.imread(tmp_path / "raw" / "f_0.tif")
    assert np.array_equal(tiff.read_image(tmp_path / "tiff" / "f_0.tif"), stored)


def test_the_number_of_bits_is_one_of_those_there_are(few, tmp_path):
    with pytest.raises(RecordError, match="is '13', but must be one of auto, 8, 10, 12, 14, 16"):
        converted(few, tmp_path, "--significant-bits", "13")
