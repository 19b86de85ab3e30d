"""A sheet's text as the cells that it is written with: quotes, blanks and ends of lines and all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from records.sheet.damaged_cells import plain
from records.sheet.spreadsheet import Form


@dataclass
class Record:
    """The cells of a row as they are written, quotes and all, and the end of its line."""

    cells: list[str]
    end: str = ""

    @property
    def blank(self) -> str:
        """An empty cell as this row has them."""
        return '""' if all(cell.startswith('"') for cell in self.cells) else ""


def records_of(text: str, separator: str) -> list[Record]:
    """The rows of a sheet's text, header and blank ones included."""
    between = re.escape(separator)
    written = re.compile(rf'("(?:[^"]|"")*"|[^{between}\r\n]*)({between}|\r\n|\r|\n|\Z)')
    records = [Record([])]
    for match in written.finditer(text):
        records[-1].cells.append(match[1])
        if match[2] != separator:
            records[-1].end = match[2]
            if match.end() == len(text):
                break
            records.append(Record([]))
    return records


def content_of(written: str) -> str:
    """What a cell holds, without its quotes."""
    return written[1:-1].replace('""', '"') if written.startswith('"') else written


def as_written(text: str, before: str, form: Form) -> str:
    """A cell in quotes where it needs them, or where the one before it had them."""
    if before.startswith('"') or re.search(rf'["\r\n{re.escape(form.separator)}]', text):
        return '"' + text.replace('"', '""') + '"'
    return text


def text_of(records: list[Record], separator: str) -> str:
    """The text of a sheet with these rows."""
    return "".join(separator.join(record.cells) + record.end for record in records)


def add_columns(records: list[Record], cells: Iterable[str], form: Form) -> list[str]:
    """Add those columns that a sheet lacks behind its last; all its columns, unnamed ones too.

    Rows that are as long as the header stay so; the others are a person's way to write.
    """
    header = records[0]
    columns = [plain(content_of(cell)) for cell in header.cells]
    width, new = len(columns), [column for column in cells if column not in columns]
    header.cells += [as_written(column, header.blank, form) for column in new]
    if new:
        for record in records[1:]:
            if len(record.cells) >= width and record.cells != [""]:
                fill_up(record, width + len(new))
    return columns + new


def fill_up(record: Record, width: int) -> None:
    """Give a row as many cells as there are columns."""
    record.cells += [record.blank] * (width - len(record.cells))
