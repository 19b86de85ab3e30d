"""TaxonWorks finds the specimen by the file's name, and draws scale bars by px to a centimetre."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from records.handover import taxonworks
from tests.records.handover.stacks import picture, stack

FULL = {"creator": "Ann Lee", "rights": "CC0"}


def test_the_files_name_without_its_ending_is_the_identifier():
    views = [stack(view="dorsal", catalog_number="INHS 12", **FULL)]
    views.append(stack(view="lateral", catalog_number="INHS 12", **FULL))
    made, lacks = taxonworks.rows(views)
    # As Ruby's File.basename(name, '.*').
    assert {PurePath(row["filename"]).stem for row in made} == {"INHS 12"}
    assert [(row["folder"], row["filename"]) for row in made] == [
        ("dorsal", "INHS 12.jpg"),
        ("lateral", "INHS 12.jpg"),
    ]
    assert all(row.keys() == set(taxonworks.COLUMNS) for row in made)
    assert lacks == []


def test_pixels_to_centimeter_is_that_of_the_file_not_of_the_master():
    (row,), _ = taxonworks.rows([stack(picture("A-1_dorsal_web.jpg", 3000), **FULL)])
    # The master has 2.5 µm/px at twice the size.
    assert row["pixels_to_centimeter"] == "2000"


def test_a_number_that_is_no_files_name_is_told_and_left_out():
    made, lacks = taxonworks.rows(
        [stack(catalog_number="UAM:Ento:1", **FULL), stack(catalog_number="EY-1/5", **FULL)]
    )
    assert made == []
    assert [lack.sentence.partition("no file can be called ")[2] for lack in lacks] == [
        "UAM:Ento:1: add the picture to it by hand; the stack is left out",
        "EY-1/5: add the picture to it by hand; the stack is left out",
    ]


def test_the_same_picture_is_handed_over_once():
    one = picture("A-1_top_web.jpg", 2000)
    made, (lack,) = taxonworks.rows([stack(one, **FULL), stack(one, specimen="B-2", **FULL)])
    assert [row["identifier"] for row in made] == ["A-1"]
    assert lack.stack == "B-2/dorsal"
    assert "that of A-1/dorsal is the same, bit for bit" in lack.sentence


def test_a_stack_without_a_scale_is_told_and_no_scale_made_up():
    bare = replace(picture("A-1_dorsal_web.jpg", 2000), pixel_size_um=None)
    (row,), (lack,) = taxonworks.rows([stack(bare, **FULL)])
    assert row["pixels_to_centimeter"] == row["pixel_size_um"] == ""
    assert lack.sentence.endswith("fill in pixel_size_um in the sheet")
