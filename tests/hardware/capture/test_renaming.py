"""Files of a capture get their names, never over one another."""

import errno
import os
from pathlib import Path

import pytest

from hardware.capture.renaming import put_in_place, set_aside
from hardware.errors import RigError


def two(folder: Path) -> tuple[Path, Path]:
    """A file, and one that has the name that it is to be given."""
    folder.joinpath("new").write_bytes(b"new")
    folder.joinpath("raw").write_bytes(b"old")
    return folder / "new", folder / "raw"


@pytest.fixture(params=["hard links", "no hard links"])
def file_system(request, monkeypatch):
    """Whether the file system lets a file have two names."""
    if request.param == "no hard links":

        def refuse(source, target):
            raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "link", refuse)


def test_a_raw_is_never_overwritten(tmp_path, file_system):
    new, raw = two(tmp_path)
    with pytest.raises(RigError, match="raw exists already; a raw is never overwritten"):
        put_in_place(new, raw)
    assert (new.read_bytes(), raw.read_bytes()) == (b"new", b"old")


def test_a_file_gets_its_name(tmp_path, file_system):
    new, raw = two(tmp_path)
    raw.unlink()
    put_in_place(new, raw)
    assert raw.read_bytes() == b"new"
    assert not new.exists()


def test_what_is_set_aside_takes_a_free_name(tmp_path, file_system):
    new, _ = two(tmp_path)
    aside = tmp_path / "unassigned"
    aside.mkdir()
    (aside / "new").write_bytes(b"other")
    assert set_aside(new, aside) == aside / "new_1"
    assert (aside / "new").read_bytes() == b"other"
