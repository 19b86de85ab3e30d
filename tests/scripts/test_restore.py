"""A stack comes back from the archive as it went in, or not at all."""

import json
from pathlib import Path

import pytest

import restore
from records.errors import RecordError
from tests.scripts.stack_folder import SPECIMEN, VIEW, make_stack, put_in_archive, write_master


@pytest.fixture
def root(tmp_path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
def stack(tmp_path, demo, root) -> Path:
    """A stack that was archived twice."""
    photographs = sorted((demo / "pcb-jpeg").glob("*.jpg"))[:2]
    stack = make_stack(tmp_path, photographs)
    put_in_archive(stack, root)
    write_master(stack, 8)
    put_in_archive(stack, root)
    return stack


def asked(root: Path, target: Path, *more: str) -> list[str]:
    return [
        *("--archive", str(root), "--specimen", SPECIMEN, "--view", VIEW),
        *("--stack", str(target), *more),
    ]


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_newest_version_comes_back_as_it_was(stack, root, tmp_path):
    restore.main(asked(root, tmp_path / "back"))
    archived = content(stack)
    del archived["derivatives/web.jpg"]
    assert content(tmp_path / "back") == archived
    times = {path.stat().st_mtime for path in (tmp_path / "back").rglob("*") if path.is_file()}
    assert len(times) == 1
    assert (tmp_path / "back/raw/pcb_001.jpg").stat().st_mode & 0o777 == 0o444
    assert (tmp_path / "back/frames.csv").stat().st_mode & 0o777 == 0o644


def test_an_earlier_version_comes_back_too(stack, root, tmp_path):
    restore.main(asked(root, tmp_path / "back", "--version", "1"))
    write_master(stack, 7)
    assert content(tmp_path / "back/archival") == content(stack / "archival")


def test_nothing_that_is_there_is_overwritten(stack, root):
    before = content(stack)
    with pytest.raises(RecordError, match="nothing is overwritten"):
        restore.main(asked(root, stack))
    assert content(stack) == before


def test_a_damaged_file_is_not_restored(stack, root, tmp_path):
    folder = root / json.loads((stack / "archive.json").read_text())["path"]
    raw = folder / "v1/content/raw/pcb_002.jpg"
    raw.chmod(0o644)
    raw.write_bytes(raw.read_bytes()[:-1])
    with pytest.raises(RecordError, match=r"pcb_002\.jpg: is no longer what was archived"):
        restore.main(asked(root, tmp_path / "back"))
    assert not (tmp_path / "back").exists()
    assert not list(tmp_path.glob(".*"))


def test_what_is_not_there_is_said(stack, root, tmp_path):
    with pytest.raises(RecordError, match="has no version v3; it has v1, v2"):
        restore.main(asked(root, tmp_path / "back", "--version", "3"))
    with pytest.raises(RecordError, match="holds no object holostack:X/dorsal"):
        restore.main([*asked(root, tmp_path / "back"), "--specimen", "X"])
