"""Dust on the sensor is told from the subject, and the light that it took is given back."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from imaging.frames import colour
from imaging.frames.converted import open_pixels
from imaging.frames.tiff import write_image
from imaging.fusion.frame import Frame, read_rows
from imaging.sensor.dust import Speck, find_specks, give_back, moves_enough, stand_out

SHAPE = (200, 260)
# x, y, radius, share of the light that is lost
DUST = [(60, 50, 6.0, 0.15), (180, 120, 8.0, 0.06), (120, 160, 5.0, 0.25)]
FRAMES = 6
LIGHT = colour.light_curve(None)


def shade(places: list[tuple[float, float, float, float]]) -> np.ndarray:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    left = np.ones(SHAPE)
    for cx, cy, radius, loss in places:
        left *= 1 - loss / (1 + np.exp((np.hypot(x - cx, y - cy) - radius) / 1.2))
    return left


def photographed(step: int, places: list, dotted: bool = False) -> tuple[list, np.ndarray]:
    """Linear light of a softly shaded subject that moves `step` px a frame; its transforms."""
    rng = np.random.default_rng(4)
    subject = np.exp(0.3 * ndimage.gaussian_filter(rng.standard_normal((300, 500)), 30) * 60)
    subject *= 0.2 * np.exp(0.02 * rng.standard_normal(subject.shape))
    if dotted:
        for _ in range(20):
            cy, cx = rng.integers(20, 280), rng.integers(20, 480)
            subject[cy - 5 : cy + 6, cx - 5 : cx + 6] *= 0.8
    lights, transforms = [], []
    for k in range(FRAMES):
        x0 = 20 + step * k
        part = subject[40 : 40 + SHAPE[0], x0 : x0 + SHAPE[1]] * shade(places)
        lights.append((part + rng.normal(0, 0.002, SHAPE)).astype(np.float32))
        transforms.append(np.array([[1, 0, float(step * k)], [0, 1, 0], [0, 0, 1]]))
    return lights, np.array(transforms)


def specks_of(step: int, places: list, dotted: bool = False) -> list[Speck]:
    lights, transforms = photographed(step, places, dotted)
    return find_specks([stand_out(light) for light in lights], transforms, 1)


def test_dust_is_found_where_it_lies_with_what_it_takes():
    specks = specks_of(12, DUST)
    assert len(specks) == len(DUST)
    left = np.ones(SHAPE)
    for speck in specks:
        height, width = speck.loss.shape
        left[speck.y : speck.y + height, speck.x : speck.x + width] *= 1 - speck.loss
    off = left - shade(DUST)
    under = shade(DUST) < 0.98
    assert np.abs(off[under]).max() < 0.06
    assert np.sqrt((off[under] ** 2).mean()) < 0.02
    assert np.sqrt((off[~under] ** 2).mean()) < 0.003


def test_no_dust_is_no_speck():
    assert specks_of(12, []) == []


def test_what_lets_no_light_through_is_no_dust():
    assert specks_of(12, [(120, 90, 6.0, 0.97)]) == []


@pytest.mark.parametrize("loss", [0.55, 0.7])
def test_what_takes_half_of_the_light_is_no_dust(loss):
    assert specks_of(12, [(120, 90, 6.0, loss)]) == []


@pytest.mark.parametrize("place", [(0, 0), (2, 100), (258, 100), (130, 3)])
def test_a_spot_that_the_border_cuts_is_no_dust(place):
    # An edge that reaches into the corner, as in the demonstration, looks like one.
    assert specks_of(12, [(*place, 6.0, 0.2)]) == []


def test_a_spot_that_moved_over_three_places_alone_is_no_dust():
    lights, transforms = photographed(12, DUST)
    seen = [stand_out(light) for light in lights]
    twice = [0, 0, 1, 1, 3, 3]
    assert find_specks([seen[k] for k in twice], transforms[twice], 1) == []


def test_dark_spots_of_the_subject_are_kept():
    assert specks_of(12, [], dotted=True) == []


@pytest.mark.parametrize("step", [0, 1])
def test_what_a_subject_at_rest_has_could_be_its_own(step):
    assert specks_of(step, DUST) == []


def test_few_frames_or_little_motion_prove_nothing():
    _, transforms = photographed(12, [])
    assert moves_enough(transforms, SHAPE, 1)
    assert not moves_enough(transforms[:3], SHAPE, 1)
    assert not moves_enough(np.tile(np.eye(3), (FRAMES, 1, 1)), SHAPE, 1)
    assert find_specks([], transforms, 1) == []


@settings(max_examples=20, deadline=None)
@given(
    st.integers(-3, 20),
    st.integers(-3, 20),
    st.integers(1, 5),
    st.integers(1, 6),
    st.integers(1, 6),
    st.integers(0, 23),
    st.integers(1, 24),
)
def test_rows_of_a_strip_are_those_of_the_whole(x, y, cell, height, width, first, count):
    rng = np.random.default_rng(5)
    loss = rng.uniform(0, 0.5, (height, width)).astype(np.float32)
    speck = Speck(max(x, 0), max(y, 0), cell, loss)
    whole = rng.integers(0, 40000, (24, 30, 3), dtype=np.uint16)
    strip = whole[first : first + count].copy()
    give_back(whole, 0, speck, LIGHT)
    give_back(strip, first, speck, LIGHT)
    np.testing.assert_array_equal(strip, whole[first : first + count])


def test_a_frame_is_read_with_its_light_given_back(tmp_path):
    encoded = np.interp(0.2 * shade(DUST), LIGHT[1], np.arange(65536))
    write_image(tmp_path / "k.tif", np.rint(encoded).astype(np.uint16)[..., None].repeat(3, 2))
    dust = tuple(
        Speck(
            cx - 20,
            cy - 20,
            1,
            (1 - shade(DUST))[cy - 20 : cy + 20, cx - 20 : cx + 20].astype("f4"),
        )
        for cx, cy, _, _ in DUST
    )
    frame = Frame(tmp_path / "k.tif", np.eye(3), dust=dust)
    with open_pixels(frame.path) as pixels:
        light = LIGHT[1][read_rows(frame, pixels, 0, SHAPE[0])]
    assert np.abs(light / 0.2 - 1).max() < 2e-3


def test_a_speck_comes_back_from_its_record():
    speck = Speck(8, 12, 4, np.array([[0.125, 0.25]], np.float32))
    back = Speck.from_record(json.loads(json.dumps(speck.as_record())))
    assert (back.x, back.y, back.cell) == (8, 12, 4)
    np.testing.assert_array_equal(back.loss, speck.loss)
