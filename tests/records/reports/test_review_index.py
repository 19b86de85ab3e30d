"""The page of the collection: every stack, and again only what changed."""

from __future__ import annotations

import csv
import json
import re

import pytest

from records.reports import review_index
from records.reports.review_index import write_index
from records.reports.review_site import Site
from tests.conftest import ROOT
from tests.scripts.stack_folder import SPECIMEN, VIEW, make_stack, put_in_archive

SHEET = {(SPECIMEN, VIEW): {}, ("A-2", "top"): {"catalog_number": "A/2"}, ("A-3", "top"): {}}


@pytest.fixture
def tree(tmp_path, demo):
    """A stack that is archived, one that stopped, one that was not begun."""
    stack = make_stack(tmp_path / "specimens", [demo / "pcb-jpeg" / "pcb_001.jpg"])
    put_in_archive(stack, tmp_path / "archive")
    (tmp_path / "specimens" / "A-2" / "top" / "raw").mkdir(parents=True)
    (tmp_path / "logs" / "A-2" / "top").mkdir(parents=True)
    (tmp_path / "logs" / "A-2" / "top" / "ledger.log").write_text("error: it is black\n")
    return tmp_path


def write(tree):
    site = Site(tree / "results", ROOT / "web" / "static")
    write_index(site, SHEET, *(tree / name for name in ("specimens", "archive", "logs")))
    with (site.results / "stacks.csv").open() as file:
        return {row["specimen"]: row for row in csv.DictReader(file)}


def test_every_stack_of_the_sheet_is_there_whatever_became_of_it(tree):
    rows = write(tree)
    states = {name: row["state"] for name, row in rows.items()}
    assert states == {SPECIMEN: "archived", "A-2": "stopped", "A-3": "waiting"}
    assert rows["A-2"]["reason"] == "ledger: it is black"
    assert rows["A-2"]["catalog_number"] == "A/2"
    pages = tree / "results" / "review"
    assert (pages / "A-2" / "top" / "stack.json").is_file()
    assert not (pages / "A-3").exists()


def test_a_reduced_stack_shows_what_the_archive_has_and_a_lost_folder_too(tree):
    stack = tree / "specimens" / SPECIMEN / VIEW
    stack.rename(tree / "gone")
    assert write(tree)[SPECIMEN]["state"] == "reduced"
    page = tree / "results" / "review" / SPECIMEN / VIEW
    told = json.loads((page / "stack.json").read_text())
    assert [one["version"] for one in told["history"]] == ["v1"]
    (master,) = [one for one in told["files"] if one["what"].startswith("archival master")]
    assert (page / re.sub("%3a", ":", master["url"])).exists() or (
        page / master["url"].replace("%25", "%")
    ).is_file()


def test_a_stack_is_read_again_only_when_something_of_it_changed(tree, monkeypatch):
    read = []
    page_of = review_index.page_of

    def noted(site, stack, *more, **known):
        read.append(stack.parent.name)
        return page_of(site, stack, *more, **known)

    monkeypatch.setattr(review_index, "page_of", noted)
    first = write(tree)
    assert sorted(read) == ["A-2", "A-3", SPECIMEN]
    read.clear()
    assert write(tree) == first
    assert read == []
    (tree / "logs" / "A-2" / "top" / "ledger.log").write_text("error: it is white\n")
    assert write(tree)["A-2"]["reason"] == "ledger: it is white"
    assert read == ["A-2"]
