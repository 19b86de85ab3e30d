"""Symbiota's Image Field Map takes the table: its fields, its lengths, what it requires."""

from __future__ import annotations

from records.handover import symbiota
from tests.judges import rules
from tests.records.handover.stacks import ADDRESS, picture, stack, without_address

FULL = {"creator": "Ann Lee", "rights": "(c) Museum", "licence_url": "https://example.org/by"}


def test_columns_are_fields_of_symbiota_and_no_longer_than_it_keeps():
    told = rules("symbiota_image_field_map.json")
    assert symbiota.COLUMNS.keys() <= told["fields"].keys()
    assert {name: told["fields"][name] for name in symbiota.COLUMNS} == symbiota.COLUMNS
    assert {"originalUrl", "catalogNumber"} <= symbiota.COLUMNS.keys()
    # It passes over what is mapped from the first column, unless that names the specimen.
    assert next(iter(symbiota.COLUMNS)) in told["identifiers"]
    assert told["fields"]["hashValue"] < 64


def test_a_stack_is_one_row_with_the_largest_picture_a_lighter_one_thumbnail_and_master():
    (row,), lacks = symbiota.rows([stack(occurrence_id="urn:uuid:1", **FULL)])
    assert row["catalogNumber"] == "A-1"
    assert row["occurrenceID"] == "urn:uuid:1"
    assert row["originalUrl"] == f"{ADDRESS}/A-1_dorsal_large.jpg"
    assert row["url"] == f"{ADDRESS}/A-1_dorsal_web.jpg"
    assert row["thumbnailUrl"] == f"{ADDRESS}/A-1_dorsal_thumbnail.jpg"
    assert row["archiveUrl"] == f"{ADDRESS}/A-1_dorsal.tif"
    assert row["rights"] == "(c) Museum; https://example.org/by"
    assert row["notes"] == (
        "dorsal; 6000 x 3000 px; 2.5 µm/px, no detail finer than 5 µm; 8000000 bytes; "
        f"SHA-256 {len('A-1_dorsal_large.jpg'):064x}"
    )
    assert lacks == []


def test_a_stereo_pair_is_not_taken_for_the_picture_though_it_is_wider():
    pictures = [picture("A-1_dorsal_web.jpg", 2000), picture("A-1_dorsal_3d.pair.jpg", 4000)]
    (row,), _ = symbiota.rows([stack(*pictures, **FULL)])
    assert row["originalUrl"] == f"{ADDRESS}/A-1_dorsal_web.jpg"


def test_a_text_that_symbiota_would_cut_is_left_out_and_told():
    (row,), (lack,) = symbiota.rows([stack(caption="x" * 101, **FULL)])
    assert row["caption"] == ""
    assert lack.sentence == "Symbiota keeps 100 letters of caption, and it has 101: it is left out"


def test_a_stack_without_address_or_picture_for_browsers_has_no_row_and_is_told():
    bare = without_address(stack(**FULL))
    unshown = stack(picture("A-1_dorsal_print.png", 600, "model/gltf-binary"), **FULL)
    made, lacks = symbiota.rows([bare, unshown])
    assert made == []
    assert [lack.sentence for lack in lacks] == [
        "Symbiota asks for address, which nothing says: set media.address in the configuration",
        "Symbiota takes a picture that browsers show, and this stack has none whose head can be "
        "read: add a derivative of format jpeg to the configuration; the stack is left out",
    ]


def test_a_number_longer_than_symbiota_keeps_leaves_the_stack_out():
    made, (lack,) = symbiota.rows([stack(catalog_number="N" * 33, **FULL)])
    assert made == []
    assert lack.sentence.endswith("it has 33: the stack is left out")
