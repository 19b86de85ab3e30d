"""Put a file somewhere for good: copied, flushed, read back from the disk, and hashed then."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import hashlib
import os
from pathlib import Path

from records.errors import RecordError
from records.files import sync_folder

# Stays in a processor's cache until it is hashed and written.
CHUNK_BYTES = 256 << 10
# Of linux/fs.h: _IOW(0x94, 9, int).
FICLONE = 0x40049409


def digest_from_disk(path: Path, algorithm: str = "sha256") -> str:
    """Digest of a file, in hex, read from the disk rather than from the kernel's cache.

    The cache holds what was meant to be written; only the disk holds what was.
    """
    with path.open("rb", buffering=0) as source:
        os.posix_fadvise(source.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        os.posix_fadvise(source.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)
        digest = hashlib.new(algorithm)
        buffer = memoryview(bytearray(CHUNK_BYTES))
        while count := source.readinto(buffer):
            digest.update(buffer[:count])
        return digest.hexdigest()


def store_file(
    source: Path, target: Path, algorithm: str = "sha256", *, known: str | None = None
) -> str:
    """Copy a file to where none is yet, reading it once, and prove the copy.

    Where the file system can, copy and source share their blocks until either is written to: that
    takes no room, and either stays as it is whatever becomes of the other.

    Parameters
    ----------
    known : what the digest should be, in hex, lower case, where a record says so: a copy that has
        it is proven, and the source need not be hashed too

    Returns
    -------
    str
        Digest in hex of the bytes of `source`, which are also the bytes that a second reading found
        at `target`. The copy is read-only and on the disk when this returns.

    Raises
    ------
    RecordError
        The copy does not read back as it was written.
    OSError
        Reading or writing failed; `target` may then be there in part.
    """
    digest = hashlib.new(algorithm)
    buffer = memoryview(bytearray(CHUNK_BYTES))
    with source.open("rb", buffering=0) as read, target.open("xb", buffering=0) as written:
        os.posix_fadvise(read.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)
        is_shared = share_blocks(read.fileno(), written.fileno())
        # What is known and shared is neither hashed nor written here.
        is_read = not (is_shared and known)
        while is_read and (count := read.readinto(buffer)):
            if not known:
                digest.update(buffer[:count])
            left = buffer[: 0 if is_shared else count]
            while left.nbytes:
                left = left[written.write(left) :]
        os.fchmod(written.fileno(), 0o444)
        os.fsync(written.fileno())
    found = digest_from_disk(target, algorithm)
    if found == known:
        return found
    expected = digest_from_disk(source, algorithm) if known else digest.hexdigest()
    if found != expected:
        raise RecordError(
            f"{target}: reads back differently from what was written; "
            "the disk or the connection to it is failing, archive elsewhere"
        )
    return expected


def share_blocks(source: int, target: int) -> bool:
    """Have an open, empty file share the blocks of another (reflink); whether the disk can."""
    try:
        fcntl.ioctl(target, FICLONE, source)
    except OSError:
        return False
    return True


def store_bytes(content: bytes, target: Path) -> str:
    """Write a small read-only file where none is yet, flushed; return its SHA-256 in hex."""
    with target.open("xb") as written:
        written.write(content)
        written.flush()
        os.fchmod(written.fileno(), 0o444)
        os.fsync(written.fileno())
    return hashlib.sha256(content).hexdigest()


def sync_tree(folder: Path) -> None:
    """Flush the entries of a folder and of all folders in it."""
    for path, _, _ in os.walk(folder, topdown=False):
        sync_folder(Path(path))


def exchange(one: Path, other: Path) -> bool:
    """Let two folders change names atomically; False where the system cannot."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return False
    at_cwd, rename_exchange = -100, 2
    if renameat2(at_cwd, os.fsencode(one), at_cwd, os.fsencode(other), rename_exchange) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))
