"""Add a version to an object of the archive, so that the root is valid at every moment.

A version is built in a staging folder of the root, flushed, read back, and put in place. At any
kill or full disk the object is the old one or the new one; what is left in staging, the next run
sweeps away.

ocfl-py writes objects too, but reads every file twice, flushes nothing to disk, and changes the
inventory and its digest in two steps; here it serves as the judge of what was written.
"""

from __future__ import annotations

import errno
import fcntl
import getpass
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from records.archive import ocfl
from records.archive.inside import strangers_below
from records.archive.ocfl import INVENTORY, SIDECAR, Inventory
from records.archive.placing import place_object, settle
from records.archive.storing import digest_from_disk, store_bytes, store_file, sync_tree
from records.errors import RecordError
from records.files import json_bytes, plain_file


@dataclass(frozen=True)
class Reason:
    """Why a version is made, and on whose word.

    Attributes
    ----------
    message : what changed and why, for people
    name : of the person who asked; of who is logged in where it is not said
    address : a URI of that person (`mailto:…`, an ORCID), where it is known
    created : the moment, with its time zone; now if None
    """

    message: str
    name: str | None = None
    address: str | None = None
    created: datetime | None = None

    def block(self, differs: Sequence[str] = ()) -> dict:
        """What the inventory says of a version, its state aside; `differs` joins the message."""
        created = self.created or datetime.now(UTC)
        user = {"name": self.name or getpass.getuser()} | (
            {"address": self.address} if self.address else {}
        )
        return {
            "created": created.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "message": "; ".join([self.message, *differs]),
            "user": user,
        }


@dataclass(frozen=True)
class Added:
    """What became of an object.

    Attributes
    ----------
    inventory : of the object as it now is
    folder : of the object
    made : False if nothing had changed, so that no version was made
    stored_bytes : content that was not in the object before
    """

    inventory: Inventory
    folder: Path
    made: bool
    stored_bytes: int


# Writes the records that travel with a version, told the version's number and block and its
# files' digests: logical path → content.
Companions = Callable[[int, dict, Mapping[str, str]], Mapping[str, bytes]]


def no_companions(number: int, block: dict, state: Mapping[str, str]) -> Mapping[str, bytes]:
    """Give a version no records of its own."""
    return {}


# Tells in words what differs from the newest version, in the object's folder.
Differs = Callable[[Path, Inventory], Sequence[str]]


def add_version(
    root: Path,
    identifier: str,
    files: Mapping[str, Path],
    reason: Reason,
    *,
    expected: Mapping[str, str] | None = None,
    kept: Mapping[str, str] | None = None,
    companions: Companions = no_companions,
    is_companion: Callable[[str], bool] = lambda path: False,
    differs: Differs = lambda folder, newest: (),
    threads: int = 2,
) -> Added:
    """Archive the files of a stack as an object's first version, or as its next if any changed.

    Parameters
    ----------
    root : storage root; made if the folder is empty or missing
    identifier : id of the object
    files : logical path → file to archive
    expected : SHA-256, by logical path, that a file must have to be archived
    kept : logical path → SHA-256 of files that stay as they are in the newest version; they are
        neither read nor stored
    companions : makes the records that come with a new version but never cause one
    is_companion : tells the logical paths of such records from those of `files`
    differs : adds to the reason of a later version
    threads : files copied at a time

    Raises
    ------
    RecordError
        A file is not what `expected` says, the object or the root is damaged, or another process
        is at work on the object. The root is as it was.
    """
    for path in files:
        ocfl.check_logical_path(path)
    ocfl.check_root(root)
    with _full_disk_told(root), _staging(root, identifier) as staging:
        folder = root / ocfl.object_path(identifier)
        settle(folder, staging)
        previous = ocfl.read_inventory(folder) if ocfl.object_folder(root, identifier) else None
        if previous:
            _check_is_ours(previous, identifier, folder)
        number = previous.head + 1 if previous else 1
        built = staging / "object"
        content = built / ocfl.version_name(number) / "content"
        state = _bring(files, expected or {}, previous, folder, content, threads)
        if kept:
            held = previous.state() if previous else {}
            if not kept.items() <= held.items():
                raise RecordError(f"{identifier}: got another version meanwhile; try again")
            state = dict(sorted({**kept, **state}.items()))
        if previous and state == {
            path: digest for path, digest in previous.state().items() if not is_companion(path)
        }:
            return Added(previous, folder, made=False, stored_bytes=0)
        block = reason.block(differs(folder, previous) if previous else ())
        for path, written in sorted(companions(number, block, state).items()):
            target = content / ocfl.content_name(ocfl.check_logical_path(path))
            target.parent.mkdir(parents=True, exist_ok=True)
            state[path] = store_bytes(written, target)
        inventory, new = ocfl.next_inventory(previous, identifier, state, block)
        _keep_only(content, new)
        stored = sum((content / ocfl.content_name(path)).stat().st_size for path in new)
        _finish(built, inventory)
        # Not before: what has no room for the object leaves no empty root behind.
        ocfl.make_root(root, staging)
        place_object(built, folder, previous)
        return Added(ocfl.read_inventory(folder), folder, made=True, stored_bytes=stored)


def _check_is_ours(inventory: Inventory, identifier: str, folder: Path) -> None:
    if inventory.identifier != identifier:
        raise RecordError(f"{folder}: holds {inventory.identifier}, not {identifier}")
    for path, kind in strangers_below(folder):
        raise RecordError(f"{path}: is {kind}, which no archive holds; verify the archive")
    ours = {"digestAlgorithm": "sha256", "type": ocfl.INVENTORY_TYPE}
    if inventory.content["head"] != ocfl.version_name(inventory.head) or any(
        inventory.content.get(key) != value for key, value in ours.items()
    ):
        raise RecordError(
            f"{folder}: made by another program (padded version names, or another digest); "
            "Holostack can verify and restore it, but adds no version to it"
        )


@contextmanager
def _full_disk_told(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise RecordError(
            f"{root}: the disk is full; nothing was archived and nothing there has changed; make "
            "room, then run again"
        ) from None


@contextmanager
def _staging(root: Path, identifier: str) -> Iterator[Path]:
    """An empty folder in the root for this object alone, swept away at the end."""
    name = hashlib.sha256(identifier.encode()).hexdigest()[:32]
    base = root / ocfl.STAGING
    lock = base / f"{name}.lock"
    if linked := next((one for one in (base, base.parent) if one.is_symlink()), None):
        raise RecordError(
            f"{linked}: is a link, and archiving writes in the archive only; remove it"
        )
    while True:
        try:
            base.mkdir(parents=True, exist_ok=True)
            held = plain_file(str(lock), os.O_RDWR | os.O_CREAT)
        except FileNotFoundError:
            continue
        except FileExistsError:
            # So it was, and another that had archived removed it, empty, before it was looked at.
            if _is_other_than_folder(base):
                raise
            continue
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(held)
            raise RecordError(
                f"{identifier}: another process is archiving it; wait until it has ended"
            ) from None
        # The last holder removes the file: a lock on a removed one holds nothing.
        if lock.exists() and lock.stat().st_ino == os.fstat(held).st_ino:
            break
        os.close(held)
    folder = base / name
    try:
        _sweep(base)
        shutil.rmtree(folder, ignore_errors=True)
        # Nobody else is to lay links into it.
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.unlink(missing_ok=True)
        os.close(held)
        try:
            base.rmdir()
            base.parent.rmdir()
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
                raise


def _is_other_than_folder(path: Path) -> bool:
    try:
        return not stat.S_ISDIR(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def sweep(root: Path) -> None:
    """Remove what killed processes left in staging, as whoever makes a version does anyway."""
    base = root / ocfl.STAGING
    if base.is_dir() and not base.is_symlink():
        _sweep(base)
        with suppress(OSError):
            base.rmdir()


def _sweep(base: Path) -> None:
    """Remove what dead processes left of other objects, which may never be archived again."""
    for lock in base.glob("*.lock"):
        with suppress(OSError):
            descriptor = plain_file(str(lock), os.O_RDWR)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.samestat(os.fstat(descriptor), lock.lstat()):
                    shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
                    lock.unlink()
            finally:
                os.close(descriptor)


def _bring(
    files: Mapping[str, Path],
    expected: Mapping[str, str],
    previous: Inventory | None,
    folder: Path,
    content: Path,
    threads: int,
) -> dict[str, str]:
    """Hash all files, copying into `content` those that the object may not hold; their state.

    A file that lies in the newest version under the same name and size is hashed first, and
    copied only if it differs; any other is copied at once.
    """
    known = previous.state() if previous else {}
    content.mkdir(parents=True)
    for parent in {PurePosixPath(ocfl.content_name(path)).parent for path in files}:
        (content / parent).mkdir(parents=True, exist_ok=True)

    def bring(path: str) -> str:
        source = files[path]
        digest = ""
        if previous and path in known:
            held = previous.content_file(folder, known[path])
            if source.stat().st_size == held.stat().st_size:
                digest = digest_from_disk(source)
        if digest != known.get(path):
            copy = content / ocfl.content_name(path)
            digest = store_file(source, copy, known=expected.get(path))
        if expected.get(path, digest) != digest:
            raise RecordError(
                f"{source}: its SHA-256 is {digest}, but its record says {expected[path]}; the "
                "file or the record was changed after it was made; nothing was archived"
            )
        return digest

    with ThreadPoolExecutor(threads) as workers:
        try:
            digests = list(workers.map(bring, files))
        except BaseException:
            workers.shutdown(cancel_futures=True)
            raise
    return dict(zip(files, digests, strict=True))


def _keep_only(content: Path, paths: list[str]) -> None:
    """Remove from `content` what is there already under another name, and empty folders."""
    wanted = {content / ocfl.content_name(path) for path in paths}
    for folder, _, names in os.walk(content, topdown=False):
        here = Path(folder)
        for name in names:
            if here / name not in wanted:
                (here / name).unlink()
        if not any(here.iterdir()):
            here.rmdir()


def _finish(built: Path, inventory: dict) -> None:
    """Write inventories and declaration, and flush everything."""
    raw = json_bytes(inventory)
    digest = hashlib.sha256(raw).hexdigest()
    name, text = ocfl.OBJECT_DECLARATION
    store_bytes(text.encode(), built / name)
    for place in (built / inventory["head"], built):
        store_bytes(raw, place / INVENTORY)
        store_bytes(f"{digest} {INVENTORY}\n".encode(), place / SIDECAR)
        if digest_from_disk(place / INVENTORY) != digest:
            raise RecordError(f"{place / INVENTORY}: reads back differently; the disk is failing")
    sync_tree(built)
