"""config/README.md and the files that people edit say what the schemas say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from tests.config.readme import CONFIG, PAGE, keys, page

NAMES = ("config", "specimens", "rig")


def schema(name: str) -> dict[str, Any]:
    return json.loads((CONFIG / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))


def leaves(value: object, above: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, f"{above}{key}.")
    else:
        yield above[:-1], value


def test_the_page_is_what_the_schemas_say():
    again = "is out of step; write it anew: PYTHONPATH=scripts python -m tests.config.readme"
    assert PAGE.read_text(encoding="utf-8") == page(), f"{PAGE} {again}"


@pytest.mark.parametrize("name", NAMES)
def test_every_key_stands_on_the_page_with_a_meaning(name):
    text = PAGE.read_text(encoding="utf-8")
    for key, of, _ in keys(schema(name)):
        assert f"| `{key}`" in text
        assert of["description"]


def test_config_yaml_has_every_key_with_the_default_of_the_schema():
    written = dict(leaves(yaml.safe_load((CONFIG / "config.yaml").read_text(encoding="utf-8"))))
    known = schema("config")["properties"]
    defaults = {key: of["default"] for key, of, _ in keys(schema("config")) if "NAME" not in key}
    defaults |= leaves(known["derive"]["default"], "derive.")
    assert written == defaults


def test_config_yaml_names_what_may_be_chosen_at_every_key():
    comments: list[str] = []
    section, missing = "", []
    known = {key: of for key, of, _ in keys(schema("config"))}
    for line in (CONFIG / "config.yaml").read_text(encoding="utf-8").splitlines():
        name, colon, _ = line.partition("#")[0].strip().partition(":")
        comments.append(line)
        if not colon:
            continue
        section = section if line.startswith(" ") else name
        of = known.get(f"{section}.{name}", {})
        text = " ".join(comments)
        missing += [f"{name}: {word}" for word in of.get("enum", ()) if str(word) not in text]
        comments = []
    assert missing == []


def test_config_yaml_needs_every_key_but_who_archives():
    for name, of in schema("config")["properties"].items():
        if name != "derive" and "properties" in of:
            optional = {"user", "user_address"} if name == "archive" else set()
            assert set(of["required"]) == set(of["properties"]) - optional


def test_rig_yaml_names_every_key_but_the_finest():
    text = (CONFIG / "rig.yaml").read_text(encoding="utf-8")
    missing = {key for key, _, _ in keys(schema("rig")) if f"{key.rpartition('.')[2]}:" not in text}
    # NAME is one that people give.
    missing -= {key for key in missing if key.endswith(".NAME")}
    fine = {"rail.reply_s", "rail.stall_s", "optics.na"}
    fine |= {f"optics.{name}" for name in ("circle_um", "wavelength_um", "refractive_index")}
    assert missing <= fine


@pytest.mark.parametrize("name", NAMES)
def test_what_only_a_pattern_allows_is_said_in_words(name):
    def patterns(of: object) -> Iterator[Mapping[str, Any]]:
        if isinstance(of, Mapping):
            if "pattern" in of and "type" in of:
                yield of
            for inner in of.values():
                yield from patterns(inner)

    assert [of for of in patterns(schema(name)) if "x-allowed" not in of] == []
