"""Inspection: what a file is by content, and the true reason why it cannot be a frame."""

import io
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image

from imaging.errors import ImagingError
from imaging.frames.inspection import inspect
from tests.imaging.frames.pictures import write_png


def write_dng(path, cfa, *, black=512, white=16383, orientation=1, extra=()):
    """A CFA DNG as cameras write it, uncompressed, in one strip."""
    tags = [
        (50706, 1, 4, bytes([1, 4, 0, 0]), False),
        (50707, 1, 4, bytes([1, 1, 0, 0]), False),
        (50708, 2, 0, "Test camera", False),
        (33421, 3, 2, (2, 2), False),
        (33422, 1, 4, bytes([0, 1, 1, 2]), False),
        (50710, 1, 3, bytes([0, 1, 2]), False),
        (50711, 3, 1, 1, False),
        (50714, 4, 1, black, False),
        (50717, 4, 1, white, False),
        (50721, 10, 9, (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1), False),
        (50728, 5, 3, (1, 2, 1, 1, 2, 3), False),
        (274, 3, 1, orientation, False),
        *extra,
    ]
    tifffile.imwrite(path, cfa, photometric=32803, extratags=tags, metadata=None)
    return path


@pytest.fixture
def picture():
    return np.random.default_rng(1).integers(0, 65535, (300, 400, 3), dtype=np.uint16)


@pytest.fixture
def cfa():
    return np.random.default_rng(2).integers(512, 16000, (200, 300), dtype=np.uint16)


def what(found):
    return found.format, found.kind, found.width_px, found.height_px, found.orientation


def reason(path):
    with pytest.raises(ImagingError) as error:
        inspect(path)
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rawpipe_colorchecker_realsensor_cfa.dng", ("dng", 1424, 968, (1.7001, 1, 2.3998))),
        ("canon_eos6d_lossy_linear.dng", ("dng", 1224, 816, (0.9966, 1, 1.0009))),
        ("adobe_hdr_sdr_profiles_1000x100.dng", ("dng", 1000, 100, (1, 1, 1))),
        ("emubayer_cfa_1024.dng", ("dng", 1024, 1024, None)),
        ("RAW_KODAK_DC50.KDC", ("kdc", 768, 512, None)),
        ("RAW_KODAK_C330_FORMAT_NONE_YRGB.raw", ("raw", 1216, 912, None)),
    ],
)
def test_raws_are_what_libraw_opens(shared_data, name, expected):
    format_, width, height, balance = expected
    found = inspect(shared_data / "raw" / name)
    assert (found.format, found.kind) == (format_, "raw")
    assert (found.width_px, found.height_px, found.orientation) == (width, height, 1)
    if balance is None:
        assert found.white_balance is None
    else:
        assert found.white_balance == pytest.approx(balance, abs=1e-4)


def test_jpeg_under_a_png_name_is_a_jpeg(shared_data):
    found = inspect(shared_data / "stack-algae" / "img_1.png")
    assert what(found) == ("jpeg", "photo", 5440, 3648, 1)


def test_raw_under_a_photo_name_is_a_raw(shared_data, tmp_path):
    disguised = tmp_path / "a.jpg"
    shutil.copyfile(shared_data / "raw-derived-pcb" / "pcb_001.dng", disguised)
    assert (inspect(disguised).format, inspect(disguised).kind) == ("dng", "raw")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Canon-R6-pruned.CR3", "truncated: LibRaw comes to the end of the file"),
        ("02_jxl_linear_raw_float.dng", "compressed with JPEG XL, which LibRaw does not support"),
        (
            "iphone12pro_headeronly_decodes_black.dng",
            "truncated with nothing but its header left, to decode as all black: the picture ends "
            "at byte 29195592, the file at byte 64104",
        ),
    ],
)
def test_broken_raws_have_their_true_reason(shared_data, name, words):
    assert words in reason(shared_data / "raw-broken" / name)


def test_nef_that_is_a_whole_jpeg_is_told_by_content(shared_data):
    assert what(inspect(shared_data / "raw-broken" / "issue247-1.nef")) == (
        "jpeg",
        "photo",
        2000,
        3008,
        1,
    )


def test_lossy_dng_whose_curve_libraw_drops_is_refused(shared_data):
    found = reason(shared_data / "raw" / "sony_a7rm4_lossy_linear_3000x2000.dng")
    assert "colours would be wrong" in found


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.99])
def test_truncated_dng(shared_data, tmp_path, kept):
    whole = (shared_data / "raw-derived-pcb" / "pcb_001.dng").read_bytes()
    path = tmp_path / "cut.dng"
    path.write_bytes(whole[: int(len(whole) * kept)])
    assert reason(path).startswith("truncated: the picture ends at byte 6292112")


@pytest.mark.parametrize("name", ["canon_eos6d_lossy_linear.dng", "RAW_KODAK_DC50.KDC"])
@pytest.mark.parametrize("kept", [0.5, 0.9, 0.998])
def test_truncated_compressed_raws(shared_data, tmp_path, name, kept):
    whole = (shared_data / "raw" / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(whole[: int(len(whole) * kept)])
    assert reason(path).startswith("truncated")


@pytest.mark.parametrize("kept", [0.01, 0.3, 0.999])
def test_truncated_jpeg(shared_data, tmp_path, kept):
    whole = (shared_data / "stack-ring" / "step0.jpg").read_bytes()
    path = tmp_path / "cut.jpg"
    path.write_bytes(whole[: int(len(whole) * kept)])
    assert reason(path).startswith("truncated or damaged")


def test_jpeg_whose_end_is_zeros_is_damaged(shared_data, tmp_path):
    whole = (shared_data / "stack-ring" / "step0.jpg").read_bytes()
    path = tmp_path / "zeros.jpg"
    path.write_bytes(whole[:90_000] + bytes(len(whole) - 90_000))
    assert reason(path).startswith("truncated or damaged JPEG")


@pytest.mark.parametrize(
    "options",
    [{}, {"compression": "zlib"}, {"rowsperstrip": 16}, {"tile": (64, 64)}, {"bigtiff": True}],
    ids=["one strip", "deflate", "strips", "tiles", "BigTIFF"],
)
def test_tiff_whole_and_truncated(tmp_path, picture, options):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, picture, photometric="rgb", metadata=None, **options)
    assert what(inspect(path)) == ("tiff", "photo", 400, 300, 1)
    whole = path.read_bytes()
    for kept in (len(whole) // 3, len(whole) - 9):
        path.write_bytes(whole[:kept])
        assert reason(path).startswith("truncated: the picture ends")


def test_lzw_tiff_without_its_directory_is_damaged(tmp_path, picture):
    path = tmp_path / "a.tif"
    image = pyvips.Image.new_from_array(picture).copy(interpretation="rgb16")
    image.tiffsave(str(path), compression="lzw", predictor="horizontal")
    assert inspect(path).format == "tiff"
    path.write_bytes(path.read_bytes()[:100_000])
    assert reason(path).startswith("truncated or damaged TIFF")


def test_png_whole_and_truncated_and_with_a_changed_byte(tmp_path, picture):
    path = tmp_path / "a.png"
    pyvips.Image.new_from_array(picture).copy(interpretation="rgb16").pngsave(str(path))
    assert what(inspect(path)) == ("png", "photo", 400, 300, 1)
    whole = path.read_bytes()
    path.write_bytes(whole[:-2000])
    assert reason(path).startswith("truncated or damaged PNG")
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 0xFF
    path.write_bytes(changed)
    assert reason(path).startswith("truncated or damaged PNG")


def test_png_whose_gamma_is_not_what_was_written(tmp_path, picture):
    path = write_png(tmp_path / "a.png", picture, (b"gAMA", (45455).to_bytes(4, "big")))
    inspect(path)
    content = bytearray(path.read_bytes())
    content[content.index(b"gAMA") + 6] ^= 1
    path.write_bytes(content)
    assert reason(path).startswith("damaged PNG: its chunk gAMA at byte 33 is not what was written")


def test_grey_tiff_that_names_a_camera_is_a_photo(tmp_path, picture):
    path = tmp_path / "a.tif"
    tags = [(271, 2, 0, "NIKON CORPORATION", True), (272, 2, 0, "NIKON D800", True)]
    tifffile.imwrite(path, picture[..., 0], extratags=tags, metadata=None)
    assert inspect(path).kind == "photo"


def test_tiff_with_several_pictures(tmp_path, picture):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.stack([picture] * 2), photometric="rgb", metadata=None)
    assert reason(path) == "a TIFF with 2 pictures; a frame is one picture in one file"


def test_float_tiff_and_cmyk_jpeg_must_be_exported_again(tmp_path, picture):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, picture.astype(np.float32), photometric="rgb", metadata=None)
    assert "samples of floating-point numbers" in reason(path)
    path = tmp_path / "b.jpg"
    Image.fromarray((picture >> 8).astype(np.uint8)).convert("CMYK").save(path)
    assert reason(path) == "a CMYK picture; export it as RGB"


@pytest.mark.parametrize(("value", "words"), [(0, "all black"), (512, "all black"), (9000, "9000")])
def test_raw_of_one_value_decodes_to_nothing(tmp_path, value, words):
    path = write_dng(tmp_path / "a.dng", np.full((200, 300), value, np.uint16))
    assert reason(path).startswith(f"decodes to nothing: {'all' if value < 600 else 'every'}")
    assert words in reason(path)


def test_raw_of_nothing_but_read_noise_is_black(tmp_path):
    noise = np.random.default_rng(3).normal(512, 3, (200, 300)).astype(np.uint16)
    assert reason(write_dng(tmp_path / "a.dng", noise)).startswith("black: 99.9 %")


def test_dark_raw_with_a_small_bright_specimen_is_a_frame(tmp_path):
    dark = np.random.default_rng(3).normal(512, 3, (200, 300)).astype(np.uint16)
    dark[90:110, 140:160] = 8000
    assert inspect(write_dng(tmp_path / "a.dng", dark)).kind == "raw"


def test_raw_far_above_its_white_level(tmp_path, cfa):
    assert "white level of 1023" in reason(write_dng(tmp_path / "a.dng", cfa, white=1023))


def test_clipped_raw_is_a_frame(tmp_path, cfa):
    cfa[20:180] = 16383
    assert inspect(write_dng(tmp_path / "a.dng", cfa)).kind == "raw"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_that_of_exif(tmp_path, cfa, orientation):
    raw = write_dng(tmp_path / "a.dng", cfa, orientation=orientation)
    assert inspect(raw).orientation == orientation
    assert (inspect(raw).width_px, inspect(raw).height_px) == (300, 200)
    exif = Image.Exif()
    exif[274] = orientation
    photo = tmp_path / "a.jpg"
    Image.fromarray((cfa >> 6).astype(np.uint8)).save(photo, exif=exif)
    assert inspect(photo).orientation == orientation
    assert (inspect(photo).width_px, inspect(photo).height_px) == (300, 200)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
def test_black_photos(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(path)
    assert reason(path) == "decodes to nothing: every pixel is black"


def test_photo_with_the_lens_covered_is_black(tmp_path):
    path = tmp_path / "a.png"
    noise = np.random.default_rng(4).integers(0, 3, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    assert reason(path).startswith("black: no pixel is brighter than 2 of 255")


def test_transparent_black_photo_is_black(tmp_path):
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[..., 3] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert reason(tmp_path / "a.png") == "decodes to nothing: every pixel is black"


@pytest.mark.parametrize("content", [b"notes of the day\n", b"\0" * 5000])
def test_what_is_no_picture(tmp_path, content):
    path = tmp_path / "a.dng"
    path.write_bytes(content)
    assert reason(path) == "not a picture, and no raw that LibRaw knows"


def test_empty_file(tmp_path):
    (tmp_path / "a.dng").touch()
    assert "0 bytes" in reason(tmp_path / "a.dng")


def test_webp_is_named(tmp_path):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, "WEBP")
    (tmp_path / "a.jpg").write_bytes(buffer.getvalue())
    assert reason(tmp_path / "a.jpg").startswith("a WebP picture; frames may be")


def test_names_that_look_like_options_of_the_decoder(shared_data, tmp_path):
    path = tmp_path / "frame 1 [page=2]"
    shutil.copyfile(shared_data / "stack-ring" / "step0.jpg", path)
    assert inspect(path).width_px == 1521


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory from /proc")
def test_a_large_tiff_is_not_held_in_memory(tmp_path):
    path = tmp_path / "large.tif"
    pixels = tifffile.memmap(path, shape=(8000, 9000, 3), dtype=np.uint16, photometric="rgb")
    pixels[::50] = 30000
    pixels.flush()
    code = (
        "import re, sys; from imaging.frames.inspection import inspect; inspect(sys.argv[1]);"
        "print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])"
    )
    scripts = Path(inspect.__code__.co_filename).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, path], cwd=scripts, check=True, capture_output=True, text=True
    )
    # The picture has 432 MB; libraries alone take about 150 MB.
    assert int(done.stdout) < 330_000
