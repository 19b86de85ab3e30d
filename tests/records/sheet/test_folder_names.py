"""Folder names of catalogue numbers: one each, that every file system takes, and back again."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.sheet.folder_names import folder_name, number_of

SCHEMA = Path(__file__).parents[3] / "config" / "schemas" / "specimens.schema.json"
ACCEPTED = re.compile(json.loads(SCHEMA.read_text())["properties"]["specimen"]["pattern"])
NUMBER = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("USNM-ENT-01234567", "USNM-ENT-01234567"),
        ("USNMENT 00123456", "USNMENT=2000123456"),
        ("MNHN-EY-1234/5", "MNHN-EY-1234=2F5"),
        ("Käfer-001", "K=C3=A4fer-001"),
        ("Ka\u0308fer-001", "K=C3=A4fer-001"),
        ("UAM:Ento:12345", "UAM=3AEnto=3A12345"),
        ("A_1=2", "A=5F1=3D2"),
        ("CON", "=43ON"),
        ("nul.1", "=6Eul.1"),
        ("Con1", "Con1"),
        (".hidden", "=2Ehidden"),
        ("-1", "=2D1"),
        ("A.", "A=2E"),
        (".", "=2E"),
        ("..", "=2E=2E"),
    ],
)
def test_names_of_numbers(number, name):
    assert folder_name(number) == name
    assert number_of(name) == unicodedata.normalize("NFC", number)


@given(NUMBER)
def test_every_number_comes_back_and_its_name_is_one_the_sheet_accepts(number):
    name = folder_name(number)
    assert number_of(name) == unicodedata.normalize("NFC", number)
    assert ACCEPTED.match(name) or len(name) > 80


@given(NUMBER, NUMBER)
def test_two_numbers_have_two_names(one, other):
    alike = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
    assert (folder_name(one) == folder_name(other)) == alike


@pytest.mark.parametrize("name", ["A_1", "A=4", "A=zz", "=41", "A=FF", "A=c3=a4"])
def test_a_name_that_stands_for_no_number_is_left_as_it_is(name):
    assert number_of(name) == name
