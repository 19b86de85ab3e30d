"""What moved or changed while a stack was shot."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from imaging.checks import movement
from tests.imaging.checks.cells import Light, energy, fused_stack


def light(count=8):
    """Light of a textured scene that blurs a little more from frame to frame."""
    scene = np.random.default_rng(3).uniform(0.2, 0.6, (60, 80)).astype(np.float32)
    return [ndimage.gaussian_filter(scene, 1.0 + 0.15 * k) for k in range(count)]


def test_a_thing_that_moved_between_two_frames_is_found_where_it_was_and_is():
    frames = light()
    for k, frame in enumerate(frames):
        row = 10 if k < 4 else 30
        frame[row : row + 6, 20:26] = 0.9
    found = movement.jumps(frames, 0.05, 6)
    assert {jump.before for jump in found} == {3}
    assert {jump.place[0].start for jump in found} == {10, 30}


def test_defocus_alone_is_no_movement():
    assert movement.jumps(light(), 0.05, 6) == []


def test_focus_that_jumps_over_missing_frames_is_no_movement_and_what_moves_there_is_found():
    sharp = light(30)
    frames = [*sharp[:4], *sharp[26:]]
    assert movement.jumps(frames, 0.02, 4) == []
    for frame in frames[4:]:
        frame[10:16, 20:26] = 0.9
    (found,) = movement.jumps(frames, 0.02, 4)
    assert (found.before, found.place) == (3, (slice(10, 16), slice(20, 26)))


@pytest.mark.parametrize("share", [0.12, 0.2, 0.4])
def test_what_moves_is_found_however_much_of_the_picture_it_is(share):
    frames = light()
    columns = round(share * frames[0].shape[1])
    for frame in frames[4:]:
        frame[:, :columns] += 0.3
    (found,) = movement.jumps(frames, 0.05, 6)
    assert found.before == 3
    assert found.cells == frames[0].shape[0] * columns


def test_a_jump_names_two_frames_and_its_places_and_must_be_larger_where_steps_are_wide(tmp_path):
    frames = light()
    for k, frame in enumerate(frames):
        frame[10:16, 20:26] = 0.5 if k < 4 else 0.6
    facts = {"light": Light(frames), "shape": (240, 320), "numbers": [1, 2, 3, 5, 6, 7, 8, 9]}
    fine = energy(np.arange(0.0, 7.1), width=2.0)
    (finding,) = movement.moved(fused_stack(tmp_path, 8, energy=fine, **facts), 0.05, 6)
    assert (finding.code, finding.frames) == ("moved", (5, 6))
    assert finding.evidence["cells"] == 36
    assert finding.places == ((80, 40, 24, 24),)
    wide = energy(np.arange(0.0, 7.1), width=0.6)
    assert movement.moved(fused_stack(tmp_path, 8, energy=wide, **facts), 0.05, 6) == []
