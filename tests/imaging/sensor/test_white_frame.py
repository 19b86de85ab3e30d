"""A white frame takes dust and shading out of frames; what is no white field is refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from imaging.errors import ImagingError
from imaging.frames import colour
from imaging.sensor.white_frame import WhiteFrame, flatten, white_frame

SHAPE = (240, 320)
LIGHT = colour.light_curve(colour.profile("adobe-rgb"))


def shading(shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """The fall to the corners, to 45 %, and two specks of dust; channels differ a little."""
    rows, columns = shape
    y, x = np.mgrid[:rows, :columns]
    r2 = ((x - columns / 2) / (columns / 2)) ** 2 + ((y - rows / 2) / (rows / 2)) ** 2
    left = 1 - 0.275 * r2
    for cx, cy, radius, loss in ((80, 60, 9, 0.3), (250, 170, 14, 0.08)):
        away = np.hypot(x - cx, y - cy)
        left = left * (1 - loss / (1 + np.exp((away - radius) / 2)))
    return np.stack([left, left**1.1, left**0.9], 2)


def encoded(light: np.ndarray) -> np.ndarray:
    samples = np.arange(65536)
    planes = [np.interp(light[..., c], LIGHT[c], samples) for c in range(3)]
    return np.rint(np.stack(planes, 2)).astype(np.uint16)


def field(level: float = 0.5, noise: float = 0.004, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    taken = level * shading() * (0.9, 1.0, 0.8)
    return encoded(np.clip(taken * (1 + noise * rng.standard_normal(taken.shape)), 0, 1))


def subject(level: float = 0.3) -> np.ndarray:
    rng = np.random.default_rng(5)
    grain = ndimage.gaussian_filter(rng.standard_normal((*SHAPE, 3)), (1.5, 1.5, 0))
    return np.clip(level * np.exp(0.4 * grain / grain.std()), 0, 1)


def test_dust_and_shading_go_and_the_middle_keeps_its_exposure():
    true = subject(0.2)
    taken = encoded(true * shading())
    assert np.abs(LIGHT[1][taken[..., 1]] / true[..., 1] - 1).max() > 0.4
    flatten(taken, white_frame(field(), LIGHT))
    light = np.stack([LIGHT[c][taken[..., c]] for c in range(3)], 2)
    off = light / true - 1
    middle = np.s_[80:160, 107:213]
    # The median of the middle third is 1, not its brightest place.
    scale = np.median(light[middle] / true[middle], axis=(0, 1))
    assert np.abs(scale - 1).max() < 0.06
    assert np.abs(off - np.median(off, axis=(0, 1))).max() < 0.05
    assert np.sqrt(((off - np.median(off, axis=(0, 1))) ** 2).mean()) < 0.004


def test_each_channel_is_flattened_for_itself_whatever_the_colour_of_the_field():
    white = white_frame(field(), LIGHT)
    grey = encoded(0.2 * shading())
    flatten(grey, white)
    light = np.stack([LIGHT[c][grey[..., c]] for c in range(3)], 2)
    assert np.abs(light / light[..., :1] - 1).max() < 0.03


def test_highlights_stay_white_and_what_becomes_white_is_counted():
    white = white_frame(field(), LIGHT)
    assert white.gain.min() < 1 < white.gain.max()
    frame = np.full((*SHAPE, 3), 65535, np.uint16)
    assert flatten(frame, white) == 0
    assert (frame == 65535).all()
    bright = encoded(np.full((*SHAPE, 3), 0.9))
    share = flatten(bright, white)
    assert share == pytest.approx((bright == 65535).mean(), rel=1e-3)
    assert 0.1 < share < 0.9


def test_without_shading_nothing_changes():
    even = WhiteFrame(SHAPE, np.ones((3, 120, 160), np.float32), LIGHT)
    every = np.arange(SHAPE[0] * SHAPE[1] * 3).astype(np.uint16).reshape(*SHAPE, 3)
    frame = every.copy()
    assert flatten(frame, even) == 0
    differing = np.flatnonzero(frame != every)
    # Where a profile gives several samples the same light.
    assert all(
        LIGHT[k % 3][frame.flat[k]] == LIGHT[k % 3][every.flat[k]] for k in differing.tolist()
    )


@pytest.mark.parametrize("shape", [(241, 319), (7, 9), (300, 260)])
def test_odd_sizes_are_flattened_to_the_border(shape):
    gain = np.full((3, (shape[0] + 1) // 2, (shape[1] + 1) // 2), 2.0, np.float32)
    frame = encoded(np.full((*shape, 3), 0.2))
    flatten(frame, WhiteFrame(shape, gain, LIGHT))
    assert np.abs(LIGHT[0][frame[..., 0]] - 0.4).max() < 1e-4


def photographed_subject() -> np.ndarray:
    return encoded(subject(0.25) * shading())


def uneven() -> np.ndarray:
    return encoded(0.5 * np.linspace(0.35, 1, SHAPE[1])[None, :, None] * np.ones((*SHAPE, 3)))


def something_in_it() -> np.ndarray:
    light = 0.5 * np.ones((*SHAPE, 3))
    light[:, :70] = 0.02
    return encoded(light)


@pytest.mark.parametrize(
    ("taken", "reason"),
    [
        (lambda: field(1.2), "is overexposed"),
        (lambda: field(0.02), "is too dark"),
        (photographed_subject, "is not flat"),
        (uneven, "its left and right sides differ by a factor of"),
        (something_in_it, "of the light of its middle"),
    ],
)
def test_what_is_no_white_field_is_refused_with_a_sentence(taken, reason):
    with pytest.raises(ImagingError, match=reason):
        white_frame(taken(), LIGHT)


def test_frames_of_another_size_are_refused():
    white = white_frame(field(), LIGHT)
    with pytest.raises(ImagingError, match="is 10 x 20 px, and the white frame 320 x 240 px"):
        flatten(np.zeros((20, 10, 3), np.uint16), white)
