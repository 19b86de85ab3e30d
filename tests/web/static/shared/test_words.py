"""The language that a page begins with."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("kept", "asked", "language"),
    [
        (None, ["de-AT", "en"], "de"),
        (None, ["fr", "en-GB"], "en"),
        (None, ["fr"], "en"),
        (None, [], "en"),
        ("de", ["en"], "de"),
        ("xx", ["de"], "de"),
    ],
)
def test_the_language_is_the_one_chosen_else_the_browsers(ask, kept, asked, language) -> None:
    assert ask("shared/words.js", "m.chosen(given[0], given[1])", [kept, asked]) == language


def test_a_word_is_filled_and_a_missing_one_shows_its_key(ask) -> None:
    shown = ask(
        "shared/words.js",
        "(await m.speak('de', false), [m.say('frames.of', {taken: 2, frames: 9}), m.say('no')])",
    )
    assert shown == ["2 von 9", "no"]
