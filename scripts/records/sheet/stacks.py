"""The sheet, one row per stack, read and checked, each row with the configuration that it sets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from records.errors import RecordError
from records.log import listed, of_each_kind
from records.sheet.acknowledged import parse_acknowledged
from records.sheet.consistency import of_stack
from records.sheet.damaged_cells import IDENTITY, damage, doubts, plain
from records.sheet.folder_names import specimen_of
from records.sheet.overrides import is_of_the_run, is_override, overridden
from records.sheet.schema import explain, is_of_letters, is_sound_row, validator_of
from records.sheet.settings import read_schema, typed
from records.sheet.spreadsheet import parse_rows, read_form
from records.sheet.thousands import both_ways, points_are_unclear

# The longest name of a specimen's folder; see the schema.
FOLDER_LETTERS = 80
# Of a fault that more rows have, they are counted.
_LISTED = 6


@dataclass(frozen=True)
class SheetRow:
    """One row of the sheet: what is said of one stack.

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


def read_sheet(
    path: Path, config: Mapping[str, Any], only: Collection[str] | None = None
) -> dict[tuple[str, str], SheetRow]:
    """Read the sheet; its rows by (specimen, view), in the sheet's order.

    Parameters
    ----------
    only : specimens whose rows are read, by the names of their folders; None for all

    Raises
    ------
    RecordError : every fault, with file, row, column, value and what is allowed
    """
    form, text = read_form(path)
    columns, rows = parse_rows(path, form, text)
    faults = _wrong_columns(columns, config)
    if not rows and not faults:
        raise RecordError(f"{path}: has no row yet; write one for each stack")
    if faults:
        raise RecordError("\n".join(f"{path}, row 1{fault}" for fault in faults))
    # By all rows: others may show what the points of those that are wanted are.
    unclear = [
        name
        for name in columns
        if (_is_of_numbers(name) or is_override(name, config))
        and points_are_unclear(form.separator, (plain(texts.get(name, "")) for _, texts in rows))
    ]
    if only is not None:
        rows = [one for one in rows if specimen_of(_filled(one[1])) in only]
    return checked_rows(path, rows, config, unclear)


def _is_of_numbers(column: str) -> bool:
    return read_schema("specimens")["properties"].get(column, {}).get("type") == "number"


def checked_rows(
    path: Path,
    rows: Iterable[tuple[int, Mapping[str, str]]],
    config: Mapping[str, Any],
    unclear: Collection[str] = (),
) -> dict[tuple[str, str], SheetRow]:
    """Rows of a sheet by (specimen, view), in their order: see `read_sheet`.

    Parameters
    ----------
    rows : number and cells by column of each
    unclear : columns in which a point may part thousands
    """
    faults: dict[str, list[int]] = {}
    stacks: dict[tuple[str, str], SheetRow] = {}
    names = _Names()
    overriding = _overriding(config)
    for number, texts in rows:
        stack, wrong = _read_row(number, texts, config, overriding)
        wrong += [
            f", column {name}: {written!r} can be read in two ways; {meant}"
            for name in unclear
            if (written := plain(texts.get(name, ""))) and (meant := both_ways(written))
        ]
        wrong += names.clashes(stack)
        for fault in wrong:
            faults.setdefault(fault, []).append(number)
        stacks[stack.specimen, stack.view] = stack
    if faults:
        raise RecordError("\n".join(_in_rows(path, *fault) for fault in faults.items()))
    return stacks


def _in_rows(path: Path, fault: str, rows: list[int]) -> str:
    """A fault in the first row that has it, and which others have the same."""
    first, *others = rows
    told = f"{path}, row {first}{fault}"
    if not others:
        return told
    listed_rows = listed(map(str, others), _LISTED)
    return f"{told} (the same in row{'s' if others[1:] else ''} {listed_rows})"


def is_label(stack: tuple[str, str]) -> bool:
    """Whether a view is of the specimen's labels, which its other views are checked by."""
    return stack[1].casefold().startswith("label")


def _wrong_columns(columns: list[str], config: Mapping[str, Any]) -> list[str]:
    """What is wrong with the header, in words that follow the number of its row."""
    schema = read_schema("specimens")
    known = list(schema["properties"])
    overrides = [name for name in columns if is_override(name, config)]
    return [
        *(
            f": column {name!r} is unknown; {_nearest(name, known)}"
            for name in columns
            if name not in known and name not in overrides
        ),
        *(
            f", column {name}: holds for a whole run; set it in the configuration"
            for name in overrides
            if is_of_the_run(name)
        ),
        *(
            f": the column {name!r} is missing"
            for name in schema["required"]
            if name not in columns and not (name == "specimen" and "catalog_number" in columns)
        ),
    ]


def _nearest(name: str, known: list[str]) -> str:
    """What an unknown column was meant to be."""
    if likely := get_close_matches(name.casefold(), known, n=1):
        return f"is {likely[0]!r} meant?"
    return f"use one of {', '.join(known)}, or section.key to override config"


def _filled(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: clean for name, text in texts.items() if (clean := plain(text))}


Overriding = Callable[[tuple[tuple[str, str], ...]], tuple[Mapping[str, Any], list[str]]]


def _overriding(config: Mapping[str, Any]) -> Overriding:
    """What gives the configuration with a row's settings; rows with the same ones share it."""

    @cache
    def with_settings(cells: tuple[tuple[str, str], ...]) -> tuple[Mapping[str, Any], list[str]]:
        return overridden(config, dict(cells))

    return with_settings


def _read_row(
    number: int, texts: Mapping[str, str], config: Mapping[str, Any], overriding: Overriding
) -> tuple[SheetRow, list[str]]:
    """One row, and what is wrong with it alone, in words that follow its number."""
    filled = _filled(texts)
    overrides = {
        name: text for name, text in filled.items() if "." in name and is_override(name, config)
    }
    cells = filled
    if overrides:
        cells = {name: text for name, text in filled.items() if name not in overrides}
    faults = [
        f", column {name}: {text!r} {wrong}"
        for name, text in filled.items()
        if (wrong := damage(name, text))
    ]
    specimen = specimen_of(cells)
    validator = validator_of("specimens")
    properties = validator.schema["properties"]
    row = {
        name: text if is_of_letters(name) else typed(text, properties.get(name, {}))
        for name, text in cells.items()
    }
    if specimen:
        row["specimen"] = specimen
    if "specimen" not in cells and len(specimen) > FOLDER_LETTERS:
        faults.append(
            f", column catalog_number: makes a folder's name of {len(specimen)} letters, more than "
            f"{FOLDER_LETTERS}; name the folder in the column specimen"
        )
        row["specimen"] = specimen[:1]
    for fault in () if is_sound_row(row) else validator.iter_errors(row):
        column = f", column {fault.path[0]}" if fault.path else ""
        faults.append(f"{column}: {explain(fault, short=True)}")
    own_config, found = overriding(tuple(overrides.items()))
    mistakes = list(found)
    if "acknowledge" in cells:
        try:
            parse_acknowledged(cells["acknowledge"])
        except RecordError as error:
            mistakes.append(f"column acknowledge: {error}")
    faults += [f", {reason}" for reason in mistakes or of_stack(cells, own_config, config)]
    mended = [
        name
        for name, text in filled.items()
        if text != texts[name] and text != texts[name].strip().strip("\ufeff")
    ]
    stack = SheetRow(specimen, cells.get("view", ""), number, cells, own_config, tuple(mended))
    return stack, faults


@dataclass(frozen=True)
class _Names:
    """The names of specimens and stacks so far; file systems that ignore case put two into one."""

    specimens: dict[str, SheetRow] = field(default_factory=dict)
    stacks: dict[tuple[str, str], SheetRow] = field(default_factory=dict)

    def clashes(self, stack: SheetRow) -> list[str]:
        """How a row's names clash with those of rows before it."""
        faults = []
        specimen = stack.specimen.casefold()
        first = self.specimens.setdefault(specimen, stack)
        numbers = [row.cells.get("catalog_number", "") for row in (stack, first)]
        if first.specimen != stack.specimen:
            faults.append(
                f": specimen {stack.specimen!r} differs from {first.specimen!r} in row "
                f"{first.row} by case alone, and their folders would be one; rename one"
            )
        elif numbers[0] != numbers[1]:
            faults.append(
                f": specimen {stack.specimen!r} has catalog_number {numbers[0]!r} here and "
                f"{numbers[1]!r} in row {first.row}; a specimen has one"
            )
        same = self.stacks.setdefault((specimen, stack.view.casefold()), stack)
        if same is not stack:
            faults.append(
                f": specimen {stack.specimen!r}, view {stack.view!r} is already "
                f"in row {same.row}; a stack has one row"
            )
        return faults


def doubtful(path: Path, stacks: Iterable[SheetRow]) -> list[str]:
    """What in a sheet's catalogue numbers a spreadsheet may have damaged, a line for each kind.

    Parameters
    ----------
    path : the sheet, for the message
    """
    rows = list(stacks)
    mended = of_each_kind(
        (
            column,
            f"{path}, row {row.row}, column {column}: {row.cells[column]!r} had blanks or "
            "characters that do not show, and is read without",
        )
        for column in IDENTITY
        for row in rows
        if column in row.mended
    )
    return mended + [
        f"{path}, {doubt}"
        for column in IDENTITY
        for doubt in doubts(
            column, [(row.row, row.cells[column]) for row in rows if column in row.cells]
        )
    ]
