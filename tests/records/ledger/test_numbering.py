"""Numbers in file names: order, counters and clocks that start again, gaps, places."""

import random
from decimal import Decimal

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from records.ledger.numbering import describe, gaps, in_camera_order, places, turns

BEETLE = [f"DSC_0{n}.jpg" for n in (356, 358, 359, 360, 361, 362, 363, 365, 366, 367)]


def mixed(names):
    return random.Random(1).sample(names, len(names))


def missing(names):
    return describe(found) if (found := gaps(names)) else ""


def test_numbers_are_counted_not_spelled():
    names = ["f1.jpg", "F2.JPG", "f9.jpg", "f10.jpg"]
    assert in_camera_order(mixed(names)) == names


@given(
    st.integers(-50, 50),
    st.integers(1, 40),
    st.integers(3, 30),
    st.sampled_from([0, 1, 2]),
    st.sampled_from(["z_{}", "{}", "scan_7_-3_{}", "z{}um", "{} mm", "a z={} b2"]),
    st.booleans(),
    st.booleans(),
    st.randoms(),
)
def test_equal_steps_come_out_in_their_order_however_they_are_written(
    first, step, count, digits, style, comma, trimmed, chance
):
    numbers = [Decimal(first + k * step).scaleb(-digits) for k in range(count)]
    numbers = [f"{n.normalize() if trimmed else n:f}" for n in numbers]
    # A stack below zero alone, after a letter or at the start, may as well be counted by dashes.
    assume(first >= 0 or first + (count - 1) * step >= 0 or "_{" in style)
    names = [style.format(n.replace(".", ",") if comma else n) + ".jpg" for n in numbers]
    assert in_camera_order(chance.sample(names, count)) == names
    assert gaps(names) == []
    assert list(places(names).values()) == list(range(count))


PIECES = st.sampled_from(
    ["a", "IMG_", "_", "-", "+", ".", ",", " ", "e", "um", "mm", "0", "1", "09", "250", "9999",
     "0001", "20240131", "235958", "12-30-45", "31.12.2023", "AM", "\N{MINUS SIGN}", "9" * 30,
     "1.5e-03", "é", "\N{ARABIC-INDIC DIGIT THREE}", "(", "e-999999999"]
)  # fmt: skip


@example({"31.12.2023", "31.12.20231"}, random.Random(0))
@given(st.sets(st.lists(PIECES, min_size=1, max_size=6).map("".join), max_size=12), st.randoms())
def test_whatever_names_there_are_have_one_order(names, chance):
    ordered = in_camera_order(chance.sample(sorted(names), len(names)))
    assert sorted(ordered) == sorted(names)
    assert ordered == in_camera_order(names)
    assert {name for gap in gaps(names) for name in (gap.before, gap.after)} <= names
    at = list(places(ordered).values())
    assert at == sorted(set(at))
    assert all(turn for turn in turns(names))


@pytest.mark.slow
@given(st.integers(0, 9999), st.integers(2, 200), st.randoms())
def test_a_counter_of_four_digits_may_start_again_anywhere(first, count, chance):
    names = [f"IMG_{1 + (first + k) % 9999:04d}.CR3" for k in range(count)]
    assert in_camera_order(chance.sample(names, count)) == names
    assert gaps(names) == []


@pytest.mark.parametrize(
    "names",
    [
        ["IMG_9996.JPG", "IMG_9997.JPG", "IMG_9998.JPG", "IMG_0001.JPG", "IMG_0002.JPG"],
        ["DSC_9998.NEF", "DSC_0003.NEF"],
        ["DSC_9999.NEF", "DSC_0000.NEF", "DSC_0001.NEF"],
        ["DSCF9999.RAF", "DSCF0001.RAF"],
        ["DSC09998.ARW", "DSC09999.ARW", "DSC00001.ARW"],
        ["P1319998.ORF", "P1319999.ORF", "P1310001.ORF"],
        ["PA319998.ORF", "PA319999.ORF", "PA310001.ORF"],
        ["P1010998.RW2", "P1010999.RW2", "P1020001.RW2"],
        ["P1019998.RW2", "P1019999.RW2", "P1020001.RW2", "P1020002.RW2"],
        ["L1009999.DNG", "L1010001.DNG"],
        ["PA300010.ORF", "PA300011.ORF", "PA310012.ORF"],
        ["a998.jpg", "a999.jpg", "a001.jpg"],
        ["100CANON_IMG_9998.CR3", "100CANON_IMG_9999.CR3", "101CANON_IMG_0001.CR3"],
        ["999_0998.NEF", "999_0999.NEF", "100_0001.NEF"],
        ["IMG_9998.CR3", "IMG_9998.JPG", "IMG_0001.CR3", "IMG_0001.JPG"],
        ["a_235958.jpg", "a_235959.jpg", "a_000001.jpg"],
        ["11-59-58 PM.jpg", "12-00-03 AM.jpg"],
        ["12.59.58.jpg", "01.00.03.jpg"],
        ["a_23_59_58_1.jpg", "a_00_00_03_2.jpg"],
        ["1231_235958.jpg", "0101_000003.jpg"],
        ["31-12-2023_1.jpg", "01-01-2024_2.jpg"],
        ["IMG_20231231_235959_9.jpg", "IMG_20240101_000001_1.jpg"],
    ],
)
def test_what_starts_again_comes_last(names):
    assert in_camera_order(mixed(names)) == names


@pytest.mark.parametrize(
    "names",
    [
        ["a0001.jpg", "a8000.jpg"],
        ["z1.jpg", "z2.jpg", "z9000.jpg"],
        ["a001.jpg", "a002.jpg", "a700.jpg"],
        ["z_0000.jpg", "z_3000.jpg", "z_6000.jpg", "z_9000.jpg"],
        ["1706696100.jpg", "1706696110.jpg", "1706696900.jpg"],
    ],
)
def test_numbers_far_apart_that_no_counter_turned_keep_their_order(names):
    assert in_camera_order(mixed(names)) == names
    assert turns(names) == []


def test_a_turn_is_told():
    assert turns(["IMG_9998.JPG", "IMG_0001.JPG"]) == [
        "IMG_0001.JPG comes after IMG_9998.JPG: the counter started again there"
    ]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (BEETLE, "DSC_0357, DSC_0364 missing"),
        ([f"a{n:04d}.NEF" for n in (9996, 9999, 1, 2, 4)], "a9997 to a9998, a0003 missing"),
        ([f"a{n:04d}.NEF" for n in (9996, 9997, 9998, 1, 2)], "a9999 missing"),
        (["DSC09997.ARW", "DSC09998.ARW", "DSC00002.ARW"], "DSC09999 to DSC00001 missing"),
        (["a1.jpg", "a3.jpg", "b07.jpg", "b10.jpg"], "a2, b08 to b09 missing"),
        ([f"x{n}" for n in range(20) if n % 3 != 1], "x1, x4, x7, x10, x13, x16 missing"),
        ([f"{n}" for n in range(24) if n % 3 != 1], "1, 4, 7, 10, 13, 16 and 2 more missing"),
        ([f"z_{n:04d}.jpg" for n in (0, 10, 20, 40)], "z_0030 missing"),
        ([f"z_{n}.jpg" for n in (-20, -10, 10, 20)], "z_0 missing"),
        ([f"z_{n}.jpg" for n in ("-0.50", "-0.25", "0.25", "0.50")], "z_0.00 missing"),
        ([f"z_{n}mm.jpg" for n in ("0.1", "0.2", "0.4", "0.5")], "z_0.3 missing"),
        ([f"z_{n:04d}.jpg" for n in (0, 12, 25, 50, 62, 75)], "z_0038 missing"),
        ([f"z_{n}.jpg" for n in ("-0030", "-0020", "0000", "0010")], "z_-0010 missing"),
        (["1_z0.00", "2_z0.05", "4_z0.15", "5_z0.20"], "3 missing"),
        (["a_z0.00", "a_z0.05", "a_z0.15", "a_z0.20"], "a_z0.10 missing"),
        (["a (1)", "a (2)", "a (4)", "a (5)"], "a (3) missing"),
        ([f"a{n:04d}.NEF" for n in (9996, 9997, 9998, 3, 4)], "a9999 to a0002 missing"),
    ],
)  # fmt: skip
def test_gaps_are_named_as_the_camera_would_have(names, expected):
    assert missing(names) == expected


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["one.jpg"],
        ["a.jpg", "b.jpg"],
        ["20240831T101500.jpg", "20240831T110700.jpg"],
        [f"20240831_1015{s}.jpg" for s in ("00", "10", "20", "40")],
        [f"z_{n:04d}.jpg" for n in range(0, 90, 10)],
        [f"z_{round(12.5 * k):04d}.jpg" for k in range(9)],
        ["z_0010.jpg", "z_0020.jpg"],
        ["DSC_01.NEF", "DSC_01.JPG", "DSC_02.NEF", "DSC_02.JPG"],
        [f"x{n}.jpg" for n in (0, 17, 23, 61)],
        ["100CANON_IMG_9999.CR3", "101CANON_IMG_0001.CR3"],
        ["P1010998.RW2", "P1010999.RW2", "P1020001.RW2"],
    ],
)
def test_no_gaps_where_nothing_is_missing_or_nothing_is_counted(names):
    assert gaps(names) == []
    assert list(places(names).values()) == list(range(len(names)))


def test_a_gap_leaves_its_place_empty_in_either_direction():
    names = ["z_0.jpg", "z_10.jpg", "z_20.jpg", "z_40.jpg"]
    assert list(places(names).values()) == [0, 1, 2, 4]
    assert list(places(names[::-1]).values()) == [0, 2, 3, 4]


def test_names_in_another_order_leave_no_place_empty():
    names = ["a1.jpg", "a4.jpg", "a2.jpg", "a5.jpg"]
    assert list(places(names).values()) == [0, 1, 2, 3]


def test_a_jump_over_more_than_the_stack_is_another_series():
    names = ["a1.jpg", "a2.jpg", "a3000.jpg", "a3001.jpg"]
    assert [(gap.before, gap.after, gap.is_jump) for gap in gaps(names)] == [
        ("a2.jpg", "a3000.jpg", True)
    ]
    assert list(places(names).values()) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "names",
    [
        [f"scan_1200_-340_{z}.jpg" for z in range(-750, 751, 250)],
        [f"img_channel000_position000_time000000000_z{k:03d}.tif" for k in range(9)],
        [f"2024-01-31_10-15-{30 + k}_R01_{k:04d}.jpg" for k in range(9)],
        ["PXL_20240131_235959123.jpg", "PXL_20240201_000001123.jpg"],
        [f"Frame {k} of 20.jpg" for k in range(1, 21)],
        ["image.jpg", *(f"image ({k}).jpg" for k in range(1, 12))],
        [f"z_{k:+05d}.jpg" for k in (-30, -20, -10, 0, 10)],
        [f"z_{k:05d}.jpg" for k in (-30, -20, -10, 0, 10)],
        [f"2024-01-31T23:59:5{k}Z.jpg" for k in (7, 8, 9)] + ["2024-02-01T00:00:00Z.jpg"],
        [f"f2.8_ISO100_1-60s_{k}.jpg" for k in range(8, 12)],
        [f"z{z}.jpg" for z in ("0.0", "0.001", "0.0015", "0.01", "0.1", "1e+00")],
        [f"-{k}.png" for k in range(12)],
        [f"stack_{k / 10}.png" for k in range(-15, 16, 3)],
        [f"scan ({k}).png" for k in range(-3, 4)],
        [f"USNM 00123456 dorsal-{k}.jpg" for k in range(1, 13)],
        [f"MNHN-EY-1234-{k}.jpg" for k in range(1, 13)],
        [f"{k:.3e}.tif" for k in (1.5e-5, 0.1, 1, 20, 3000)],
        ["K\u00e4fer_1.png", "Ka\u0308fer_2.png", "K\u00e4fer_3.png"],
        ["z_\N{EN DASH}20.png", "z_\N{EN DASH}10.png", "z_0.png", "z_10.png"],
        ["z\N{FULLWIDTH DIGIT NINE}.png", "z\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT ZERO}.png"],
        [f"2024-01-31_235959.{ms}.png" for ms in (2, 10, 100, 250)],
        [f"2024-01-31_235959.{part}.png" for part in ("02", "1", "15", "2")],
        [f"z={z}um t={t}.png" for t, z in enumerate(("-1.5", "-0.5", "0.5"), start=8)],
    ],
)
def test_names_of_many_programs_come_in_their_order_without_a_word(names):
    assert in_camera_order(mixed(names)) == names
    assert gaps(names) == []
    assert turns(names) == []
