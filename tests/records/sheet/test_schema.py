"""What a schema says against a document, in words for people."""

import pytest
from jsonschema import Draft202012Validator

from records.sheet.schema import broken_rule, explain, is_sound_row, validator_of

SCHEMA = {
    "additionalProperties": False,
    "required": ["view"],
    "properties": {
        "view": {"type": "string", "pattern": "^[a-z]+$", "x-allowed": "small letters"},
        "step": {"type": "number", "exclusiveMinimum": 0, "x-hint": "say direction away"},
    },
}


def faults(document):
    return list(Draft202012Validator(SCHEMA).iter_errors(document))


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, "lacks view"),
        ({"view": "a", "stpe": 1}, "has the unknown key 'stpe'; known are view, step"),
        ({"view": "A"}, "view is 'A', but must be small letters"),
        ({"view": "a", "step": -1}, "step is -1, but must be a number above 0; say direction away"),
        (
            {"view": "a", "step": "2,4"},
            "step is '2,4', but must be a number above 0, such as 2.4 (with a point for the comma: "
            "2.4)",
        ),
    ],
)
def test_a_fault_names_key_value_and_what_is_allowed(document, words):
    (fault,) = faults(document)
    assert explain(fault) == words


def test_a_key_that_is_named_already_is_left_out():
    (fault,) = faults({"view": "A"})
    assert explain(fault, short=True) == "is 'A', but must be small letters"
    assert broken_rule(fault) == ("view", "pattern")


ROW = {"specimen": "A-1", "view": "top"}


@pytest.mark.parametrize(
    "row",
    [
        ROW,
        ROW | {"source": "card", "order": "name", "step_um": 2.5, "start_um": 0},
        {},
        {"view": "top"},
        ROW | {"specimen": "a/b"},
        ROW | {"source": "card", "rig": "rig.yaml"},
        ROW | {"rig": "rig.yaml", "positions": "list.csv"},
        ROW | {"step_um": "2,5"},
        ROW | {"step_um": -1},
        ROW | {"order": "colour"},
        ROW | {"colour": "red"},
    ],
)
def test_a_row_is_sound_by_its_columns_and_cells_as_by_the_whole_schema(row):
    for _ in range(2):
        assert is_sound_row(row) is validator_of("specimens").is_valid(row)


def test_the_schema_of_the_sheet_speaks_of_columns_and_of_cells_one_by_one():
    schema = validator_of("specimens").schema
    of_columns = {"additionalProperties", "required", "properties", "allOf"}
    assert schema.keys() - {"$schema", "title", "type"} == of_columns
    assert all(
        one.keys() == {"not"} and one["not"].keys() == {"required"} for one in schema["allOf"]
    )
