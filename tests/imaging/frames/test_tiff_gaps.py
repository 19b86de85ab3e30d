"""Sectors that a card lost, in TIFF and DNG: damage is refused, a black background is not."""

from __future__ import annotations

import numpy as np
import pytest
import pyvips
import tifffile

from imaging.errors import ImagingError
from imaging.frames.inspection import inspect
from tests.imaging.frames.test_inspection import write_dng

RNG = np.random.default_rng(8)
BRIGHT = RNG.integers(20_000, 50_000, (301, 407, 3), np.uint16)
CODINGS = ["none", "lzw", "packbits", "deflate", "jpeg"]


def reason(path):
    with pytest.raises(ImagingError) as error:
        inspect(path)
    return str(error.value)


def write_tiff(path, pixels, compression, **options):
    kind = "rgb16" if pixels.dtype == np.uint16 else "srgb"
    image = pyvips.Image.new_from_array(pixels).copy(interpretation=kind)
    image.tiffsave(str(path), compression=compression, **options)


def blank(path, start, end=None, fill=b"\0"):
    content = path.read_bytes()
    end = len(content) if end is None else end
    path.write_bytes(content[:start] + fill * (end - start) + content[end:])


def first_directory_last(path, pixels, **options):
    """A TIFF whose directory stands before its pixels, as cameras write it."""
    tifffile.imwrite(path, pixels, photometric="rgb", metadata=None, **options)


@pytest.mark.parametrize("tiled", [False, True], ids=["strips", "tiles"])
@pytest.mark.parametrize("compression", CODINGS)
@pytest.mark.parametrize("fill", [b"\0", b"\xff"], ids=["zeros", "ones"])
def test_a_tiff_with_a_lost_page_within_its_picture(tmp_path, compression, tiled, fill):
    path = tmp_path / "a.tif"
    pixels = (BRIGHT >> 8).astype(np.uint8) if compression == "jpeg" else BRIGHT
    write_tiff(path, pixels, compression, tile=tiled)
    inspect(path)
    middle = path.stat().st_size // 2 // 4096 * 4096
    blank(path, middle, middle + 4096, fill)
    assert "damaged" in reason(path)


@pytest.mark.parametrize("sector", [512, 4096, 32768])
@pytest.mark.parametrize("fill", [b"\0", b"\xff"], ids=["zeros", "ones"])
@pytest.mark.parametrize("options", [{}, {"rowsperstrip": 8}, {"tile": (64, 64)}], ids=str)
def test_an_uncompressed_tiff_whose_end_is_blank(tmp_path, sector, fill, options):
    path = tmp_path / "a.tif"
    first_directory_last(path, BRIGHT, **options)
    start = path.stat().st_size * 9 // 10 // sector * sector
    blank(path, start, fill=fill)
    assert f"from byte {start:,} on the file holds only" in reason(path)


@pytest.mark.parametrize("sector", [512, 4096, 32768])
def test_a_dng_whose_end_is_blank(tmp_path, sector):
    path = write_dng(tmp_path / "a.dng", RNG.integers(512, 16000, (210, 300), np.uint16))
    start = path.stat().st_size * 9 // 10 // sector * sector
    blank(path, start)
    assert f"damaged: from byte {start:,} on the file holds only zeros" in reason(path)


def test_a_compressed_dng_whose_end_is_blank(shared_data, tmp_path):
    whole = (shared_data / "raw" / "canon_eos6d_lossy_linear.dng").read_bytes()
    path = tmp_path / "a.dng"
    path.write_bytes(whole[:409_600] + bytes(len(whole) - 409_600))
    assert "from byte 409,600 on the file holds only zeros" in reason(path)


@pytest.mark.parametrize("bits", [8, 16])
def test_a_black_background_is_no_damage(tmp_path, bits):
    pixels = np.zeros((400, 512, 3), f"u{bits // 8}")
    y, x = np.ogrid[:400, :512]
    specimen = (y - 180) ** 2 + (x - 250) ** 2 < 150**2
    pixels[specimen] = RNG.integers(10, 250, (specimen.sum(), 3))
    for name, value in (("black.tif", pixels), ("white.tif", np.iinfo(pixels.dtype).max - pixels)):
        first_directory_last(tmp_path / name, value)
        assert inspect(tmp_path / name).doubts == ()


def test_a_black_border_that_begins_a_row_is_told_and_not_refused(tmp_path):
    path = tmp_path / "a.tif"
    pixels = RNG.integers(20_000, 50_000, (64, 256, 3), np.uint16)
    pixels[48:] = 0
    first_directory_last(path, pixels)
    # Only where the rows happen to begin with sectors may it be either.
    shift = -(path.stat().st_size - pixels.nbytes) % 512
    with tifffile.TiffFile(path) as tif:
        place = tif.pages.first.dataoffsets[0]
        entry = tif.pages.first.tags[273].valueoffset
    content = bytearray(path.read_bytes())
    content[place:place] = bytes([1]) * shift
    content[entry : entry + 4] = (place + shift).to_bytes(4, "little")
    path.write_bytes(content)
    (doubt,) = inspect(path).doubts
    assert "or its last rows are a border of one colour" in doubt


def test_a_dng_that_ends_in_the_bytes_of_another_file(tmp_path):
    path = write_dng(tmp_path / "a.dng", RNG.integers(512, 16000, (210, 300), np.uint16))
    content = path.read_bytes()
    at = len(content) * 9 // 10 // 4096 * 4096
    path.write_bytes(content[:at] + RNG.bytes(len(content) - at))
    assert "most values are far above white, which is 16383" in reason(path)


@pytest.mark.slow
@pytest.mark.parametrize("tiled", [False, True], ids=["strips", "tiles"])
def test_destroyed_bytes_in_a_tiff_of_jpegs(tmp_path, tiled):
    path = tmp_path / "a.tif"
    write_tiff(path, (BRIGHT >> 8).astype(np.uint8), "jpeg", tile=tiled, Q=95)
    content = path.read_bytes()
    found = 0
    for at in range(2000, len(content) - 3000, 1500):
        path.write_bytes(content[:at] + RNG.bytes(64) + content[at + 64 :])
        try:
            inspect(path)
        except ImagingError as error:
            assert "damaged" in str(error)
            found += 1
    assert found >= 0.9 * len(range(2000, len(content) - 3000, 1500))


def test_destroyed_bytes_in_a_lossy_dng(shared_data, tmp_path):
    whole = (shared_data / "raw" / "canon_eos6d_lossy_linear.dng").read_bytes()
    path = tmp_path / "a.dng"
    path.write_bytes(whole[:300_000] + RNG.bytes(64) + whole[300_064:])
    assert "damaged JPEG" in reason(path)
