"""Files are written whole or not at all, and never where they do harm."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pytest

from records.errors import RecordError
from records.files import (
    copy_new,
    digest_file,
    digests_file,
    plain_file,
    put_in_place,
    refuse_outputs,
    refuse_protected,
    replacing,
    set_aside,
    sha256_file,
    write_table,
)
from records.known_frames import BLAKE3, SHA256, new_hash


@pytest.mark.parametrize(
    ("content", "digest"),
    [
        (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (b"a" * 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ],
)
def test_digests_of_fips_180_examples(tmp_path, content, digest):
    path = tmp_path / "file"
    path.write_bytes(content)
    assert sha256_file(path) == digest
    assert sha256_file(str(path)) == digest


@pytest.mark.parametrize("content", [b"", b"abc", b"abc" * 1_000_000])
def test_two_digests_of_one_reading_are_those_of_two(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    both = digests_file(path, new_hash(SHA256), new_hash(BLAKE3))
    assert both == (sha256_file(path), digest_file(path, new_hash(BLAKE3)))


@pytest.fixture()
def stack(tmp_path: Path) -> Path:
    folder = tmp_path / "specimens" / "A-1" / "top"
    (folder / "raw").mkdir(parents=True)
    (folder / "raw" / "1.dng").write_bytes(b"exposure")
    (folder / "frames.csv").write_text("")
    return folder


@pytest.mark.parametrize("name", ["raw", "raw/1.dng", "raw/new.tif", "raw/deeper/new.tif"])
def test_nothing_is_written_into_the_raw_folder_of_any_stack(stack, name):
    with pytest.raises(RecordError, match="raws lie in"), replacing(stack / name):
        pass
    assert (stack / "raw" / "1.dng").read_bytes() == b"exposure"


def test_nor_by_way_of_a_link(stack, tmp_path):
    (tmp_path / "results").symlink_to(stack / "raw")
    with pytest.raises(RecordError, match="raws lie in"):
        refuse_protected(tmp_path / "results" / "1.dng")


def test_a_folder_named_raw_that_is_no_stacks_is_free(tmp_path):
    with replacing(tmp_path / "raw" / "collection" / "table.csv") as partial:
        partial.write_text("a,b\n")
    assert (tmp_path / "raw" / "collection" / "table.csv").read_text() == "a,b\n"


@pytest.mark.parametrize("declaration", ["0=ocfl_1.1", "0=ocfl_object_1.1"])
def test_nothing_is_written_into_the_archive(tmp_path, declaration):
    (tmp_path / "archive" / "a" / "b").mkdir(parents=True)
    (tmp_path / "archive" / "a" / declaration).write_text("")
    with pytest.raises(RecordError, match="is in the archive"):
        refuse_protected(tmp_path / "archive" / "a" / "b" / "inventory.json")


def options(**values: object) -> argparse.Namespace:
    return argparse.Namespace(**values)


def test_an_output_that_is_an_input_is_refused_however_it_is_written(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    one, same = tmp_path / "a.json", tmp_path / "link" / "a.json"
    with pytest.raises(RecordError, match=r"--out .*: is what --made-from reads"):
        refuse_outputs(options(made_from=[one], out=same), "out")


def test_two_outputs_are_two_places(tmp_path):
    with pytest.raises(RecordError, match=r"is --fused too; name two places"):
        refuse_outputs(options(fused=tmp_path / "a", depth=tmp_path / "a"), "fused", "depth")


def test_nothing_is_written_into_a_folder_that_frames_are_read_from(tmp_path):
    for name in ("raw", "source"):
        with pytest.raises(RecordError, match="in a folder that frames are read from"):
            refuse_outputs(options(**{name: tmp_path}, out=tmp_path / "x" / "out.json"), "out")


def test_outputs_of_their_own_are_accepted(tmp_path):
    refuse_outputs(options(raw=tmp_path / "raw", out=tmp_path / "out.json", log=None), "out", "log")


def test_a_table_is_text_by_columns(tmp_path):
    write_table(tmp_path / "a.csv", ("a", "b"), [{"a": 1, "b": "x, µm"}, {"a": 2}])
    assert (tmp_path / "a.csv").read_bytes() == 'a,b\n1,"x, µm"\n2,\n'.encode()


@pytest.mark.parametrize("links", [True, False])
def test_a_file_is_put_in_place_but_never_over_another(tmp_path, monkeypatch, links):
    if not links:
        # As on FAT, which knows no second name for a file.
        monkeypatch.setattr("os.link", lambda *_, **__: (_ for _ in ()).throw(PermissionError))
    for name in ("new", "newer"):
        (tmp_path / name).write_text(name)
    put_in_place(tmp_path / "new", tmp_path / "raw.dng")
    with pytest.raises(FileExistsError, match=r"raw\.dng"):
        put_in_place(tmp_path / "newer", tmp_path / "raw.dng")
    assert (tmp_path / "raw.dng").read_text() == "new"
    assert (tmp_path / "newer").exists() and not (tmp_path / "new").exists()


def test_what_is_set_aside_gets_a_free_name_and_a_link_stays_one(tmp_path):
    aside = tmp_path / "aside"
    for number in range(2):
        (tmp_path / "a.dng").write_text(str(number))
        set_aside(tmp_path / "a.dng", aside)
    (tmp_path / "a.dng").symlink_to(tmp_path / "nowhere")
    assert set_aside(tmp_path / "a.dng", aside) == aside / "a_2.dng"
    assert [(aside / name).read_text() for name in ("a.dng", "a_1.dng")] == ["0", "1"]
    assert (aside / "a_2.dng").is_symlink()


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_what_is_written_on_leads_to_no_other_file(tmp_path, link):
    victim, name = tmp_path / "victim", tmp_path / "report.csv.unfinished"
    victim.write_text("sacred")
    getattr(name, link)(victim)
    with pytest.raises(OSError, match=r"report\.csv\.unfinished"):
        plain_file(str(name), os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    assert victim.read_text() == "sacred"


def test_a_copy_goes_through_no_link_and_over_no_file(tmp_path):
    victim, source = tmp_path / "victim", tmp_path / "source"
    victim.write_text("sacred")
    source.write_text("new")
    (tmp_path / "copy").symlink_to(victim)
    with pytest.raises(FileExistsError):
        copy_new(source, tmp_path / "copy")
    assert victim.read_text() == "sacred"
    assert copy_new(source, tmp_path / "other").stat().st_mtime == source.stat().st_mtime
