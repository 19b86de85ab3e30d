"""Copying frames from elsewhere: verified, in place whole or not at all."""

import hashlib
import os

import pytest

from records.errors import RecordError
from records.ledger import importing


@pytest.fixture()
def original(tmp_path):
    path = tmp_path / "card" / "a.nef"
    path.parent.mkdir()
    path.write_bytes(b"frame")
    os.utime(path, ns=(1, 1_600_000_000_123_456_789))
    (tmp_path / "raw").mkdir()
    return path


def test_a_copy_has_the_bytes_and_the_time_of_its_original(original, tmp_path):
    target = tmp_path / "raw" / "a.nef"
    assert importing.copy(original, target) == hashlib.sha256(b"frame").hexdigest()
    assert target.read_bytes() == b"frame"
    assert target.stat().st_mtime_ns == original.stat().st_mtime_ns
    assert list(target.parent.iterdir()) == [target]


def test_what_is_there_is_never_written_again(original, tmp_path):
    target = tmp_path / "raw" / "a.nef"
    target.write_bytes(b"other")
    with pytest.raises(RecordError, match="someone else put it there"):
        importing.copy(original, target)
    assert target.read_bytes() == b"other"
    with pytest.raises(RecordError, match=r"is not the same as .* A raw is never overwritten"):
        importing.already_there([original], target.parent)
    target.write_bytes(b"frame")
    digest = hashlib.sha256(b"frame").hexdigest()
    assert importing.already_there([original], target.parent) == {"a.nef": digest}


def test_a_folder_with_files_of_another_card_is_not_mixed(original, tmp_path):
    (tmp_path / "raw" / "z.nef").touch()
    with pytest.raises(RecordError, match=r"holds z\.nef, not in .*Is it the right card"):
        importing.refuse_strangers(tmp_path / "raw", [original], original.parent)
