"""Arctos' media loader takes the table: its columns, in pairs, with a specimen that it can find."""

from __future__ import annotations

import re

import pytest

from records.handover import arctos
from tests.judges import rules
from tests.records.handover.stacks import ADDRESS, picture, stack, without_address

FULL = {
    "catalog_number": "UAM:Ento:12",
    "creator": "Ann Lee; Bo",
    "licence_url": "https://e.org/by",
}


def test_columns_are_those_of_arctos_template_in_its_order():
    assert list(arctos.COLUMNS) == rules("arctos_media.json")["template"]


def test_a_stack_is_one_row_that_the_loader_accepts():
    (row,), _ = arctos.rows([stack(caption="A beetle", **FULL)])
    told = rules("arctos_media.json")
    assert all(row[name] for name in told["required"] if name != "media_license")
    for one, other in told["pairs"]:
        for number in range(1, told["pairs_most"][one] + 1):
            assert bool(row[f"{one}_{number}"]) == bool(row[f"{other}_{number}"])
    assert row["media_uri"] == f"{ADDRESS}/A-1_dorsal_large.jpg"
    assert row["preview_uri"] == f"{ADDRESS}/A-1_dorsal_thumbnail.jpg"
    related = [row[f"media_relationship_{n}"] for n in (1, 2, 3, 4)]
    assert related == ["shows cataloged_item", "created by agent", "created by agent", ""]
    assert [row[f"media_related_term_{n}"] for n in (1, 2, 3)] == ["UAM:Ento:12", "Ann Lee", "Bo"]
    assert all(one.split()[-1] in told["related_to"] for one in related if one)
    description, day = row["media_label_value_1"], row["media_label_value_2"]
    assert description.startswith("UAM:Ento:12 dorsal; A beetle; https://e.org/by; Focus stacking")
    assert "2.5 µm/px, no detail finer than 5 µm; 8000000 bytes; SHA-256 0000" in description
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", day)
    assert row["media_license"] == ""


@pytest.mark.parametrize(
    ("words", "guid"),
    [
        ({"catalog_number": "UAM:Ento:12"}, "UAM:Ento:12"),
        (
            {"institution_code": "UAM", "collection_code": "Ento", "catalog_number": "12"},
            "UAM:Ento:12",
        ),
        (
            {"occurrence_id": "https://arctos.database.museum/guid/UAM:Mamm:12"},
            "https://arctos.database.museum/guid/UAM:Mamm:12",
        ),
        ({"catalog_number": "12", "institution_code": "UAM"}, ""),
        ({"occurrence_id": "urn:uuid:1-2"}, ""),
    ],
)
def test_the_specimen_is_called_as_arctos_calls_it_or_not_at_all(words, guid):
    assert arctos.guid_of(stack(**words)) == guid


def test_what_arctos_asks_for_and_nobody_said_is_told_and_such_a_stack_left_out():
    made, lacks = arctos.rows([without_address(stack(rights="CC0"))])
    assert made == []
    address, guid, licence = (lack.sentence for lack in lacks)
    assert address.startswith("Arctos asks for address, creator, which nothing says")
    assert guid.startswith("Arctos finds the specimen by institution:collection:number")
    assert licence == (
        "Arctos takes media_license in the words of its table ctmedia_license alone; the sheet "
        "says 'CC0': choose there, and fill in the column"
    )


def test_a_stack_without_a_picture_for_browsers_is_told():
    made, (lack,) = arctos.rows([stack(picture("A-1_dorsal.glb", 9, "model/gltf-binary"), **FULL)])
    assert made == []
    assert "none whose head can be read" in lack.sentence
