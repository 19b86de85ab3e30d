"""What steps are told on their command lines of how focus moved, beside a sheet's `direction`."""

from __future__ import annotations

import argparse

from records.ledger.depth import AWAY, TOWARD
from records.shapes import LENS, RAIL


def add_rises(parser: argparse.ArgumentParser) -> None:
    """Let a step be told how focus moves where positions rise, as a rig's file says."""
    parser.add_argument(
        "--rises",
        choices=(TOWARD, AWAY),
        help="how focus moves where positions rise; for stacks without a direction of their own",
    )


def add_moved_by(parser: argparse.ArgumentParser) -> None:
    """Let a step be told whether a rig moved focus on a rail or in the lens."""
    parser.add_argument(
        "--moved-by",
        choices=(RAIL, LENS),
        help="how focus was moved: magnification tells the near end on a rail, not of a lens",
    )
