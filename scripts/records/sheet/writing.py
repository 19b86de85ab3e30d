"""Writing into the sheet: some cells of one stack's row, and nothing else in the file.

Every other cell stays as it is, byte for byte: mark, encoding, separator, quotes, ends of lines,
blank rows, unknown columns. The sheet is a person's own file, so it is written only if it still is
what the writer has seen, one writer at a time, and whole or not at all.

The lock is `flock` on the sheet itself, opened for writing, which NFS since Linux 2.6.12 and SMB
pass on to other machines; on Lustre it needs the mount option `flock`. A file system that knows no
locks is not written to.
"""

from __future__ import annotations

import errno
import fcntl
import math
import os
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from records.errors import RecordError
from records.files import replacing, sha256_file
from records.sheet.damaged_cells import damage, plain
from records.sheet.folder_names import specimen_of
from records.sheet.spreadsheet import Columns, Form, Rows, parse_rows, read_form, read_rows


def write_cells(
    sheet: Path,
    specimen: str,
    view: str,
    cells: Mapping[str, str],
    *,
    seen: str,
    check: Callable[[Path], object] = lambda written: None,
) -> str:
    """Set cells in a stack's row of the sheet.

    Parameters
    ----------
    sheet : CSV in UTF-8 or UTF-16; of a link, what it leads to is written
    specimen : its folder, as `specimen_of` has it
    cells : text by column, an empty one to clear a cell; a column that is missing is added behind
        the last
    seen : SHA-256 of the sheet as it was when the change was decided on
    check : looks at the sheet before it takes its place, and raises RecordError to refuse it

    Returns
    -------
    SHA-256 of the sheet as it is now

    Raises
    ------
    RecordError
        The sheet was changed meanwhile, is open elsewhere, cannot be locked or written, or is no
        CSV; the stack has no row or two; a text would not read back as it is. Row and column are
        named, and the sheet is as it was.
    """
    try:
        with _locked(sheet.resolve()) as target:
            if sha256_file(target) != seen:
                raise RecordError(
                    f"{sheet}: was changed meanwhile, and nothing was written; look at it again"
                )
            form, text = read_form(sheet)
            columns, rows = parse_rows(sheet, form, text)
            number = _row_of(sheet, rows, specimen, view)
            for column, cell in cells.items():
                _refuse_unfit(f"{sheet}, row {number}, column {column}", column, cell)
            changed = form.lead + _changed(text, form, number, cells)
            with replacing(target) as partial:
                partial.write_bytes(form.mark + changed.encode(form.encoding))
                _own_alike(partial, target)
                if not _reads_as(partial, columns, rows, number, cells):
                    raise RecordError(
                        f"{sheet}, row {number}: {', '.join(cells)} would not read back as "
                        "written; nothing was written"
                    )
                check(partial)
            return sha256_file(target)
    except FileNotFoundError:
        raise RecordError(f"{sheet}: the sheet is missing; nothing was written") from None
    except OSError as error:
        raise RecordError(f"{sheet}: cannot be written ({error.strerror})") from None


@contextmanager
def _locked(sheet: Path) -> Iterator[Path]:
    """Hold a sheet against other writers, this program's by a lock, LibreOffice by its mark."""
    mark = sheet.with_name(f".~lock.{sheet.name}#")
    if mark.exists():
        raise RecordError(f"{sheet}: is open in LibreOffice; close it there (or remove {mark})")
    while True:
        # The administrator may write to what a person made read-only.
        if not sheet.stat().st_mode & 0o222:
            raise PermissionError(errno.EACCES, "it is read-only")
        with sheet.open("r+b") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX)
            # Who waited may hold a file that another writer has replaced.
            if os.path.samestat(os.fstat(opened.fileno()), sheet.stat()):
                yield sheet
                return


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


def _refuse_unfit(place: str, column: str, text: str) -> None:
    """Refuse a text that a sheet cannot hold, or that a spreadsheet would make another of."""
    if column in ("specimen", "view", "catalog_number"):
        raise RecordError(f"{place}: is the stack's name; change it in the sheet itself")
    if not re.fullmatch(r"[\w.-]+", column):
        raise RecordError(f"{place}: {column!r} is no name of a column")
    if any(unicodedata.category(c) in ("Cc", "Cs") and c != "\n" for c in text):
        wrong = "has characters that no sheet can hold; leave them out"
    elif plain(text) != text:
        wrong = "has blanks around it, or others that would be read as plain ones; leave them out"
    elif text.startswith(("=", "+", "-", "@")) and not _is_number(text):
        wrong = "would be a formula to a spreadsheet; begin with another letter"
    else:
        wrong = (text and damage(column, text)) or ""
    if wrong:
        raise RecordError(f"{place}: {text!r} {wrong}; nothing was written")


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _changed(text: str, form: Form, number: int, cells: Mapping[str, str]) -> str:
    """The text of a sheet with other cells in one row, and columns for them behind the last."""
    records = _records(text, form.separator)
    header, row = records[0], records[number - 1]
    columns = [plain(_content(cell)) for cell in header.cells]
    width, new = len(columns), [column for column in cells if column not in columns]
    columns += new
    header.cells += [_written(column, header.blank, form) for column in new]
    for record in records[1:] if new else [row]:
        # Rows that are as long as the header stay so; the others are a person's way to write.
        if record is row or (len(record.cells) >= width and record.cells != [""]):
            record.cells += [record.blank] * (len(columns) - len(record.cells))
    for column, cell in cells.items():
        at = columns.index(column)
        row.cells[at] = _written(cell, row.cells[at], form)
    return "".join(form.separator.join(record.cells) + record.end for record in records)


@dataclass
class _Record:
    """The cells of a row as they are written, quotes and all, and the end of its line."""

    cells: list[str]
    end: str = ""

    @property
    def blank(self) -> str:
        """An empty cell as this row has them."""
        return '""' if all(cell.startswith('"') for cell in self.cells) else ""


def _records(text: str, separator: str) -> list[_Record]:
    between = re.escape(separator)
    written = re.compile(rf'("(?:[^"]|"")*"|[^{between}\r\n]*)({between}|\r\n|\r|\n|\Z)')
    records = [_Record([])]
    for match in written.finditer(text):
        records[-1].cells.append(match[1])
        if match[2] != separator:
            records[-1].end = match[2]
            if match.end() == len(text):
                break
            records.append(_Record([]))
    return records


def _content(written: str) -> str:
    return written[1:-1].replace('""', '"') if written.startswith('"') else written


def _written(text: str, before: str, form: Form) -> str:
    """A cell in quotes where it needs them, or where the one before it had them."""
    if before.startswith('"') or re.search(rf'["\r\n{re.escape(form.separator)}]', text):
        return '"' + text.replace('"', '""') + '"'
    return text


def _reads_as(
    sheet: Path, columns: Columns, rows: Rows, number: int, cells: Mapping[str, str]
) -> bool:
    """Whether a sheet has what another had, and the new cells in one row."""
    wanted = [*columns, *(column for column in cells if column not in columns)]
    changed = [(k, {**row, **cells} if k == number else row) for k, row in rows]
    now_columns, now = read_rows(sheet)
    return now_columns == wanted and _filled(now) == _filled(changed)


def _filled(rows: Rows) -> Rows:
    return [(k, {column: text for column, text in row.items() if text}) for k, row in rows]


def _own_alike(path: Path, other: Path) -> None:
    """Give a file the rights, owner and group of another, as far as one may."""
    shutil.copymode(other, path)
    whose = other.stat()
    for user, group in ((whose.st_uid, -1), (-1, whose.st_gid)):
        with suppress(PermissionError):
            os.chown(path, user, group)
