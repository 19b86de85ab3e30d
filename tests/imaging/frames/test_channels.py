"""The numbers of a frame's channels as they were measured."""

import numpy as np
import pytest
from PIL import Image

from hardware.virtual import dng
from imaging.errors import ImagingError
from imaging.frames import channels

FACTS = dng.Facts("Holostack", "V", "1", "lens", 30, 4, 1 / 60, 100, "2024:01:01 12:00:00", "test")


def of_mosaic(tmp_path, mosaic):
    path = tmp_path / "a.dng"
    path.write_bytes(dng.dng_bytes(mosaic, FACTS))
    return channels.read(path)


def test_a_bayer_raw_gives_what_the_sensor_measured_at_half_its_size(tmp_path):
    mosaic = np.random.default_rng(1).integers(600, 16000, (48, 64), dtype=np.uint16)
    seen = of_mosaic(tmp_path, mosaic)
    wanted = mosaic[0::2, 0::2], mosaic[0::2, 1::2], mosaic[1::2, 1::2]
    assert all(np.array_equal(*pair) for pair in zip(seen.planes, wanted, strict=True))
    assert (seen.black, seen.white, seen.is_linear) == ((512,) * 3, 16383, True)


def test_a_photograph_gives_every_second_px(tmp_path):
    pixels = np.random.default_rng(2).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    path = tmp_path / "a.png"
    Image.fromarray(pixels).save(path)
    seen = channels.read(path)
    assert np.array_equal(np.stack(seen.planes, axis=-1), pixels[::2, ::2] * np.uint16(257))
    assert (seen.black, seen.white, seen.is_linear) == ((0, 0, 0), 65535, False)


def test_a_view_is_the_colour_of_what_was_seen(tmp_path):
    """Of a grey card behind the sensor's filters: grey, and as bright as sRGB has it."""
    mosaic = np.full((480, 640), 512, np.uint16)
    light = 0.5 * (16383 - 512)
    mosaic[0::2, 0::2] += np.uint16(light * 0.5)
    mosaic[0::2, 1::2] += np.uint16(light)
    mosaic[1::2, 0::2] += np.uint16(light)
    mosaic[1::2, 1::2] += np.uint16(light * 0.625)
    view = of_mosaic(tmp_path, mosaic).view(100)
    assert view.shape == (60, 80, 3)
    assert np.ptp(view) <= 2
    # Half of the light, raised as far as the weakest multiplier fills the range.
    assert int(view[30, 40, 1]) == pytest.approx(188, abs=3)


@pytest.mark.parametrize("longest", [7, 100, 320, 5000])
def test_a_view_is_never_larger_than_asked(tmp_path, longest):
    mosaic = np.full((480, 642), 4000, np.uint16)
    mosaic[::2] += np.uint16(50)
    assert max(of_mosaic(tmp_path, mosaic).view(longest).shape) <= max(longest, 3)


def test_what_is_no_quartet_is_seen_through_libraw(tmp_path, monkeypatch):
    monkeypatch.setattr(channels, "_has_quartets", lambda raw: False)
    mosaic = np.random.default_rng(3).integers(600, 16000, (48, 64), dtype=np.uint16)
    seen = of_mosaic(tmp_path, mosaic)
    assert (seen.black, seen.white, seen.is_linear) == ((0, 0, 0), 65535, True)
    red = (mosaic[0::2, 0::2] - 512.0) / (16383 - 512) * 65535
    assert np.abs(seen.planes[0] - red).max() <= 2


def test_what_is_no_frame_is_named(tmp_path):
    path = tmp_path / "broken.dng"
    path.write_bytes(b"II*\0nothing")
    with pytest.raises(ImagingError, match=r"broken\.dng"):
        channels.read(path)
