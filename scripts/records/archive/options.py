"""Options that several commands on the archive have."""

from __future__ import annotations

import argparse
from pathlib import Path

from records.archive.ocfl import ID_PREFIX, object_id


def add_object(parser: argparse.ArgumentParser, *, is_required: bool = True) -> None:
    """Options that say which object of which archive is worked on: see `object_of`.

    Parameters
    ----------
    is_required : whether one must be named; the archive always must be
    """
    parser.add_argument("--archive", type=Path, required=True, help="OCFL storage root")
    parser.add_argument("--specimen", required=is_required)
    parser.add_argument("--view", required=is_required)
    parser.add_argument(
        "--id-prefix",
        default=ID_PREFIX,
        help="what makes specimen/view a URI (default: %(default)s)",
    )


def object_of(options: argparse.Namespace) -> str:
    """The id of the object that is named."""
    return object_id(options.specimen, options.view, options.id_prefix)


def add_known_in(parser: argparse.ArgumentParser) -> None:
    """The option of a step that refuses frames of another stack."""
    parser.add_argument(
        "--known-in",
        type=Path,
        metavar="FOLDER",
        help="the master folder, by whose index frames of other stacks are known",
    )
