"""Two stacks that are archived at once share the folder that versions are made ready in."""

from __future__ import annotations

from pathlib import Path

import pytest

from records.archive import ocfl
from records.archive.versions import _staging


def test_a_folder_that_another_removes_as_it_is_asked_for_is_made_again(tmp_path, monkeypatch):
    base, make, refused = tmp_path / ocfl.STAGING, Path.mkdir, []

    def gone_meanwhile(path: Path, *args, **named) -> None:
        # What `mkdir` says of a folder that was there and, when it looks, is not.
        if path == base and not refused:
            refused.append(path)
            raise FileExistsError(17, "File exists", str(path))
        make(path, *args, **named)

    monkeypatch.setattr(Path, "mkdir", gone_meanwhile)
    with _staging(tmp_path, "holostack:S-1/top") as folder:
        assert folder.is_dir()
    assert refused and not base.exists()


def test_a_file_in_the_place_of_that_folder_is_told_of(tmp_path):
    base = tmp_path / ocfl.STAGING
    base.parent.mkdir()
    base.write_text("a file")
    with pytest.raises(FileExistsError), _staging(tmp_path, "holostack:S-1/top"):
        pass
