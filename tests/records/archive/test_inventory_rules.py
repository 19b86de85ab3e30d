"""An inventory may be any JSON, and whatever a validator of others finds wrong with it is told."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records.archive.inventory_rules import history_faults, inventory_faults
from records.archive.ocfl import next_inventory

ABOUT = {
    "created": "2026-01-02T03:04:05Z",
    "message": "Archived",
    "user": {"name": "A. Technician", "address": "mailto:a@b.c"},
}
PATHS = ["raw/1.dng", "frames.csv", "archival/master.tif"]


def inventory(*versions: dict[str, str]) -> dict:
    """An inventory as archiving makes it of these states: logical path → letter of the content."""
    made: dict = {}
    previous = None
    for state in versions:
        digests = {path: letter * 64 for path, letter in state.items()}
        made, _ = next_inventory(previous, "holostack:A-1/dorsal", digests, ABOUT)
        previous = Told(made)
    return made


class Told:
    """As much of an inventory that was read as the next one is made from."""

    def __init__(self, content: dict) -> None:
        self.content, self.manifest = content, content["manifest"]
        self.head = int(content["head"][1:])


FIRST = {"raw/1.dng": "a", "frames.csv": "b"}
SECOND = FIRST | {"archival/master.tif": "c"}


def test_what_archiving_writes_has_no_faults() -> None:
    newest, older = inventory(FIRST, SECOND), inventory(FIRST)
    assert inventory_faults(newest) == inventory_faults(older) == []
    assert list(history_faults(newest, older)) == []


@pytest.mark.parametrize(
    ("told_then", "said"),
    [
        ({"raw/1.dng": "a"}, "[E066] has other files in v1: frames.csv"),
        ({"raw/1.dng": "d", "frames.csv": "b"}, "[E066] has other content in v1 for raw/1.dng"),
    ],
)
def test_a_history_that_was_told_otherwise_before_is_named(told_then: dict, said: str) -> None:
    older = inventory(told_then)
    older["manifest"] = {
        digest: [f"v1/content/{digest}"] if digest[0] == "d" else paths
        for digest, paths in older["manifest"].items()
    }
    assert said in list(history_faults(inventory(FIRST, SECOND), older))


@pytest.mark.parametrize("nothing", [None, [], 1, "inventory", {}])
def test_what_is_no_inventory_at_all_is_refused(nothing: object) -> None:
    assert inventory_faults(nothing)


def places(value: object, here: tuple = ()) -> list[tuple]:
    """Every place in a JSON value, as the keys that lead there."""
    below = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [here] + [place for key, part in below for place in places(part, (*here, key))]


WHOLE = inventory(FIRST, SECOND)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "v1", "v3", "..", "/", "a" * 64, "A" * 64, "content", *PATHS])
    | st.text(max_size=5),
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(
            st.sampled_from(["v1", "v3", "a" * 64, "md5", "state", "x"]), part, max_size=3
        )
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.sampled_from(places(WHOLE)), JSON, st.sampled_from(["replace", "remove", "rename"]))
def test_a_damaged_inventory_is_never_taken_for_a_sound_one(place, value, how) -> None:
    damaged = copy.deepcopy(WHOLE)
    if not place:
        damaged = value
    else:
        holder = damaged
        for key in place[:-1]:
            holder = holder[key]
        if how == "replace":
            holder[place[-1]] = value
        else:
            part = holder.pop(place[-1])
            if how == "rename" and isinstance(holder, dict):
                holder[str(value)] = part
    found = inventory_faults(damaged)
    assert found or not of_others(damaged), json.dumps(damaged)


def of_others(content: object) -> bool:
    """Whether ocfl-py refuses an inventory, or breaks on it."""
    # Loaded with what it can read from S3, it takes as long as a hundred tests to collect.
    from ocfl.inventory_validator import InventoryValidator

    try:
        return not InventoryValidator().validate(content)
    except Exception:
        return True
