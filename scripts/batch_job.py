"""Submit a job of Snakemake's to PBS or LSF, or say what became of it; for profiles/pbs and lsf."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from records import batch_jobs
from records.errors import RecordError


def main(argv: list[str]) -> None:
    """Print the number of a submitted job, or `running`, `success` or `failed`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=batch_jobs.CLUSTERS, help="of cluster")
    parser.add_argument("what", choices=("submit", "status"))
    parser.add_argument(
        "words",
        nargs=argparse.REMAINDER,
        help="the command to submit by and Snakemake's script, or a job's number",
    )
    options = parser.parse_args(argv)
    *command, last = options.words or parser.error("says too little")
    try:
        if options.what == "submit":
            print(batch_jobs.submit(options.kind, command, Path(last)))
        else:
            print(batch_jobs.status(options.kind, last))
    except RecordError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
