"""What a viewer shows of a frame, the master shows: from the ledger to the archival TIFF."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

import align
import convert
import fuse
import ledger
import master
from imaging.frames import colour, tiff

GREY = (np.random.default_rng(1).integers(0, 256, (60, 90)) * 257).astype(np.uint16)
RGB8 = np.random.default_rng(2).integers(0, 256, (60, 90, 3), np.uint8)


def words(**options):
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]


def master_of(folder):
    """The master of the one frame in `raw/`, its profile, and the record of its conversion."""
    stack, frames = folder / "stack", folder / "frames.csv"
    record, transforms = stack / "convert.json", stack / "transforms.json"
    maps = {name: stack / f"{name}.tif" for name in ("fused", "depth", "confidence", "source")}
    ledger.main(words(raw=folder / "raw", out=frames))
    convert.main(words(raw=folder / "raw", ledger=frames, tiff=folder / "tiff", out=record))
    align.main(words(convert=record, out=transforms))
    fuse.main(words(transforms=transforms, ledger=frames, **maps, out=stack / "fuse.json"))
    written = folder / "archival" / "A_v.tif"
    master.main(
        words(
            **maps,
            fuse=stack / "fuse.json",
            transforms=transforms,
            convert=record,
            ledger=frames,
            raw=folder / "raw",
            specimen="A",
            view="v",
            master=written,
            out=written.with_suffix(".json"),
        )
    )
    return tiff.read_image(written), tiff.read_icc(written), json.loads(record.read_text())


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "raw").mkdir()
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("orientation", [1, 2, 3, 4, 5, 6, 7, 8])
def test_a_tiff_is_upright_in_the_master(folder, orientation):
    told = Image.Exif()
    told[274] = orientation
    path = folder / "raw" / "f_001.tif"
    Image.fromarray(RGB8).save(path, exif=told)
    with Image.open(path) as image:
        shown = np.asarray(ImageOps.exif_transpose(image)).astype(np.uint16) * 257
    assert np.array_equal(master_of(folder)[0], shown)


def test_white_is_zero_of_16_bits_is_no_negative_in_the_master(folder):
    tifffile.imwrite(folder / "raw" / "f_001.tif", GREY, photometric="miniswhite", metadata=None)
    wanted = np.repeat(65535 - GREY[..., None], 3, axis=2)
    assert np.array_equal(master_of(folder)[0], wanted)


def test_a_multi_picture_jpeg_goes_through_with_its_first_picture(folder):
    path = folder / "raw" / "DSC00001.JPG"
    preview = Image.fromarray(255 - RGB8).resize((45, 30))
    Image.fromarray(RGB8).save(path, "MPO", save_all=True, append_images=[preview], quality=95)
    with Image.open(path) as image:
        shown = np.asarray(image.convert("RGB")).astype(np.uint16) * 257
    assert np.array_equal(master_of(folder)[0], shown)


def test_a_picture_in_adobe_rgb_gives_a_master_in_adobe_rgb(folder):
    path = folder / "raw" / "_DSC0001.TIF"
    Image.fromarray(RGB8).save(path, icc_profile=colour.profile("adobe-rgb"))
    pixels, icc, record = master_of(folder)
    assert np.array_equal(pixels, RGB8.astype(np.uint16) * 257)
    assert icc == colour.profile("adobe-rgb")
    assert (record["colour_of_source"], record["profile_assumed"]) == ("Adobe RGB", False)


def test_a_monochrome_raw_gives_a_grey_master(folder):
    path = folder / "raw" / "L0001.dng"
    values = np.random.default_rng(5).integers(256, 16384, (60, 90), dtype=np.uint16)
    tags = [
        (50706, 1, 4, bytes([1, 4, 0, 0]), False),
        (50707, 1, 4, bytes([1, 1, 0, 0]), False),
        (50708, 2, 0, "Example Monochrom", False),
        (50714, 4, 1, 256, False),
        (50717, 4, 1, 16383, False),
    ]
    tifffile.imwrite(path, values, photometric="minisblack", extratags=tags, metadata=None)
    with tifffile.TiffFile(path, mode="r+") as tif:
        tif.pages.first.tags[262].overwrite(34892)
    pixels, icc, record = master_of(folder)
    assert np.array_equal(pixels[..., 0], pixels[..., 1])
    assert np.array_equal(pixels[..., 0], pixels[..., 2])
    assert icc == colour.profile("adobe-rgb")
    assert record["development"]["white_balance"] == [1.0, 1.0, 1.0, 1.0]
    light = (pixels[..., 0] / 65535) ** (563 / 256)
    assert np.abs(light - (values.astype(np.float64) - 256) / (16383 - 256)).max() < 3e-4
