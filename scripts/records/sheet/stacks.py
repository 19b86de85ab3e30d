"""The sheet, one row per stack, and the configuration: read, checked, and joined for each stack."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from records.errors import RecordError
from records.sheet.acknowledged import parse_acknowledged
from records.sheet.consistency import of_config, of_stack
from records.sheet.damaged_cells import IDENTITY, damage, doubts, plain
from records.sheet.folder_names import specimen_of
from records.sheet.settings import allowed
from records.sheet.spreadsheet import read_rows

# The longest name of a specimen's folder; see the schema.
FOLDER_LETTERS = 80


@dataclass(frozen=True)
class Stack:
    """One row of the sheet.

    Attributes
    ----------
    row : number of the row in the sheet's file, the header being 1
    specimen : its folder: the column's, else made of `catalog_number`
    cells : the filled cells by column, override columns left out
    config : the configuration with this row's overrides
    mended : columns whose cells had blanks that are none, and were read with plain ones
    """

    specimen: str
    view: str
    row: int
    cells: Mapping[str, str]
    config: Mapping[str, Any]
    mended: tuple[str, ...] = ()


def check_config(config: Mapping[str, Any], schema: Path, name: str = "config") -> None:
    """Check a configuration against its JSON schema.

    Raises
    ------
    RecordError : every fault, with key, value and what is allowed
    """
    validator = Draft202012Validator(_read_schema(schema))
    faults = sorted(validator.iter_errors(config), key=lambda fault: list(map(str, fault.path)))
    told = [_explain(fault) for fault in faults] or of_config(config)
    if told:
        raise RecordError("\n".join(f"{name}: {fault}" for fault in told))


def read_sheet(
    path: Path, schema: Path, config: Mapping[str, Any], config_schema: Path
) -> dict[tuple[str, str], Stack]:
    """Read the sheet; stacks by (specimen, view), in the sheet's order.

    Raises
    ------
    RecordError : every fault, with file, row, column, value and what is allowed
    """
    rows_schema = _read_schema(schema)
    validator = Draft202012Validator(rows_schema)
    config_validator = Draft202012Validator(_read_schema(config_schema))
    sections = [key for key, value in config.items() if isinstance(value, dict)]
    columns, rows = read_rows(path)
    known = list(rows_schema["properties"])
    faults = [
        f"{path}, row 1: column {name!r} is unknown; {_nearest(name, known)}"
        for name in columns
        if name not in known and not _is_override(name, sections)
    ]
    faults += [
        f"{path}, row 1, column {name}: holds for a whole run; set it in the configuration"
        for name in columns
        if _is_override(name, sections) and _is_of_the_run(name, config_validator.schema)
    ]
    faults += [
        f"{path}, row 1: the column {name!r} is missing"
        for name in rows_schema["required"]
        if name not in columns and not (name == "specimen" and "catalog_number" in columns)
    ]
    if not rows and not faults:
        faults.append(f"{path}: has no row yet; write one for each stack")
    if faults:
        raise RecordError("\n".join(faults))
    stacks: dict[tuple[str, str], Stack] = {}
    folded: dict[tuple[str, str], int] = {}
    folders: dict[str, tuple[str, str | None, int]] = {}
    for number, row in rows:
        cells = {name: clean for name, text in row.items() if (clean := plain(text))}
        faults += [
            f"{path}, row {number}, column {name}: {text!r} {wrong}"
            for name, text in cells.items()
            if (wrong := damage(name, text))
        ]
        plainly = {name: text for name, text in cells.items() if not _is_override(name, sections)}
        typed = {
            name: _typed(text, rows_schema["properties"].get(name, {}))
            for name, text in plainly.items()
        }
        typed["specimen"] = specimen = specimen_of(plainly)
        if not specimen:
            del typed["specimen"]
        elif "specimen" not in plainly and len(specimen) > FOLDER_LETTERS:
            faults.append(
                f"{path}, row {number}, column catalog_number: makes a folder's name of "
                f"{len(specimen)} letters, more than {FOLDER_LETTERS}; name the folder in the "
                "column specimen"
            )
            typed["specimen"] = specimen[:1]
        for fault in validator.iter_errors(typed):
            column = f", column {fault.path[0]}" if fault.path else ""
            faults.append(f"{path}, row {number}{column}: {_explain(fault, short=True)}")
        overridden, wrong = _overridden(
            config,
            {name: text for name, text in cells.items() if name not in plainly},
            config_validator,
        )
        wrong += _wrong_acknowledgement(plainly.get("acknowledge", ""))
        wrong = wrong or of_stack(plainly, overridden, config)
        faults += [f"{path}, row {number}, {text}" for text in wrong]
        key = (specimen, plainly.get("view", ""))
        known = folders.setdefault(
            specimen.casefold(), (specimen, plainly.get("catalog_number"), number)
        )
        if known[0] != specimen:
            faults.append(
                f"{path}, row {number}: specimen {specimen!r} differs from {known[0]!r} in row "
                f"{known[2]} by case alone, and their folders would be one; rename one"
            )
        elif known[1] != plainly.get("catalog_number"):
            faults.append(
                f"{path}, row {number}: specimen {specimen!r} has catalog_number "
                f"{plainly.get('catalog_number', '')!r} here and {known[1] or ''!r} in row "
                f"{known[2]}; a specimen has one"
            )
        # File systems that ignore case would put two stacks into one folder.
        same = folded.setdefault((key[0].casefold(), key[1].casefold()), number)
        if same != number:
            faults.append(
                f"{path}, row {number}: specimen {key[0]!r}, view {key[1]!r} is already "
                f"in row {same}; a stack has one row"
            )
        mended = tuple(
            name for name, text in cells.items() if text != row[name].strip().strip("\ufeff")
        )
        stacks[key] = Stack(*key, number, plainly, overridden, mended)
    if faults:
        raise RecordError("\n".join(faults))
    return stacks


def _wrong_acknowledgement(text: str) -> list[str]:
    try:
        parse_acknowledged(text)
    except RecordError as error:
        return [f"column acknowledge: {error}"]
    return []


def doubtful(path: Path, stacks: Iterable[Stack]) -> list[str]:
    """What in a sheet's catalogue numbers a spreadsheet may have damaged, a line for each kind.

    Parameters
    ----------
    path : the sheet, for the message
    """
    known = list(stacks)
    return [
        f"{path}, row {one.row}, column {column}: {one.cells[column]!r} had blanks or characters "
        "that do not show, and is read without"
        for one in known
        for column in IDENTITY
        if column in one.mended
    ] + [
        f"{path}, {doubt}"
        for column in IDENTITY
        for doubt in doubts(
            column, [(one.row, one.cells[column]) for one in known if column in one.cells]
        )
    ]


def _read_schema(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def _nearest(name: str, known: list[str]) -> str:
    """What an unknown column was meant to be."""
    likely = get_close_matches(name.casefold(), known, n=1)
    return (
        f"is {likely[0]!r} meant?"
        if likely
        else f"use one of {', '.join(known)}, or section.key to override config"
    )


def _is_of_the_run(column: str, schema: Mapping[str, Any]) -> bool:
    """Whether the schema says that a parameter is the same for all stacks."""
    for part in column.split("."):
        schema = schema.get("properties", {}).get(part, {})
        if schema.get("x-of-the-run"):
            return True
    return False


def _is_override(column: str, sections: list[str]) -> bool:
    return "." in column and column.split(".")[0] in sections


def _typed(text: str, schema: Mapping[str, Any]) -> object:
    if schema.get("type") != "number":
        return text
    try:
        return float(text) if math.isfinite(float(text)) else text
    except ValueError:
        return text


def _overridden(
    config: Mapping[str, Any], cells: Mapping[str, str], validator: Draft202012Validator
) -> tuple[Mapping[str, Any], list[str]]:
    """The configuration with a row's override cells, and what is wrong with them."""
    if not cells:
        return config, []
    changed, wrong = deepcopy(dict(config)), []
    for column, text in cells.items():
        *parents, key = column.split(".")
        place = changed
        for parent in parents:
            place = place.get(parent) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            wrong.append(f"column {column}: there is no such section in the configuration")
            continue
        before = {list_path(fault) for fault in validator.iter_errors(changed)}
        # YAML reads on and off as truths; the configuration spells them as words.
        place[key] = text if text in ("on", "off") else _yaml_value(text)
        wrong += [
            f"column {column}: {_explain(fault, short=True)}"
            for fault in validator.iter_errors(changed)
            if list_path(fault) not in before
        ]
    return changed, wrong


def _yaml_value(text: str) -> object:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def list_path(fault: ValidationError) -> tuple[str, ...]:
    """Where in the checked document a fault lies, with the rule that it breaks."""
    return (*map(str, fault.absolute_path), fault.validator)


def _explain(fault: ValidationError, short: bool = False) -> str:
    """A fault in words: key, value, what is allowed."""
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
    told = f"{lead}is {fault.instance!r}, but must be {words}"
    if rule == "type" and fault.validator_value == "number":
        comma = re.fullmatch(r"[+-]?\d+,\d+", str(fault.instance))
        such = f" (with a point for the comma: {comma[0].replace(',', '.')})" if comma else ""
        return f"{told}, such as 2.4{such}"
    hint = fault.schema.get("x-hint")
    return f"{told}; {hint}" if hint and rule != "type" else told
