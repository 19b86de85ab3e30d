"""The raw file of the virtual camera, against LibRaw and ExifRead."""

import io

import exifread
import numpy as np
import pytest
import rawpy

from hardware.virtual.dng import Facts, dng_bytes
from hardware.virtual.sensor import BLACK, WHITE, Exposure, record

EXPOSURE = Exposure(4, 1 / 60, 100)
FACTS = Facts("Holostack", "Virtual", "V1", "Lens", 30, 4, 1 / 60, 100, "2024:01:01 12:00:00", "H")


def test_libraw_develops_the_colours_that_the_scene_has():
    colour = np.array([0.30, 0.15, 0.40])
    mosaic = record(
        np.broadcast_to(colour, (64, 64, 3)).astype(np.float32), EXPOSURE, np.random.default_rng(2)
    )
    with rawpy.imread(io.BytesIO(dng_bytes(mosaic, FACTS))) as raw:
        assert (raw.raw_image == mosaic).all()
        assert raw.black_level_per_channel == [BLACK] * 4
        assert raw.white_level == WHITE
        rgb = raw.postprocess(
            use_camera_wb=True, no_auto_bright=True, gamma=(1, 1), output_bps=16
        ).astype(float)
    developed = rgb[8:-8, 8:-8].mean(axis=(0, 1)) / 65535
    assert developed / developed[1] == pytest.approx(colour / colour[1], rel=0.02)


def test_exif_says_what_was_set():
    mosaic = record(np.zeros((64, 64, 3), np.float32), EXPOSURE, np.random.default_rng(2))
    tags = exifread.process_file(io.BytesIO(dng_bytes(mosaic, FACTS)))
    exif = {name: str(tags[f"EXIF {name}"]) for name in ("FNumber", "ExposureTime")}
    assert exif == {"FNumber": "4", "ExposureTime": "1/60"}
    assert str(tags["EXIF ISOSpeedRatings"]) == "100"
    assert str(tags["EXIF BodySerialNumber"]) == "V1"
    assert str(tags["EXIF DateTimeOriginal"]) == "2024:01:01 12:00:00"
