"""Entering a specimen that lies at the copy stand into the sheet: a row for each of its views.

What the sheet has is not said again: a row that is there counts, whoever wrote it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from records.errors import RecordError
from records.files import put_in_place, sha256_file
from records.layout import RAW
from records.sheet.adding import add_rows
from records.sheet.changing import WasChangedError
from records.sheet.damaged_cells import damage, plain
from records.sheet.folder_names import folder_name, number_of, specimen_of
from records.sheet.schema import explain, validator_of
from records.sheet.spreadsheet import read_rows
from records.sheet.stacks import FOLDER_LETTERS, SheetRow, read_sheet
from records.sheet.writing import write_cells
from records.unfinished import beside

# A sheet that is made new: the number as the museum writes it names the folder.
COLUMNS = ("catalog_number", "view", "rig")
# What is decided here and by no `--set`.
OWN = ("specimen", "catalog_number", "view", "rig", "source")
# Others may write meanwhile; then the sheet is looked at again.
TRIES = 20

Stacks = Mapping[tuple[str, str], SheetRow]


@dataclass(frozen=True)
class Entered:
    """What the sheet has of a specimen's views now.

    Attributes
    ----------
    specimen : its folder
    catalog_number : as the museum writes it
    rows : of the views asked for, in their order
    added : views that got a row, or a row that got its rig
    """

    specimen: str
    catalog_number: str
    rows: tuple[SheetRow, ...]
    added: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """What the sheet has of a specimen: its folder, its number, its rows in the sheet's order."""

    specimen: str
    catalog_number: str
    rows: tuple[SheetRow, ...]


def known_specimen(number: str, config: Mapping[str, Any], data: Path, workflow: Path) -> Known:
    """What the sheet has of a specimen; nothing is written.

    Raises
    ------
    RecordError : the number is none, or differs from another's by case alone; the sheet is wrong
    """
    number = checked_number(number, config)
    sheet = sheet_of(config, data, workflow)
    stacks = known_stacks(sheet, config)
    rows = specimen_rows(number, stacks)
    specimen, names = _names(number, rows, ())
    for row in stacks.values():
        if row.specimen != specimen and row.specimen.casefold() == specimen.casefold():
            other = row.cells.get("catalog_number", number_of(row.specimen))
            raise RecordError(
                f"{number!r} differs from {other!r} in row {row.row} of the sheet by case alone, "
                "and their folders would be one; type or scan it again"
            )
    _refuse_long(specimen)
    called = names.get("catalog_number", number_of(specimen))
    return Known(specimen, called, tuple(rows))


def enter(
    number: str,
    views: Sequence[str],
    rig: Path,
    cells: Mapping[str, str],
    config: Mapping[str, Any],
    data: Path,
    workflow: Path,
) -> Entered:
    """Enter a specimen's views, to be captured with a rig.

    Parameters
    ----------
    number : typed or scanned: the catalogue number, or the name of a folder that the sheet has
    rig : its file, from the working directory
    cells : of new rows, by column
    config : as `read_configuration` gives it
    data : folder that the trees are in; where it has no stack and no sheet yet, one is made
    workflow : folder of the Snakefile

    Raises
    ------
    RecordError : the number is none, a view was imported from a folder or has frames already, or
        the sheet cannot be written; nothing of it was written then
    """
    if wrong := [column for column in cells if column in OWN]:
        raise RecordError(f"{wrong[0]}: follows from the number, view and rig; leave it out")
    _refuse_views(views)
    number = checked_number(number, config)
    sheet = sheet_of(config, data, workflow)
    named = {"rig": rig_cell(rig, data, workflow)}
    _begin(sheet)
    for left in reversed(range(TRIES)):
        try:
            return _entered(sheet, number, views, {**named, **cells}, config, data)
        except WasChangedError:
            if not left:
                raise
    raise AssertionError


def _begin(sheet: Path) -> None:
    """Make a sheet with nothing but its header where there is none, never over another's."""
    if not sheet.exists():
        sheet.parent.mkdir(parents=True, exist_ok=True)
        with beside(sheet) as folder, suppress(FileExistsError):
            partial = folder / sheet.name
            partial.write_text(",".join(COLUMNS) + "\n", encoding="utf-8")
            put_in_place(partial, sheet)


def checked_number(text: str, config: Mapping[str, Any]) -> str:
    """A typed or scanned number as the sheet has it.

    Raises
    ------
    RecordError : it is none, or not of the form that the configuration wants
    """
    number = unicodedata.normalize("NFC", plain(text))
    if not number:
        raise RecordError("the catalogue number is empty; type or scan it")
    if wrong := damage("catalog_number", number):
        raise RecordError(f"catalogue number {number!r} {wrong}")
    for fault in validator_of("specimens").iter_errors({"catalog_number": number, "view": "v"}):
        if list(fault.path) == ["catalog_number"]:
            raise RecordError(f"catalogue number {explain(fault, short=True)}")
    pattern = config["catalog_number"]["pattern"]
    try:
        fits = not pattern or re.fullmatch(pattern, number)
    except re.error as error:
        raise RecordError(
            f"config: catalog_number.pattern is {pattern!r}, which is no regular expression: "
            f"{error}"
        ) from None
    if not fits:
        raise RecordError(
            f"catalogue number {number!r} is not of the form {pattern} (catalog_number.pattern "
            "in config.yaml); type or scan it again"
        )
    return number


def sheet_of(config: Mapping[str, Any], data: Path, workflow: Path) -> Path:
    """The sheet that a data folder's stacks are in; there or not.

    It is the folder's own, also where it is still to be made. Only where stacks of the workflow's
    sheet lie in the folder is it that one: another beside it would have them forgotten.
    """
    own, shipped = data / config["sheet"], workflow / config["sheet"]
    tree = data / config["paths"]["specimens"]
    if own.exists() or not tree.is_dir() or not shipped.is_file():
        return own
    named = [{name: plain(text) for name, text in row.items()} for _, row in read_rows(shipped)[1]]
    is_of_it = any((tree / specimen_of(row) / row.get("view", "")).is_dir() for row in named)
    return shipped if is_of_it else own


def rig_cell(rig: Path, data: Path, workflow: Path) -> str:
    """A rig's file as the sheet names it: from the data folder, the workflow's, or as a whole."""
    if not rig.is_file():
        raise RecordError(f"{rig}: no such rig file; name it with --rig")
    whole = rig.resolve()
    for folder in (data.resolve(), workflow.resolve()):
        if whole.is_relative_to(folder):
            inside = whole.relative_to(folder)
            # What lies in the data folder under that name would go before the workflow's.
            other = data / inside
            if not other.exists() or other.samefile(whole):
                return inside.as_posix()
    return str(whole)


def known_stacks(sheet: Path, config: Mapping[str, Any]) -> Stacks:
    """The sheet's rows as `read_sheet` gives them; none of a sheet that has but a header."""
    return read_sheet(sheet, config) if sheet.is_file() and read_rows(sheet)[1] else {}


def specimen_rows(number: str, stacks: Stacks) -> list[SheetRow]:
    """The rows of the specimen that is called by its catalogue number, or by its folder."""
    by_number = [row for row in stacks.values() if row.cells.get("catalog_number") == number]
    folders = {row.specimen for row in by_number} or {number, folder_name(number)}
    return [row for row in stacks.values() if row.specimen in folders]


def check_view(view: str) -> None:
    """Refuse what is no name of a view, by a RecordError."""
    for fault in validator_of("specimens").iter_errors({"specimen": "s", "view": view}):
        raise RecordError(f"view {explain(fault, short=True)}")


def _refuse_long(specimen: str) -> None:
    if len(specimen) > FOLDER_LETTERS:
        raise RecordError(
            f"the number makes a folder's name of {len(specimen)} letters, more than "
            f"{FOLDER_LETTERS}; write its row into the sheet, with a folder in the column specimen"
        )


def _refuse_views(views: Sequence[str]) -> None:
    for view in views:
        check_view(view)
    if not views:
        raise RecordError("no view is named; name one, such as dorsal")


def _entered(
    sheet: Path,
    number: str,
    views: Sequence[str],
    cells: Mapping[str, str],
    config: Mapping[str, Any],
    data: Path,
) -> Entered:
    """Enter them into the sheet as it is now."""
    seen = sha256_file(sheet)
    stacks = known_stacks(sheet, config)
    specimen, names = _names(number, specimen_rows(number, stacks), read_rows(sheet)[0])
    missing, without_rig = [], []
    for view in dict.fromkeys(views):
        row = stacks.get((specimen, view))
        if row is None:
            missing.append({**names, "view": view, **cells})
        elif "source" in row.cells:
            raise RecordError(
                f"{sheet}, row {row.row}: {specimen} {view} has the source "
                f"{row.cells['source']}, and is not to be captured"
            )
        elif "rig" not in row.cells:
            raw = data / config["paths"]["specimens"] / specimen / view / RAW
            if raw.is_dir() and any(raw.iterdir()):
                raise RecordError(
                    f"{sheet}, row {row.row}: {specimen} {view} names no rig, and {raw} holds "
                    "frames already; it is not to be captured"
                )
            without_rig.append(view)

    def check(written: Path) -> None:
        try:
            read_sheet(written, config)
        except RecordError as error:
            raise RecordError(str(error).replace(str(written), str(sheet))) from None

    for view in without_rig:
        rig = {"rig": cells["rig"]}
        seen = write_cells(sheet, specimen, view, rig, seen=seen, check=check)
    if missing:
        add_rows(sheet, missing, seen=seen, check=check)
    stacks = known_stacks(sheet, config)
    rows = tuple(stacks[specimen, view] for view in views)
    added = (*without_rig, *(row["view"] for row in missing))
    return Entered(specimen, names.get("catalog_number", number_of(specimen)), rows, added)


def _names(
    number: str, known: Sequence[SheetRow], columns: Sequence[str]
) -> tuple[str, dict[str, str]]:
    """A specimen's folder, and the cells that name it in a new row."""
    if known:
        cells = known[0].cells
        named = {name: cells[name] for name in ("specimen", "catalog_number") if name in cells}
        return known[0].specimen, named
    folder = folder_name(number)
    if "catalog_number" in columns or folder != number:
        return folder, {"catalog_number": number}
    return folder, {"specimen": number}
