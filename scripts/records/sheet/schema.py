"""What a JSON schema says against a document, in words for people."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping
from functools import cache, lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from records.sheet.settings import allowed, read_schema
from records.sheet.thousands import both_ways


@cache
def validator_of(name: str) -> Draft202012Validator:
    """What checks a document against one of the schemas: `config` or `specimens`."""
    return Draft202012Validator(read_schema(name))


def is_sound_row(row: Mapping[str, Any]) -> bool:
    """Whether the schema of the sheet has nothing against a row.

    It speaks of which columns are filled, and of each cell by itself: what was asked of either is
    not asked again, of ten thousand rows that fill the same ones, often with the same words.

    Parameters
    ----------
    row : typed cells by column
    """
    return _may_be_filled(tuple(row)) and all(
        _is_sound(column, type(value).__name__, value) for column, value in row.items()
    )


@cache
def _may_be_filled(columns: tuple[str, ...]) -> bool:
    schema = read_schema("specimens")
    of_columns = {**schema, "properties": dict.fromkeys(schema["properties"], True)}
    return bool(Draft202012Validator(of_columns).is_valid(dict.fromkeys(columns, "")))


@lru_cache(maxsize=1000)
def _is_sound(column: str, kind: str, value: Hashable) -> bool:
    # By its kind too: 1 is 1.0 in Python, and no whole number to a schema.
    schema = read_schema("specimens")["properties"][column]
    if isinstance(value, str) and is_of_letters(column):
        pattern, longest = schema.get("pattern", ""), schema.get("maxLength", math.inf)
        return len(value) <= longest and re.search(pattern, value) is not None
    return bool(_validator_of_column(column).is_valid(value))


@cache
def is_of_letters(column: str) -> bool:
    """Whether the schema wants a text in a column, of a pattern and a length at most or any."""
    schema = read_schema("specimens")["properties"].get(column, {})
    says = {name for name in schema if name != "description" and not name.startswith("x-")}
    return schema.get("type") == "string" and says <= {"type", "pattern", "maxLength"}


@cache
def _validator_of_column(column: str) -> Draft202012Validator:
    return Draft202012Validator(read_schema("specimens")["properties"][column])


def broken_rule(fault: ValidationError) -> tuple[str, ...]:
    """Where in the checked document a fault lies, with the rule that it breaks."""
    return (*map(str, fault.absolute_path), str(fault.validator))


def explain(fault: ValidationError, short: bool = False) -> str:
    """A fault in words: key, value, what is allowed.

    Parameters
    ----------
    short : whether the key is left out, where the message names it already
    """
    if fault.context and not allowed(fault.schema):
        fault = best_match(fault.context) or fault
    where = ".".join(map(str, fault.absolute_path))
    lead = "" if short or not where else f"{where} "
    wanted, rule = fault.validator_value, fault.validator
    if rule == "additionalProperties":
        unknown = sorted(set(fault.instance) - set(fault.schema.get("properties", {})))
        return (
            f"{lead}has the unknown key {', '.join(map(repr, unknown))}; "
            f"known are {', '.join(fault.schema.get('properties', {}))}"
        )
    if rule == "required":
        missing = [key for key in wanted if key not in fault.instance]
        instead = " (or catalog_number)" if missing == ["specimen"] else ""
        return f"{lead}lacks {', '.join(missing)}{instead}"
    if rule == "not":
        return f"{lead}has both {' and '.join(wanted['required'])}; a stack has one of them"
    words = allowed(fault.schema)
    if not words:
        return f"{lead}{fault.message}"
    wrong = f"{lead}is {fault.instance!r}, but must be {words}"
    if rule == "type" and fault.validator_value == "number":
        comma = re.fullmatch(r"[+-]?\d+,\d+", str(fault.instance))
        if not comma:
            return f"{wrong}, such as 2.4"
        meant = both_ways(comma[0]) or f"with a point for the comma: {comma[0].replace(',', '.')}"
        return f"{wrong}, such as 2.4 ({meant})"
    hint = fault.schema.get("x-hint")
    return f"{wrong}; {hint}" if hint and rule != "type" else wrong
