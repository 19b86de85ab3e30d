"""A table as spreadsheets save it for a person: CSV by commas, semicolons or tabs.

In UTF-8, or in UTF-16 as Excel's "Unicode Text" is; the line `sep=;` in front, which Excel writes
and reads for itself, is honoured.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from pathlib import Path

from records.errors import RecordError
from records.sheet.damaged_cells import plain

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# Excel's own first line, in quotes where a program wrote it as a cell.
_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?[,;\t|]*\r?\n', re.IGNORECASE)


def read_rows(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Columns and rows of a sheet; its header tells what separates the cells.

    Returns
    -------
    columns : names in the sheet's order
    rows : number, the header being 1 as in a spreadsheet, and cells by column; empty ones left out

    Raises
    ------
    RecordError : no such file, not CSV in UTF-8, a column twice, cells that belong to no column
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-16" if content[:2] in _UTF_16 else "utf-8-sig")
    except FileNotFoundError:
        raise RecordError(
            f"{path}: the sheet is missing; make it with the columns specimen, view "
            "(config key `sheet`)"
        ) from None
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise RecordError(f"{path}, row {row}: is not UTF-8; save it as CSV UTF-8") from None
    said = _SEPARATOR.match(text)
    text = text[said.end() :] if said else text
    header = text.partition("\n")[0]
    separator = said[1] if said else max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        columns = [plain(name) for name in next(reader, [])]
        rows = []
        # Counted as spreadsheets do, for which a cell with several lines is in one row.
        for number, cells in enumerate(reader, start=2):
            if any(cell.strip() for cell in cells):
                rows.append((number, _by_column(cells, columns, path, number)))
    except csv.Error as error:
        raise RecordError(f"{path}, row {reader.line_num}: is not CSV ({error})") from None
    named = [name for name in columns if name]
    twice = [name for name, count in Counter(named).items() if count > 1]
    if twice:
        raise RecordError(f"{path}, row 1: the column {twice[0]!r} stands there twice")
    return named, rows


def _by_column(cells: list[str], columns: list[str], path: Path, row: int) -> dict[str, str]:
    """A row's cells by their columns; a spreadsheet adds empty ones at the end."""
    homeless = [cell for k, cell in enumerate(cells) if not "".join(columns[k : k + 1])]
    if any(cell.strip() for cell in homeless):
        raise RecordError(
            f"{path}, row {row}: the cell {''.join(homeless).strip()!r} belongs to no column; name "
            "its column, or put text that holds the separator in double quotes"
        )
    return {name: cell for name, cell in zip(columns, cells) if name}
