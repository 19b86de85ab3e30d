"""Numbers as people read them."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow
MODULE = "shared/numbers.js"
THIN = "\u202f"


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        ("micrometres(1234.56, 'en')", f"1{THIN}234.6"),
        ("micrometres(1234567.8, 'de')", f"1{THIN}234{THIN}567,8"),
        ("micrometres(-0.04, 'en')", "0.0"),
        ("micrometres(-500, 'en', 0)", "−500"),
        ("micrometres(null, 'en')", "–"),
        ("step(10, 'de')", "10"),
        ("step(0.5, 'de')", "0,5"),
        ("step(2000, 'en')", f"2{THIN}000"),
        ("duration(0.4)", "0 s"),
        ("duration(92)", "1 min 32 s"),
        ("duration(3600 * 2 + 61)", "2 h 1 min"),
        ("duration(null)", "–"),
        ("bytes(700, 'en')", "1 kB"),
        ("bytes(11.2e6, 'en')", "11 MB"),
        ("bytes(2.1e9, 'de')", "2,1 GB"),
        ("bytes(210e9, 'en')", "210 GB"),
        ("share(0, 'en')", "0.00 %"),
        ("share(0.004, 'en')", f"<{THIN}0.01 %"),
        ("share(0.42, 'de')", "0,42 %"),
        ("share(12.3, 'en')", "12 %"),
    ],
)
def test_a_number_is_shown_with_its_unit(ask, call: str, shown: str) -> None:
    assert ask(MODULE, f"m.{call}") == shown


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12.5", 12.5),
        (" 12,5 ", 12.5),
        ("−500", -500),
        (f"1{THIN}234,5 µm", 1234.5),
        ("+3", 3),
        (".5", 0.5),
        ("", None),
        ("1e3", None),
        ("12 mm", None),
        ("1.234,5", None),
    ],
)
def test_what_is_typed_is_a_number_with_point_or_comma_or_none(ask, text, number) -> None:
    assert ask(MODULE, "m.typed(given)", text) == number
