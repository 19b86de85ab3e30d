"""What is put away for good: proven, and taking no room twice where the disk can share it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from records.archive import storing
from records.archive.storing import store_file
from records.errors import RecordError

SIZE = 30_000_000


@pytest.fixture(scope="module")
def btrfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A disk whose files can share blocks, where this machine lets us mount one."""
    if os.geteuid() != 0 or not shutil.which("mkfs.btrfs"):
        pytest.skip("to mount a btrfs, root and btrfs-progs are needed")
    folder = tmp_path_factory.mktemp("disk")
    image, mounted = folder / "image", folder / "mounted"
    mounted.mkdir()
    with image.open("wb") as file:
        file.truncate(256 << 20)
    subprocess.run(["mkfs.btrfs", "-q", image], check=True)
    if subprocess.run(["mount", "-o", "loop", image, mounted], check=False).returncode:
        pytest.skip("this machine mounts no loop device")
    yield mounted
    subprocess.run(["umount", mounted], check=True)


def taken(disk: Path) -> int:
    """Bytes of a disk that are taken."""
    os.sync()
    found = os.statvfs(disk)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


@pytest.mark.slow
def test_a_copy_takes_no_room_where_the_disk_can_share_it_and_stays_when_the_source_is_written_to(
    btrfs,
):
    source, target = btrfs / "a.dng", btrfs / "archived.dng"
    content = os.urandom(SIZE)
    source.write_bytes(content)
    before = taken(btrfs)
    assert store_file(source, target) == hashlib.sha256(content).hexdigest()
    assert taken(btrfs) - before < SIZE / 10
    assert target.stat().st_ino != source.stat().st_ino
    with source.open("r+b") as written:
        written.write(b"another")
    assert target.read_bytes() == content
    assert target.stat().st_mode & 0o777 == 0o444


@pytest.mark.parametrize("is_shared", [True, False])
def test_a_copy_that_reads_back_otherwise_is_refused_shared_or_not(
    tmp_path, monkeypatch, is_shared
):
    source = tmp_path / "a.dng"
    source.write_bytes(b"frame")

    def share(_: int, target: int) -> bool:
        # A disk that shares other blocks than it should.
        if is_shared:
            os.write(target, b"other")
        return is_shared

    monkeypatch.setattr(storing, "share_blocks", share)
    if not is_shared:
        assert store_file(source, tmp_path / "b") == hashlib.sha256(b"frame").hexdigest()
        monkeypatch.setattr(storing, "digest_from_disk", lambda *_: "0" * 64)
    with pytest.raises(RecordError, match="reads back differently"):
        store_file(source, tmp_path / "c")


def test_a_copy_that_has_the_digest_of_its_record_is_proven_by_one_hashing(tmp_path, monkeypatch):
    source, target = tmp_path / "a.dng", tmp_path / "archived.dng"
    source.write_bytes(b"frame")
    digest = hashlib.sha256(b"frame").hexdigest()
    hashed = []

    def from_disk(path: Path, algorithm: str) -> str:
        hashed.append(path)
        return hashlib.new(algorithm, path.read_bytes()).hexdigest()

    monkeypatch.setattr(storing, "digest_from_disk", from_disk)
    assert store_file(source, target, known=digest) == digest
    assert hashed == [target]
    assert target.read_bytes() == b"frame"
    assert target.stat().st_mode & 0o777 == 0o444


def test_of_a_source_that_is_not_as_its_record_says_its_own_digest_is_given(tmp_path):
    source = tmp_path / "a.dng"
    source.write_bytes(b"changed since")
    known = hashlib.sha256(b"frame").hexdigest()
    digest = store_file(source, tmp_path / "b", known=known)
    assert digest == hashlib.sha256(b"changed since").hexdigest()


@pytest.mark.parametrize("is_shared", [True, False])
def test_a_copy_that_reads_back_otherwise_than_its_record_and_its_source_say_is_refused(
    tmp_path, monkeypatch, is_shared
):
    source, target = tmp_path / "a.dng", tmp_path / "b"
    source.write_bytes(b"frame")

    def share(_: int, descriptor: int) -> bool:
        os.write(descriptor, b"wrong" if is_shared else b"")
        return is_shared

    def from_disk(path: Path, algorithm: str) -> str:
        content = b"wrong" if path == target else path.read_bytes()
        return hashlib.new(algorithm, content).hexdigest()

    monkeypatch.setattr(storing, "share_blocks", share)
    monkeypatch.setattr(storing, "digest_from_disk", from_disk)
    with pytest.raises(RecordError, match="reads back differently"):
        store_file(source, target, known=hashlib.sha256(b"frame").hexdigest())
