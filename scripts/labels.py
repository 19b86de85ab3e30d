"""Read what stands on labels, for a person to confirm: barcodes, and text where tesseract is.

Each archived view whose name begins with `label` has a row in results/labels.csv. Nothing of it is
believed: a person looks at the picture and writes into the column `confirmed` what stands there, or
`yes` if the text is right. With --enter, what was confirmed becomes the caption of that view in the
sheet, from where the workflow takes it into the record like any other word. A row that is confirmed
stays as it is when labels are read again.
"""

from __future__ import annotations

from step import run

import argparse
from collections.abc import Mapping
from pathlib import Path

from imaging.checks.barcodes import codes_in, grey_of
from imaging.checks.label_text import BETWEEN_LINES, PROGRAM, is_installed, read_text
from reading import (
    RESULTS,
    WORKFLOW,
    add_archive,
    find_root,
    find_stacks,
    going_on,
    refuse_failed,
    settings,
)
from records.errors import RecordError
from records.files import refuse_outputs, sha256_file, write_table
from records.log import note, progress, warn
from records.sheet.configuration import check_config, read_configuration
from records.sheet.damaged_cells import plain
from records.sheet.entering import known_stacks, sheet_of
from records.sheet.settings import add_settings
from records.sheet.spreadsheet import read_rows
from records.sheet.stacks import SheetRow, is_label
from records.sheet.writing import refuse_unwritable, write_rows

COLUMNS = ("specimen", "view", "barcode", "text", "confidence_percent", "confirmed")
# What a person writes who confirms the text as it was read.
AS_READ = ("yes", "ja", "x")
CAPTION = "caption"
Row = dict[str, str]
Rows = dict[tuple[str, str], Row]


def main(argv: list[str]) -> None:
    """Write the table, or enter what was confirmed in it.

    Raises
    ------
    RecordError : an object could not be read, or a confirmed row not be entered; others were
    """
    options = arguments().parse_args(argv)
    if options.enter:
        enter(options.table)
    else:
        read(options)


def read(options: argparse.Namespace) -> None:
    """Read the archive's labels into the table, where they are not confirmed."""
    refuse_outputs(options, "table")
    root, failed = find_root(options), list[str]()
    if not is_installed():
        warn(
            f"{PROGRAM} is not installed: barcodes alone are read, and no text; on Debian and "
            "Ubuntu its package is tesseract-ocr"
        )
    before, found = _rows_of(options.table), Rows()
    for holding in find_stacks(root, options.object, failed):
        with going_on(holding.inventory.identifier, failed):
            record = holding.master()
            stack = str(record["specimen"]), str(record["view"])
            if is_label(stack) and not _is_confirmed(stack, before):
                picture = holding.file(f"archival/{record['file']}")
                found[stack] = _read(stack, picture, options.language)
    # Again, for people write into it meanwhile.
    rows = _rows_of(options.table)
    for stack, row in found.items():
        if not _is_confirmed(stack, rows):
            rows[stack] = {**rows.get(stack, {}), **row}
    if not rows:
        progress(f"{root}: holds no view whose name begins with label")
        refuse_failed(failed, "read")
        return
    columns = dict.fromkeys([*COLUMNS, *(name for row in rows.values() for name in row)])
    write_table(options.table, columns, [rows[stack] for stack in sorted(rows)])
    left = sum(not _is_confirmed(stack, rows) for stack in rows)
    progress(
        f"labels in {options.table}: {len(rows)}, of which {left} are to be confirmed; write what "
        "stands on each into the column confirmed, or yes if the text is right, and repeat with "
        "--enter"
    )
    refuse_failed(failed, "read")


def _read(stack: tuple[str, str], picture: Path, language: str) -> Row:
    grey = grey_of(picture)
    row = {**dict.fromkeys(COLUMNS, ""), "specimen": stack[0], "view": stack[1]}
    row["barcode"] = BETWEEN_LINES.join(codes_in(grey))
    if is_installed():
        found = read_text(grey, language)
        row |= {"text": found.text, "confidence_percent": str(found.confidence_percent)}
    progress(f"{' '.join(stack)} is read")
    return row


def _is_confirmed(stack: tuple[str, str], rows: Rows) -> bool:
    return bool(rows.get(stack, {}).get("confirmed"))


def enter(table: Path) -> None:
    """Write what was confirmed into the sheet, once; a caption that says something else stays."""
    if not table.exists():
        raise RecordError(f"{table}: no such table; read the labels first, without --enter")
    confirmed = {stack: row for stack, row in _rows_of(table).items() if row["confirmed"]}
    if not confirmed:
        progress(f"{table}: nothing is confirmed yet, and nothing was entered")
        return
    config = read_configuration(Path(), WORKFLOW)
    check_config(config)
    sheet, failed = sheet_of(config, Path(), WORKFLOW), list[str]()
    seen = sha256_file(sheet)
    known, captions = known_stacks(sheet, config), dict[tuple[str, str], str]()
    for stack, row in confirmed.items():
        with going_on(" ".join(stack), failed):
            caption = _caption(row)
            if _is_new(sheet, stack, caption, known.get(stack)):
                captions[stack] = caption
    if captions:
        write_rows(sheet, {stack: {CAPTION: one} for stack, one in captions.items()}, seen=seen)
    for stack, caption in captions.items():
        progress(f"{sheet}, row {known[stack].row}: caption of {' '.join(stack)}: {caption}")
    refuse_failed(failed, "entered")


def _is_new(sheet: Path, stack: tuple[str, str], caption: str, row: SheetRow | None) -> bool:
    """Whether a caption is to be written.

    Raises
    ------
    RecordError : it may not be
    """
    if row is None:
        raise RecordError(f"{sheet} has no row of it; is its name in the table as in the sheet?")
    there = row.cells.get(CAPTION)
    if there == caption:
        note(f"{sheet}, row {row.row}: {' '.join(stack)} has it already")
        return False
    if there:
        raise RecordError(
            f"{sheet}, row {row.row}, column {CAPTION}: {there!r} stands there and stays; to have "
            f"{caption!r} instead, change it in the sheet"
        )
    refuse_unwritable(sheet, row.row, CAPTION, caption)
    return True


def _caption(row: Mapping[str, str]) -> str:
    """What a person says that stands on a label."""
    said = row["confirmed"]
    text = row["text"] if said.casefold() in AS_READ else said
    if not text:
        raise RecordError(
            f"{said!r} confirms a text, but none was read; write what stands on the label"
        )
    # The apostrophe is the table's own, by which a spreadsheet takes it for text and no formula.
    return text[1:] if text.startswith(("'=", "'+", "'-", "'@")) else text


def _rows_of(table: Path) -> Rows:
    """The table as people left it, with columns of their own; none where there is none yet.

    Raises
    ------
    RecordError : it is another table, or has a label twice
    """
    if not table.exists():
        return {}
    columns, rows = read_rows(table)
    if missing := [name for name in COLUMNS if name not in columns]:
        raise RecordError(
            f"{table}: has no column {missing[0]!r}; is it the table that this command wrote?"
        )
    found: Rows = {}
    for number, cells in rows:
        row = {name: _one_line(cells.get(name, "")) for name in columns}
        stack = row["specimen"], row["view"]
        if stack in found:
            raise RecordError(
                f"{table}, row {number}: {' '.join(stack)} is there twice; remove one of the two"
            )
        found[stack] = row
    return found


def _one_line(text: str) -> str:
    """A cell in which lines that a person broke are joined as those that were read are."""
    return BETWEEN_LINES.join(filter(None, map(plain, text.splitlines())))


def arguments() -> argparse.ArgumentParser:
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_archive(parser)
    parser.add_argument(
        "--table",
        type=Path,
        default=RESULTS / "labels.csv",
        help="CSV to write, or to enter from (default: %(default)s)",
    )
    parser.add_argument(
        "--enter", action="store_true", help="write what was confirmed into the sheet"
    )
    add_settings(parser, "labels", instead=settings("labels"))
    return parser


if __name__ == "__main__":
    run(main)
