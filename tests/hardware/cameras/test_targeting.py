"""Where makers' bodies are told to focus, and what is put back."""

import pytest

from hardware.cameras.targeting import focus_once, way_of
from hardware.errors import CameraError

AREAS = ["Wide", "Flexible Spot: M"]


def widget(name, value="", choices=(), read_only=False):
    return {"name": name, "value": value, "choices": list(choices), "read_only": read_only}


SONY = [
    widget("spotfocusarea", "0"),
    widget("autofocus", "2"),
    widget("focusarea", "Wide", AREAS),
    widget("focusmode", "Manual", ["Manual", "AF-S", "AF-C"]),
]


def test_a_sony_is_told_on_its_touch_screen_and_half_pressed_for_a_while():
    told = []
    focus_once(way_of(SONY), lambda *one: told.append(one), told.append, 1, 0.5)
    assert told == [
        ("focusmode", "AF-S"),
        ("focusarea", "Flexible Spot: M"),
        ("spotfocusarea", "639,240"),
        ("autofocus", "1"),
        2.5,
        ("autofocus", "0"),
        ("focusmode", "Manual"),
        ("focusarea", "Wide"),
    ]


def test_a_stop_meanwhile_lets_go_and_puts_back():
    told = []

    def stopped(seconds):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        focus_once(way_of(SONY), lambda *one: told.append(one), stopped, 0.5, 0.5)
    assert told[-3:] == [("autofocus", "0"), ("focusmode", "Manual"), ("focusarea", "Wide")]


@pytest.mark.parametrize(("x", "y"), [(-0.1, 0.5), (0.5, 1.1), (float("nan"), 0.5)])
def test_a_place_outside_the_picture_is_refused_before_anything_is_set(x, y):
    told = []
    with pytest.raises(CameraError, match="no place of the picture"):
        focus_once(way_of(SONY), lambda *one: told.append(one), told.append, x, y)
    assert told == []


def test_the_box_of_a_canon_stays_within_its_picture():
    canon = [widget("eoszoomposition"), widget("autofocusdrive"), widget("cancelautofocus")]
    found = way_of([*canon, widget("focusinfo", "eosversion=0,size=6000x4000,size2=6000x4000")])
    corners = [found.way.written(x, y, found.size) for x, y in ((0, 0), (0.5, 0.5), (1, 1))]
    assert corners == ["0,0", "2400,1600", "4800,3200"]
