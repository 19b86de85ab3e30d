"""Importing raws: verified copies, originals untouched, nothing overwritten, resumable."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import import_raws
from records.errors import RecordError
from records.ledger import importing


@pytest.fixture
def source(shared_data, tmp_path):
    """A folder with some real frames, out of the number order of their dates."""
    folder = tmp_path / "card"
    folder.mkdir()
    for path in sorted((shared_data / "stack-ring").iterdir()):
        shutil.copyfile(path, folder / path.name)
    os.utime(folder / "step0.jpg", ns=(1, 1_600_000_000_123_456_789))
    return folder


def take(source, tmp_path):
    """Run the step; give its record."""
    out = tmp_path / "import.json"
    import_raws.main(["--source", str(source), "--raw", str(tmp_path / "raw"), "--out", str(out)])
    return json.loads(out.read_text(encoding="utf-8"))


def state(folder):
    return {
        path.name: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
        for path in sorted(folder.iterdir())
    }


def test_files_are_copied_and_recorded(source, tmp_path, capsys):
    before = state(source)
    record = take(source, tmp_path)
    assert record["source"] == str(source)
    assert [one["file"] for one in record["files"]] == [f"step{k}.jpg" for k in range(6)]
    for one in record["files"]:
        copied = (tmp_path / "raw" / one["file"]).read_bytes()
        assert copied == (source / one["file"]).read_bytes()
        assert one["sha256"] == hashlib.sha256(copied).hexdigest()
        assert one["bytes"] == len(copied)
    assert state(source) == before
    assert len(list((tmp_path / "raw").iterdir())) == 6
    assert (tmp_path / "raw" / "step0.jpg").stat().st_mtime_ns == 1_600_000_000_123_456_789
    assert capsys.readouterr().err == "6 files copied and verified\n"


def test_a_second_import_touches_nothing(source, tmp_path, capsys):
    first = take(source, tmp_path)
    before = state(tmp_path / "raw")
    capsys.readouterr()
    assert take(source, tmp_path) == first
    assert state(tmp_path / "raw") == before
    assert capsys.readouterr().err == "imported already, and all there; nothing is imported twice\n"


def test_numbers_are_counted(tmp_path):
    source = tmp_path / "card"
    source.mkdir()
    for name in ("f10.raw", "f9.raw", "f1.raw"):
        (source / name).write_text(name)
    assert [one["file"] for one in take(source, tmp_path)["files"]] == [
        "f1.raw", "f9.raw", "f10.raw",
    ]  # fmt: skip


def test_other_bytes_under_the_same_name_stop_before_anything_is_copied(source, tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "step3.jpg").write_bytes(b"another exposure")
    (raw / "step5.jpg").mkdir()
    with pytest.raises(RecordError) as error:
        take(source, tmp_path)
    for name in ("step3.jpg", "step5.jpg"):
        assert f"{raw / name} is not the same as {source / name}" in str(error.value)
    assert "A raw is never overwritten" in str(error.value)
    assert sorted(path.name for path in raw.iterdir()) == ["step3.jpg", "step5.jpg"]
    assert (raw / "step3.jpg").read_bytes() == b"another exposure"
    assert not (tmp_path / "import.json").exists()


def test_frames_of_another_card_are_not_mixed_in(source, tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "earlier.dng").write_bytes(b"earlier")
    (raw / "Thumbs.db").write_bytes(b"a file manager's")
    with pytest.raises(RecordError, match=r"holds earlier.dng, not in .* Is it the right card"):
        take(source, tmp_path)
    assert sorted(path.name for path in raw.iterdir()) == ["Thumbs.db", "earlier.dng"]
    assert not (tmp_path / "import.json").exists()


@pytest.mark.parametrize("fate", ["gone", "used again", "more frames"])
def test_what_is_recorded_is_never_imported_again(source, tmp_path, capsys, fate):
    take(source, tmp_path)
    before, recorded = state(tmp_path / "raw"), (tmp_path / "import.json").read_bytes()
    if fate != "more frames":
        shutil.rmtree(source)
    if fate != "gone":
        source.mkdir(exist_ok=True)
        (source / "new.jpg").write_bytes(b"of another stack")
    capsys.readouterr()
    take(source, tmp_path)
    assert state(tmp_path / "raw") == before
    assert (tmp_path / "import.json").read_bytes() == recorded
    said = capsys.readouterr().err
    assert ("no longer holds what was imported" in said) == (fate != "gone")
    assert ("6 gone or changed" in said) == (fate == "used again")
    assert ("1 new (new.jpg)" in said) == (fate != "gone")


def test_a_recorded_import_vouches_for_its_frames(source, tmp_path):
    take(source, tmp_path)
    (tmp_path / "raw" / "step2.jpg").write_bytes(b"edited")
    (tmp_path / "raw" / "step4.jpg").unlink()
    with pytest.raises(RecordError, match=r"changed step2.jpg; missing step4.jpg"):
        take(source, tmp_path)


def test_nothing_is_imported_to_where_a_link_leads(source, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "raw").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RecordError, match="is a link, and frames are imported into folders of"):
        take(source, tmp_path)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_sub_folders_and_hidden_files_stay_behind(shared_data, tmp_path, capsys):
    record = take(shared_data / "stack-pcb-usb", tmp_path)
    assert len(record["files"]) == 7
    assert "sub-folders of" in capsys.readouterr().err
    assert not (tmp_path / "raw" / "reference").exists()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: None, "no such folder; correct the sheet's column source"),
        (lambda folder: folder.mkdir(), "there is no file in it; name the folder that holds"),
        (
            lambda folder: (folder / "100NIKON").mkdir(parents=True),
            "there is no file in it, only folders: 100NIKON; name the folder",
        ),
    ],
)
def test_a_source_without_files(tmp_path, make, words):
    make(tmp_path / "card")
    with pytest.raises(RecordError) as error:
        take(tmp_path / "card", tmp_path)
    assert words in str(error.value)
    assert not (tmp_path / "raw").exists()


def test_a_copy_that_differs_is_not_put_in_place(source, tmp_path, monkeypatch):
    monkeypatch.setattr(importing, "sha256_file", lambda path: "0" * 64)
    with pytest.raises(RecordError, match=r"the copy differs from .*; check both disks"):
        take(source, tmp_path)
    assert list((tmp_path / "raw").iterdir()) == []


def test_an_original_that_changes_while_it_is_read(source, tmp_path, monkeypatch):
    def still_growing(path):
        with (source / "step0.jpg").open("ab") as file:
            file.write(b"more")
        return True

    monkeypatch.setattr(os, "fsync", still_growing)
    with pytest.raises(RecordError, match="changed while it was read"):
        take(source, tmp_path)
    assert list((tmp_path / "raw").iterdir()) == []


@pytest.mark.slow
def test_a_killed_import_goes_on_where_it_stopped(tmp_path):
    source = tmp_path / "card"
    source.mkdir()
    for k in range(40):
        (source / f"f{k}.raw").write_bytes(os.urandom(1 << 20))
    raw, out = tmp_path / "raw", tmp_path / "import.json"
    command = [sys.executable, import_raws.__file__, "--source", source, "--raw", raw, "--out", out]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        if raw.is_dir() and len(list(raw.glob("f*.raw"))) >= 3:
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    for path in raw.glob("f*.raw"):
        assert path.read_bytes() == (source / path.name).read_bytes()
    before = {path.name: path.stat().st_ino for path in raw.glob("f*.raw")}
    assert not out.exists() or len(before) == 40
    take(source, tmp_path)
    assert {path.name for path in raw.iterdir()} == {f"f{k}.raw" for k in range(40)}
    after = {path.name: path.stat().st_ino for path in raw.iterdir()}
    assert all(after[name] == inode for name, inode in before.items())


def test_as_a_command_a_mistake_is_one_line(tmp_path):
    done = subprocess.run(
        [sys.executable, Path(import_raws.__file__), "--source", tmp_path / "card",
         "--raw", tmp_path / "raw", "--out", tmp_path / "import.json"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    command, started, said = done.stderr.splitlines()
    assert command.startswith("$ python ")
    assert started.startswith("# started ")
    assert said.startswith(f"error: {tmp_path / 'card'}: no such folder")
