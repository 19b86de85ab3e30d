"""What numbers in names mean: signs, decimals, exponents, units, by the evidence of a folder."""

import pytest

from records.ledger.frame_names import Number, read_names


def values(*names):
    """The numbers in each name, as text."""
    return [
        [
            f"{part.value.normalize():f}"
            for part in read_names(names)[name]
            if isinstance(part, Number)
        ]
        for name in names
    ]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["z-10.jpg", "z0.jpg"], [["-10"], ["0"]]),
        (["z-10.jpg", "z+10.jpg"], [["-10"], ["10"]]),
        (["s_12_-34_-25.jpg", "s_12_-34_-50.jpg"], [["12", "-34", "-25"], ["12", "-34", "-50"]]),
        (["-250.tif", "-500.tif"], [["-250"], ["-500"]]),
        (["z \N{MINUS SIGN}5.jpg", "z 5.jpg"], [["-5"], ["5"]]),
        (["x5-3.jpg", "x5+3.jpg"], [["5", "-3"], ["5", "3"]]),
        (["a-1.jpg", "a-12.jpg"], [["1"], ["12"]]),
        (["DSC-1.jpg", "DSC-2.jpg"], [["1"], ["2"]]),
        (["_-0.jpg", "_-1.jpg"], [["0"], ["1"]]),
        (["IMG_0001-2.jpg", "IMG_0001-3.jpg"], [["1", "2"], ["1", "3"]]),
    ],
)  # fmt: skip
def test_a_dash_is_a_minus_where_the_others_say_so(names, expected):
    assert values(*names) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["z0.5.jpg", "z0.25.jpg"], [["0.5"], ["0.25"]]),
        (["z0,5.jpg", "z0,25.jpg"], [["0.5"], ["0.25"]]),
        (["z_.5.jpg", "z_1.jpg"], [["0.5"], ["1"]]),
        (["z1.jpg", "z1.5.jpg"], [["1"], ["1.5"]]),
        (["1.9.jpg", "1.10.jpg"], [["1", "9"], ["1", "10"]]),
        (["1.9.jpg", "1.11.jpg", "1.12.jpg"], [["1", "9"], ["1", "11"], ["1", "12"]]),
        (["v1.2.3.jpg", "v1.2.10.jpg"], [["1", "2", "3"], ["1", "2", "10"]]),
        (["f.0001.jpg", "f.0002.jpg"], [["1"], ["2"]]),
        (["f.0001", "f.0002"], [["1"], ["2"]]),
    ],
)
def test_a_point_is_a_decimal_one_where_no_counter_goes_on_past_ten(names, expected):
    assert values(*names) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["z1.5e-03.jpg", "z2e-03.jpg"], [["0.0015"], ["0.002"]]),
        (["z5e-05.jpg", "z0.0001.jpg"], [["0.00005"], ["0.0001"]]),
        (["slide1e-1.jpg", "slide1e-2.jpg"], [["1", "1"], ["1", "2"]]),
        (["s01e02.jpg", "s01e10.jpg"], [["1", "2"], ["1", "10"]]),
        (["z900um.jpg", "z1mm.jpg", "z1.5 mm.jpg"], [["900"], ["1000"], ["1500"]]),
        (["z900\N{MICRO SIGN}m.jpg", "z90000 nm.jpg"], [["900"], ["90"]]),
        (["12mmx.jpg"], [["12"]]),
    ],
)
def test_exponents_and_units(names, expected):
    assert values(*names) == expected
