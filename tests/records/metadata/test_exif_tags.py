"""What a master says of the exposure: what the camera wrote, and no more."""

from __future__ import annotations

from fractions import Fraction

import pytest

from records.metadata.exif import Capture
from records.metadata.exif_tags import credits, exif_entries


def test_exact_rationals_are_carried_over():
    entries = {
        code: value
        for code, _, value in exif_entries(
            Capture(
                exposure_s=Fraction(1, 160),
                aperture=Fraction(28, 5),
                iso=200,
                exposure_bias_ev=Fraction(-2, 3),
                flash=16,
                serial_number="033024001432",
                date_time_original="2024:08:31 13:06:48",
            )
        )
    }
    assert entries[0x829A] == ((1, 160),)
    assert entries[0x829D] == ((28, 5),)
    assert entries[0x8827] == (200,)
    assert entries[0x9204] == ((-2, 3),)
    assert entries[0x9209] == (16,)
    assert entries[0xA431] == "033024001432"
    assert entries[0x9003] == "2024:08:31 13:06:48"


def test_a_camera_that_wrote_nothing_gives_no_entries():
    assert exif_entries(Capture(make="X", model="Y")) == []


def test_what_a_field_cannot_hold_is_left_out():
    codes = {
        code
        for code, _, _ in exif_entries(
            Capture(iso=102400, lens="Objektiv für Käfer", exposure_s=Fraction(1, 3))
        )
    }
    assert 0x8827 not in codes
    assert 0xA434 not in codes
    assert 0x829A in codes


@pytest.mark.parametrize(
    ("said", "carried"),
    [
        ({}, {"creator": "Ann Lee; Bo Ek", "rights": "(c) Museum"}),
        ({"creator": "Cy Day"}, {"rights": "(c) Museum"}),
        ({"rights": "public domain"}, {"creator": "Ann Lee; Bo Ek"}),
        ({"licence_url": "https://example.org/by"}, {"creator": "Ann Lee; Bo Ek"}),
    ],
)
def test_the_cameras_credits_are_carried_where_the_sheet_says_nothing_else(said, carried):
    assert credits(Capture(artist="Ann Lee; Bo Ek", copyright="(c) Museum"), said) == carried
    assert credits(Capture(), said) == {}
