"""A frame belongs to its release, by the camera's own clock."""

import pytest

from hardware.capture.camera_clock import CameraClock


def test_whole_seconds_and_a_slow_shutter_belong_to_the_release():
    clock = CameraClock()
    for i, ahead_s in enumerate((3600.9, 3600.0, 3601.2, 3600.1, 3602.0, 3600.0)):
        assert clock.older_by_s(ahead_s, 5.0 * i) == 0


def test_a_frame_of_the_release_before_is_older_and_nothing_is_learned_from_it():
    clock = CameraClock()
    for i, ahead_s in enumerate((0.5, 0.1, 0.9)):
        clock.older_by_s(ahead_s, 4.0 * i)
    assert clock.is_older(-3.5)
    assert clock.older_by_s(-3.5, 12.0) == 4
    assert clock.older_by_s(0.2, 20.0) == 0


@pytest.mark.parametrize("known_s", [None, 0.0])
def test_frames_that_are_always_of_the_release_before_are_never_believed(known_s):
    """Each is older by the time between two releases, that of a session before by much more."""
    clock = CameraClock(known_s)
    if known_s is None:
        clock.older_by_s(0.0, -7200.0)
    refused = [
        clock.older_by_s(ahead_s, at)
        for ahead_s, at in [(-7200.0, 0.0), (-5.0, 5.0), (-11.0, 16.0), (-5.0, 21.0), (-5.0, 26.0)]
    ]
    assert all(older_s > 0 for older_s in refused)


@pytest.mark.parametrize("by_s", [-4.0, -3600.0])
def test_a_clock_that_was_set_is_believed_when_releases_were_differently_far_apart(by_s):
    clock = CameraClock(0.4)
    assert clock.older_by_s(by_s, 0.0) > 0
    assert clock.older_by_s(by_s + 0.5, 6.0) > 0
    assert clock.older_by_s(by_s - 0.2, 18.0) == 0
    assert clock.older_by_s(by_s, 22.0) == 0
    assert clock.learned()


def test_frames_before_one_that_is_much_later_were_the_older_ones():
    clock = CameraClock()
    clock.older_by_s(-900.0, 0.0)
    assert clock.older_by_s(0.0, 5.0) == -900
    assert clock.learned()
