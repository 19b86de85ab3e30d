"""The size of a px by a ruler: its value, its uncertainty, and the reference frame's part in it."""

import pytest

from records.errors import RecordError
from records.provenance.pixel_size import by_divisions, by_points, in_reference, parse_points


def test_a_division_over_its_px_is_the_size_of_one():
    found = by_divisions(0.1, 40.0, 0.02, {"divisions": 80})
    assert (found.pixel_size_um, found.uncertainty_um) == (2.5, 0.0013)
    assert found.words() == (
        "80 divisions, 0.1 mm are 40.00 px: 1 px is 2.5 µm on the object, give or take 0.0013 µm "
        "(0.052 %)"
    )


def test_two_points_are_as_sure_as_a_person_places_them():
    found = by_points(parse_points("100,100 700.0,900"), 5.0, 1200)
    assert (found.length_px, found.pixel_size_um) == (1000.0, 5.0)
    assert found.uncertainty_um == pytest.approx(5.0 * 2**0.5 / 1000, rel=0.02)
    with pytest.raises(RecordError, match="lie outside of the picture"):
        by_points(parse_points("0,0 1300,0"), 5.0, 1200)
    with pytest.raises(RecordError, match="lie 10 px apart"):
        by_points(parse_points("0,0 10,0"), 5.0, 1200)


def test_a_frame_that_the_reference_shows_larger_has_its_px_made_smaller():
    row = {"matrix": [[1.02, 0.01, 5], [-0.01, 1.02, 7], [0, 0, 1]], "uncertainty_px": 0.5}
    plain = by_divisions(0.1, 40.0, 0.0, {})
    found = in_reference(plain, row, (3000, 4000))
    assert found.pixel_size_um == pytest.approx(2.5 / (1.02**2 + 0.01**2) ** 0.5, rel=1e-5)
    assert found.uncertainty_um / found.pixel_size_um == pytest.approx(0.5 / 2500, rel=0.03)
