"""Every kind of photograph is read as other decoders show it, or refused with the reason."""

from __future__ import annotations

import io
import struct
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pytest
import pyvips
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from imaging.errors import ImagingError
from imaging.frames import colour, photographs
from imaging.frames.inspection import inspect
from imaging.pictures.crop import upright
from tests.imaging.frames.pictures import GREY8, GREY16, RGB8, RGB16, write_png


def three(grey):
    return np.repeat(grey[..., None], 3, axis=2)


def wide(pixels):
    return pixels.astype(np.uint16) * 257


def pillow(path):
    with Image.open(path) as image:
        return wide(np.asarray(image.convert("RGB")))


def write(path, pixels, **options):
    tifffile.imwrite(path, pixels, metadata=None, **options)


ALPHA8, ALPHA16 = np.full((40, 60, 1), 255, np.uint8), np.full((40, 60, 1), 65535, np.uint16)
LONG_PALETTE = np.zeros((3, 65536), np.uint16)
PALETTE = np.random.default_rng(1).integers(0, 256, (3, 256)).astype(np.uint16) * 257
TIFFS = {
    "planar, 16 bits": (np.moveaxis(RGB16, 2, 0), {"planarconfig": "separate"}, RGB16),
    "planar, 8 bits": (np.moveaxis(RGB8, 2, 0), {"planarconfig": "separate"}, wide(RGB8)),
    "big-endian": (RGB16, {"byteorder": ">"}, RGB16),
    "BigTIFF": (RGB16, {"bigtiff": True}, RGB16),
    "BigTIFF, big-endian": (RGB16, {"bigtiff": True, "byteorder": ">"}, RGB16),
    "tiled": (RGB16, {"tile": (16, 32)}, RGB16),
    "deflate with predictor": (RGB16, {"compression": "zlib", "predictor": True}, RGB16),
    "black is zero": (GREY16, {"photometric": "minisblack"}, three(GREY16)),
    "white is zero, 16 bits": (GREY16, {"photometric": "miniswhite"}, three(65535 - GREY16)),
    "white is zero, 8 bits": (GREY8, {"photometric": "miniswhite"}, wide(three(255 - GREY8))),
    "bilevel": (GREY8 > 127, {"photometric": "minisblack"}, wide(three((GREY8 > 127) * 255))),
    "bilevel, white is zero": (
        GREY8 > 127,
        {"photometric": "miniswhite"},
        wide(three((GREY8 < 128) * 255)),
    ),
    "palette": (
        GREY8,
        {"photometric": "palette", "colormap": PALETTE},
        PALETTE.T[GREY8],
    ),
    "opaque alpha": (
        np.concatenate([RGB16, ALPHA16], 2),
        {"extrasamples": ["unassalpha"]},
        RGB16,
    ),
    "grey with opaque alpha, 16 bits": (
        np.concatenate([GREY16[..., None], ALPHA16], 2),
        {"photometric": "minisblack", "extrasamples": ["unassalpha"]},
        three(GREY16),
    ),
    "an opaque channel of unsaid meaning": (
        np.concatenate([RGB8, ALPHA8], 2),
        {"extrasamples": ["unspecified"]},
        wide(RGB8),
    ),
}


@pytest.mark.parametrize("kind", TIFFS)
def test_tiff(tmp_path, kind):
    pixels, options, wanted = TIFFS[kind]
    path = tmp_path / "a.tif"
    write(path, pixels, **{"photometric": "rgb", **options})
    assert inspect(path).format == "tiff"
    assert np.array_equal(photographs.read(path).pixels, wanted)


@pytest.mark.parametrize("photometric", ["miniswhite", "minisblack"])
@pytest.mark.parametrize("grey", [GREY8, GREY16], ids=["8 bits", "16 bits"])
def test_grey_beside_a_plane_of_alpha_is_refused_as_decoders_disagree_on_it(
    tmp_path, photometric, grey
):
    path = tmp_path / "a.tif"
    planes = np.stack([grey, np.full_like(grey, np.iinfo(grey.dtype).max)])
    options = {"planarconfig": "separate", "extrasamples": ["unassalpha"]}
    write(path, planes, photometric=photometric, **options)
    for refused in (inspect, photographs.read):
        with pytest.raises(ImagingError, match=r"in planes of their own.*save it without alpha"):
            refused(path)


@pytest.mark.parametrize("compression", ["jpeg", "tiff_lzw", "packbits", "tiff_adobe_deflate"])
def test_compressed_tiff(tmp_path, compression):
    path = tmp_path / "a.tif"
    Image.fromarray(RGB8).save(path, compression=compression)
    assert inspect(path).bits == 8
    assert np.array_equal(photographs.read(path).pixels, pillow(path))


@pytest.mark.parametrize("compression", ["zstd", "lzma"])
def test_a_compression_that_few_programs_know_is_refused_at_once(tmp_path, compression):
    path = tmp_path / "a.tif"
    Image.fromarray(RGB8).save(path, compression=compression)
    for refused in (inspect, photographs.read):
        with pytest.raises(ImagingError, match=r"not decoded here .*; export it as uncompressed"):
            refused(path)


@pytest.mark.parametrize("bits", [2, 4])
def test_grey_tiff_of_few_bits(tmp_path, bits):
    path = tmp_path / "a.tif"
    values = GREY8 >> (8 - bits)
    packed = np.zeros((40, 60 * bits // 8), np.uint8)
    for k in range(8 // bits):
        packed |= values[:, k :: 8 // bits] << (8 - bits * (k + 1))
    entries = [(256, 60), (257, 40), (258, bits), (259, 1), (262, 1), (273, 200), (277, 1)]
    entries += [(278, 40), (279, packed.size)]
    table = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    head = b"II*\0" + struct.pack("<IH", 8, len(entries)) + table + struct.pack("<I", 0)
    path.write_bytes(head.ljust(200, b"\0") + packed.tobytes())
    assert inspect(path).bits == bits
    wanted = three(np.rint(values * (65535 / (2**bits - 1))).astype(np.uint16))
    assert np.array_equal(photographs.read(path).pixels, wanted)


def test_a_palette_of_greys_alone(tmp_path):
    path = tmp_path / "a.tif"
    greys = np.broadcast_to(np.arange(256, dtype=np.uint16)[::-1] * 257, (3, 256)).copy()
    write(path, GREY8, photometric="palette", colormap=greys)
    inspect(path)
    assert np.array_equal(photographs.read(path).pixels, wide(three(255 - GREY8)))


@pytest.mark.parametrize(
    ("beside", "options"),
    [
        (RGB16[::4, ::4].copy(), {"photometric": "rgb", "subfiletype": 1}),
        (GREY8 > 127, {"photometric": "mask", "subfiletype": 4}),
    ],
    ids=["smaller copy", "mask"],
)
def test_what_is_beside_a_picture_is_no_second_picture(tmp_path, beside, options):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as tif:
        tif.write(RGB16, photometric="rgb", metadata=None)
        tif.write(beside, metadata=None, **options)
    inspect(path)
    assert np.array_equal(photographs.read(path).pixels, RGB16)


def test_the_thumbnail_of_a_cameras_tiff_is_no_second_picture(tmp_path):
    path = tmp_path / "DSCF0013.TIF"
    large = np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8)
    with tifffile.TiffWriter(path) as tif:
        tif.write(large, photometric="rgb", metadata=None)
        tif.write(large[::4, ::4].copy(), photometric="rgb", metadata=None)
    inspect(path)
    assert np.array_equal(photographs.read(path).pixels, wide(large))


def test_a_tiff_whose_first_picture_is_not_the_largest(tmp_path):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as tif:
        tif.write(RGB8, photometric="rgb", metadata=None)
        tif.write(np.tile(RGB8, (2, 2, 1)), photometric="rgb", metadata=None)
    with pytest.raises(ImagingError, match="a TIFF of 2 pictures, of which the first is not the"):
        inspect(path)


def test_colours_of_4_bits_are_refused_with_that_reason(tmp_path):
    path = tmp_path / "a.tif"
    write(path, RGB8, photometric="rgb")
    with tifffile.TiffFile(path, mode="r+") as tif:
        tif.pages.first.tags[258].overwrite((4, 4, 4))
    with pytest.raises(ImagingError, match="colours of 4 bits; frames have 8 or 16 bits"):
        inspect(path)


@pytest.mark.parametrize(
    ("pixels", "options", "words"),
    [
        (RGB16.astype(np.float32), {}, "samples of floating-point numbers"),
        (GREY16.astype(np.int16), {"photometric": "minisblack"}, "samples of signed whole numbers"),
        (GREY16.astype(np.uint32), {"photometric": "minisblack"}, "samples of 32 bits"),
        (
            np.concatenate([RGB8, GREY8[..., None]], 2),
            {"photometric": "separated"},
            "a CMYK picture",
        ),
        (RGB8, {"photometric": "cielab"}, "a CIE L\\*a\\*b\\* picture"),
        (
            np.concatenate([RGB8, RGB8[..., :2]], 2),
            {"extrasamples": ["unspecified"] * 2},
            "2 channels beside its colours",
        ),
        (
            np.concatenate([RGB16, GREY16[..., None]], 2),
            {"extrasamples": ["unassalpha"]},
            "partly transparent",
        ),
        (np.stack([RGB8] * 3), {}, "a TIFF with 3 pictures"),
        (RGB8, {"photometric": "ycbcr"}, "YCbCr values without JPEG compression"),
        (GREY16, {"photometric": "palette", "colormap": LONG_PALETTE}, "a palette of 16 bits"),
        (
            np.moveaxis(RGB16, 2, 0),
            {"planarconfig": "separate", "tile": (16, 16)},
            "not decoded here",
        ),
    ],
)
def test_tiffs_that_are_refused_with_the_reason(tmp_path, pixels, options, words):
    path = tmp_path / "a.tif"
    write(path, pixels, **{"photometric": "rgb", **options})
    for refused in (inspect, photographs.read):
        with pytest.raises(ImagingError, match=words):
            refused(path)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_png_of_8_bits(tmp_path, mode):
    path = tmp_path / "a.png"
    Image.fromarray(RGB8).convert(mode).save(path)
    inspect(path)
    assert np.array_equal(photographs.read(path).pixels, pillow(path))


@pytest.mark.parametrize("pixels", [GREY16, RGB16], ids=["grey", "RGB"])
@pytest.mark.parametrize("interlaced", [False, True])
def test_png_of_16_bits(tmp_path, pixels, interlaced):
    path = tmp_path / "a.png"
    pyvips.Image.new_from_array(pixels).pngsave(str(path), interlace=interlaced, bitdepth=16)
    inspect(path)
    other = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    other = three(other) if other.ndim == 2 else other[..., ::-1]
    assert np.array_equal(photographs.read(path).pixels, other)


def test_transparent_colour_of_a_png_is_refused(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(GREY8).save(path, transparency=int(GREY8[0, 0]))
    with pytest.raises(ImagingError, match="partly transparent"):
        inspect(path)


def test_animated_png_is_refused(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(RGB8).save(path, save_all=True, append_images=[Image.fromarray(255 - RGB8)])
    for refused in (inspect, photographs.read):
        with pytest.raises(ImagingError, match="an animated PNG of 2 pictures"):
            refused(path)


@pytest.mark.parametrize(
    "options",
    [{}, {"progressive": True}, {"subsampling": 0}, {"keep_rgb": True}, {"restart_marker_rows": 1}],
    ids=str,
)
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_jpeg(tmp_path, mode, options):
    path = tmp_path / "a.jpg"
    Image.fromarray(RGB8).convert(mode).save(path, quality=90, **options)
    inspect(path)
    assert np.array_equal(photographs.read(path).pixels, pillow(path))


def test_the_first_picture_of_a_multi_picture_jpeg_is_the_photograph(tmp_path):
    # Sony, Panasonic and Nikon Z bodies write a second, smaller picture behind the first.
    path = tmp_path / "DSC00001.JPG"
    preview = Image.fromarray(255 - RGB8).resize((30, 20))
    first = Image.fromarray(RGB8)
    first.save(path, "MPO", save_all=True, append_images=[preview], quality=90)
    with Image.open(path) as image:
        assert (image.format, image.n_frames) == ("MPO", 2)
    assert (inspect(path).width_px, inspect(path).height_px) == (60, 40)
    assert np.array_equal(photographs.read(path).pixels, pillow(path))


@pytest.mark.parametrize(
    ("marker", "content", "words"),
    [
        (0xC3, struct.pack(">BHHB", 8, 40, 60, 3), "a lossless JPEG"),
        (0xC5, struct.pack(">BHHB", 8, 40, 60, 3), "a hierarchical JPEG"),
        (0xC1, struct.pack(">BHHB", 12, 40, 60, 3), "a JPEG of 12 bits"),
        (0xC0, struct.pack(">BHHB", 8, 0, 60, 3), "leaves its height open"),
        (0xC0, struct.pack(">BHHB", 8, 40, 60, 4), "a CMYK picture"),
        (0xC0, b"\x08", "its frame header is cut short"),
        (0xFE, b"no picture", "before its picture"),
    ],
)
def test_jpegs_that_are_refused_with_the_reason(tmp_path, marker, content, words):
    path = tmp_path / "a.jpg"
    segment = struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content
    path.write_bytes(b"\xff\xd8" + segment + b"\xff\xda\0\x02")
    with pytest.raises(ImagingError, match=words):
        inspect(path)


@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_turns_what_is_stored_into_what_viewers_show(tmp_path, ending, orientation):
    path = tmp_path / f"a.{ending}"
    told = Image.Exif()
    told[274] = orientation
    Image.fromarray(RGB8).save(path, exif=told)
    found = inspect(path)
    assert (found.orientation, found.width_px, found.height_px) == (orientation, 60, 40)
    with Image.open(path) as image:
        shown = wide(np.asarray(ImageOps.exif_transpose(image)))
    assert np.array_equal(upright(photographs.read(path).pixels, orientation), shown)


def test_a_damaged_png_says_so_in_the_same_words_to_every_step(tmp_path):
    path = write_png(tmp_path / "a.png", RGB16)
    path.write_bytes(path.read_bytes()[:-3000])
    said = []
    for step in (inspect, photographs.read):
        with pytest.raises(ImagingError) as error:
            step(path)
        said.append(str(error.value).removeprefix("a.png: "))
    assert said[0].startswith("truncated or damaged PNG")
    assert said[1].startswith("truncated or damaged PNG")


def test_bytes_behind_a_jpeg_are_no_part_of_it(tmp_path):
    path, buffer = tmp_path / "a.jpg", io.BytesIO()
    Image.fromarray(RGB8).save(buffer, "JPEG")
    path.write_bytes(buffer.getvalue() + bytes(5000))
    inspect(path)
    assert np.array_equal(photographs.read(path).pixels, pillow(path))


def whole_files():
    """A picture of each format, by ending."""
    written = {}
    for ending, options in (
        ("jpg", {"progressive": True, "icc_profile": colour.profile("adobe-rgb")}),
        ("png", {"icc_profile": colour.profile("adobe-rgb")}),
        ("tif", {"compression": "tiff_lzw", "icc_profile": colour.profile("adobe-rgb")}),
    ):
        buffer = io.BytesIO()
        Image.fromarray(RGB8).save(
            buffer, {"jpg": "JPEG", "tif": "TIFF"}.get(ending, "PNG"), **options
        )
        written[ending] = buffer.getvalue()
    return written


WHOLE = whole_files()


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(WHOLE)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=4),
    st.floats(0.05, 1),
)
def test_what_is_accepted_is_read_whatever_its_bytes(ending, changes, kept):
    content = bytearray(WHOLE[ending])
    for place, value in changes:
        # Most of what decides stands at the start.
        content[int(place**3 * len(content))] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{ending}"
        path.write_bytes(content[: max(1, int(kept * len(content)))])
        try:
            found = inspect(path)
        except ImagingError:
            return
        if found.kind == "photo":
            picture = photographs.read(path)
            assert picture.pixels.shape == (found.height_px, found.width_px, 3)
