"""What config.yaml lets people choose is what the libraries can do, and reaches the steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from imaging.alignment.models import MODELS
from imaging.frames import colour, levels, raws
from imaging.fusion.methods import METHODS
from imaging.pictures.file_types import FILE_TYPES
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
        ("derive", "format", FILE_TYPES),
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


@pytest.mark.parametrize("step", ["ledger", "convert", "align", "fuse", "qc", "master"])
def test_a_rule_passes_every_setting_of_its_step(step):
    # Defaults are in no hash of a step's code: what a rule left out would change unseen.
    text = (RULES / f"{step}.smk").read_text(encoding="utf-8")
    assert f'settings=settings("{step}"' in text
    assert "leave_out" not in text or (step == "master" and "crop=crop" in text)
