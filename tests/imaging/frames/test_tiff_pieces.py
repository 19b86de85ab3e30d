"""A TIFF whose directory lies about its strips or tiles is refused, and every true one is read."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from imaging.errors import ImagingError
from imaging.frames import photographs
from tests.imaging.frames.pictures import GREY8, RGB8, RGB16

WIDTH, HEIGHT, ORIENTATION, STRIPS, TILES, TILE_BYTES = 256, 257, 274, 273, 324, 325


def written(path, pixels=RGB8, **options):
    tifffile.imwrite(path, pixels, metadata=None, **options)
    return path


def changed(path, tag, index, value):
    """The file with one value of a field of its first directory changed."""
    with tifffile.TiffFile(path) as file:
        field = file.pages[0].tags[tag]
        size = {3: 2, 4: 4}[field.dtype]
        form = file.byteorder + {2: "H", 4: "I"}[size]
    content = bytearray(path.read_bytes())
    struct.pack_into(form, content, field.valueoffset + size * index, value)
    path.write_bytes(content)
    return path


def pieces(path):
    with tifffile.TiffFile(path) as file:
        return file.pages[0].dataoffsets


TILED = {"tile": (16, 32), "photometric": "rgb"}
STRIPED = {"rowsperstrip": 8, "photometric": "rgb"}


@pytest.mark.parametrize(
    ("options", "tag", "value", "words"),
    [
        (TILED, TILES, 1, "tiles 1 and 2 lie on each other"),
        (STRIPED, STRIPS, 1, "tiles 1 and 2 lie on each other"),
        (STRIPED, STRIPS, 0, "tile 1 of 5 is the file's header"),
        (TILED, TILE_BYTES, 0, "tile 1 of 6 is nothing"),
        (STRIPED, HEIGHT, 32, "60 x 32 px, which are 4 strips or tiles, but it has 5"),
        (STRIPED, WIDTH, 59, "59 x 40 px, for which its first strip needs 1,416 bytes"),
        ({"photometric": "rgb"}, HEIGHT, 39, "width or height is not that of the picture"),
    ],
)  # fmt: skip
def test_a_directory_that_does_not_fit_its_picture(tmp_path, options, tag, value, words):
    path = written(tmp_path / "a.tif", **options)
    assert RGB8.shape == (40, 60, 3)
    # 1 stands for the place of the second piece.
    value = pieces(path)[1] if value == 1 else value
    changed(path, tag, 0, value)
    with pytest.raises(ImagingError, match=rf"a\.tif: damaged TIFF: .*{words}.*(copy|export) it"):
        photographs.read(path)


def test_an_orientation_that_there_is_not(tmp_path):
    path = written(
        tmp_path / "a.tif", photometric="rgb", extratags=[(ORIENTATION, "H", 1, 0, True)]
    )
    with pytest.raises(ImagingError, match=r"orientation 0, which is none .*; export it again"):
        photographs.read(path)


@settings(max_examples=40, deadline=None)
@given(
    picture=st.sampled_from([GREY8, RGB8, RGB16]),
    rows=st.integers(1, 45),
    compression=st.sampled_from([None, "zlib"]),
    layout=st.sampled_from(["strips", "planes", "tiles"]),
    byteorder=st.sampled_from("<>"),
    data=st.data(),
)
def test_whatever_strips_and_tiles_a_writer_chooses(
    tmp_path_factory, picture, rows, compression, layout, byteorder, data
):
    width = data.draw(st.integers(17, 60))
    picture = np.ascontiguousarray(picture[:, :width])
    options = {"compression": compression, "byteorder": byteorder}
    options["photometric"] = "rgb" if picture.ndim == 3 else "minisblack"
    shown = picture
    if layout == "tiles":
        options["tile"] = (16 * (1 + rows % 4), 16)
    else:
        options["rowsperstrip"] = rows
    if layout == "planes" and picture.ndim == 3:
        picture = np.moveaxis(picture, 2, 0)
        options["planarconfig"] = "separate"
    path = written(tmp_path_factory.getbasetemp() / "any.tif", picture, **options)
    pixels = photographs.read(path).pixels
    wide = shown.astype(np.uint16) * (257 if shown.dtype == np.uint8 else 1)
    expected = wide if wide.ndim == 3 else np.repeat(wide[..., None], 3, axis=2)
    assert np.array_equal(pixels, expected)
