"""Free the space of an archived stack: remove its working folder, once all is proven archived.

The one command of Holostack that removes raws. It is for a person to call, no rule calls it, and
it removes nothing before it has read every bit of the archived object and every file that goes.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from records import fixity, restoring
from records.errors import RecordError
from records.hashes import sha256_file
from records.ocfl import ID_PREFIX, object_id
from records.storing import sync_folder
from step import progress, run

# What the steps make again from what is archived.
MADE_AGAIN = ("tiff/", "derivatives/", "qc/")
MAPS = tuple(f"stack/{name}.tif" for name in ("fused", "depth", "confidence", "source"))
ABOUT_THE_FOLDER = ("archive.json", ".raws.json", ".raws.seen.json")


def main(argv: list[str]) -> None:
    """Check the object and the folder against each other, then remove the folder."""
    asked = _arguments().parse_args(argv)
    identifier = object_id(asked.specimen, asked.view, asked.id_prefix)
    folder, inventory = restoring.find_object(asked.archive, identifier)
    verdict = fixity.check_object(asked.archive, folder)
    if verdict.faults:
        raise RecordError(f"{identifier} is damaged, nothing is removed: {verdict.faults[0]}")
    files = sorted(path for path in asked.stack.rglob("*") if path.is_file() or path.is_symlink())
    if not files:
        raise RecordError(f"{asked.stack}: no stack there")
    state = inventory.state()
    missing = [path for path in files if not _may_go(path, asked.stack, state)]
    if missing:
        raise RecordError(
            f"{len(missing)} files are not in the newest version of {identifier}, {missing[0]} "
            "first; archive the stack again before it is removed; nothing was removed"
        )
    size = sum(path.lstat().st_size for path in files)
    if asked.dry_run:
        progress(f"{asked.stack}: {len(files)} files, {size / 1e6:.1f} MB, could be removed")
        return
    # Renamed first: a stack removed in part is never found under its own name.
    going = asked.stack.with_name(f".{asked.stack.name}.removed")
    shutil.rmtree(going, ignore_errors=True)
    asked.stack.rename(going)
    sync_folder(going.parent)
    shutil.rmtree(going)
    progress(
        f"{asked.stack}: {size / 1e6:.1f} MB removed; restore.py brings it back from {identifier}"
    )


def _may_go(path: Path, stack: Path, state: dict[str, str]) -> bool:
    name = path.relative_to(stack).as_posix()
    if name in state:
        return not path.is_symlink() and sha256_file(path) == state[name]
    return name.startswith(MADE_AGAIN) or name in (*MAPS, *ABOUT_THE_FOLDER)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path, required=True, help="OCFL storage root")
    parser.add_argument("--specimen", required=True)
    parser.add_argument("--view", required=True)
    parser.add_argument("--stack", type=Path, required=True, help="folder to remove")
    parser.add_argument("--dry-run", action="store_true", help="check and tell, remove nothing")
    parser.add_argument("--id-prefix", default=ID_PREFIX, help="(default: %(default)s)")
    return parser


if __name__ == "__main__":
    run(main)
