"""What spreadsheets do to catalogue numbers is told; what museums write is left in peace."""

from __future__ import annotations

import pytest

from records.sheet.damaged_cells import damage, doubts, plain


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1.23457E+11", "a spreadsheet shortened"),
        ("1,23457E+11", "a spreadsheet shortened"),
        ("5E-05", "a spreadsheet shortened"),
        ("1234567.0", "write 1234567"),
        ("12-Mar", "a date that a spreadsheet made of a number"),
        ("12. Mrz", "a date"),
        ("1-déc-26", "a date"),
        ("2026-03-12 00:00:00", "a date"),
        ("#N/A", "error"),
        ("#REF!", "error"),
        ("#NAME?", "error"),
        ("#DIV/0!", "error"),
        ("#BEZUG!", "error"),
        ("#NV", "error"),
        ("########", "error"),
        ("Err:502", "error"),
        ("'00123", "quotes"),
        ("“A-1”", "quotes"),
        ("KÃ¤fer-001", "'Käfer-001' read in a wrong encoding"),
        ("K\ufffdfer-001", "an encoding lost"),
    ],
)
def test_damage_is_told(text, words):
    assert words in damage("catalog_number", text)
    assert words in damage("specimen", text)


@pytest.mark.parametrize(
    "text",
    ["USNMENT 00123456", "MNHN-EY-1234/5", "Käfer-001", "UAM:Ento:12345", "1946.1.7.49", "12E45",
     "2026-03-12", "44998", "MAR-12", "12-MAR", "MARS 12", "#12", "A(E)1998-12-3", "0012", "ÄÖ"],
)  # fmt: skip
def test_what_museums_write_is_no_damage(text):
    assert damage("catalog_number", text) is None


def test_errors_are_told_in_every_column_and_numbers_in_those_of_numbers_to_people_alone():
    assert "error" in damage("caption", "#REF!")
    assert damage("caption", "12-Mar") is None
    assert damage("step_um", "1e-3") is None


def column(*texts):
    return doubts("catalog_number", list(enumerate(texts, start=2)))


def test_dates_are_doubted_unless_they_are_the_museums_way():
    (told,) = column("45-3", "2026-03-12", "12.03.2026", "Mar-12")
    assert told == (
        "column catalog_number: '2026-03-12' in row 3, '12.03.2026' in row 4, 'Mar-12' in row 5 "
        "may be a date that a spreadsheet made of a number"
    )
    assert column("1998-12-3", "1998-45-3") == []
    assert column("1946.1.7.49", "MAR-12") == []


def test_the_number_of_a_day_is_doubted_beside_numbers_that_could_have_been_dates():
    (told,) = column("45-3", "44998", "13-40")
    assert "'44998' in row 3 may be a date that was a number such as '45-3' in row 2" in told
    assert column("44998", "44999") == []


def test_lost_zeros_are_doubted_where_other_rows_have_them():
    (told,) = column("00123456", "123457", "00123458", "12345678")
    assert told == (
        "column catalog_number: '123457' in row 3 may have lost leading zeros, which '00123456' in "
        "row 2 has"
    )
    assert column("123456", "1234567") == []


def test_many_doubtful_cells_are_one_line():
    (told,) = column("0012", *map(str, range(100, 140)))
    assert "'100' in row 3, '101' in row 4, '102' in row 5 and 37 more may have lost" in told


@pytest.mark.parametrize(
    ("cell", "read"),
    [("USNM\u00a00012\u202f", "USNM 0012"), ("\ufeffA-1\u200b", "A-1"), ('="0012"', "0012"),
     (" A ", "A")],
)  # fmt: skip
def test_blanks_that_are_none_become_plain_ones(cell, read):
    assert plain(cell) == read


@pytest.mark.parametrize("text", ["=B2", '=A1&"x"', "=CONCAT(A1;B1)", "=$A$1+1", "=-B2"])
def test_a_formula_is_no_value_in_any_column(text):
    for column in ("catalog_number", "source", "caption", "step_um"):
        assert "is a formula" in damage(column, text)


def test_ranges_of_frames_that_became_dates_are_told():
    assert "has '9-Dec', a date" in damage("exclude", "DSC_1.NEF; 9-Dec")
    assert "a date" in damage("exclude", "2026-09-12 00:00:00")
    assert damage("exclude", "DSC_0003.NEF; 7; 9-12") is None


def test_digits_beyond_those_that_a_spreadsheet_keeps_are_doubted():
    rounded = [(2, "1234567890123450"), (3, "1234567890123460")]
    (doubt,) = doubts("catalog_number", rounded)
    assert "'1234567890123450' in row 2" in doubt and "keeps 15" in doubt
    assert doubts("catalog_number", [*rounded, (4, "1234567890123457")]) == []
    assert doubts("catalog_number", [(2, "123456789012340")]) == []
