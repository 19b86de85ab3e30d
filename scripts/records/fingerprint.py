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
from records.hashes import sha256_file
from records.ledger import read_ledger
from records.reduced import is_reduced

LISTING, SEEN = ".raws.json", ".raws.seen.json"


def fingerprint(stack: Path, source: Path | None = None, remember: bool = True) -> str:
    """Bring a stack's listing up to date and give its hash, 16 hexadecimal digits.

    Parameters
    ----------
    stack : folder of the stack
    source : folder whose files are imported, where the sheet names one; once they are imported,
        it may be gone
    remember : whether the listing may be written; without, the same is found out anew next time
    """
    listing, seen = stack / LISTING, stack / SEEN
    if listing.exists() and is_reduced(stack):
        return sha256_file(listing)[:16]
    files = {**_files(stack / "raw"), **(_files(source) if source else {})}
    now = {name: [path.stat().st_size, path.stat().st_mtime_ns] for name, path in files.items()}
    listed = _read(listing)
    if listed is not None and _same_content(stack, files, now, listed, seen, remember):
        return sha256_file(listing)[:16]
    text = json.dumps(now, indent=0, sort_keys=True).encode()
    if remember:
        stack.mkdir(parents=True, exist_ok=True)
        listing.write_bytes(text)
        seen.unlink(missing_ok=True)
    return hashlib.sha256(text).hexdigest()[:16]


def as_in_ledger(stack: Path) -> bool:
    """Whether the raws of a stack are still those of its ledger.

    Files of the same names and sizes that bear the times of the listing are; others are hashed.
    """
    try:
        known = {entry.file: entry for entry in read_ledger(stack / "frames.csv")}
    except RecordError:
        return False
    files = _files(stack / "raw")
    listed = {**(_read(stack / LISTING) or {}), **(_read(stack / SEEN) or {})}
    in_folder = {name for name, entry in known.items() if entry.sha256 and "/" not in name}
    if files.keys() != {name for name in in_folder if not name.startswith(".")}:
        return False
    for name, path in files.items():
        now = path.stat()
        if now.st_size != known[name].bytes:
            return False
        touched = listed.get(name) != [now.st_size, now.st_mtime_ns]
        if touched and sha256_file(path) != known[name].sha256:
            return False
    return True


def _files(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    return {
        path.name: path
        for path in folder.iterdir()
        if path.is_file() and not path.name.startswith(".")
    }


def _read(path: Path) -> dict[str, list[int]] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _same_content(
    stack: Path,
    files: dict[str, Path],
    now: dict[str, list[int]],
    listed: dict[str, list[int]],
    seen: Path,
    remember: bool,
) -> bool:
    if {name: size for name, (size, _) in now.items()} != {
        name: size for name, (size, _) in listed.items()
    }:
        return False
    also = _read(seen) or {}
    moved = [name for name in now if now[name] != listed[name] and now[name] != also.get(name)]
    if not moved:
        return True
    try:
        known = {entry.file: entry.sha256 for entry in read_ledger(stack / "frames.csv")}
    except RecordError:
        return False
    if any(sha256_file(files[name]) != known.get(name) for name in moved):
        return False
    if remember:
        seen.write_text(
            json.dumps({**also, **{name: now[name] for name in moved}}), encoding="utf-8"
        )
    return True
