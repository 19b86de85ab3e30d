"""Numbers that can be read in two ways, and how each is written in one."""

import pytest

from records.sheet.thousands import both_ways, points_are_unclear


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1.000", "if it is thousands: 1000; if decimals: 1.0"),
        ("-12,500", "if it is thousands: -12500; if decimals: -12.5"),
        ("1.125", "if it is thousands: 1125; if decimals: 1.1250"),
        ("0.125", None),
        ("1000.000", None),
        ("1.00", None),
        ("1.0000", None),
        ("1000", None),
        ("012.500", None),
    ],
)
def test_only_what_looks_like_a_group_of_three_digits_is_unclear(text, words):
    assert both_ways(text) == words


def test_what_is_told_to_write_can_be_read_in_one_way():
    for text in ("1.000", "-12,500", "1.125", "999.999"):
        told = both_ways(text).replace(";", ":").split(": ")
        assert [both_ways(one) for one in (told[1], told[3])] == [None, None]


@pytest.mark.parametrize(
    ("separator", "texts", "unclear"),
    [
        (";", ["1.000", "2.000", "17"], True),
        ("\t", ["1.000"], True),
        ("|", ["1.000"], True),
        (",", ["1.000"], False),
        (";", ["1.000", "2.5"], False),
        (";", ["1.000", ".5"], False),
        (";", ["1.000", "-0.125"], False),
    ],
)
def test_one_number_with_another_point_says_that_all_of_its_column_are_decimals(
    separator, texts, unclear
):
    assert points_are_unclear(separator, texts) is unclear
