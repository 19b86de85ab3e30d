"""The collection as a table."""

from __future__ import annotations

import csv

from records.reports.review_rows import COLUMNS, row_of, write_csv

DATA = {
    **{"specimen": "A 1", "view": "top", "catalog_number": "=1+1", "state": "made", "reason": ""},
    "metadata": {"scientific_name": "Apis"},
    "warnings": [
        {"kind": "halo", "text": "t", "acknowledged": ""},
        {"kind": "moved", "text": "t", "acknowledged": "a leg that dried"},
    ],
    "frames": [{"status": "used"}, {"status": "rejected"}],
    "history": [{"version": "v2"}, {"version": "v1"}],
    **{"method": "pyramid", "date": None, "person": "P", "width_px": 3, "height_px": 2},
    **{"pixel_size_um": 4.0, "made": None, "picture": "../../../../archive/a%20b.jpg"},
}


def test_addresses_start_at_the_collection_s_page():
    row = dict(zip(COLUMNS, row_of(DATA, has_page=True)))
    assert row["picture"] == "../archive/a%20b.jpg"
    assert row["page"] == "review/A%201/top/index.html"
    assert (row["frames"], row["version"], row["name"]) == (1, "v2", "Apis")
    row = dict(zip(COLUMNS, row_of(DATA | {"picture": "thumbnail.jpg"}, has_page=False)))
    assert (row["picture"], row["page"]) == ("review/A%201/top/thumbnail.jpg", "")


def test_a_spreadsheet_gets_the_same_and_no_formula(tmp_path):
    write_csv([row_of(DATA, has_page=True)], tmp_path / "stacks.csv")
    with (tmp_path / "stacks.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert row["catalog_number"] == "'=1+1"
    assert (row["warnings"], row["acknowledged"]) == ("halo", "moved: a leg that dried")
    assert (row["date"], row["width_px"]) == ("", "3")
    assert "page" not in row
