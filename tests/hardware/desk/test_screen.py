"""What the bench in a terminal shows."""

import io
from datetime import datetime, timedelta

import pytest

from hardware.desk.screen import Screen, bars, block, minutes

DESK = {
    "rig": {"name": "stand-2", "rail": "GRBL", "camera": "EOS 5D"},
    "doing": {"what": "", "stack": "", "since": "", "paused": False},
    "position_um": 1234.5,
    "going_um": None,
    "asks": "",
    "lost": "",
    "marks": {},
    "settings": {"aperture": "4", "shutter": "1/60", "iso": "100"},
    "warnings": [],
    "plan": {
        "start_um": 0.0,
        "end_um": 1500.0,
        "step_um": 100.0,
        "frames": 16,
        "seconds": 95.0,
        "bytes": 11_000_000,
        "warnings": [],
    },
    "capture": None,
    "sweep": None,
}


def taken(*sharpness):
    return [{"frame": i, "sharpness": value} for i, value in enumerate(sharpness, start=1)]


def shown(width=79, prompt="", **parts):
    return block({**DESK, **parts}, width, 10.0, prompt)


def test_it_fits_into_80_columns_and_says_where_the_rail_stands():
    lines = shown()
    assert lines[1] == "   1234.5 µm   ready"
    assert lines[2] == "plan  0.0 to 1500.0 µm, step 100.0: 16 frames, 1:35, 11 MB"
    assert lines[3] == "no stack yet"
    assert "space STOP" in lines[-1]
    assert all(line == whole for line, whole in zip(lines[1:], shown(500)[1:], strict=True))


@pytest.mark.parametrize("width", [40, 79, 200])
def test_it_has_as_many_lines_whatever_there_is_to_say_and_none_is_too_long(width):
    sentence = "rail: its controller lost power or was reset since its place was declared. " * 3
    states = [
        {},
        {"lost": sentence, "position_um": None},
        {"plan": {"refused": sentence}, "marks": {"start_um": 1.0}},
        {
            "capture": {
                "stack": "S-1/top",
                "frames": 999,
                "taken": taken(*range(500)),
                "seconds_left": 3.0,
                "range": sentence,
            }
        },
        {"sweep": {"sharpness": [*range(300)], "done": True, "start_um": 1.0, "end_um": 2.0}},
        {"prompt": "specimen: " + "x" * 300},
    ]
    blocks = [shown(width, **parts) for parts in states]
    assert {len(lines) for lines in blocks} == {8}
    assert max(len(line) for lines in blocks for line in lines) <= width


def test_a_capture_is_shown_with_its_curve_and_the_time_left():
    capture = {
        "stack": "S-1/top",
        "frames": 9,
        "seconds_left": 61.0,
        "range": "too short",
        "taken": taken(0.0, 3.5, 7.0, None),
    }
    doing = {"what": "capture", "stack": "S-1/top", "since": "", "paused": True}
    lines = shown(capture=capture, doing=doing, going_um=300.0)
    assert lines[1] == "   1234.5 µm   capture S-1/top, to 300.0 µm  PAUSED, P goes on"
    assert lines[3] == "S-1/top  4 of 9, 1:01 left  ▁▅█·"
    assert lines[4] == "too short"


def test_what_lasts_is_shown_with_its_time():
    began = datetime.now().astimezone() - timedelta(seconds=70.2)
    doing = {"what": "shot", "stack": "", "since": began.isoformat(), "paused": False}
    assert shown(doing=doing)[1] == "   1234.5 µm   shot  1:10"


def test_what_a_sweep_found_is_offered_until_it_is_taken():
    sweep = {"sharpness": [1.0, 2.0], "done": True, "start_um": 5.0, "end_um": 90.0}
    assert shown(sweep=sweep)[4] == "A takes 5.0 to 90.0 µm of the sweep"
    assert shown(sweep=sweep, marks={"start_um": 5.0, "end_um": 90.0})[4] == ""
    assert shown(sweep={**sweep, "start_um": None, "end_um": None})[4] == ""
    assert shown(sweep={**sweep, "done": False})[4] == ""


def test_a_place_that_is_not_known_is_no_number():
    lines = shown(lost="rail: it was reset.", position_um=None)
    assert "not known" in lines[1]
    assert lines[4] == "rail: it was reset."


def test_a_curve_that_is_flat_or_long_is_drawn_too():
    assert bars([2.0, 2.0], 10) == "▁▁"
    assert bars([*range(100)], 3) == "██"[:0] + "███"
    assert bars([None], 5) == ""
    assert minutes(3601) == "60:01"


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def test_the_block_is_written_anew_in_its_place_and_messages_above_it(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    screen = Screen(out)
    screen.show([], ["a", "b", "c"])
    assert out.getvalue() == "a\nb\nc"
    screen.show([], ["a", "b", "c"])
    assert out.getvalue() == "a\nb\nc"
    screen.show([("warning", "hot")], ["a", "b", "d"])
    assert out.getvalue() == "a\nb\nc\r\x1b[2A\x1b[Jwarning: hot\na\nb\nd"


def test_a_dumb_terminal_gets_lines_and_no_cursor_movement(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    out = Terminal()
    screen = Screen(out)
    for state in ({}, {}, {"position_um": 5.0}):
        screen.show([("error", "no")] if state else [], shown(**state))
    text = out.getvalue()
    assert "\x1b" not in text
    assert "\r" not in text
    assert text == (
        "   1234.5 µm   ready\n"
        "plan  0.0 to 1500.0 µm, step 100.0: 16 frames, 1:35, 11 MB\n"
        "error: no\n"
        "      5.0 µm   ready\n"
    )


def test_a_terminal_that_has_no_such_letters_gets_others(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    out = Terminal()
    out.encoding = "ascii"
    Screen(out).show([("note", "5 µm")], shown())
    assert "5 ?m" in out.getvalue()
