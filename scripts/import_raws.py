"""Copy frames that were shot elsewhere into a stack's raw folder, verified by hash.

The originals are only read. What is in the raw folder already is never written again: the same
bytes are left as they are, other bytes or other files stop the import before anything is copied.
An import that was interrupted goes on where it stopped. One that is recorded is never made again,
whatever its source holds by now: the record stays, or comes back from the archive.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import time
from pathlib import Path

from records.archive.ocfl import object_path, read_inventory
from records.archive.upheld import refuse_unlike_import
from records.errors import RecordError
from records.files import refuse_outputs, replacing, sha256_file, sync_folder, write_record
from records.ledger.numbering import in_camera_order
from records.ledger.sources import what_became_of
from records.ledger.table import printable
from records.ledger.unchanged import JUNK, visible
from records.log import progress, warn
from step import run

CHUNK_BYTES = 8 << 20
# An import that takes longer than this tells now and then how far it is.
TOLD_EVERY_S = 5.0
# More names than this in one message are counted, not listed.
LISTED = 6


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="folder that holds the frames")
    parser.add_argument("--raw", type=Path, required=True, help="the stack's raw folder")
    parser.add_argument("--out", type=Path, required=True, help="import.json to write")
    parser.add_argument(
        "--archived-as",
        nargs=2,
        metavar=("ROOT", "OBJECT"),
        help="archive, and the id that the stack has or will have there",
    )
    return parser


def main(argv: list[str]) -> None:
    """Copy a folder's files into a raw folder and record what they are.

    Raises
    ------
    RecordError : no source, nothing in it, other bytes under a name in the raw folder, or a copy
        that is not what was read
    """
    options = arguments().parse_args(argv)
    refuse_outputs(options, "out")
    begun = options.raw.is_dir() and any(visible(options.raw))
    if begun and not options.out.exists() and options.archived_as:
        bring_back(options.out, Path(options.archived_as[0]), options.archived_as[1])
    if options.out.exists():
        keep(options.out, options.raw, options.source)
        return
    if options.raw.is_symlink():
        raise RecordError(
            f"{options.raw}: is a link, and frames are imported into folders of their own only; "
            "remove the link, or leave the sheet's column source empty to use what it leads to"
        )
    files = originals(options.source)
    refuse_strangers(options.raw, files, options.source)
    options.raw.mkdir(parents=True, exist_ok=True)
    digests = already_there(files, options.raw)
    present = len(digests)
    told = time.monotonic()
    for k, original in enumerate(files, start=1):
        if original.name not in digests:
            digests[original.name] = copy(original, options.raw / original.name)
        if time.monotonic() - told > TOLD_EVERY_S:
            told = time.monotonic()
            progress(f"{k} of {len(files)} files copied")
    record = {
        "source": str(options.source),
        "files": [
            {"file": one.name, "sha256": digests[one.name], "bytes": one.stat().st_size}
            for one in files
        ],
    }
    write_record(options.out, "import", record)
    progress(
        f"{len(files) - present} files copied and verified"
        + (f", {present} were there already" if present else "")
    )


def bring_back(record: Path, root: Path, identifier: str) -> None:
    """Bring the record of an import back from the archive, where it holds one."""
    folder = root / object_path(identifier)
    if not folder.is_dir():
        return
    inventory = read_inventory(folder)
    digest = inventory.state().get("import.json")
    if digest is None:
        return
    content = (folder / inventory.content_path(digest)).read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise RecordError(f"{folder}: its import.json is damaged; verify the archive")
    with replacing(record) as partial:
        partial.write_bytes(content)
    warn(f"{record} was gone and is brought back from {identifier}")


def keep(record: Path, raw: Path, source: Path) -> None:
    """Leave a recorded import as it is, once its frames are proven to be there.

    Raises
    ------
    RecordError : frames were changed or are missing
    """
    now = {entry.name: sha256_file(entry.path) for entry in visible(raw)} if raw.is_dir() else {}
    refuse_unlike_import(record, now)
    if told := what_became_of(source, record):
        warn(told)
    progress("imported already, and all there; nothing is imported twice")


def refuse_strangers(raw: Path, files: list[Path], source: Path) -> None:
    """Refuse to mix the files of a source with others that are in the raw folder already."""
    there = {entry.name for entry in visible(raw)} if raw.is_dir() else set()
    strangers = there - {one.name for one in files}
    if strangers:
        raise RecordError(
            f"{raw}: holds {listed(strangers)}, not in {source}. Is it the right card, or another "
            "than the import began with? Move out of raw/ what is no part of the stack; if all is "
            "part of it, copy the rest into raw/ and leave the sheet's column source empty; "
            "nothing was copied"
        )


def originals(source: Path) -> list[Path]:
    """The files to import, counted as people count; hidden ones and sub-folders stay behind."""
    if not source.is_dir():
        raise RecordError(
            f"{source}: no such folder; correct the sheet's column source, "
            "or connect the disk that holds it"
        )
    inside = [source / name for name in in_camera_order(path.name for path in source.iterdir())]
    shown = [path for path in inside if not path.name.startswith(".") and path.name not in JUNK]
    files = [path for path in shown if path.is_file()]
    folders = {path.name for path in shown if path.is_dir()}
    if not files:
        inner = f", only folders: {listed(folders)}" if folders else ""
        raise RecordError(
            f"{source}: there is no file in it{inner}; name the folder that holds "
            "the frames in the sheet's column source"
        )
    if folders:
        warn(f"sub-folders of {source} are not imported: {listed(folders)}")
    return files


def already_there(files: list[Path], raw: Path) -> dict[str, str]:
    """SHA-256 of the files that the raw folder holds already, by name.

    Raises
    ------
    RecordError : it holds other bytes under the same names; the message has them all
    """
    digests, conflicts = {}, []
    for original in files:
        target = raw / original.name
        if not os.path.lexists(target):
            continue
        digests[original.name] = sha256_file(original)
        if not target.is_file() or sha256_file(target) != digests[original.name]:
            conflicts.append(f"{target} is not the same as {original}")
    if conflicts:
        more = f"; and {len(conflicts) - LISTED} more" if len(conflicts) > LISTED else ""
        raise RecordError(
            f"{'; '.join(conflicts[:LISTED])}{more}. A raw is never overwritten: "
            "import into another view, or rename the originals; nothing was copied"
        )
    return digests


def copy(original: Path, target: Path) -> str:
    """Copy one file beside its target, read the copy back, and put it in place.

    Returns
    -------
    SHA-256 of the original and of the copy

    Raises
    ------
    RecordError : the original changed while it was read, or the copy differs from what was read
    """
    partial = target.with_name(f".{target.name}.partial")
    before = original.stat()
    digest = hashlib.sha256()
    try:
        with original.open("rb", buffering=0) as source, partial.open("wb") as copied:
            while chunk := source.read(CHUNK_BYTES):
                digest.update(chunk)
                copied.write(chunk)
            copied.flush()
            os.fsync(copied.fileno())
            # What is read back should come from the disk, not from memory.
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(copied.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        after = original.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise RecordError(
                f"{original}: changed while it was read; is it still being copied "
                "from the camera? Start again when it is whole"
            )
        if sha256_file(partial) != digest.hexdigest():
            raise RecordError(
                f"{target}: the copy differs from {original}; check both disks "
                "and cables, then start again"
            )
        os.utime(partial, ns=(before.st_atime_ns, before.st_mtime_ns))
        if os.path.lexists(target):
            raise RecordError(f"{target}: someone else put it there during the import; start again")
        partial.rename(target)
        sync_folder(target.parent)
    finally:
        partial.unlink(missing_ok=True)
    return digest.hexdigest()


def listed(names: set[str]) -> str:
    """Some names and how many more there are."""
    shown = in_camera_order(map(printable, names))
    more = f" and {len(shown) - LISTED} more" if len(shown) > LISTED else ""
    return ", ".join(shown[:LISTED]) + more


if __name__ == "__main__":
    run(main)
