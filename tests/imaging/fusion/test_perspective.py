"""The near end of a stack, as perspective tells it."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.fusion.near_end import End
from imaging.fusion.perspective import near_end_by_perspective
from imaging.fusion.stack import measure_to_fuse
from tests.imaging.fusion.made_stacks import SHAPE, steel_on_cloth

FRAME = (3000, 4000)
# µm: from the entrance pupil to the plane in focus, and the camera's travel with each frame.
DISTANCE, STEP = 60_000.0, 50.0


def on_a_rail(direction, count=12, reference=6, distance=DISTANCE):
    """Transforms of frames of a flat thing by a lens whose pupil is `distance` from the focus."""
    down = {"away": 1.0, "toward": -1.0}[direction] * STEP
    pupil = distance - down * (np.arange(count) - reference)
    seen = distance / pupil
    return np.stack([np.diag([1 / m, 1 / m, 1.0]) for m in seen])


def told(matrices, uncertain_px=1.0):
    return near_end_by_perspective(matrices, [uncertain_px] * len(matrices), FRAME)


@pytest.mark.parametrize("reference", [0, 6, 11])
def test_as_the_camera_comes_nearer_focus_moves_away_from_it(reference):
    assert told(on_a_rail("away", reference=reference)) is End.FIRST
    assert told(on_a_rail("toward", reference=reference)) is End.LAST
    assert told(on_a_rail("toward", reference=reference)[::-1]) is End.FIRST


def test_a_lens_that_is_telecentric_tells_nothing():
    rng = np.random.default_rng(1)
    blurred = [np.diag([m, m, 1.0]) for m in 1.0 + rng.normal(0.0, 2e-4, 12)]
    assert told(np.tile(np.eye(3), (12, 1, 1))) is None
    assert told(np.stack(blurred)) is None
    assert told(on_a_rail("away", distance=100 * DISTANCE)) is None


def test_a_change_that_is_uncertain_or_goes_to_and_fro_tells_nothing():
    frames = on_a_rail("away")
    assert told(frames, 10.0) is None
    assert near_end_by_perspective(frames, [None, *[1.0] * 11], FRAME) is None
    assert told(frames[[0, 1, 6, 3, 4, 5, 2, 7, 8, 9, 10, 11]]) is None
    assert told(frames[[0, 11]]) is None


def test_rims_that_contradict_perspective_leave_the_end_unknown(tmp_path):
    frames, *_ = steel_on_cloth(tmp_path, light=0.08)
    near = [
        measure_to_fuse(frames, SHAPE, None, 2, likely=end)[0].near for end in (End.LAST, End.FIRST)
    ]
    assert near == [End.LAST, None]
