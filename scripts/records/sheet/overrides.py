"""Columns of the sheet such as `fuse.power`, which set the configuration for one stack."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import yaml

from records.sheet.schema import broken_rule, explain, validator_of
from records.sheet.settings import read_schema


def is_override(column: str, config: Mapping[str, Any]) -> bool:
    """Whether a column names a setting within a section of the configuration."""
    section, point, _ = column.partition(".")
    return bool(point) and isinstance(config.get(section), dict)


def is_of_the_run(column: str) -> bool:
    """Whether the schema says that a setting is the same for all stacks."""
    schema = read_schema("config")
    for part in column.split("."):
        schema = schema.get("properties", {}).get(part, {})
        if schema.get("x-of-the-run"):
            return True
    return False


def overridden(
    config: Mapping[str, Any], cells: Mapping[str, str]
) -> tuple[Mapping[str, Any], list[str]]:
    """The configuration with a row's settings, and what is wrong with them.

    Parameters
    ----------
    cells : by override column; without any the configuration itself is given back
    """
    if not cells:
        return config, []
    validator = validator_of("config")
    changed: dict[str, Any] = deepcopy(dict(config))
    wrong: list[str] = []
    for column, text in cells.items():
        *parents, key = column.split(".")
        place: Any = changed
        for parent in parents:
            place = place.get(parent) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            wrong.append(f"column {column}: there is no such section in the configuration")
            continue
        before = {broken_rule(fault) for fault in validator.iter_errors(changed)}
        # YAML reads on and off as truths; the configuration spells them as words.
        place[key] = text if text in ("on", "off") else yaml_value(text)
        wrong += [
            f"column {column}: {explain(fault, short=True)}"
            for fault in validator.iter_errors(changed)
            if broken_rule(fault) not in before
        ]
    return changed, wrong


def yaml_value(text: str) -> object:
    """What YAML reads a text as; itself where it is none."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text
