"""The program's ZIP file, kept beside the code for the next stack."""

from __future__ import annotations

import pytest

from records.archive import kept_program
from records.archive.kept_program import zipped_program
from records.files import zip_bytes

FILES = {"Snakefile": b"rule all:\n", "scripts/a.py": b"1\n2\n"}


def test_it_is_compressed_once_for_each_program(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(kept_program, "zip_bytes", lambda files: made.append(1) or zip_bytes(files))
    kept = tmp_path / "code" / "program"
    others = FILES | {"scripts/a.py": b"1\n3\n"}
    for files in (FILES, FILES, others, others, FILES):
        assert zipped_program(files, kept) == zip_bytes(files)
    assert len(made) == 3


@pytest.mark.parametrize("damage", ["cut", "bit", "empty", "folder"])
def test_what_is_damaged_is_made_anew(damage, tmp_path):
    kept = tmp_path / "program"
    zipped_program(FILES, kept)
    whole = kept.read_bytes()
    kept.unlink()
    if damage == "folder":
        kept.mkdir()
    else:
        harm = {"cut": whole[:-1], "bit": whole[:-1] + bytes([whole[-1] ^ 1]), "empty": b""}
        kept.write_bytes(harm[damage])
    assert zipped_program(FILES, kept) == zip_bytes(FILES)
    assert damage == "folder" or kept.read_bytes() == whole


def test_code_that_cannot_be_written_beside_is_no_hindrance(tmp_path):
    (tmp_path / "file").write_text("")
    assert zipped_program(FILES, tmp_path / "file" / "program") == zip_bytes(FILES)
