"""JPEG's rounding is found in px, also without tables, and nowhere else; it is no detail."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from imaging.fusion.agreement import LEAST_CONFIDENCE
from imaging.fusion.quantisation import LONE_ENERGY, LOWEST, brightness, rounding_energy
from imaging.fusion.stack import measure
from tests.imaging.fusion.made_stacks import stored
from tests.imaging.fusion.test_sharpness import energies

SHAPE = (240, 320)
# Subsampling of colours as Pillow names it.
WHOLE, HALVED = 0, 2


def shaded(seed: int = 1) -> np.ndarray:
    """Ground without detail, its light uneven as a lamp leaves it."""
    field = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(SHAPE), 25.0)
    return 0.75 + 0.05 * (field / field.std())[..., None] * np.array([1.0, 0.95, 0.8])


def grain() -> np.ndarray:
    """Fine detail, without light."""
    return ndimage.gaussian_filter(np.random.default_rng(2).standard_normal(SHAPE), 1.0)[..., None]


def saved(picture: np.ndarray, quality: int, colours: int = HALVED, **how) -> np.ndarray:
    """A picture 0..1 after it was saved as a JPEG."""
    file = BytesIO()
    levels = np.rint(picture.clip(0, 1) * 255).astype(np.uint8)
    Image.fromarray(levels).save(file, "JPEG", quality=quality, subsampling=colours, **how)
    return np.asarray(Image.open(file)) / 255.0


def by_tables(quality: int) -> float:
    """The energy that the tables of a quality tell."""
    file = BytesIO()
    Image.new("L", (8, 8)).save(file, "JPEG", quality=quality)
    table = np.reshape(Image.open(file).quantization[0], (8, 8))
    steps = np.array([table[place] for place in LOWEST])
    return float((LONE_ENERGY * (steps / 255.0) ** 2).max())


def found(picture: np.ndarray) -> float:
    samples = np.rint(picture.clip(0, 1) * 65535).astype(np.uint16)
    return rounding_energy([(brightness(samples), 0, 0)])


@pytest.mark.parametrize("quality", [33, 60, 75])
@pytest.mark.parametrize("colours", [WHOLE, HALVED])
def test_px_tell_what_the_tables_of_their_jpeg_did(quality, colours):
    picture = shaded() + 0.15 * grain()
    for made in (
        saved(picture, quality, colours),
        saved(picture, quality, colours, progressive=True),
        saved(saved(picture, quality, colours), 95, WHOLE),
    ):
        assert found(made) == pytest.approx(by_tables(quality), rel=0.2)


def test_blocks_are_found_where_a_picture_was_cut():
    picture = shaded()
    picture[:, :120] += 0.15 * grain()[:, :120]
    assert found(saved(picture, 40)[3:, 5:]) == pytest.approx(by_tables(40), rel=0.2)


@pytest.mark.parametrize("noise", [0.0, 0.003, 0.03])
def test_what_was_no_jpeg_has_no_rounding(noise):
    picture = shaded() + noise * np.random.default_rng(3).standard_normal((*SHAPE, 3))
    assert found(picture) == 0.0
    assert found(np.rint(picture * 255) / 255) == 0.0


def test_a_lone_block_has_the_energy_that_is_taken_for_it():
    place = (2 * np.arange(8) + 1) * np.pi / 16
    for (down, across), energy in zip(LOWEST, LONE_ENERGY):
        waves = [np.cos(place * k) * (0.5 if k else 8**-0.5) for k in (down, across)]
        picture = np.zeros((64, 64))
        picture[24:32, 24:32] = np.outer(*waves)
        halved = picture.reshape(32, 2, 32, 2).mean((1, 3))
        measured = energies(halved[None].astype(np.float32), 1)[0]
        assert measured.max() == pytest.approx(energy, rel=0.01)


def test_plain_ground_of_jpegs_has_no_depth_and_what_stands_on_it_keeps_its_own(tmp_path):
    detail = 0.25 * grain()
    detail[:, 100:] = 0.0
    told = {}
    for quality in (None, 40):
        images = []
        for k in range(7):
            # The light of what lies far out of focus changes from frame to frame.
            away = 1.2 * abs(k - 3)
            image = ndimage.gaussian_filter(shaded(), (10 + 4 * k, 10 + 4 * k, 0))
            image += ndimage.gaussian_filter(detail, (away, away, 0))
            images.append(image if quality is None else saved(image, quality))
        (tmp_path / str(quality)).mkdir()
        frames = stored(tmp_path / str(quality), images)
        _, maps = measure(frames, SHAPE, None, 1)
        told[quality] = maps.confidence >= LEAST_CONFIDENCE
        assert np.abs(maps.depth[told[quality]] - 3).max() < 1
    # Px of half resolution; measuring reaches a few px beyond the detail.
    assert told[40][:, 60:].sum() == 0
    assert told[40][:, 4:46].mean() > 0.95 * told[None][:, 4:46].mean() > 0.9
