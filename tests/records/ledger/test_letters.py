"""An order that rests on letters alone is a guess, and is told as one."""

import random
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.ledger.letters import order_by_letters


@pytest.mark.parametrize(
    ("names", "guess"),
    [
        (["A_8.tif", "A_9.tif", "B_8.tif", "B_9.tif"], "B_8.tif comes after A_9.tif by the"),
        (["IMG_0001.jpg", "_MG_0002.jpg"], "IMG_0001.jpg comes after _MG_0002.jpg"),
        (["x.tif", "y.tif", "z.tif", "aa.tif"], "x.tif comes after aa.tif"),
        (["f_I.tif", "f_V.tif", "f_IX.tif", "f_X.tif"], "f_V.tif comes after f_IX.tif"),
        (["z_m20.tif", "z_m10.tif", "z_p0.tif"], "z_p0.tif comes after z_m20.tif"),
        (["1.tif", "2.tif", "IMG_3.tif"], "IMG_3.tif comes after 2.tif"),
        ([f"f{n:02x}.tif" for n in range(8, 19)], "look like hexadecimal numbers"),
        ([f"{n:08X}.tif" for n in (99, 123456789, 2345678999)], "look like hexadecimal numbers"),
    ],
)  # fmt: skip
def test_letters_that_say_no_order(names, guess):
    assert guess in (order_by_letters(random.Random(1).sample(names, len(names))) or "")


@pytest.mark.parametrize(
    "names",
    [
        [f"frame_{letter}.tif" for letter in ascii_lowercase],
        ["12a.tif", "12b.tif", "12c.tif", "13a.tif", "13b.tif"],
        ["image.tif", "image_1.tif", "image_2.tif"],
        ["DSC_1.NEF", "DSC_1.JPG", "dsc_2.NEF", "dsc_2.JPG"],
        ["IMG_0001.jpg", "IMG_0002.jpg", "IMG_0002b.jpg", "IMG_0003.jpg"],
        ["P9309999.ORF", "P9309998.ORF"],
    ],
)
def test_letters_that_go_on_need_no_word(names):
    assert order_by_letters(names) is None


@given(
    st.integers(0, 99_999), st.integers(1, 300), st.integers(1, 6), st.text("abcdef_ ", max_size=5)
)
def test_what_is_counted_needs_no_word(first, count, width, before):
    names = [f"{before}{n:0{width}d}.tif" for n in range(first, first + count)]
    assert order_by_letters(names) is None
