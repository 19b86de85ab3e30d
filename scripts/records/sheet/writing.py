"""Writing into the sheet: some cells of stacks' rows, and nothing else in the file.

Every other cell stays as it is, byte for byte: mark, encoding, separator, quotes, ends of lines,
blank rows, unknown columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from pathlib import Path

from records.errors import RecordError
from records.sheet.as_written import add_columns, as_written, fill_up, records_of, text_of
from records.sheet.changing import change_sheet
from records.sheet.damaged_cells import plain
from records.sheet.fitting import refuse_unfit
from records.sheet.folder_names import specimen_of
from records.sheet.spreadsheet import Columns, Form, Rows

NAMES = ("specimen", "view", "catalog_number")


def write_cells(
    sheet: Path,
    specimen: str,
    view: str,
    cells: Mapping[str, str],
    *,
    seen: str,
    check: Callable[[Path], object] = lambda written: None,
) -> str:
    """Set cells in one stack's row of the sheet, as `write_rows` does in those of several."""
    return write_rows(sheet, {(specimen, view): cells}, seen=seen, check=check)


def write_rows(
    sheet: Path,
    of_stacks: Mapping[tuple[str, str], Mapping[str, str]],
    *,
    seen: str,
    check: Callable[[Path], object] = lambda written: None,
) -> str:
    """Set cells in the rows of stacks, all at once or not at all.

    Parameters
    ----------
    sheet : CSV in UTF-8 or UTF-16; of a link, what it leads to is written
    of_stacks : text by column, by the folder of the specimen, as `specimen_of` has it, and the
        view; an empty text clears a cell; a column that is missing is added behind the last
    seen : SHA-256 of the sheet as it was when the change was decided on
    check : looks at the sheet before it takes its place, and raises RecordError to refuse it

    Returns
    -------
    SHA-256 of the sheet as it is now

    Raises
    ------
    RecordError
        As `change_sheet`; a stack has no row or two; a text would not read back as it is. Row and
        column are named, and the sheet is as it was.
    """

    def change(form: Form, text: str, columns: Columns, rows: Rows) -> tuple[str, Columns, Rows]:
        by_row = {_row_of(sheet, rows, *stack): cells for stack, cells in of_stacks.items()}
        for number, cells in by_row.items():
            for column, cell in cells.items():
                refuse_unwritable(sheet, number, column, cell)
        records = records_of(text, form.separator)
        wanted = list(dict.fromkeys([*columns, *chain.from_iterable(by_row.values())]))
        wide = add_columns(records, dict.fromkeys(wanted), form)
        for number, cells in by_row.items():
            row = records[number - 1]
            fill_up(row, len(wide))
            for column, cell in cells.items():
                at = wide.index(column)
                row.cells[at] = as_written(cell, row.cells[at], form)
        changed = [(number, {**row, **by_row.get(number, {})}) for number, row in rows]
        return text_of(records, form.separator), wanted, changed

    return change_sheet(sheet, change, seen=seen, check=check)


def refuse_unwritable(sheet: Path, number: int, column: str, cell: str) -> None:
    """Refuse a cell that may not be written, or would not read back; its place is named."""
    place = f"{sheet}, row {number}, column {column}"
    if column in NAMES:
        raise RecordError(f"{place}: is the stack's name; change it in the sheet itself")
    refuse_unfit(place, column, cell)


def _row_of(sheet: Path, rows: Rows, specimen: str, view: str) -> int:
    """The number of a stack's row."""
    numbers = []
    for number, row in rows:
        cells = {column: plain(text) for column, text in row.items()}
        if (specimen_of(cells), cells.get("view")) == (specimen, view):
            numbers.append(number)
    if len(numbers) == 1:
        return numbers[0]
    if not numbers:
        raise RecordError(
            f"{sheet}: has no row with specimen {specimen}, view {view}; nothing was written"
        )
    raise RecordError(
        f"{sheet}: specimen {specimen}, view {view} is in the rows "
        f"{', '.join(map(str, numbers))}; a stack has one row; nothing was written"
    )
