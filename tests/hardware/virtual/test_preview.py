"""The live view of the virtual camera, against the frames that it gives."""

import io

import numpy as np
import pytest
from PIL import Image

from hardware.virtual.camera import Bench, VirtualCamera
from hardware.virtual.lens import expose, subject
from hardware.virtual.sensor import CARD_LEVEL

BENCH = Bench(5, 320, 240, 4.0, 1.0, 1.0, 600, "2024-01-01T12:00:00")
SETTINGS = {"aperture": "4", "iso": "100", "shutter": "1/60"}


def camera_at(height_um, **changes):
    camera = VirtualCamera(BENCH, lambda: height_um)
    camera.apply(SETTINGS | changes)
    return camera


def light(jpeg: bytes) -> np.ndarray:
    """Linear light of a JPEG."""
    encoded = np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"), np.float64) / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


@pytest.mark.slow
@pytest.mark.parametrize("focus_um", [0, 250, 600])
def test_preview_shows_what_a_frame_there_shows(focus_um):
    camera = camera_at(focus_um)
    lens = camera.lens()
    frame = expose(subject(camera.scene(), lens), lens, focus_um, 320, 240)
    frame = np.clip(CARD_LEVEL * frame, 0, 1)
    off = {
        shown: np.abs(light(camera_at(shown).preview()) - frame).mean()
        for shown in (focus_um, focus_um - 300, focus_um + 300)
    }
    assert off[focus_um] < 0.015
    assert off[focus_um] < 0.6 * min(off[focus_um - 300], off[focus_um + 300])


def test_preview_is_of_about_800_px_whatever_the_frames():
    wide = Bench(5, 1640, 40, 4.0, 1.0, 1.0, 600, "2024-01-01T12:00:00")
    with Image.open(io.BytesIO(VirtualCamera(wide, lambda: 0.0).preview())) as picture:
        assert (picture.format, picture.size) == ("JPEG", (820, 20))


def test_preview_is_as_bright_as_the_exposure():
    dim, bright = (light(camera_at(0, iso=iso).preview()).mean() for iso in ("100", "200"))
    assert 1.8 < bright / dim < 2.2


def test_preview_is_drawn_anew_only_where_something_changed():
    at_um = [0.0]
    camera = VirtualCamera(BENCH, lambda: at_um[0])
    first = camera.preview()
    assert camera.preview() is first
    at_um[0] = 100.0
    assert camera.preview() != first
