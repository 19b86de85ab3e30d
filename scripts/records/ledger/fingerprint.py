"""What lies in a raw folder, in one number that changes when the content does and never else.

Raws are never declared to Snakemake. Instead the fingerprint of the folder is a parameter of the
ledger. It is that of a listing which is rewritten only when a file was added, removed or replaced
by other bytes: a file whose time alone changed is hashed once and compared with the ledger.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from records.errors import RecordError
from records.files import sha256_file, write_note
from records.layout import IMPORT, LEDGER, LISTING, is_reduced
from records.ledger.table import read_ledger
from records.ledger.unchanged import read_listing, read_stamps, stamp, visible


def fingerprint(stack: Path, source: Path | None = None, remember: bool = True) -> str:
    """Bring a stack's listing up to date and give its hash, 16 hexadecimal digits.

    Parameters
    ----------
    stack : folder of the stack
    source : folder whose files are to be imported, where the sheet names one; once they are, it
        is no longer looked at
    remember : whether the listing may be written; without, the same is found out anew next time
    """
    listing = stack / LISTING
    if listing.exists() and is_reduced(stack):
        return sha256_file(listing)[:16]
    to_come = source if source and not (stack / IMPORT).exists() else None
    files = {**_files(stack / "raw"), **(_files(to_come) if to_come else {})}
    now = {name: [path.stat().st_size, path.stat().st_mtime_ns] for name, path in files.items()}
    listed = read_listing(listing)
    if listed is not None and _same_content(stack, files, now, listed):
        return sha256_file(listing)[:16]
    text = json.dumps(now, indent=0, sort_keys=True).encode()
    if remember:
        write_note(listing, text)
    return hashlib.sha256(text).hexdigest()[:16]


def as_in_ledger(stack: Path) -> bool:
    """Whether the raws of a stack are still those of its ledger.

    Files that bear the stamps of when they were last proven are; others are hashed.
    """
    try:
        known = {entry.file: entry for entry in read_ledger(stack / LEDGER)}
    except RecordError:
        return False
    files = _files(stack / "raw")
    listed, stamps = read_listing(stack / LISTING) or {}, read_stamps(stack)
    in_folder = {name for name, entry in known.items() if entry.sha256 and "/" not in name}
    if files.keys() != {name for name in in_folder if not name.startswith(".")}:
        return False
    for name, path in files.items():
        now = stamp(path)
        if now[0] != known[name].bytes:
            return False
        before = stamps.get(f"raw/{name}")
        touched = now != before if before else listed.get(name) != now[:2]
        if touched and sha256_file(path) != known[name].sha256:
            return False
    return True


def kept_fingerprint(stack: Path) -> str:
    """The fingerprint of the listing as it is, of a stack that is held until it is put right."""
    listing = stack / LISTING
    return sha256_file(listing)[:16] if listing.is_file() else ""


def _files(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    return {entry.name: Path(entry.path) for entry in visible(folder)}


def _same_content(
    stack: Path,
    files: dict[str, Path],
    now: dict[str, list[int]],
    listed: dict[str, list[int]],
) -> bool:
    if {name: size for name, (size, _) in now.items()} != {
        name: size for name, (size, _) in listed.items()
    }:
        return False
    moved = [name for name in now if now[name] != listed[name]]
    if not moved:
        return True
    stamps = read_stamps(stack)
    moved = [name for name in moved if stamps.get(f"raw/{name}") != stamp(files[name])]
    if not moved:
        return True
    try:
        known = {entry.file: entry.sha256 for entry in read_ledger(stack / LEDGER)}
    except RecordError:
        return False
    return all(sha256_file(files[name]) == known.get(name) for name in moved)
