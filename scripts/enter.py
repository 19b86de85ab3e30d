"""Enter a specimen at the copy stand into the sheet: a row for each view, to be captured.

The number is checked against the sheet and the pattern that the configuration wants. A row that the
sheet has counts; a stack whose frames come from a folder is refused. All else in the sheet stays as
it is, and while another program has it open, nothing is written.
"""

from __future__ import annotations

from step import run

import argparse
from pathlib import Path

from reading import WORKFLOW
from records.errors import RecordError
from records.log import note, progress
from records.sheet.configuration import check_config, read_configuration
from records.sheet.entering import enter, rig_cell, sheet_of

RIG = Path("config", "rig.yaml")


def main(argv: list[str]) -> None:
    """Write the rows that are missing, and tell which are there.

    Raises
    ------
    RecordError : the number is none, a view is not to be captured, or the sheet cannot be written
    """
    options = arguments().parse_args(argv)
    config = read_configuration(options.directory, WORKFLOW)
    check_config(config)
    data, rig_file = options.directory, options.rig
    if rig_file is None:
        rig_file = data / RIG if (data / RIG).is_file() else WORKFLOW / RIG
    entered = enter(
        options.number, options.view, rig_file, dict(options.set), config, data, WORKFLOW
    )
    sheet, rig = sheet_of(config, data, WORKFLOW), rig_cell(rig_file, data, WORKFLOW)
    for row in entered.rows:
        known = "" if row.view in entered.added else " was there already"
        progress(f"{sheet}, row {row.row}: {entered.specimen} {row.view}{known}")
        if row.cells["rig"] != rig:
            note(f"{sheet}, row {row.row}: names the rig {row.cells['rig']}, which counts")


def arguments() -> argparse.ArgumentParser:
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "number", metavar="NUMBER", help="catalogue number, typed or scanned, or the folder's name"
    )
    parser.add_argument("view", metavar="VIEW", nargs="+", help="such as label dorsal lateral")
    parser.add_argument(
        "--rig",
        type=Path,
        help=f"the rig's file (default: {RIG} of the data, else of the program)",
    )
    parser.add_argument(
        "--directory", type=Path, default=Path(), help="folder of the data (default: this one)"
    )
    parser.add_argument(
        "--set",
        type=_cell,
        action="append",
        default=[],
        metavar="COLUMN=VALUE",
        help="a cell of the new rows, such as start_um=-200; may be given several times",
    )
    return parser


def _cell(text: str) -> tuple[str, str]:
    column, equals, value = text.partition("=")
    if not equals:
        raise RecordError(f"--set {text}: must be COLUMN=VALUE, such as start_um=-200")
    return column, value


if __name__ == "__main__":
    run(main)
