"""What may be wrong with a bench, seen in the frames of the virtual one."""

import io
from dataclasses import replace

import numpy as np
import pytest
import rawpy
from PIL import Image

from hardware.virtual.camera import Bench, VirtualCamera
from hardware.virtual.flaws import Flaws
from hardware.virtual.sensor import BLACK

BENCH = Bench(3, 192, 144, 4.0, 1.0, 1.0, 600, "2024-01-01T12:00:00")


@pytest.fixture
def shot(tmp_path):
    """A function that gives the green of a frame at 0 µm with flaws, above black."""

    def shoot(frame=1, focus_um=0.0, seed=3, **flaws):
        camera = VirtualCamera(replace(BENCH, seed=seed, flaws=Flaws(**flaws)), lambda: focus_um)
        camera.apply({"aperture": "4", "iso": "100", "shutter": "1/60"})
        (path,) = camera.shoot(tmp_path, frame)
        with rawpy.imread(str(path)) as raw:
            return raw.raw_image[0::2, 1::2].astype(float) - BLACK

    return shoot


def detail(picture, where):
    return np.abs(np.diff(picture[where], axis=1)).mean()


CORNER, MIDDLE = np.s_[:8, :8], np.s_[32:40, 44:52]


def test_vignetting_darkens_the_corners_by_so_much_and_not_the_middle(shot):
    ratio = shot(vignetting_percent=40) / shot()
    assert ratio[:3, :3].mean() == pytest.approx(0.62, abs=0.04)
    assert ratio[MIDDLE].mean() == pytest.approx(1, abs=0.03)


def test_field_curvature_focuses_the_corners_higher(shot):
    flat, curved = shot(), shot(field_curvature_um=800)
    # The card at 0 µm is then out of focus in the corners, and sharp there from below.
    assert detail(curved, CORNER) < 0.75 * detail(flat, CORNER)
    assert detail(shot(focus_um=-700, field_curvature_um=800), CORNER) > detail(curved, CORNER)


@pytest.mark.slow
def test_flicker_changes_whole_frames_by_some_percent_and_the_same_each_time(shot):
    steady = shot()
    gains = [(shot(frame, flicker_percent=8) / steady).mean() for frame in range(1, 9)]
    assert 0.03 < np.std(gains) < 0.16
    assert np.array_equal(shot(2, flicker_percent=8), shot(2, flicker_percent=8))
    assert (shot(2, flicker_percent=8) / steady).std() < 0.03


def test_vibration_blurs_each_frame_its_own_way(shot):
    still, first, second = shot(), shot(1, vibration_px=6), shot(2, vibration_px=6)
    assert detail(first, np.s_[:]) < 0.9 * detail(still, np.s_[:])
    assert np.abs(first - second).mean() > 2 * np.abs(still - shot(2)).mean()
    assert first.mean() == pytest.approx(still.mean(), rel=0.02)


def test_dust_stays_at_its_place_in_every_frame(shot):
    dark = [shot(k, um, dust_specks=40) / shot(k, um) < 0.88 for k, um in ((1, 0.0), (2, 500.0))]
    assert 20 <= dark[0].sum() < 400
    assert (dark[0] & dark[1]).sum() > 0.7 * dark[0].sum()


def test_live_view_shows_what_is_in_every_frame():
    def mean(**flaws):
        camera = VirtualCamera(replace(BENCH, flaws=Flaws(**flaws)), lambda: 0.0)
        return np.asarray(Image.open(io.BytesIO(camera.preview())).convert("L"), float)

    assert mean(vignetting_percent=80)[:6, :6].mean() < 0.75 * mean()[:6, :6].mean()
