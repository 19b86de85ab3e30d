"""Free the space of an archived stack: remove its working files, once all is proven archived.

The one command of Holostack that removes raws. It is for a person to call, no rule calls it, and
it removes nothing before it has read every bit of the archived object and every file that goes.
The receipt stays: by it the workflow knows that the stack is archived, and makes nothing again.
With --temporary-only, raws, master and derivatives stay as well, and only what the steps made on
the way goes.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from records import fixity, restoring
from records.errors import RecordError
from records.hashes import sha256_file
from records.ocfl import ID_PREFIX, object_id
from records.reduced import LEFT, RECEIPT, is_reduced
from step import progress, run

# What the steps make again from what is archived, and of that what they made on the way.
MADE_AGAIN = ("tiff/", "derivatives/", "qc/")
TEMPORARY = ("tiff/", "qc/")
MAPS = tuple(f"stack/{name}.tif" for name in ("fused", "depth", "confidence", "source"))
# What a capture wrote while it ran; complete, it says what its record says.
JOURNAL, CAPTURE = "capture.journal.json", "capture.json"


def main(argv: list[str]) -> None:
    """Check the object and the folder against each other, then remove the folder."""
    asked = _arguments().parse_args(argv)
    identifier = object_id(asked.specimen, asked.view, asked.id_prefix)
    folder, inventory = restoring.find_object(asked.archive, identifier)
    verdict = fixity.check_object(asked.archive, folder)
    if verdict.faults:
        raise RecordError(f"{identifier} is damaged, nothing is removed: {verdict.faults[0]}")
    files = sorted(path for path in asked.stack.rglob("*") if path.is_file() or path.is_symlink())
    if not (asked.stack / RECEIPT).is_file():
        raise RecordError(f"{asked.stack}: no archived stack there; it has no {RECEIPT}")
    if is_reduced(asked.stack):
        progress(f"{asked.stack}: is reduced already")
        return
    state = inventory.state()
    if asked.temporary_only:
        files = [path for path in files if _is_temporary(path, asked.stack)]
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
    if asked.temporary_only:
        for path in files:
            path.unlink()
        progress(f"{asked.stack}: {size / 1e6:.1f} MB of temporary files removed")
        return
    # In one step: a stack removed in part is never found under its own name.
    left = asked.stack.with_name(f".{asked.stack.name}.left")
    shutil.rmtree(left, ignore_errors=True)
    left.mkdir()
    for name in LEFT:
        if (asked.stack / name).exists():
            shutil.copy2(asked.stack / name, left / name)
    restoring.take_place(left, asked.stack)
    progress(
        f"{asked.stack}: {size / 1e6:.1f} MB removed, the receipt stays; restore.py brings all "
        f"back from {identifier}"
    )


def _is_temporary(path: Path, stack: Path) -> bool:
    name = path.relative_to(stack).as_posix()
    return name.startswith(TEMPORARY) or name in MAPS


def _may_go(path: Path, stack: Path, state: dict[str, str]) -> bool:
    name = path.relative_to(stack).as_posix()
    if name in state:
        return not path.is_symlink() and sha256_file(path) == state[name]
    if name == JOURNAL:
        return sha256_file(path) == state.get(CAPTURE)
    return name.startswith(MADE_AGAIN) or name in (*MAPS, *LEFT)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path, required=True, help="OCFL storage root")
    parser.add_argument("--specimen", required=True)
    parser.add_argument("--view", required=True)
    parser.add_argument("--stack", type=Path, required=True, help="folder to remove")
    parser.add_argument(
        "--temporary-only",
        action="store_true",
        help="remove converted frames, fused image and maps alone",
    )
    parser.add_argument("--dry-run", action="store_true", help="check and tell, remove nothing")
    parser.add_argument("--id-prefix", default=ID_PREFIX, help="(default: %(default)s)")
    return parser


if __name__ == "__main__":
    run(main)
