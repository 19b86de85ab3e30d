"""Dates and times in names: how they are written, and where they come again."""

import pytest

from records.ledger.clock_names import read_instants


@pytest.mark.parametrize(
    ("before", "after", "seconds"),
    [
        ("IMG_20231231_235958", "IMG_20240101_000003", 5),
        ("20231231235958", "20240101000003", 5),
        ("31.12.2023 23.59.58", "01.01.2024 00.00.03", 5),
        ("12-31-2023 23-59-58", "01-01-2024 00-00-03", 5),
        ("23-59-58_31-12-2023", "00-00-03_01-01-2024", 5),
        ("Screenshot 2024-01-31 at 11.59.58 AM", "Screenshot 2024-01-31 at 12.00.03 PM", 5),
        ("2024-01-31 at 11.59.58\u202fAM", "2024-01-31 at 12.00.03\u202fPM", 5),
        ("2024-01-31 at 9.59.58 PM", "2024-01-31 at 10.00.03 PM", 5),
        ("1231_235958", "0101_000003", 5 - 366 * 86400),
        ("a_23h59m58s", "a_00h00m03s", 5 - 86400),
        ("2024-02-28T23-59-58.5", "2024-02-28T23-59-58.75", 0.25),
        ("31-01-2024", "01-02-2024", 86400),
    ],
)
def test_instants_are_as_far_apart_as_they_are(before, after, seconds):
    found = read_instants([after, before])
    assert float(found[after].at_s - found[before].at_s) == seconds


@pytest.mark.parametrize(
    ("names", "cycle_s"),
    [
        (["23-59-58", "00-00-03"], 86400),
        (["12-59-58", "01-00-03"], 43200),
        (["1231_235958", "0101_000003"], 366 * 86400),
        (["2024-01-31", "2024-02-01"], None),
    ],
)
def test_what_has_no_year_or_no_day_comes_again(names, cycle_s):
    assert [one.cycle_s for one in read_instants(names).values()] == [cycle_s] * len(names)


@pytest.mark.parametrize(
    "names",
    [
        ["IMG_0001", "IMG_0002"],
        ["000001", "000002"],
        ["100001", "100002"],
        ["20241301", "20240101"],
        ["99-59-58", "10-00-00"],
        ["scan_1200_-340_-250"],
        ["10_20_30", "10_20_40"],
        ["1-02-03", "2-02-03"],
    ],
)
def test_other_numbers_are_no_instants(names):
    assert read_instants(names) == {}
