"""Where a step may write: never among raws, never into the archive, never over what it reads."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from records.errors import RecordError

RAW = "raw"
# What lies beside a stack's raw folder, one or another, from the first step on.
BESIDE_RAW = ("import.json", "capture.json", "capture.journal.json", "frames.csv",
              "frames.refused.csv", "archive.json")  # fmt: skip
# OCFL's declarations, of a storage root and of an object.
OF_THE_ARCHIVE = "0=ocfl_*"


def refuse_protected(target: Path) -> None:
    """Refuse to write where raws or archived files lie.

    Raises
    ------
    RecordError : `target`, links followed, is a stack's raw folder or in one, or is in the archive
    """
    for path in (target.resolve(), target.parent.resolve() / target.name):
        for folder in (path, *path.parents):
            if folder.name == RAW and any((folder.parent / one).exists() for one in BESIDE_RAW):
                raise RecordError(
                    f"{target}: raws lie in {folder}, and nothing else is ever written there; "
                    "name another place"
                )
        for folder in path.parents:
            if folder.is_dir() and next(folder.glob(OF_THE_ARCHIVE), None):
                raise RecordError(
                    f"{target}: is in the archive {folder}, which archiving alone writes to; name "
                    "another place"
                )


def refuse_outputs(options: argparse.Namespace, *outputs: str) -> None:
    """Refuse a step's outputs where they would do harm, before any work.

    Parameters
    ----------
    options : the step's options; those that are paths and no outputs are its inputs
    outputs : names of the options that the step writes to; those not given are passed over

    Raises
    ------
    RecordError : as `refuse_protected`; or an output is an input, another output, or among the
        files of an input folder named `raw` or `source`
    """
    named = {name: _paths(value) for name, value in vars(options).items()}
    inputs = {
        path.resolve(): name
        for name, paths in named.items()
        if name not in outputs
        for path in paths
    }
    folders = [path.resolve() for name in (RAW, "source") for path in named.get(name, ())]
    written: dict[Path, str] = {}
    for name in outputs:
        for path in named.get(name, ()):
            refuse_protected(path)
            target, option = path.resolve(), f"--{name.replace('_', '-')}"
            if target in inputs:
                other = inputs[target].replace("_", "-")
                raise RecordError(f"{option} {path}: is what --{other} reads; name another place")
            if target in written:
                raise RecordError(f"{option} {path}: is --{written[target]} too; name two places")
            if any(folder in target.parents for folder in folders):
                raise RecordError(
                    f"{option} {path}: is in a folder that frames are read from, and nothing is "
                    "ever written there; name another place"
                )
            written[target] = name.replace("_", "-")


def _paths(value: object) -> Iterable[Path]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, Path)]
