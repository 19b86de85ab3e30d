"""Numbers in file names: order, counters that start again, gaps."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.numbering import gaps, in_camera_order

BEETLE = [f"DSC_0{n}.jpg" for n in (356, 358, 359, 360, 361, 362, 363, 365, 366, 367)]


def test_numbers_are_counted_not_spelled():
    assert in_camera_order(["f10.jpg", "f9.jpg", "f1.jpg", "F2.JPG"]) == [
        "f1.jpg", "F2.JPG", "f9.jpg", "f10.jpg",
    ]  # fmt: skip


@given(st.sets(st.integers(0, 9998), min_size=1, max_size=60), st.randoms())
def test_order_does_not_depend_on_the_order_of_the_folder(numbers, chance):
    names = [f"IMG_{n:04d}.CR3" for n in sorted(numbers)]
    mixed = chance.sample(names, len(names))
    assert in_camera_order(mixed) == names


@pytest.mark.parametrize("first", [0, 1])
def test_counter_that_starts_again_after_9999(first):
    names = [f"DSC_{n:04d}.NEF" for n in (9997, 9998, 9999, first, first + 1, first + 2)]
    assert in_camera_order(random.Random(1).sample(names, 6)) == names
    assert gaps(names) == []
    assert in_camera_order([*names, "notes 1.txt", "colour chart.NEF"])[-3:] == names[-3:]


def test_gap_across_a_counter_that_starts_again():
    names = [f"DSC_{n:04d}.NEF" for n in (9996, 9999, 1, 2, 4)]
    assert gaps(names) == ["DSC_9997 to DSC_9998, DSC_0003 missing"]


def test_numbers_far_apart_without_9999_keep_their_order():
    names = ["a0001.jpg", "a8000.jpg"]
    assert in_camera_order(names) == names


def test_gaps_of_the_beetle():
    assert gaps(BEETLE) == ["DSC_0357, DSC_0364 missing"]


def test_raw_and_jpeg_of_one_number_are_no_gap():
    assert gaps(["DSC_01.NEF", "DSC_01.JPG", "DSC_02.NEF", "DSC_02.JPG"]) == []


def test_each_series_has_its_gaps():
    assert gaps(["a1.jpg", "a3.jpg", "b07.jpg", "b10.jpg"]) == [
        "a2 missing", "b08 to b09 missing",
    ]  # fmt: skip


def test_many_gaps_are_counted():
    names = [f"x{n}.jpg" for n in range(0, 40, 2)]
    assert gaps(names) == ["x1, x3, x5, x7, x9, x11 and 13 more missing"]


@pytest.mark.parametrize(
    "names",
    [[], ["one.jpg"], ["a.jpg", "b.jpg"], ["20240831T101500.jpg", "20240831T110700.jpg"]],
    ids=["none", "one", "no numbers", "times"],
)
def test_no_series_no_gaps(names):
    assert gaps(names) == []
    assert in_camera_order(names) == names
