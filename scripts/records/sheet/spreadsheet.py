"""A table as spreadsheets save it for a person: CSV by commas, semicolons or tabs.

In UTF-8, or in UTF-16 as Excel's "Unicode Text" is; the line `sep=;` in front, which Excel writes
and reads for itself, is honoured.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from records.errors import RecordError
from records.sheet.damaged_cells import plain

# Byte order mark → encoding of what follows.
_ENCODINGS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# How the files of spreadsheet programs begin: XLSX and ODS (a ZIP), XLS (OLE2), the web page or XML
# that some call XLS, RTF, and property lists.
_PROGRAMS_OWN = (
    b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<", b"{\\rtf", b"bplist",
)  # fmt: skip
# Excel's own first line, in quotes where a program wrote it as a cell.
_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?[,;\t|]*(?:\r\n?|\n)', re.IGNORECASE)
_OTHER_SEPARATOR = re.compile(r'"?\s*sep\s*=.*', re.IGNORECASE)
# A header that stands lower down is looked for in so many rows.
_HEADER_WITHIN = 10

Columns = list[str]
Rows = list[tuple[int, dict[str, str]]]


@dataclass(frozen=True)
class Form:
    """How a sheet is written.

    Attributes
    ----------
    mark : the byte order mark in front, or none
    encoding : of all that follows
    lead : the line that names the separator, or none
    separator : what is between two cells
    """

    mark: bytes
    encoding: str
    lead: str
    separator: str


def read_rows(path: Path) -> tuple[Columns, Rows]:
    """Columns and rows of a sheet; its header tells what separates the cells.

    Returns
    -------
    columns : names in the sheet's order
    rows : number, the header being 1 as in a spreadsheet, and cells by column; empty ones left out

    Raises
    ------
    RecordError : no such file, not CSV in UTF-8, a column twice, cells that belong to no column
    """
    return parse_rows(path, *read_form(path))


def read_form(path: Path) -> tuple[Form, str]:
    """How a sheet is written, and its text, without mark and lead.

    Raises
    ------
    RecordError : no such file, not text in UTF-8 or UTF-16
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise RecordError(
            f"{path}: the sheet is missing; make it with the columns specimen, view "
            "(config key `sheet`)"
        ) from None
    if content.startswith(_PROGRAMS_OWN):
        raise RecordError(f"{path}: is a spreadsheet program's own file; save it as CSV UTF-8")
    mark = next((mark for mark in _ENCODINGS if content.startswith(mark)), b"")
    encoding = _ENCODINGS.get(mark) or _unmarked(content)
    try:
        text = content.removeprefix(mark).decode(encoding)
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, len(mark) + error.start) + 1
        raise RecordError(f"{path}, row {row}: is not UTF-8; save it as CSV UTF-8") from None
    named = _SEPARATOR.match(text)
    lead = named[0] if named else ""
    text = text[len(lead) :]
    header = (text.splitlines() or [""])[0]
    if "\0" in header:
        raise RecordError(f"{path}: is text of an unknown encoding; save it as CSV UTF-8")
    likely = max(",;\t", key=header.count)
    if not named and _OTHER_SEPARATOR.match(header):
        raise RecordError(
            f"{path}, row 1: {header.strip()!r} names no separator that is read: a comma, a "
            "semicolon, a tab or |, right after sep= and alone; correct that line or delete it"
        )
    if named and header.count(named[1]) == 0 < header.count(likely):
        raise RecordError(
            f"{path}: the line sep={named[1]} in front says what separates the cells, but the "
            f"header below it has {likely!r} there; correct that line or delete it"
        )
    return Form(mark, encoding, lead, named[1] if named else likely), text


def _unmarked(content: bytes) -> str:
    """The encoding of text without a byte order mark, by where its header's NULs are."""
    head = content[:64]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(head) > 3 and not any(head[first::2]) and all(head[1 - first :: 2]):
            return encoding
    return "utf-8"


def parse_rows(path: Path, form: Form, text: str) -> tuple[Columns, Rows]:
    """Columns and rows of a sheet's text: see `read_rows`; `path` is for messages."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=form.separator, strict=True)
    try:
        columns = [plain(name) for name in next(reader, [])]
        rows: Rows = []
        _refuse_low_header(path, form, text, columns)
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


def _refuse_low_header(path: Path, form: Form, text: str, columns: Columns) -> None:
    """Say so where the names of columns stand below a title or an empty line."""
    if "view" in columns:
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=form.separator)
    for number, cells in zip(range(1, _HEADER_WITHIN), reader):
        names = [plain(cell).casefold() for cell in cells]
        if "view" in names and {"specimen", "catalog_number"} & set(names) and number > 1:
            raise RecordError(
                f"{path}, row {number}: the names of the columns stand here, and must be the first "
                "row; delete the rows above"
            )


def places(form: Form, text: str) -> list[tuple[int, int, int]]:
    """Of each row of a sheet's text that is not empty, its number, and where it begins and ends."""
    read = 0

    def lines() -> Iterator[str]:
        nonlocal read
        for line in io.StringIO(text, newline=""):
            read += len(line)
            yield line

    found = []
    reader = csv.reader(lines(), delimiter=form.separator, strict=True)
    next(reader, None)
    begin = read
    for number, cells in enumerate(reader, start=2):
        if any(cell.strip() for cell in cells):
            found.append((number, begin, read))
        begin = read
    return found


def row_at(
    path: Path, form: Form, text: str, place: tuple[int, int, int]
) -> tuple[int, dict[str, str]]:
    """The number of one row of a sheet's text, and its cells by column: see `read_rows`."""
    number, begin, end = place
    header, cells = (
        next(csv.reader(io.StringIO(one, newline=""), delimiter=form.separator, strict=True))
        for one in (text, text[begin:end])
    )
    return number, _by_column(cells, [plain(name) for name in header], path, number)


def _by_column(cells: list[str], columns: list[str], path: Path, row: int) -> dict[str, str]:
    """A row's cells by their columns; a spreadsheet adds empty ones at the end."""
    homeless = [cell for k, cell in enumerate(cells) if not "".join(columns[k : k + 1])]
    if any(cell.strip() for cell in homeless):
        raise RecordError(
            f"{path}, row {row}: the cell {''.join(homeless).strip()!r} belongs to no column; name "
            "its column, or put text that holds the separator in double quotes"
        )
    return {name: cell for name, cell in zip(columns, cells) if name}
