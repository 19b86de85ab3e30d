"""Frames that a cell of the sheet excludes."""

import pytest

from records.errors import RecordError
from records.ledger.exclusion import excluded

FRAMES = [f"DSC_{k:04d}.NEF" for k in range(11, 21)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("3", [13]),
        ("DSC_0013.NEF", [13]),
        ("DSC_0013", [13]),
        ("3-5", [13, 14, 15]),
        ("3 \N{EN DASH} 5;10", [13, 14, 15, 20]),
        (" DSC_0011 ; 1; ", [11]),
    ],
)
def test_names_numbers_and_ranges(text, numbers):
    assert excluded(text, FRAMES, FRAMES) == [f"DSC_{k:04d}.NEF" for k in numbers]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("11", "11 is not there. There are the frames 1 (DSC_0011.NEF)"),
        ("9-11", "9-11 is not there"),
        ("5-3", "5-3 is not there"),
        ("0", "0 is not there"),
        ("1,2", "1,2 is not there"),
        ("dsc.NEF; 77", "dsc.NEF is not there; 77 is not there"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(text, words):
    with pytest.raises(RecordError) as refused:
        excluded(text, FRAMES, FRAMES)
    assert words in str(refused.value)


def test_a_name_that_is_also_the_number_of_another_frame_is_refused():
    frames = ["0.jpg", "1.jpg", "2.jpg"]
    with pytest.raises(RecordError, match=r"1 is the name of 1\.jpg and the number of 0\.jpg"):
        excluded("1", frames, frames)
    assert excluded("1.jpg", frames, frames) == ["1.jpg"]
    assert excluded("1", ["1.jpg", "2.jpg"], ["1.jpg", "2.jpg"]) == ["1.jpg"]


def test_accents_that_a_system_took_apart_are_the_same_letters():
    apart = ["Ka\u0308fer.jpg", "b.jpg"]
    assert excluded("K\u00e4fer", apart, apart) == apart[:1]


def test_a_name_with_a_dash_and_digits_is_a_name():
    frames = ["3-5.jpg", "3-6.jpg"]
    assert excluded("3-5", frames, frames) == ["3-5.jpg"]
