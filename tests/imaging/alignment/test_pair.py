"""Registration of two frames against motions that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from imaging.alignment import pair
from imaging.alignment.pair import register_pair
from imaging.sampling.geometry import corner_distance
from tests.imaging.alignment.scenes import SHAPE, detail_of, frame, similarity, texture


@pytest.mark.parametrize(
    "motion",
    [
        similarity(dx=0.37, dy=-2.81),
        similarity(angle=0.02),
        similarity(scale=1.03, dx=7.3),
        similarity(dx=200.0, dy=-35.0),
    ],
    ids=["shift", "rotation", "magnification", "jump of 200 px"],
)
@pytest.mark.parametrize("blur", [0.0, 2.0])
def test_a_pair_is_registered_to_a_tenth_of_a_pixel(motion, blur):
    scene = texture(1, (760, 1160))
    first, second = frame(scene, np.eye(3)), frame(scene, motion, blur, seed=1)
    found = register_pair(detail_of(first), detail_of(second))
    assert found.correlation > 0.5
    assert corner_distance(found.matrix, np.linalg.inv(motion), SHAPE) < 0.1
    assert found.sigma_px < 0.1


def test_the_order_of_two_frames_does_not_matter():
    # One is blurred, and glares on one side.
    motion, scene = similarity(1.01, 0.003, 4.3, -2.1), texture(1, (760, 1160))
    one, other = frame(scene, np.eye(3)), frame(scene, motion, 1.5, seed=1)
    glare = (40 * np.arange(SHAPE[1])).astype(np.uint16)
    both = detail_of(one), detail_of(other // 2 + glare[:, None])
    there, back = register_pair(*both), register_pair(*both[::-1])
    assert corner_distance(there.matrix @ back.matrix, np.eye(3), SHAPE) < 0.01


@pytest.mark.parametrize(("blurs", "finest"), [((9.0, 11.0), False), ((9.0, 0.5), True)])
def test_frames_that_are_both_blurred_all_over_are_compared_no_finer_than_they_are(
    blurs, finest, monkeypatch
):
    scene, seen = texture(1, (760, 1160)), []
    descend = pair.descend

    def noted(template, *arguments):
        seen.append(template.image.shape)
        return descend(template, *arguments)

    monkeypatch.setattr(pair, "descend", noted)
    details = [detail_of(frame(scene, np.eye(3), blur, seed=k)) for k, blur in enumerate(blurs)]
    register_pair(*details)
    assert (SHAPE in seen) is finest


def test_a_motion_is_found_to_the_end_at_the_finest_resolution_alone(monkeypatch):
    scene, ends = texture(1, (760, 1160)), {}
    descend = pair.descend

    def noted(template, image, matrix, model, steps, converged_px):
        if model != "translation":
            ends[template.image.shape] = converged_px
        return descend(template, image, matrix, model, steps, converged_px)

    monkeypatch.setattr(pair, "descend", noted)
    register_pair(*(detail_of(frame(scene, np.eye(3), 0.5, seed=k)) for k in (0, 1)), "similarity")
    *coarser, finest = (ends[shape] for shape in sorted(ends))
    assert finest == pair.CONVERGED_PX and len(coarser) >= 1
    assert set(coarser) == {pair.COARSELY_PX} and pair.COARSELY_PX > pair.CONVERGED_PX


@pytest.mark.parametrize("shape", [(3, 4), (5, 5), (40, 61)])
def test_the_largest_value_near_each_px_is_what_scipy_says(shape):
    surface = np.random.default_rng(4).normal(size=shape).round(1)
    expected = ndimage.maximum_filter(surface, pair.PEAK_PX)
    assert np.array_equal(pair._largest_near(surface), expected)
