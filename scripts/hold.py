"""Stop a stack before any of its steps: what its records vouch for is not what lies there."""

from __future__ import annotations

from step import run

import argparse

from records.errors import RecordError


def main(argv: list[str]) -> None:
    """End with the reason that was found when the run was planned."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reason", help="why, for people")
    raise RecordError(parser.parse_args(argv).reason)


if __name__ == "__main__":
    run(main)
