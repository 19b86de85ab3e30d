"""A frame belongs to its release, by the camera's own clock."""

from hardware.capture.camera_clock import CameraClock


def test_whole_seconds_and_a_slow_shutter_belong_to_the_release():
    clock = CameraClock()
    for ahead_s in (3600.9, 3600.0, 3601.2, 3600.1, 3602.0, 3600.0):
        assert clock.older_by_s(ahead_s) == 0


def test_a_frame_of_the_release_before_is_older():
    clock = CameraClock()
    for ahead_s in (0.5, 0.1, 0.9):
        clock.older_by_s(ahead_s)
    assert clock.is_older(-3.5)
    assert clock.older_by_s(-3.5) == 4
    # What is refused is not learned from, and twice is not often enough for so little.
    assert clock.older_by_s(-3.5) == 4
    assert clock.older_by_s(0.2) == 0


def test_a_clock_that_was_set_is_believed_the_second_time():
    clock = CameraClock()
    clock.older_by_s(0.5)
    assert clock.older_by_s(-3599.8) > 3600
    assert clock.older_by_s(-3599.1) == 0
    assert clock.older_by_s(-3599.9) == 0


def test_of_the_session_before_a_clock_that_was_set_by_little_is_believed_too():
    clock = CameraClock(100.0)
    assert clock.older_by_s(95.0) == 5
    assert clock.older_by_s(95.4) == 0
    assert clock.learned()


def test_frames_before_one_that_is_much_later_were_the_older_ones():
    clock = CameraClock()
    clock.older_by_s(-900.0)
    assert clock.older_by_s(0.0) == -900
    assert clock.learned()
