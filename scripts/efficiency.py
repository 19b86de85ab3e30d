"""Tell what steps were given of memory, time and cores beside what they took, from their logs."""

from __future__ import annotations

from step import run

import argparse
from pathlib import Path

from reading import RESULTS, settings
from records.errors import RecordError
from records.files import refuse_outputs, write_table
from records.log import progress
from records.needs import PHOTOGRAPH
from records.reports.efficiency import COLUMNS, rows, uses


def main(argv: list[str]) -> None:
    """Print a line for each step, and write the same as a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=Path, default=Path("logs"), help="default: logs")
    parser.add_argument(
        "--report",
        type=Path,
        default=RESULTS / "efficiency.csv",
        help="table to write; default: results/efficiency.csv",
    )
    options = parser.parse_args(argv)
    refuse_outputs(options, "report")
    table = rows(uses(options.logs, Path(settings("paths")["specimens"]), PHOTOGRAPH))
    if not table:
        raise RecordError(
            f"{options.logs.absolute()}: tells of no step that came to its end; "
            "call this in the folder where Snakemake ran"
        )
    for row in table:
        progress(
            "{step}, {times} times: {mb_taken} of {mb_given} MB ({memory_share}), {min_taken} of "
            "{min_given} min ({time_share}), {cores_used} of {cores_given} cores".format(**row)
        )
    write_table(options.report, COLUMNS, table)


if __name__ == "__main__":
    run(main)
