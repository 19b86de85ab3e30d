"""Points of a specimen before a lens on a rail, and where each projection puts them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from imaging.errors import ImagingError
from imaging.fusion.frame import Frame
from imaging.fusion.projection import central, placed, pupil_of, scales_of

SHAPE = 1200, 1600
MIDDLE = np.array([799.5, 599.5])
PITCH_UM, DISTANCE_UM = 4.0, 60_000.0
# Of the planes in focus above the reference frame's.
HEIGHTS = np.arange(-9, 9) * 100.0


def frames(distance_um=DISTANCE_UM, sideways=0.0):
    """Frames as registered: each fits what it has in focus with the next one to what that shows.

    `sideways` : px that the rail moves aside for each µm, which registration takes back.
    """
    registered = []
    for height in HEIGHTS:
        scale = np.exp(height / distance_um)
        # The sum over all frames on the way, each step in px of the size there.
        shift = np.array([sideways * distance_um * (scale - 1), 0.0])
        matrix = np.eye(3)
        matrix[:2, :2] *= scale
        matrix[:2, 2] = MIDDLE + shift - scale * MIDDLE
        registered.append(Frame(Path("frame.tif"), np.linalg.inv(matrix)))
    return registered


def seen(frame, height, point_um, sideways=0.0):
    """Where a placed frame shows a point, x and y in µm off the axis, that it has in focus."""
    in_frame = MIDDLE + np.array(point_um) / PITCH_UM - np.array([sideways * height, 0.0])
    return (np.linalg.inv(frame.inverse) @ [*in_frame, 1.0])[:2]


POINT_UM = np.array([2900.0, -2100.0])


@pytest.mark.parametrize("sideways", [0.0, 0.02])
def test_orthographic_is_where_parallel_rays_put_a_point_whatever_its_height(sideways):
    upright = placed(frames(sideways=sideways), np.ones(len(HEIGHTS)), SHAPE)
    for frame, height in zip(upright, HEIGHTS):
        assert seen(frame, height, POINT_UM, sideways) == pytest.approx(
            MIDDLE + POINT_UM / PITCH_UM, abs=1e-6
        )


@pytest.mark.parametrize("sideways", [0.0, 0.02])
def test_central_is_where_the_reference_frames_lens_sees_a_point(sideways):
    registered = frames(sideways=sideways)
    pupil = pupil_of(scales_of(registered), HEIGHTS)
    assert pupil.distance_um == pytest.approx(DISTANCE_UM, rel=1e-9)
    for frame, height in zip(placed(registered, central(HEIGHTS, pupil), SHAPE), HEIGHTS):
        wanted = MIDDLE + POINT_UM / PITCH_UM * DISTANCE_UM / (DISTANCE_UM - height)
        assert seen(frame, height, POINT_UM, sideways) == pytest.approx(wanted, abs=1e-6)


def test_the_distance_is_found_as_well_as_sizes_are_known():
    noise = np.random.default_rng(5).normal(0, 4e-5, len(HEIGHTS))
    pupil = pupil_of(np.exp(HEIGHTS / DISTANCE_UM + noise), HEIGHTS)
    assert abs(pupil.distance_um - DISTANCE_UM) < 3 * pupil.error_um
    assert pupil.error_um < 0.02 * DISTANCE_UM


def test_through_a_telecentric_lens_both_projections_are_one():
    noise = np.random.default_rng(5).normal(0, 4e-5, len(HEIGHTS))
    pupil = pupil_of(np.exp(noise), HEIGHTS)
    assert np.isinf(pupil.distance_um)
    assert (central(HEIGHTS, pupil) == 1).all()


@pytest.mark.parametrize(
    ("scales", "heights", "said"),
    [
        (np.exp(-HEIGHTS / DISTANCE_UM), HEIGHTS, "larger where their focus is nearer"),
        (np.ones(18), np.zeros(18), "fewer than three heights of focus"),
    ],
)
def test_what_is_no_perspective_of_a_rail_is_refused(scales, heights, said):
    with pytest.raises(ImagingError, match=said):
        pupil_of(scales, heights)


def test_what_is_nearer_than_the_lens_is_refused():
    with pytest.raises(ImagingError, match="less than the stack is deep"):
        central(HEIGHTS, pupil_of(np.exp(HEIGHTS / 500.0), HEIGHTS))
