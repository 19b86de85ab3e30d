"""Text from outside as it enters, and as it is shown where it must be kept."""

from __future__ import annotations

from html import escape
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.text import cell, cleaned, escaped, is_clean

ANY = st.text(st.characters(), max_size=40)
# Each begins a line of its own, moves the cursor, or turns letters round.
BAD = (
    "\x00\x07\x1b\x7f\x85\x9b\u2028\u2029\u202a\u202e\u2066\u2069\ud800\udcff\ufffe\uffff\U0001fffe"
)


@given(ANY)
def test_clean_text_is_in_every_xml_and_in_utf8(text):
    clean = cleaned(text)
    assert ET.fromstring(f"<a>{escape(clean)}</a>").text == (clean or None)
    assert is_clean(clean) and cleaned(clean) == clean
    assert not set(BAD) & set(clean)


@given(ANY)
def test_a_text_of_letters_stays_as_it_is(text):
    if text.isprintable():
        assert cleaned(text) == escaped(text) == text


def test_line_ends_of_every_kind_are_line_feeds_and_a_run_of_controls_is_one_blank():
    assert cleaned("a\r\nb\rc\u2028d\x0be") == "a\nb\nc\nd\ne"
    assert cleaned("a\x00\x1b\x07b\tc") == "a b\tc"


@given(ANY)
def test_an_escaped_text_is_one_line_in_which_all_shows(text):
    shown = escaped(text)
    assert len(shown.splitlines()) <= 1 and not set(BAD) & set(shown)
    assert escaped(shown) == shown


def test_what_is_escaped_can_be_told():
    assert escaped("a\x1b[2J\n\u202e\udcff") == r"a\x1b[2J\n\u202e\xff"


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-x", "@SUM(A1)", "\t=1", "\r=1", "-1+2"])
def test_what_would_be_a_formula_is_text_in_a_table(text):
    assert cell(text).startswith("'") and cell(cell(text)) == cell(text)


@pytest.mark.parametrize("text", ["-5", "+3.2", "-1.5e-3", "-.5", "a=b", "", "2-1"])
def test_numbers_and_other_texts_stay_as_they_are_in_a_table(text):
    assert cell(text) == text
