"""A file that claims more than it has is refused at once, with the claim, before it is decoded."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image

from imaging.errors import ImagingError
from imaging.frames import photographs
from imaging.frames.inspection import inspect
from tests.imaging.frames.pictures import RGB8, RGB16, write_png


def refusal(path):
    start = time.process_time()
    with pytest.raises(ImagingError) as error:
        inspect(path)
    assert time.process_time() - start < 1
    with pytest.raises(ImagingError):
        photographs.read(path)
    return str(error.value)


def claiming(path, width, height, **options):
    """A JPEG of 60 x 40 px whose header says otherwise."""
    buffer = io.BytesIO()
    Image.fromarray(RGB8).save(buffer, "JPEG", **options)
    content = bytearray(buffer.getvalue())
    at = next(
        k for k in range(len(content)) if content[k] == 0xFF and content[k + 1] in (0xC0, 0xC2)
    )
    struct.pack_into(">HH", content, at + 5, height, width)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
def test_jpeg_that_claims_more_than_any_frame_has(tmp_path, options):
    path = claiming(tmp_path / "a.jpg", 65500, 65500, **options)
    assert "it claims 65500 x 65500 px (4,290 megapixels), and a frame may have" in refusal(path)


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
def test_jpeg_that_claims_more_than_its_bytes_can_hold(tmp_path, options):
    path = claiming(tmp_path / "a.jpg", 20000, 20000, **options)
    size = path.stat().st_size
    assert f"it claims 20000 x 20000 px (400 megapixels) in {size:,} bytes" in refusal(path)


def test_png_that_claims_more_than_any_frame_has(tmp_path):
    path = write_png(tmp_path / "a.png", RGB8)
    content = bytearray(path.read_bytes())
    struct.pack_into(">II", content, 16, 100_000, 100_000)
    struct.pack_into(">I", content, 29, zlib.crc32(content[12:29]))
    path.write_bytes(content)
    assert "it claims 100000 x 100000 px (10,000 megapixels)" in refusal(path)


def shared_strips(path, width, height, strips):
    """A deflated TIFF all of whose strips are the same bytes of the file."""
    rows = height // strips
    packed = zlib.compress(bytes(range(256)) * (rows * width * 3 // 256 + 1))
    entries = [
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 8),
        (262, 3, 1, 2), (273, 4, strips, 200), (277, 3, 1, 3), (278, 4, 1, rows),
        (279, 4, strips, 200 + 4 * strips),
    ]  # fmt: skip
    table = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    data = 200 + 8 * strips
    path.write_bytes(
        (b"II*\0" + struct.pack("<IH", 8, len(entries)) + table + bytes(4)).ljust(200, b"\0")
        + struct.pack(f"<{strips}I", *[data] * strips)
        + struct.pack(f"<{strips}I", *[len(packed)] * strips)
        + packed
    )
    return path


def test_tiff_whose_strips_share_their_bytes(tmp_path):
    path = shared_strips(tmp_path / "a.tif", 4000, 4000, 50)
    assert "50 strips or tiles claim" in refusal(path)
    path = shared_strips(tmp_path / "b.tif", 60000, 60000, 6000)
    assert "it claims 60000 x 60000 px (3,600 megapixels)" in refusal(path)


def test_tiff_whose_tiles_are_much_larger_than_its_picture(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path, RGB16, photometric="rgb", metadata=None, tile=(64, 64), compression="zlib"
    )
    with tifffile.TiffFile(path, mode="r+") as tif:
        tif.pages.first.tags[322].overwrite(32768)
        tif.pages.first.tags[323].overwrite(32768)
    assert "tiles of 32768 x 32768 px for a picture of 60 x 40" in refusal(path)


def test_a_large_even_photograph_is_no_bomb(tmp_path):
    # A white background with a small specimen is the least that a JPEG of a frame can have.
    path = tmp_path / "a.jpg"
    picture = np.full((3000, 4000, 3), 250, np.uint8)
    picture[1400:1440, 2000:2060] = RGB8
    Image.fromarray(picture).save(path, quality=30)
    assert path.stat().st_size < 200_000
    assert inspect(path).width_px == 4000


def test_profile_in_a_png_that_unpacks_to_gigabytes(tmp_path):
    packed = zlib.compress(bytes(65 << 20), 1)
    path = write_png(tmp_path / "a.png", RGB8, (b"iCCP", b"profile\0\0" + packed))
    assert refusal(path) == "damaged PNG: its colour profile claims more than 64 MB"


@pytest.mark.parametrize("shape", [(1, 1), (15, 400), (400, 1)])
def test_a_picture_too_small_to_be_aligned(tmp_path, shape):
    path = tmp_path / "a.tif"
    picture = np.random.default_rng(1).integers(0, 255, (*shape, 3), np.uint8)
    tifffile.imwrite(path, picture, photometric="rgb", metadata=None)
    assert (
        refusal(path)
        == f"too small: {shape[1]} x {shape[0]} px, and a frame has 16 px or more each way"
    )


def claiming_tiff(path, compression, *further):
    """A TIFF of 1.5 MB that claims 676 megapixels, for which its only strip has 1000 bytes."""
    entries = [
        (256, 4, 1, 26000), (257, 4, 1, 26000), (258, 3, 1, 8), (259, 3, 1, compression),
        (262, 3, 1, 6 if compression == 7 else 2), (273, 4, 1, 4096), (277, 3, 1, 3),
        (278, 4, 1, 26000), (279, 4, 1, 1000), *further,
    ]  # fmt: skip
    table = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    head = b"II*\0" + struct.pack("<IH", 8, len(entries)) + table + bytes(4)
    path.write_bytes(head.ljust(4096, b"\0") + b"\1" * 1_500_000)
    return path


@pytest.mark.parametrize("compression", [1, 5, 7, 8, 32773])
def test_tiff_that_claims_more_than_its_strips_can_hold(tmp_path, compression):
    path = claiming_tiff(tmp_path / "a.tif", compression)
    assert "strips or tiles of 1,000 bytes are too few" in refusal(path)


def test_progressive_jpeg_whose_bytes_are_not_its_picture(tmp_path):
    path = claiming(tmp_path / "a.jpg", 26000, 26000, progressive=True)
    path.write_bytes(path.read_bytes() + bytes(1_500_000))
    with pytest.raises(ImagingError, match="its first scan of "):
        inspect(path)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory from /proc")
def test_what_claims_too_much_is_refused_in_little_memory(tmp_path):
    base = claiming(tmp_path / "base.jpg", 26000, 26000)
    base.write_bytes(base.read_bytes() + bytes(1_500_000))
    progressive = claiming(tmp_path / "progressive.jpg", 26000, 26000, progressive=True)
    progressive.write_bytes(progressive.read_bytes() + bytes(1_500_000))
    bombs = [base, progressive]
    bombs += [claiming_tiff(tmp_path / f"{code}.tif", code) for code in (1, 5, 7, 8)]
    code = (
        "import re, sys; from imaging.errors import ImagingError\n"
        "from imaging.frames.inspection import inspect\n"
        "for path in sys.argv[1:]:\n"
        "    try: sys.exit(f'{path} passes: {inspect(path)}')\n"
        "    except ImagingError: pass\n"
        "print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])"
    )
    scripts = Path(inspect.__code__.co_filename).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, *bombs],
        cwd=scripts,
        check=True,
        capture_output=True,
        text=True,
    )
    assert int(done.stdout) < 300_000


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
def test_a_plain_picture_of_150_megapixels_is_no_bomb(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    white = pyvips.Image.black(15_000, 10_000, bands=3).invert()
    mark = pyvips.Image.new_from_array(RGB8)
    options = {"tif": {"compression": "deflate"}, "jpg": {"Q": 30}, "png": {}}[ending]
    white.insert(mark, 7000, 5000).copy(interpretation="srgb").write_to_file(path, **options)
    assert path.stat().st_size < 4_000_000
    assert inspect(path).width_px == 15_000
