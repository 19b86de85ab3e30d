"""The page of sessions says what the records say, whatever they hold."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from records.targets.page import page


def record(session, **more):
    return {
        "session": session,
        "warnings": ["the <target> is 3.2 years old"],
        "levels": [{"in_words": "FADGI 2023: 3 stars; ΔL* of the greys is 2, 4 stars has below 1"}],
        "patches": [{"patch": "A1", "de2000": 1.0}, {"patch": "B1", "de2000": 3.0}],
        **more,
    }


def test_nothing_of_a_record_is_markup_and_the_worst_patch_stands_first():
    rows = [{"session": "a", "target": "<b>", "color_mean_de2000": 1.234}]
    text = page([record("a")], rows).decode()
    tree = ET.fromstring(
        text.partition("\n")[2]
        .replace('charset="utf-8">', 'charset="utf-8"/>')
        .replace('width=device-width">', 'width=device-width"/>')
    )
    shown = "".join(tree.itertext())
    assert "the <target> is 3.2 years old" in shown
    assert "Furthest off, ΔE2000: B1 3.0, A1 1.0." in shown
    assert "1.23" in shown
    assert "<b>" in shown
    assert "Drift</h2>" not in text


def test_without_sessions_it_says_so():
    assert b"No session was measured" in page([], [])
