"""Adding rows to the sheet, behind the last one that holds anything; nothing else changes.

All that the file holds stays as it is, byte for byte, but for columns that it lacks. A new row is
written as the last one is: in quotes where all of its cells are, with the same end of line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from records.sheet.as_written import Record, add_columns, as_written, records_of, text_of
from records.sheet.changing import change_sheet
from records.sheet.fitting import refuse_unfit
from records.sheet.spreadsheet import Columns, Form, Rows


def add_rows(
    sheet: Path,
    new: Sequence[Mapping[str, str]],
    *,
    seen: str,
    check: Callable[[Path], object] = lambda written: None,
) -> str:
    """Add rows to the sheet.

    Parameters
    ----------
    sheet : CSV in UTF-8 or UTF-16; of a link, what it leads to is written
    new : text by column of each row, which has some; a column that is missing is added behind the
        last
    seen : SHA-256 of the sheet as it was when the rows were decided on
    check : looks at the sheet before it takes its place, and raises RecordError to refuse it

    Returns
    -------
    SHA-256 of the sheet as it is now

    Raises
    ------
    RecordError
        As `change_sheet`; a text would not read back as it is. Row and column are named, and the
        sheet is as it was.
    """

    def change(form: Form, text: str, columns: Columns, rows: Rows) -> tuple[str, Columns, Rows]:
        records = records_of(text, form.separator)
        behind = max((number for number, _ in rows), default=1)
        for k, row in enumerate(new):
            for column, cell in row.items():
                refuse_unfit(f"{sheet}, row {behind + 1 + k}, column {column}", column, cell)
        names = list(dict.fromkeys(column for row in new for column in row))
        wide = add_columns(records, names, form)
        last = records[behind - 1]
        written = [_as_last(row, wide, last, form) for row in new]
        if not last.end:
            # The file ended without an end of line, and does again.
            last.end = records[0].end or "\n"
            written[-1].end = ""
            for record in written[:-1]:
                record.end = last.end
        records[behind:behind] = written
        added = [(behind + 1 + k, dict(row)) for k, row in enumerate(new)]
        wanted = [*columns, *(column for column in names if column not in columns)]
        return text_of(records, form.separator), wanted, [*rows, *added]

    return change_sheet(sheet, change, seen=seen, check=check)


def _as_last(row: Mapping[str, str], columns: Columns, last: Record, form: Form) -> Record:
    """A row as the last one is written."""
    cells = [as_written(row.get(column, ""), last.blank, form) for column in columns]
    return Record(cells, last.end)
