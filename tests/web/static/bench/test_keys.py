"""Which key asks for what, and what a scanner types."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow
MODULE = "bench/keys.js"


def asked(ask, key: str, place: str = "", **more: bool) -> str:
    return ask(
        MODULE, "m.asked(given.event, given.place)", {"event": {"key": key, **more}, "place": place}
    )


@pytest.mark.parametrize("place", ["", "tabs", "dialog"])
def test_space_stops_wherever_the_focus_is(ask, place: str) -> None:
    assert asked(ask, " ", place) == "stop"
    assert asked(ask, "Escape", place) == "stop"


def test_in_a_text_field_a_space_is_a_space_and_escape_leaves_and_stops(ask) -> None:
    assert asked(ask, " ", "text") == ""
    assert asked(ask, "Escape", "text") == "leave"


def test_letters_in_a_text_field_ask_for_nothing(ask) -> None:
    assert [asked(ask, key, "text") for key in "secTW"] == [""] * 5


@pytest.mark.parametrize(
    ("key", "act"),
    [
        ("s", "start"), ("E", "end"), ("t", "shot"), ("C", "capture"), ("w", "sweep"),
        ("ArrowUp", "jog-up-fine"), ("ArrowDown", "jog-down-fine"),
        ("PageUp", "jog-up-coarse"), ("PageDown", "jog-down-coarse"),
    ],
)  # fmt: skip
def test_each_key_asks_for_its_deed(ask, key: str, act: str) -> None:
    assert asked(ask, key) == act


def test_an_arrow_with_shift_goes_by_the_coarse_step(ask) -> None:
    assert asked(ask, "ArrowUp", shiftKey=True) == "jog-up-coarse"


@pytest.mark.parametrize("held", ["ctrlKey", "altKey", "metaKey"])
def test_the_browsers_own_shortcuts_are_left_alone(ask, held: str) -> None:
    assert asked(ask, "c", **{held: True}) == ""


def test_a_key_that_is_held_down_goes_on_jogging_and_captures_once(ask) -> None:
    assert asked(ask, "ArrowUp", repeat=True) == "jog-up-fine"
    assert asked(ask, "c", repeat=True) == ""
    assert asked(ask, "s", repeat=True) == ""


def scanned(ask, keys: list[tuple[str, float]]) -> list:
    return ask(
        MODULE,
        "(() => { const s = new m.Scanner(); return given.map((one) => s.heard(...one)); })()",
        keys,
    )


def test_a_scanners_code_is_told_by_its_speed(ask) -> None:
    heard = scanned(ask, [(key, 8.0 * i) for i, key in enumerate([*"USNM 12", "Enter"])])
    assert heard[-1] == {"code": "USNM 12"}


def test_capitals_of_a_scanner_come_with_shift(ask) -> None:
    keys = ["Shift", "U", "Shift", "S", "-", "1", "Enter"]
    assert scanned(ask, [(key, 5.0 * i) for i, key in enumerate(keys)])[-1] == {"code": "US-1"}


def test_what_a_person_types_is_no_code(ask) -> None:
    assert scanned(ask, [(key, 150.0 * i) for i, key in enumerate([*"sect", "Enter"])])[-1] is None


def test_a_letter_before_a_scan_is_not_part_of_it(ask) -> None:
    keys = [("t", 0.0), *((key, 500.0 + 6 * i) for i, key in enumerate([*"USNM-1", "Enter"]))]
    assert scanned(ask, keys)[-1] == {"code": "USNM-1"}


def test_every_key_that_is_told_has_its_word(ask) -> None:
    told = ask(MODULE, "m.KEYS.map(([word]) => word)")
    words = ask("words/en.js", "m.default")
    assert [word for word in told if word not in words] == []


def test_a_letter_is_a_persons_only_where_no_key_came_since(ask) -> None:
    """The S that a scan begins with sets no start, whatever is pressed after the scan."""
    alone = ask(
        MODULE,
        """(() => {
          const s = new m.Scanner();
          s.heard("S", 0);
          const first = s.number;
          ["T", "1", "Enter"].forEach((key, i) => s.heard(key, 5 + 5 * i));
          s.heard("c", 300);
          return [s.wasAlone(first), s.wasAlone(s.number)];
        })()""",
    )
    assert alone == [False, True]
