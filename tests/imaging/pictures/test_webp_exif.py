"""The Exif of a WebP begins with its TIFF header, and nothing else of the file is changed."""

from __future__ import annotations

import io

import numpy as np
import pytest
import pyvips
from PIL import Image

from imaging.pictures.webp_exif import OF_JPEG, without_header


@pytest.mark.parametrize("described", ["odd", "even!"])
def test_the_header_of_a_jpeg_goes_and_all_else_stays(described):
    picture = np.random.default_rng(3).integers(0, 255, (40, 60, 3), np.uint8)
    image = pyvips.Image.new_from_array(picture).copy(interpretation="srgb")
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-ImageDescription", described)
    image.set_type(pyvips.GValue.blob_type, "xmp-data", b"<x:xmpmeta/>")
    written = image.webpsave_buffer(Q=80)
    mended = without_header(written)
    with Image.open(io.BytesIO(written)) as before, Image.open(io.BytesIO(mended)) as after:
        assert before.info["exif"].startswith(OF_JPEG)
        assert after.info["exif"] == before.info["exif"].removeprefix(OF_JPEG)
        assert after.getexif()[270] == described
        assert after.info["xmp"] == b"<x:xmpmeta/>"
        assert np.array_equal(np.asarray(before), np.asarray(after))
    assert without_header(mended) == mended
