"""Changing the sheet: a person's own file, by one writer at a time, whole or not at all.

It is written only if it still is what the writer has seen. The lock is `flock` on the sheet itself,
opened for writing, which NFS since Linux 2.6.12 and SMB pass on to other machines; on Lustre it
needs the mount option `flock`. A file system that knows no locks is not written to.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from records.errors import RecordError
from records.files import replacing, sha256_file
from records.sheet.spreadsheet import Columns, Form, Rows, parse_rows, read_form, read_rows

# From form, text, columns and rows: the new text, and the columns and rows that it must read as.
Change = Callable[[Form, str, Columns, Rows], tuple[str, Columns, Rows]]


class WasChangedError(RecordError):
    """The sheet is not what the change was decided on."""


def change_sheet(
    sheet: Path,
    change: Change,
    *,
    seen: str,
    check: Callable[[Path], object] = lambda written: None,
) -> str:
    """Replace the text of a sheet.

    Parameters
    ----------
    sheet : CSV in UTF-8 or UTF-16; of a link, what it leads to is written
    change : makes the new text of the present one, and raises RecordError to refuse it
    seen : SHA-256 of the sheet as it was when the change was decided on
    check : looks at the sheet before it takes its place, and raises RecordError to refuse it

    Returns
    -------
    SHA-256 of the sheet as it is now

    Raises
    ------
    RecordError
        The sheet was changed meanwhile, is open elsewhere, cannot be locked or written, is no CSV,
        or would not read back as wanted. The sheet is as it was.
    """
    try:
        with _locked(sheet.resolve()) as target:
            if sha256_file(target) != seen:
                raise WasChangedError(
                    f"{sheet}: was changed meanwhile, and nothing was written; look at it again"
                )
            form, text = read_form(sheet)
            columns, rows = parse_rows(sheet, form, text)
            changed, columns, rows = change(form, text, columns, rows)
            with replacing(target) as partial:
                partial.write_bytes(form.mark + (form.lead + changed).encode(form.encoding))
                _own_alike(partial, target)
                now_columns, now = read_rows(partial)
                if now_columns != columns or _filled(now) != _filled(rows):
                    raise RecordError(
                        f"{sheet}: the change would not read back as written; nothing was written"
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


def _filled(rows: Rows) -> Rows:
    return [(k, {column: text for column, text in row.items() if text}) for k, row in rows]


def _own_alike(path: Path, other: Path) -> None:
    """Give a file the rights, owner and group of another, as far as one may."""
    shutil.copymode(other, path)
    whose = other.stat()
    for user, group in ((whose.st_uid, -1), (-1, whose.st_gid)):
        with suppress(PermissionError):
            os.chown(path, user, group)
