"""Whether an object of the archive is still what was archived, bit for bit.

`object_rules.py` judges an object by OCFL alone, and the tests hold it against a validator that is
not ours. Added here are links, and the place of the object in the root. Receipts are witnesses from
outside: of objects that are gone, or were rewritten with all their digests.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from records.archive import kept_wheels, ocfl, restoring
from records.archive.inside import MOST_BYTES, folder_inside, strangers_below
from records.archive.object_rules import object_faults
from records.errors import RecordError
from records.files import json_bytes, only_files
from records.layout import RECEIPT
from records.machine import reason_of
from records.record import read_record, record_text


@dataclass(frozen=True)
class Verdict:
    """What was found in one object.

    Attributes
    ----------
    identifier : id of the object, or "" where its inventory cannot be read
    version : name of its newest version, or ""
    files, size_bytes : all files in the object's folder
    faults : one line each; none if the object is whole
    """

    identifier: str
    version: str
    files: int
    size_bytes: int
    faults: tuple[str, ...]


def check_object(root: Path, folder: Path) -> Verdict:
    """Read every bit of an object and compare it with the inventory.

    An object that got a further version meanwhile is read again.
    """
    try:
        before = _sidecar(folder)
        verdict = _check(root, folder)
        return verdict if _sidecar(folder) == before else _check(root, folder)
    # A damaged object may be anything at all, and is no reason not to look at the others.
    except Exception as error:
        return Verdict("", "", 0, 0, (f"{folder}: cannot be read: {reason_of(error)}",))


def state_on_disk(folder: Path) -> str:
    """A number that is another once anything in an object's folder was written or replaced.

    It is made of the files' inode numbers, sizes and times, of which a copy or another disk in the
    same place has others too. Empty where they cannot be told.
    """
    digest = hashlib.sha256()
    try:
        for path in sorted(folder.rglob("*")):
            seen = path.lstat()
            told = (seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
            digest.update(f"{path.relative_to(folder)}\0{told}\n".encode(errors="surrogateescape"))
    except OSError:
        return ""
    return digest.hexdigest()[:32]


def root_on_disk(root: Path) -> str:
    """By what a storage root is known again: where it lies, and the disk's own numbers for it.

    A copy of it has others, and so has a snapshot or another disk that is mounted in its place.
    """
    seen, declared = root.stat(), (root / ocfl.ROOT_DECLARATION[0]).stat()
    told = [str(root.resolve()), seen.st_dev, seen.st_ino, declared.st_ino, declared.st_ctime_ns]
    return hashlib.sha256(repr(told).encode(errors="surrogateescape")).hexdigest()[:32]


def _sidecar(folder: Path) -> bytes:
    try:
        with open(folder / ocfl.SIDECAR, "rb", opener=only_files) as file:
            return file.read()
    except OSError:
        return b""


def _check(root: Path, folder: Path) -> Verdict:
    identifier = version = ""
    # What is no file may be endless to read, or lie elsewhere: then nothing else is looked at.
    faults = [*_links_below(folder), *_too_large(folder)]
    if faults:
        return Verdict(identifier, version, 0, 0, tuple(faults))
    files, size = _forget_cached(folder, faults)
    try:
        inventory = ocfl.read_inventory(folder)
        identifier, version = str(inventory.identifier), str(inventory.content["head"])
        faults += _misplaced(root, folder, identifier)
    except (RecordError, OSError):
        # What is wrong with the inventory is told by the rules.
        pass
    faults += [_in_words(fault) for fault in object_faults(folder)]
    told = "".join(faults)
    faults += [
        f"{path}: an empty folder"
        for path in _empty_below(folder)
        # A folder of logs may be empty by OCFL.
        if path != folder / "logs" and str(path) not in told
    ]
    return Verdict(identifier, version, files, size, tuple(faults))


def check_root(root: Path) -> list[str]:
    """Faults of the root itself: its declaration, its layout, stray files, empty folders."""
    faults = []
    name, text = ocfl.ROOT_DECLARATION
    declaration = root / name
    if not declaration.is_file() or declaration.read_bytes() != text.encode():
        faults.append(f"{declaration}: missing or damaged")
    if ocfl.is_our_layout(root):
        config = root / ocfl.EXTENSIONS / ocfl.LAYOUT["extensionName"] / "config.json"
        for path, content in ((config, ocfl.LAYOUT), (root / "ocfl_layout.json", ocfl.LAYOUT_FILE)):
            if not path.is_file() or path.read_bytes() != json_bytes(content):
                faults.append(f"{path}: missing or damaged")

    def unread(error: OSError) -> None:
        faults.append(f"{error.filename}: cannot be read: {error.strerror}")

    for here, folders, files in os.walk(root, onerror=unread):
        path = Path(here)
        links = [name for name in folders if (path / name).is_symlink()]
        faults += [_link_words(path / name) for name in links]
        if path == root:
            # Other files may lie here, such as the standard's own text.
            faults += [_link_words(path / name) for name in files if _is_strange(path / name)]
            folders[:] = sorted(set(folders) - {ocfl.EXTENSIONS})
            continue
        if any(name.startswith("0=ocfl_object_") for name in files):
            folders.clear()
        elif files:
            faults.append(f"{path / files[0]}: a file that belongs to no object")
        elif not folders:
            faults.append(f"{path}: an empty folder, where an object may have been")
    return faults + _extension_faults(root) + list(kept_wheels.faults(root))


def _extension_faults(root: Path) -> list[str]:
    """What must not lie among the extensions of a root.

    What archiving is about to bring, or was when it was interrupted, lies in a folder of its own
    there, and is told by `unfinished`.
    """
    extensions, staging = root / ocfl.EXTENSIONS, root / ocfl.STAGING
    empty = (path for path in _empty_below(extensions) if not path.is_relative_to(staging))
    return [*_links_below(extensions), *(f"{path}: an empty folder" for path in empty)]


def check_receipts(root: Path, specimens: Path) -> list[str]:
    """Faults of the archive by the receipts in the stacks' working folders.

    Each must be, byte for byte, what archiving its version wrote: then the object is there, and
    its inventory, and so all that this vouches for, is the one that was written then.
    """
    faults = []
    for path in sorted(specimens.glob(f"*/[!.]*/{RECEIPT}")):
        try:
            told = read_record(path, "receipt")
            text = path.read_text(encoding="utf-8")
            folder = folder_inside(root, str(told["path"])) or root / told["path"]
            inventory = ocfl.read_inventory(folder / told["version"])
            right = restoring.receipt(root, folder, inventory)
            if text not in _receipts(right):
                faults.append(
                    f"{path}: is not the receipt of {told['object']} {told['version']}; the "
                    "receipt or the object was changed since the stack was archived"
                )
        except (RecordError, OSError) as error:
            faults.append(f"{path}: the object that it vouches for is missing or damaged: {error}")
        except Exception as error:
            faults.append(f"{path}: is damaged: {reason_of(error)}")
    return faults


def _receipts(right: dict) -> set[str]:
    """All that a receipt may be word by word: as it is written today, and as it once was."""
    before = {key: value for key, value in right.items() if key != "description_sha256"}
    return {
        *(record_text("receipt", one) for one in (right, before)),
        *(json_bytes(one).decode() for one in (right, before)),
    }


def unfinished(root: Path) -> list[str]:
    """What interrupted archiving left behind; harmless, and swept away when it is repeated."""
    staging = root / ocfl.STAGING
    if not staging.is_dir():
        return []
    return [f"{path}: left by archiving that was interrupted or is under way"
            for path in sorted(staging.iterdir()) if path.is_dir()]  # fmt: skip


def _links_below(folder: Path) -> Iterator[str]:
    """What is neither a file nor a folder: OCFL allows no links, and nothing else can be kept."""
    return (_link_words(path) for path, _ in strangers_below(folder))


def _too_large(folder: Path) -> list[str]:
    """Inventories that would fill the memory of who reads them."""
    return [
        f"{path}: is larger than any inventory ({MOST_BYTES / 1e6:.0f} MB)"
        for path in (folder / ocfl.INVENTORY, *folder.glob(f"v*/{ocfl.INVENTORY}"))
        if path.is_file() and path.stat().st_size > MOST_BYTES
    ]


def _is_strange(path: Path) -> bool:
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        # Archiving may have taken it away meanwhile.
        return False
    return not stat.S_ISREG(kind) and not stat.S_ISDIR(kind)


def _empty_below(folder: Path) -> Iterator[Path]:
    return (Path(here) for here, folders, names in os.walk(folder) if not folders and not names)


def _link_words(path: Path) -> str:
    return f"{path}: is a link or a device, no file (OCFL E090)"


def _in_words(fault: str) -> str:
    """`[CODE] path: what` as people read it: the words first."""
    code, _, words = fault.partition(" ")
    return f"{words} (OCFL {code.strip('[]')})"


def _forget_cached(folder: Path, faults: list[str]) -> tuple[int, int]:
    """Have the files read from the disk, not from memory; count them and their bytes."""
    files = size = 0
    for here, _, names in os.walk(folder):
        for name in names:
            path = Path(here, name)
            files += 1
            try:
                with path.open("rb") as opened:
                    size += os.fstat(opened.fileno()).st_size
                    os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            except OSError as error:
                faults.append(f"{path}: cannot be read: {error.strerror}")
    return files, size


def _misplaced(root: Path, folder: Path, identifier: str) -> list[str]:
    if not ocfl.is_our_layout(root) or folder == root / ocfl.object_path(identifier):
        return []
    return [f"{folder}: holds {identifier}, which belongs at {ocfl.object_path(identifier)}"]
