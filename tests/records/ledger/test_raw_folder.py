"""What lies in a raw folder: every file accounted for, before a pixel is looked at."""

import hashlib
import os

import pytest

from records.errors import RecordError
from records.ledger.raw_folder import contents, examine, refuse_missing, stamps_of


def is_raw(path):
    return path.suffix == ".nef"


def test_every_file_is_found_and_folders_without_any(tmp_path):
    (tmp_path / "card" / "deep").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    for name in ("b.nef", "a.nef", "card/c.nef", "card/deep/d.nef"):
        (tmp_path / name).touch()
    (tmp_path / "linked").symlink_to(tmp_path / "empty")
    assert sorted(contents(tmp_path)) == [
        "a.nef", "b.nef", "card/c.nef", "card/deep/d.nef", "empty/", "linked",
    ]  # fmt: skip
    assert list(stamps_of(tmp_path)) == [
        "raw/a.nef", "raw/b.nef", "raw/card/c.nef", "raw/card/deep/d.nef",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("notes.txt", "stray file: not a picture"),
        (".hidden.nef", "hidden file"),
        ("card/a.nef", "in the sub-folder card; frames lie directly in raw/"),
    ],
)
def test_what_was_never_a_frame_is_a_stray_with_its_hash(tmp_path, name, fault):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"abc")
    file = examine(tmp_path, name, is_raw)
    assert (file.fault, file.stray) == (fault, True)
    assert (file.bytes, file.sha256) == (3, hashlib.sha256(b"abc").hexdigest())


def test_folders_and_links_that_lead_nowhere_are_strays(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "gone.nef").symlink_to("nowhere")
    assert examine(tmp_path, "empty/", is_raw).fault == "a folder; frames lie directly in raw/"
    assert examine(tmp_path, "gone.nef", is_raw).fault == (
        "neither a file nor a link to one; frames lie directly in raw/"
    )


@pytest.mark.parametrize("name", ["a\n.nef", os.fsdecode(b"a\xff.nef")])
def test_a_name_that_cannot_be_written_is_a_fault_of_a_frame(tmp_path, name):
    (tmp_path / name).touch()
    file = examine(tmp_path, name, is_raw)
    assert file.fault == "its name has control characters or is not UTF-8; rename it"
    assert not file.stray


def test_a_frame_has_no_fault_and_what_its_file_says_of_the_exposure(tmp_path):
    (tmp_path / "a.nef").write_bytes(b"abc")
    file = examine(tmp_path, "a.nef", is_raw)
    assert (file.fault, file.stray, file.capture.iso) == (None, False, None)
    assert file.sha256 == hashlib.sha256(b"abc").hexdigest()
    # As b3sum tells it.
    assert file.blake3 == "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"


def test_a_folder_that_is_not_there_is_refused_with_what_to_do(tmp_path):
    refuse_missing(tmp_path)
    with pytest.raises(RecordError, match="no such folder; put the stack's raws there"):
        refuse_missing(tmp_path / "raw")
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    with pytest.raises(RecordError, match="disk, which is not there; connect the disk"):
        refuse_missing(tmp_path / "link")
