"""Optics against published tables and by its laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import RigError
from hardware.optics import (
    Optics,
    circle_of_confusion_um,
    classic_dof_um,
    depth_of_field_um,
    effective_f_number,
    frame_count,
    microscope_dof_um,
    plan_stack,
    step_um,
    wave_dof_um,
)

FULL_FRAME = {"sensor_width_mm": 36.0, "sensor_width_px": 7360}


@pytest.mark.parametrize(
    ("optics", "millimetres"),
    [
        (Optics(magnification=1, aperture_f=16, **FULL_FRAME), 2.253),
        (Optics(magnification=2.5, aperture_f=4, **FULL_FRAME), 0.069),
        (Optics(magnification=10, na=0.25, **FULL_FRAME), 0.0088),
    ],
)
def test_wave_depth_of_field_is_that_of_the_zerene_tables(optics, millimetres):
    assert wave_dof_um(optics) / 1000 == pytest.approx(millimetres, rel=0.005)


def test_classic_depth_of_field_by_hand():
    optics = Optics(magnification=2, aperture_f=5.6, circle_um=20, **FULL_FRAME)
    assert classic_dof_um(optics) == pytest.approx(2 * 20 * 5.6 * 3 / 4)


def test_pupil_ratio_changes_the_effective_aperture():
    assert effective_f_number(8, 1, pupil_ratio=0.5) == 24


def test_a_lens_that_is_reversed_has_its_pupils_the_other_way_round():
    assert effective_f_number(8, 1, pupil_ratio=0.5, is_reversed=True) == 24
    assert effective_f_number(4, 3, pupil_ratio=2, is_reversed=True) == 14
    assert effective_f_number(4, 3, pupil_ratio=2) == 10
    usual, turned = (
        Optics(3, 36, 7360, aperture_f=4, pupil_ratio=2, reversed=turned)
        for turned in (False, True)
    )
    assert wave_dof_um(turned) / wave_dof_um(usual) == pytest.approx((14 / 10) ** 2)


def test_behind_a_teleconverter_the_f_number_of_the_body_holds():
    """f/2.8 at M 1 is f/5.6 effective; twice that behind a converter of 2."""
    behind = Optics(2, 36, 7360, aperture_f=5.6, teleconverter=2)
    assert wave_dof_um(behind) == pytest.approx(69, rel=0.005)
    lens = Optics(1, 36, 7360, aperture_f=2.8)
    assert wave_dof_um(behind) == pytest.approx(wave_dof_um(lens))


def test_a_body_that_reports_effective_aperture_is_believed():
    marked = Optics(magnification=1, aperture_f=8, **FULL_FRAME)
    reported = Optics(magnification=1, aperture_f=16, aperture_is_effective=True, **FULL_FRAME)
    assert wave_dof_um(marked) == wave_dof_um(reported)


def test_circle_is_three_pixels_on_a_fine_sensor_and_width_over_1200_on_a_coarse_one():
    assert circle_of_confusion_um(Optics(1, 36, 7200, aperture_f=8)) == pytest.approx(15)
    assert circle_of_confusion_um(Optics(1, 36, 3000, aperture_f=8)) == pytest.approx(30)


def test_microscope_formula_adds_the_detector_term():
    optics = Optics(magnification=10, na=0.25, sensor_width_mm=6.5, sensor_width_px=1000)
    assert microscope_dof_um(optics) == pytest.approx(8.8 + 6.5 / 2.5)


def test_smaller_criterion_is_the_smaller_of_the_two():
    optics = Optics(magnification=1, aperture_f=4, **FULL_FRAME)
    assert depth_of_field_um(optics) == min(classic_dof_um(optics), wave_dof_um(optics))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"aperture_f": 8, "na": 0.1}, "not both"),
        ({}, "either aperture_f or na"),
        ({"aperture_f": -8}, "aperture_f"),
        ({"na": 1.2}, "refractive index"),
        ({"na": 0.1, "reversed": True}, "leave them out"),
        ({"na": 0.1, "teleconverter": 2}, "leave them out"),
        ({"aperture_f": 8, "teleconverter": 0}, "teleconverter"),
    ],
)
def test_impossible_optics_are_refused(settings, says):
    with pytest.raises(RigError, match=says):
        Optics(magnification=1, **FULL_FRAME, **settings)


def test_unknown_criterion_names_the_allowed():
    with pytest.raises(RigError, match="smaller, classic, microscope, wave"):
        depth_of_field_um(Optics(1, 36, 7360, aperture_f=8), "magic")


def test_overlap_of_all_is_refused():
    with pytest.raises(RigError, match="below 1"):
        step_um(100, 1.0)


def test_a_whole_number_of_steps_needs_no_extra_frame():
    assert frame_count(1500, 100) == 16
    assert frame_count(0.3, 0.1) == 4


@pytest.mark.parametrize(("range_um", "step"), [(10_000, 1), (1e300, 1e-10), (1, 5e-324)])
def test_more_frames_than_their_names_have_digits_for_are_refused(range_um, step):
    with pytest.raises(RigError, match="at most 9999"):
        frame_count(range_um, step)
    assert frame_count(9998, 1) == 9999


@given(st.floats(-20000, 20000), st.floats(-20000, 20000), st.floats(50, 1000))
def test_positions_cover_the_range_in_equal_steps(start, end, step):
    positions = plan_stack(start, end, step).positions_um()
    reached = abs(positions[-1] - positions[0])
    assert reached >= abs(end - start) - 0.002 * len(positions)
    assert reached < abs(end - start) + step + 0.002 * len(positions)


def test_plan_counts_time_and_disk():
    plan = plan_stack(0, 1500, 100, seconds_per_frame=4, bytes_per_frame=1000)
    assert (plan.frames, plan.seconds, plan.bytes) == (16, 64, 16000)
    assert plan_stack(1500, 0, 100).positions_um()[:2] == [1500, 1400]
