"""Findings as qc.json has them, and those of the ledger and of alignment."""

from __future__ import annotations

import pytest

from records.ledger.table import Entry
from records.reports.qc import in_a_line, of_alignment, of_ledger, row, to_show

KNOWN = {
    "format": "dng",
    "camera": "Canon EOS",
    "lens": "65 mm",
    "aperture_f": 4.0,
    "iso": 100,
    "exposure_s": 0.01,
    "white_balance": "2 1 1.5",
}


def entries(*times, **facts):
    return [
        Entry(number, f"f_{number}.dng", "used", taken_at=time, **{**KNOWN, **facts})
        for number, time in enumerate(times, start=1)
    ]


def test_a_finding_is_a_row_with_its_meaning_and_what_to_do():
    found = row("moved", "a leg", (3, 4), {"cells": 9}, [(1, 2, 3, 4)])
    assert (found["level"], found["frames"], found["places_px"]) == (
        "warning",
        [3, 4],
        [[1, 2, 3, 4]],
    )
    assert found["means"].startswith("Something moved")
    assert (found["pictures"], found["acknowledged"]) == ([], None)


def test_acknowledged_findings_and_notes_are_not_shown():
    dried = row("moved", "a leg") | {"acknowledged": "dried"}
    record = {"findings": [dried, row("halo", "bright"), row("single-frame", "one")]}
    assert in_a_line(to_show(record)) == "halo: bright"


def test_of_many_findings_of_a_kind_a_line_tells_the_first_and_how_many():
    twice = [row("retake", f"{a} and {a + 1}") for a in (1, 4, 9)]
    shown = [twice[0], row("halo", "bright"), *twice[1:]]
    assert in_a_line(shown) == "retake: 1 and 2 (and 2 more); halo: bright"


def test_what_alignment_warned_of_is_passed_on():
    warning = {
        "code": "off-path",
        "frames": [3],
        "message": "f lies off",
        "evidence": {"off_px": 9},
    }
    (found,) = of_alignment({"warnings": [warning]})
    assert {key: found[key] for key in warning} == warning
    assert of_alignment({}) == []


@pytest.mark.parametrize(
    ("facts", "unknown"),
    [
        ({}, []),
        ({"iso": None}, ["ISO"]),
        ({"aperture_f": None, "exposure_s": None}, ["aperture", "shutter"]),
    ],
)
def test_settings_that_no_frame_names_are_noted(facts, unknown):
    rows = of_ledger(entries("2024-03-01T12:00:00", "2024-03-01T12:00:01", **facts))
    assert [found["evidence"]["unknown"] for found in rows] == ([unknown] if unknown else [])


def test_times_against_the_order_make_it_doubtful():
    (found,) = of_ledger(
        entries("2024-03-01T12:00:02", "2024-03-01T12:00:01", "2024-03-01T12:00:00")
    )
    assert (found["code"], found["evidence"]) == ("order-doubtful", {"times": "reversed"})
    assert found["frames"] == [1, 2, 3]


def test_a_single_frame_is_noted():
    (found,) = of_ledger(entries("2024-03-01T12:00:02"))
    assert (found["code"], found["level"], found["frames"]) == ("single-frame", "note", [1])
