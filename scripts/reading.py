"""What the commands that only read the archive share: they need neither a sheet nor a lock."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from records.archive import ocfl, restoring
from records.archive.holding import Holding, name_of, open_holding
from records.errors import RecordError
from records.log import note, warn
from records.machine import reason_of
from records.sheet.configuration import read_configuration

WORKFLOW = Path(__file__).resolve().parents[1]
RESULTS = Path("results")


def add_archive(parser: argparse.ArgumentParser) -> None:
    """Options that say which archive is read, and which of its objects."""
    parser.add_argument(
        "--archive", type=Path, help="its folder (default: what the configuration here says)"
    )
    parser.add_argument(
        "--object",
        nargs="*",
        default=[],
        metavar="SPECIMEN/VIEW",
        help="only these objects (default: all)",
    )


def settings(section: str) -> dict[str, Any]:
    """A section of the configuration that holds in the folder where the command is typed."""
    return read_configuration(Path(), WORKFLOW).get(section, {})


def find_root(options: argparse.Namespace) -> Path:
    """The archive that is named or configured, which must be one."""
    root = options.archive or Path(settings("paths")["archive"])
    if not (root / ocfl.ROOT_DECLARATION[0]).is_file():
        raise RecordError(
            f"{root.absolute()}: no OCFL 1.1 storage root, as an archive is; "
            + ("is its name right?" if options.archive else "name the archive with --archive")
        )
    return root


def find_folders(root: Path, wanted: list[str]) -> Iterator[Path]:
    """Folders of the objects named, as `specimen/view` or by their whole id, or of all."""
    ids = [name if ":" in name else f"{ocfl.ID_PREFIX}{name}" for name in wanted]
    return restoring.find_objects(root, ids)


def find_stacks(root: Path, wanted: list[str], failed: list[str]) -> Iterator[Holding]:
    """Objects that hold a stack, one by one.

    What holds none is noted, what cannot be read is named and counted among `failed`.
    """
    for folder in find_folders(root, wanted):
        found = None
        with going_on(name_of(folder), failed):
            found = open_holding(folder)
        if found and found.master_path():
            yield found
        elif found:
            note(f"{found.inventory.identifier} holds no focus stack and is left out")


@contextmanager
def going_on(name: str, failed: list[str]) -> Iterator[None]:
    """Name an object on which the work fails, and let that on the others go on."""
    try:
        yield
    # Whatever a damaged record or file makes Python raise.
    except Exception as error:
        warn(f"{name}: {reason_of(error)}")
        failed.append(name)


def refuse_failed(failed: list[str], what: str) -> None:
    """End in an error if the work failed on any object."""
    if failed:
        count = f"{len(failed)} stack{'s' if len(failed) > 1 else ''}"
        raise RecordError(f"{count} could not be {what}, {failed[0]} first; see the warnings above")
