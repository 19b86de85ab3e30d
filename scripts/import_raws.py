"""Steps 1 and 2 for frames shot elsewhere: copy them into the specimen's folder, verified by hash.

The originals are only read. A file that is in the raw folder already is never written again: the
same bytes are left, other bytes under the same name stop the import.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from pathlib import Path

from records.errors import RecordError
from records.hashes import sha256_file
from records.natural import natural_key
from step import progress, replacing, run, sync_folder


def main(argv: list[str]) -> None:
    """Copy a folder's files into a raw folder and record what they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="folder that holds the frames")
    parser.add_argument("--raw", type=Path, required=True, help="the stack's raw folder")
    parser.add_argument("--out", type=Path, required=True, help="import.json to write")
    options = parser.parse_args(argv)
    if not options.source.is_dir():
        raise RecordError(f"{options.source}: no such folder (column `source` of the sheet)")
    files = sorted(
        (
            path
            for path in options.source.iterdir()
            if path.is_file() and not path.name.startswith(".")
        ),
        key=lambda path: natural_key(path.name),
    )
    if not files:
        raise RecordError(
            f"{options.source}: there is no file in it (column `source` of the sheet)"
        )
    options.raw.mkdir(parents=True, exist_ok=True)
    imported = []
    for k, path in enumerate(files, start=1):
        digest = import_file(path, options.raw / path.name)
        imported.append({"file": path.name, "sha256": digest, "bytes": path.stat().st_size})
        progress(f"frame {k} of {len(files)}: {path.name}")
    sync_folder(options.raw)
    with replacing(options.out) as partial:
        record = {"source": str(options.source), "files": imported}
        partial.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    progress(f"{len(files)} files imported and verified")


def import_file(source: Path, target: Path) -> str:
    """Copy one file unless it is there already; give its SHA-256, read back from the copy.

    Raises
    ------
    RecordError : `target` holds other bytes, or the copy does not match
    """
    digest = sha256_file(source)
    if target.exists():
        if sha256_file(target) != digest:
            raise RecordError(
                f"{target} holds other bytes than {source}; raws are never "
                "overwritten: rename one of them, or remove the row's source"
            )
        return digest
    partial = target.with_name(f".{target.name}.partial")
    shutil.copyfile(source, partial)
    with partial.open("rb+") as copied:
        os.fsync(copied.fileno())
    if sha256_file(partial) != digest:
        partial.unlink()
        raise RecordError(f"{target}: the copy differs from {source}; check both disks")
    # Unlike a rename, a link fails where someone else has put a file in the meantime.
    target.hardlink_to(partial)
    partial.unlink()
    return digest


if __name__ == "__main__":
    run(main)
