"""What is written on a picture stands in a corner that is free of the subject."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import pyvips

from imaging.pictures.free_corner import CORNERS, free_corner

BOX = (80, 230)
# Turned over so that what was at the lower right comes to each of the corners.
TURNED = {
    "lower right": lambda p: p,
    "lower left": lambda p: p[:, ::-1],
    "upper right": lambda p: p[::-1],
    "upper left": lambda p: p[::-1, ::-1],
}


def picture(path, long_edge_px=900):
    seen = np.asarray(pyvips.Image.thumbnail(str(path), long_edge_px))[..., :3]
    return np.ascontiguousarray(seen).astype(np.uint16) * 257


@pytest.fixture(scope="module")
def subject(demo):
    """A real subject that leaves the lower right alone, on plain ground that gets darker."""
    ground = np.linspace(0.85, 0.75, 900)[None, :, None] * np.ones((600, 1, 3))
    seen = np.round(ground * 65535).astype(np.uint16)
    board = cv2.resize(picture(demo / "pcb-jpeg" / "pcb_004.jpg"), (900, 600))
    free = np.zeros((600, 900), np.uint8)
    cv2.fillPoly(free, [np.array([[0, 0], [899, 0], [899, 300], [300, 599], [0, 599]])], 1)
    return np.where(free[..., None] > 0, board, seen)


@pytest.mark.parametrize("corner", CORNERS)
def test_it_is_the_corner_that_the_subject_leaves(subject, corner):
    turned = np.ascontiguousarray(TURNED[corner](subject))
    assert free_corner(turned, *BOX) == corner


def test_where_all_are_as_free_it_is_the_lower_right():
    grain = np.random.default_rng(1).normal(50000, 600, (600, 900, 3)).astype(np.uint16)
    assert free_corner(grain, *BOX) == "lower right"


def test_a_smooth_dark_part_of_the_subject_is_no_free_corner():
    dark = np.full((600, 900, 3), 55000, np.uint16)
    dark[300:, 400:] = 9000
    assert free_corner(dark, *BOX) == "lower left"


@pytest.mark.parametrize(
    ("frame", "corner"),
    [
        ("stack-beetle-flicker/DSC_0362.jpg", "upper right"),
        ("stack-amber-midge-jpg/0003.jpg", "lower left"),
        ("stack-amber-flies/flies_0005.jpg", "upper left"),
        ("stack-ring/step3.jpg", "lower right"),
    ],
)
def test_on_photographs_of_others(shared_data, frame, corner):
    (path,) = [*shared_data.glob(frame), *shared_data.rglob(frame.rpartition("/")[2])][:1]
    assert free_corner(picture(path), *BOX) == corner
