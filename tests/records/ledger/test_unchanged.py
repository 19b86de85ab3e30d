"""Changed files are found by the disk's own notes, whatever a program set back; others unread."""

from __future__ import annotations

import os

import pytest

from records.errors import RecordError
from records.files import digest_file, sha256_file
from records.known_frames import BLAKE3, new_hash
from records.ledger.unchanged import (
    allowance,
    compare,
    keep_stamps,
    look,
    proven_raw,
    read_stamps,
    stamp,
)


@pytest.fixture()
def stack(tmp_path):
    (tmp_path / "raw").mkdir()
    for k in (1, 2, 3):
        (tmp_path / "raw" / f"{k}.dng").write_bytes(bytes([k]) * 100)
    return tmp_path


@pytest.fixture()
def known(stack):
    return {f"raw/{k}.dng": sha256_file(stack / "raw" / f"{k}.dng") for k in (1, 2, 3)}


@pytest.fixture()
def stamps(stack, known):
    return {name: stamp(stack / name) for name in known}


def never(size):
    raise AssertionError("a file was read")


def test_files_that_nobody_wrote_to_are_not_read(stack, known, stamps):
    found = look(stack, known, stamps, never)
    assert not found
    assert found.proven == stamps


@pytest.mark.parametrize("way", ["in place", "another file"])
def test_other_bytes_of_the_same_size_and_time_are_found(stack, known, stamps, way):
    path = stack / "raw" / "2.dng"
    times = path.stat()
    if way == "in place":
        with path.open("r+b") as file:
            file.write(b"\xff")
    else:
        (stack / "edited").write_bytes(b"\xff" * 100)
        (stack / "edited").rename(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    found = look(stack, known, stamps)
    assert (found.changed, found.missing) == (["2.dng"], [])


def test_touched_copied_and_relabelled_files_are_read_once_and_believed(stack, known, stamps):
    os.utime(stack / "raw" / "1.dng")
    (stack / "raw" / "2.dng").chmod(0o400)
    (stack / "copy").write_bytes((stack / "raw" / "3.dng").read_bytes())
    (stack / "copy").rename(stack / "raw" / "3.dng")
    found = look(stack, known, stamps)
    assert not found
    assert not look(stack, known, found.proven, never)


def test_missing_files_and_links_that_lead_nowhere_are_missing(stack, known, stamps):
    (stack / "raw" / "1.dng").unlink()
    (stack / "raw" / "2.dng").unlink()
    (stack / "raw" / "2.dng").symlink_to("nowhere")
    assert look(stack, known, stamps).missing == ["1.dng", "2.dng"]


def test_what_is_too_much_to_read_now_is_said_to_be_unread(stack, known, stamps):
    for name in known:
        os.utime(stack / name)
    found = look(stack, known, stamps, allowance(250))
    assert (found.unread, len(found.proven), bool(found)) == (["3.dng"], 2, False)


def test_another_size_needs_no_reading(stack, known, stamps):
    (stack / "raw" / "1.dng").write_bytes(b"1")
    assert look(stack, known, stamps, never).changed == ["1.dng"]


def test_differences_in_words():
    names = [f"{k}.dng" for k in range(1, 7)]
    before = dict.fromkeys(names, "a")
    assert str(compare(before, {"1.dng": "b", "new.dng": "c"})) == (
        "changed 1.dng; missing 2.dng, 3.dng, 4.dng, 5.dng and 1 more; new new.dng"
    )
    assert not compare(before, before | {"new.dng": "c"}, new_matters=False)


def test_stamps_are_kept_by_folder_and_a_damaged_note_is_none(stack, stamps):
    keep_stamps(stack, {"archival/a.tif": [1, 2, 3, 4]}, "archival/")
    keep_stamps(stack, stamps, "raw/")
    assert read_stamps(stack) == {"archival/a.tif": [1, 2, 3, 4], **stamps}
    keep_stamps(stack, {}, "raw/")
    assert read_stamps(stack) == {"archival/a.tif": [1, 2, 3, 4]}
    (stack / ".seen.json").write_text("[1, 2")
    assert read_stamps(stack) == {}


def test_a_raw_whose_blake3_is_known_is_proven_by_it_alone(stack, known, monkeypatch):
    path, digest = stack / "raw" / "1.dng", known["raw/1.dng"]
    quick = {digest: digest_file(path, new_hash(BLAKE3))}
    monkeypatch.setattr("records.ledger.unchanged.sha256_file", lambda path: pytest.fail("read"))
    assert proven_raw(stack / "raw", "1.dng", digest, 1, quick) == path
    path.write_bytes(b"\1" * 99 + b"\2")
    with pytest.raises(RecordError, match=r"1\.dng.*its bytes changed since the ledger was made"):
        proven_raw(stack / "raw", "1.dng", digest, 1, quick)


def test_a_raw_whose_blake3_nobody_noted_is_proven_by_its_sha256(stack, known):
    path, digest = stack / "raw" / "1.dng", known["raw/1.dng"]
    of_another = {known["raw/2.dng"]: digest_file(stack / "raw" / "2.dng", new_hash(BLAKE3))}
    assert proven_raw(stack / "raw", "1.dng", digest, 1, of_another) == path
    path.write_bytes(b"\1" * 99 + b"\2")
    with pytest.raises(RecordError, match=r"1\.dng.*its bytes changed since the ledger was made"):
        proven_raw(stack / "raw", "1.dng", digest, 1, of_another)
