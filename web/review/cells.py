"""Cells of a stack's row of the sheet, set by a person at a page; nothing else is written there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from records.errors import RecordError
from records.files import sha256_file
from records.sheet.changing import WasChangedError
from records.sheet.entering import known_stacks
from records.sheet.stacks import SheetRow, read_sheet
from records.sheet.writing import write_cells
from web.review.names import Stack, Stacks

# Others may write meanwhile; then the row is looked at again.
TRIES = 20


def row_of(stacks: Stacks, stack: Stack) -> SheetRow:
    """A stack's row, as it is now.

    Raises
    ------
    RecordError : it has none, or the sheet is wrong
    """
    rows = known_stacks(stacks.sheet(), stacks.config())
    row = rows.get((stack.specimen, stack.view))
    if row is None:
        raise RecordError(
            f"{stack.name}: is in the archive alone, and has no row in the sheet "
            f"({stacks.sheet()}); restore it first, as docs/archive.md says"
        )
    return row


def set_cells(
    stacks: Stacks, stack: Stack, decide: Callable[[SheetRow], Mapping[str, str]]
) -> Mapping[str, str]:
    """Set cells of a stack's row; those that read so already are left alone.

    Parameters
    ----------
    decide : by the row as it is now, what the cells are to be; an empty text clears one

    Returns
    -------
    the cells that were changed

    Raises
    ------
    RecordError : the sheet is as it was, and why
    """
    sheet, config = stacks.sheet(), stacks.config()

    def check(written: Path) -> None:
        try:
            read_sheet(written, config)
        except RecordError as error:
            raise RecordError(str(error).replace(str(written), str(sheet))) from None

    for left in reversed(range(TRIES)):
        seen = sha256_file(sheet) if sheet.is_file() else ""
        row = row_of(stacks, stack)
        wanted = decide(row)
        changed = {name: text for name, text in wanted.items() if text != _text(row, name)}
        try:
            if changed:
                write_cells(sheet, stack.specimen, stack.view, changed, seen=seen, check=check)
            return changed
        except WasChangedError:
            if not left:
                raise
    raise AssertionError


def _text(row: SheetRow, name: str) -> str | None:
    """A cell as it is known to read; None for one that overrides the configuration."""
    return None if "." in name else row.cells.get(name, "")
