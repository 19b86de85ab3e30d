"""Copy frames that were shot elsewhere into a stack's raw folder, verified by hash.

The originals are only read. What is in the raw folder already is never written again: the same
bytes are left as they are, other bytes or other files stop the import before anything is copied.
An import that was interrupted goes on where it stopped. One that is recorded is never made again,
whatever its source holds by now: the record stays, or comes back from the archive.
"""

from __future__ import annotations

from step import run

import argparse
from collections.abc import Sequence
from pathlib import Path

from records.archive.holding import open_holding
from records.archive.ocfl import object_folder
from records.archive.why_held import refuse_unlike_import
from records.errors import RecordError
from records.files import refuse_outputs, sha256_file, write_bytes
from records.ledger.importing import already_there, copy, originals, refuse_strangers
from records.ledger.sources import what_became_of
from records.ledger.table import LISTED
from records.ledger.unchanged import visible
from records.locks import writing
from records.log import counted, listed, progress, warn
from records.record import was_cut_off, write_record
from records.unfinished import sweep


def main(argv: list[str]) -> None:
    """Copy a folder's files into a raw folder and record what they are.

    Raises
    ------
    RecordError : no source, nothing in it, other bytes under a name in the raw folder, or a copy
        that is not what was read
    """
    options = arguments().parse_args(argv)
    refuse_outputs(options, "out")
    with writing(options.raw.parent):
        make(options)


def make(options: argparse.Namespace) -> None:
    """Do the work, while nothing else writes into the stack."""
    for folder in (options.out.parent, options.raw):
        sweep(folder)
    begun = options.raw.is_dir() and any(visible(options.raw))
    cut_off = was_cut_off(options.out)
    if begun and (cut_off or not options.out.exists()) and options.archived_as:
        bring_back(options.out, Path(options.archived_as[0]), options.archived_as[1])
    if options.out.exists() and not was_cut_off(options.out):
        keep(options.out, options.raw, options.source)
        return
    if options.raw.is_symlink():
        raise RecordError(
            f"{options.raw}: is a link, and frames are imported into folders of their own only; "
            "remove the link, or leave the sheet's column source empty to use what it leads to"
        )
    files = originals(options.source)
    refuse_strangers(options.raw, files, options.source)
    if cut_off:
        refuse_more(options.out, options.raw, files, options.source)
        warn(f"{options.out}: was cut off; it is made again from {options.source}")
    options.raw.mkdir(parents=True, exist_ok=True)
    digests = already_there(files, options.raw)
    present = len(digests)
    for original in counted(files, len(files), "files copied"):
        if original.name not in digests:
            digests[original.name] = copy(original, options.raw / original.name)
    record = {
        "source": str(options.source),
        "files": [
            {"file": file.name, "sha256": digests[file.name], "bytes": file.stat().st_size}
            for file in files
        ],
    }
    write_record(options.out, "import", record)
    progress(
        f"{len(files) - present} files copied and verified"
        + (f", {present} were there already" if present else "")
    )


def refuse_more(record: Path, raw: Path, files: Sequence[Path], source: Path) -> None:
    """Refuse to import what came into a source after an import whose record was cut off.

    Raises
    ------
    RecordError : the source holds files that the raw folder does not
    """
    there = {entry.name for entry in visible(raw)} if raw.is_dir() else set()
    if more := [file.name for file in files if file.name not in there]:
        raise RecordError(
            f"{record}: is cut off, and {source} holds {listed(more, LISTED)}, which {raw} does "
            f"not: which frames were imported cannot be known. Bring {record.name} back from a "
            "copy, or remove it to import those too"
        )


def bring_back(record: Path, root: Path, identifier: str) -> None:
    """Bring the record of an import back from the archive, where it holds one."""
    folder = object_folder(root, identifier)
    if not folder:
        return
    holding = open_holding(folder)
    if record.name not in holding.state:
        return
    archived = holding.file(record.name)
    if sha256_file(archived) != holding.state[record.name]:
        raise RecordError(f"{folder}: its {record.name} is damaged; verify the archive")
    write_bytes(record, archived.read_bytes())
    warn(f"{record} was gone and is brought back from {identifier}")


def keep(record: Path, raw: Path, source: Path) -> None:
    """Leave a recorded import as it is, once its frames are proven to be there.

    Raises
    ------
    RecordError : frames were changed or are missing
    """
    now = {entry.name: sha256_file(entry.path) for entry in visible(raw)} if raw.is_dir() else {}
    refuse_unlike_import(record, now)
    if change := what_became_of(source, record):
        warn(change)
    progress("imported already, and all there; nothing is imported twice")


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


if __name__ == "__main__":
    run(main)
