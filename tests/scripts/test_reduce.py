"""A working folder goes only when every file of it is proven to be in the archive."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile

import reduce
import restore
from imaging.frames import tiff
from records.errors import RecordError
from records.locks import held, myself
from records.provenance.made import MADE, own_folder
from records.provenance.noted import note
from records.record import write_record
from tests.scripts.stack_folder import (
    SPECIMEN,
    VIEW,
    make_stack,
    put_in_archive,
    sha256,
    write_master,
)


@pytest.fixture
def stack(tmp_path, demo):
    photographs = sorted((demo / "pcb-jpeg").glob("*.jpg"))[:2]
    stack = make_stack(tmp_path, photographs)
    own_folder(stack / "tiff", ["pcb_001.tif"])
    (stack / "tiff/pcb_001.tif").write_bytes(b"made again")
    put_in_archive(stack, tmp_path / "archive", "--also", str(stack / "derivatives/web.jpg"))
    return stack


def asked(tmp_path, stack, *more):
    root = ("--archive", str(tmp_path / "archive"), "--stack", str(stack))
    return [*root, "--specimen", SPECIMEN, "--view", VIEW, *more]


def test_a_stack_is_removed_and_comes_back_the_same(tmp_path, stack):
    files = {
        path.relative_to(stack): sha256(path)
        for path in stack.rglob("*")
        if path.is_file() and path.parent.name != "tiff"
    }
    (stack / ".raws.json").write_text("{}")
    files[Path(".raws.json")] = sha256(stack / ".raws.json")
    reduce.main(asked(tmp_path, stack))
    assert sorted(path.name for path in stack.iterdir()) == [".raws.json", "archive.json"]
    assert [path.name for path in stack.parent.iterdir()] == [VIEW]
    reduce.main(asked(tmp_path, stack))
    restore.main(asked(tmp_path, stack))
    assert [path.name for path in stack.parent.iterdir()] == [VIEW]
    assert {
        path.relative_to(stack): sha256(path) for path in stack.rglob("*") if path.is_file()
    } == files


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda s: (s / "raw/pcb_009.jpg").write_bytes(b"new"),
            "1 files are neither in the",
        ),
        (lambda s: (s / "raw/pcb_001.jpg").write_bytes(b"changed"), r"pcb_001\.jpg first"),
        (lambda s: write_master(s, 9), "2 files are neither in the newest"),
        (lambda s: (s / "stack/retouched.tif").write_text("mine"), r"retouched\.tif first"),
        (lambda s: (s / "notes.txt").write_text("mine"), r"notes\.txt first"),
    ],
)
def test_what_is_not_archived_keeps_the_folder(tmp_path, stack, spoil, said):
    spoil(stack)
    before = sorted(stack.rglob("*"))
    with pytest.raises(RecordError, match=said):
        reduce.main(asked(tmp_path, stack))
    assert sorted(stack.rglob("*")) == before


def test_a_damaged_object_keeps_the_folder(tmp_path, stack):
    (raw,) = (tmp_path / "archive").rglob("pcb_002.jpg")
    raw.chmod(0o644)
    raw.write_bytes(raw.read_bytes()[:-1] + b"?")
    with pytest.raises(RecordError, match="is damaged, nothing is removed"):
        reduce.main(asked(tmp_path, stack))
    assert (stack / "raw/pcb_002.jpg").exists()


def test_temporary_files_alone_can_go(tmp_path, stack):
    fused = np.zeros((8, 8, 3), np.uint16)
    tifffile.imwrite(stack / "stack/fused.tif", fused)
    digests = {"fused": tiff.pixel_digest(fused)}
    write_record(stack / "stack/fuse.json", "fuse", {"pixel_sha256": digests})
    put_in_archive(stack, tmp_path / "archive", "--also", str(stack / "derivatives/web.jpg"))
    (stack / "notes.txt").write_text("mine")
    before = {path: sha256(path) for path in stack.rglob("*") if path.is_file()}
    reduce.main(asked(tmp_path, stack, "--temporary-only"))
    gone = {stack / "stack/fused.tif", stack / "tiff/pcb_001.tif", stack / "tiff" / MADE}
    left = {path: sha256(path) for path in stack.rglob("*") if path.is_file()}
    assert left == {path: digest for path, digest in before.items() if path not in gone}


def test_an_image_by_another_method_goes_unless_someone_painted_in_it(tmp_path, stack):
    image = stack / "stack/methods/pyramid.tif"
    image.parent.mkdir()
    pixels = np.zeros((8, 8, 3), np.uint16)
    digests = {"fused": tiff.pixel_digest(pixels)}
    write_record(image.with_suffix(".json"), "fuse", {"pixel_sha256": digests})
    tifffile.imwrite(image, pixels + 1)
    with pytest.raises(RecordError, match=r"1 files are .*pyramid\.tif first"):
        reduce.main(asked(tmp_path, stack, "--temporary-only"))
    tifffile.imwrite(image, pixels)
    reduce.main(asked(tmp_path, stack, "--temporary-only"))
    assert list(image.parent.iterdir()) == []


def test_a_derivative_that_was_asked_for_goes_unless_someone_changed_it(tmp_path, stack):
    asked_for = stack / "derivatives/print.tif"
    note(asked_for, stack / "derivatives/web.jpg")
    asked_for.write_bytes(b"retouched by hand")
    with pytest.raises(RecordError, match=r"1 files are .*print\.tif first"):
        reduce.main(asked(tmp_path, stack))
    shutil.copyfile(stack / "derivatives/web.jpg", asked_for)
    reduce.main(asked(tmp_path, stack))
    assert not asked_for.exists()


def test_the_working_folder_gets_no_earlier_version(tmp_path, stack):
    write_master(stack, 8)
    put_in_archive(stack, tmp_path / "archive", "--also", str(stack / "derivatives/web.jpg"))
    reduce.main(asked(tmp_path, stack))
    with pytest.raises(RecordError, match="is the working folder"):
        restore.main(asked(tmp_path, stack, "--version", "1"))
    restore.main(asked(tmp_path, stack))
    assert (stack / "raw/pcb_001.jpg").exists()


def test_the_journal_of_a_capture_goes_with_the_record_that_says_the_same(tmp_path, stack):
    (stack / "capture.json").write_text('{"status": "complete"}')
    (stack / "capture.journal.json").write_text('{"status": "partial"}')
    put_in_archive(stack, tmp_path / "archive", "--also", str(stack / "derivatives/web.jpg"))
    with pytest.raises(RecordError, match=r"capture\.journal\.json first"):
        reduce.main(asked(tmp_path, stack))
    (stack / "capture.journal.json").write_text('{"status": "complete"}')
    reduce.main(asked(tmp_path, stack))


def test_what_was_never_archived_is_no_stack_to_reduce(tmp_path, stack):
    (stack / "archive.json").unlink()
    with pytest.raises(RecordError, match=r"it has no archive\.json"):
        reduce.main(asked(tmp_path, stack))


def test_a_dry_run_removes_nothing(tmp_path, stack, capsys):
    reduce.main(asked(tmp_path, stack, "--dry-run"))
    assert "could be removed" in capsys.readouterr().err
    assert (stack / "raw/pcb_002.jpg").exists()


def test_a_painters_journal_goes_once_all_it_tells_is_in_the_strokes(tmp_path, stack):
    retouch = stack / "retouch"
    retouch.mkdir()
    journal, lock = retouch / "strokes.journal.jsonl", retouch / ".retouching.lock"
    (retouch / "strokes.json").write_text('{"strokes": []}')
    journal.write_text('{"do": "begin", "stroke": {"id": "s1"}}\n')
    with pytest.raises(RecordError, match=r"strokes\.journal\.jsonl first"):
        reduce.main(asked(tmp_path, stack))
    with journal.open("a") as file:
        file.write('{"do": "end", "id": "s1"}\n{"do": "written"}\n')
        file.write('{"do": "undo", "id": "s1", "at": 0}\n{"do": "written"}\n')
    # Of a server that was killed; one that runs holds it.
    lock.write_text("{}")
    with held(lock, myself(), ""), pytest.raises(RecordError, match="is retouched by"):
        reduce.main(asked(tmp_path, stack))
    lock.write_text("{}")
    reduce.main(asked(tmp_path, stack))
    assert not retouch.exists()


def test_layers_go_unless_someone_painted_in_them(tmp_path, stack):
    layers = stack / "stack/layers.tif"
    layers.write_bytes(b"as made")
    with pytest.raises(RecordError, match=r"layers\.tif first"):
        reduce.main(asked(tmp_path, stack, "--temporary-only"))
    note(layers, layers)
    layers.write_bytes(b"painted")
    with pytest.raises(RecordError, match=r"layers\.tif first"):
        reduce.main(asked(tmp_path, stack, "--temporary-only"))
    layers.write_bytes(b"as made")
    reduce.main(asked(tmp_path, stack, "--temporary-only"))
    assert not [path for path in (stack / "stack").iterdir() if "layers" in path.name]


def test_all_archived_stacks_are_reduced_at_once_and_one_that_differs_stops_no_other(
    tmp_path, stack, capsys
):
    photographs = [stack / "raw" / path.name for path in (stack / "raw").iterdir()]
    other = make_stack(tmp_path / "second", photographs, "ventral")
    put_in_archive(other, tmp_path / "archive", "--also", str(other / "derivatives/web.jpg"))
    other.rename(stack.with_name("ventral"))
    other = stack.with_name("ventral")
    (other / "notes.txt").write_text("a person's own")
    # Not archived, so not looked at.
    (stack.parent / "lateral" / "raw").mkdir(parents=True)
    size = sum(path.stat().st_size for path in stack.rglob("*") if path.is_file())
    everything = ["--archive", str(tmp_path / "archive"), "--all", str(stack.parents[1])]

    reduce.main([*everything, "--dry-run", "--only", f"{SPECIMEN}/{VIEW}"])
    assert "1 stacks could be reduced, 0.0 GB of" in capsys.readouterr().err
    assert size == sum(path.stat().st_size for path in stack.rglob("*") if path.is_file())
    with pytest.raises(RecordError, match=f"1 stack could not be reduced, {SPECIMEN}/ventral"):
        reduce.main(everything)
    assert "notes.txt first" in capsys.readouterr().err
    assert [path.name for path in stack.iterdir()] == ["archive.json"]
    assert (other / "raw").is_dir()
    (other / "notes.txt").unlink()
    reduce.main(everything)
    assert [path.name for path in other.iterdir()] == ["archive.json"]
    reduce.main(everything)
    assert "0 stacks are reduced" in capsys.readouterr().err
