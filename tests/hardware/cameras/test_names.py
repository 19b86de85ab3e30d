"""Common names of settings: values that mean the same, and choices of real bodies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.cameras.names import choose, number, same
from hardware.errors import CameraError


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("aperture", "8", 8),
        ("aperture", "f/8", 8),
        ("aperture", "F2.8", 2.8),
        ("shutter", "1/60", 1 / 60),
        ("shutter", "0.0100s", 0.01),
        ("shutter", "1/400 s", 1 / 400),
        ("iso", "ISO 100", 100),
        ("iso", "Auto", None),
        ("shutter", "bulb", None),
        ("shutter", "1/0", None),
        ("shutter", '30"', 30),
        ("shutter", '2"5', 2.5),
        ("shutter", '0"8', 0.8),
        ("shutter", "25/10", 2.5),
        ("shutter", "65535/65535", None),
        ("white_balance", "5500", None),
    ],
)
def test_values_are_read_as_cameras_write_them(name, text, value):
    assert number(name, text) == (None if value is None else pytest.approx(value))


@pytest.mark.parametrize(
    ("name", "wanted", "choices", "choice"),
    [
        ("aperture", "8", ["5.6", "7.1", "8", "9"], "8"),
        ("aperture", "8", ["f/5.6", "f/8"], "f/8"),
        ("shutter", "1/60", ["0.0200s", "0.0166s", "0.0125s"], "0.0166s"),
        ("shutter", "1/60", ["1/50", "1/60", "1/80"], "1/60"),
        ("white_balance", "daylight", ["Auto", "Daylight"], "Daylight"),
        ("format", "raw", ["Large Fine JPEG", "RAW", "RAW + Large Fine JPEG"], "RAW"),
        ("format", "raw", ["JPEG Fine", "NEF (Raw)", "NEF+Fine"], "NEF (Raw)"),
        ("format", "raw", ["cRAW", "cRAW + JPEG"], "cRAW"),
    ],
)
def test_the_choice_that_means_the_wanted_value(name, wanted, choices, choice):
    assert choose(name, wanted, choices) == choice


def test_what_is_not_offered_names_the_choices():
    with pytest.raises(CameraError, match=r"aperture '32' is not offered; choices are f/8, f/11"):
        choose("aperture", "32", ["f/8", "f/11"])


@given(st.text(max_size=12))
def test_any_text_is_read_or_is_no_number(text):
    for name in ("aperture", "iso", "shutter", "format"):
        assert number(name, text) is None or same(name, text, text)
