"""What config.yaml lets people choose is what the libraries can do, and reaches the steps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from imaging.alignment.models import MODELS
from imaging.errors import ImagingError
from imaging.frames import colour, levels, raws
from imaging.fusion.methods import METHODS
from imaging.pictures.crop import parse_crop
from imaging.pictures.file_types import FILE_TYPES
from records.layout import OWN_ENDINGS
from records.ledger.arrangement import LIST, NAME, TIME
from records.ledger.depth import AWAY, TOWARD
from records.ledger.properties import MAY_DIFFER
from records.reports import policy
from records.sheet.settings import read_schema, section

RULES = Path(__file__).parents[2] / "rules"


@pytest.mark.parametrize(
    ("name", "key", "known"),
    [
        ("ledger", "allow_differences", MAY_DIFFER),
        ("convert", "demosaic", raws.DEMOSAIC),
        ("convert", "highlights", raws.HIGHLIGHTS),
        ("convert", "colour_space", colour.SPACES),
        ("convert", "significant_bits", ("auto", *levels.DEPTHS, levels.FULL_BITS)),
        ("align", "model", MODELS),
        ("fuse", "method", METHODS),
        ("derive", "format", (*FILE_TYPES, *OWN_ENDINGS)),
        ("derive", "colour_space", (*colour.SPACES, "master")),
        ("policy", "profile", policy.PROFILES),
    ],
)
def test_a_choice_is_what_the_libraries_know(name, key, known):
    schema = section(name)[key]
    assert set(schema.get("enum") or schema["items"]["enum"]) == set(known)


def test_what_a_cell_may_choose_is_what_the_ledger_knows():
    columns = read_schema("specimens")
    assert set(columns["properties"]["order"]["enum"]) == {NAME, TIME, LIST}
    assert set(columns["properties"]["direction"]["enum"]) == {TOWARD, AWAY}


@pytest.mark.parametrize(
    "text",
    [
        *("common", "none", "5,6,70,40", "30,20,20,10,-12.5", "-15,20,40,10,90", "30,20,9,9,180"),
        *("30,20,20,10,0.0125", "5,6,70", "-5,6,70,40", "30,20,9,9,181", "30,20,9,9,180.5"),
        *("30,20,9,9,-", "30,20,9,9,1,5", "30,20,9,9,1e1", "left"),
    ],
)
def test_a_crop_that_sheet_and_configuration_take_is_one_for_the_master(text):
    schemas = section("master")["crop"], read_schema("specimens")["properties"]["crop"]
    taken = {bool(re.search(schema["pattern"], text)) for schema in schemas}
    try:
        parse_crop(text, (0, 0, 1, 1), (50, 100))
    except ImagingError:
        assert taken == {False}
    else:
        assert taken == {True}


@pytest.mark.parametrize("step", ["ledger", "convert", "align", "fuse", "qc", "master"])
def test_a_rule_passes_every_setting_of_its_step(step):
    # Defaults are in no hash of a step's code: what a rule left out would change unseen.
    text = (RULES / f"{step}.smk").read_text(encoding="utf-8")
    assert f'settings=settings("{step}"' in text
    assert "leave_out" not in text or (step == "master" and "crop=crop" in text)
