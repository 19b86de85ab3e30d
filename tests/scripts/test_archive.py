"""Archiving a stack: what the object holds, when a version is made, what survives a kill."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

import archive
import restore
from records.archive import ocfl, placing, versions
from records.errors import RecordError
from records.layout import RETOUCH, STROKES
from records.ledger.table import Entry, read_ledger, write_ledger
from records.record import read_record, write_record
from records.retouching import strokes
from records.retouching.by_hand import is_as_archived
from records.retouching.strokes import Brush, Source, Stroke
from tests import judges
from tests.scripts.stack_folder import (
    SPECIMEN,
    VIEW,
    arguments,
    make_stack,
    put_in_archive,
    sha256,
    write_master,
)

ID = f"holostack:{SPECIMEN}/{VIEW}"


@pytest.fixture
def stack(tmp_path, demo) -> Path:
    return make_stack(tmp_path, sorted((demo / "pcb-jpeg").glob("*.jpg"))[:3])


def assert_valid(root: Path, objects: int) -> None:
    judge = judges.storage_root(root)
    assert judge.validate(log_warnings=False), judge.log.status_str()
    assert (judge.num_objects, judge.good_objects) == (objects, objects), judge.errors


def test_the_first_version_holds_the_stack_byte_for_byte(stack, tmp_path):
    root = tmp_path / "archive"
    archive.main(arguments(stack, root, "--also", str(stack / "derivatives" / "web.jpg")))
    assert_valid(root, 1)
    receipt = json.loads((stack / "archive.json").read_text())
    folder = root / receipt["path"]
    assert receipt["object"] == ID
    assert receipt["version"] == "v1"
    assert receipt["inventory_sha256"] == sha256(folder / "inventory.json")
    state = ocfl.read_inventory(folder).state()
    assert state.pop("workflow/Snakefile") == sha256(tmp_path / "Snakefile")
    assert state.pop("workflow/holostack.zip")
    assert state.pop("ro-crate-metadata.json")
    assert state.pop("README.html")
    kept = [path for path in stack.rglob("*") if path.is_file() and path.name != "archive.json"]
    assert state == {path.relative_to(stack).as_posix(): sha256(path) for path in kept}
    for path in kept:
        held = folder / "v1" / "content" / path.relative_to(stack)
        assert held.read_bytes() == path.read_bytes()
        assert held.stat().st_mode & 0o222 == 0


def test_the_object_lies_where_the_layout_extension_says(stack, tmp_path):
    root = tmp_path / "archive"
    archive.main(arguments(stack, root))
    path = json.loads((stack / "archive.json").read_text())["path"]
    assert path == judges.storage_root(root).object_path(ID)
    assert path.endswith("/holostack%3aUSNM-ENT-01234567%2fdorsal")
    assert sorted(entry.name for entry in (root / "extensions").iterdir()) == [
        "0003-hash-and-id-n-tuple-storage-layout",
        "holostack-frames",
    ]


def test_the_only_warning_of_a_validator_is_the_choice_of_sha256(stack, tmp_path):
    root = tmp_path / "archive"
    archive.main(arguments(stack, root, "--user-address", "mailto:a@museum.example"))
    folder = root / json.loads((stack / "archive.json").read_text())["path"]
    judge = judges.ocfl_validator(log_warnings=True)
    assert judge.validate_object(str(folder))
    assert [line[:7] for line in judge.status_str().splitlines() if "[W" in line] == ["[W004] "]


@pytest.mark.slow
def test_an_unchanged_stack_makes_no_version(stack, tmp_path):
    root = tmp_path / "archive"
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "fuse.log").write_text("fused in 3 s\n")
    archive.main(arguments(stack, root, "--logs", str(logs)))
    receipt = (stack / "archive.json").read_bytes()
    (logs / "fuse.log").write_text("fused in 4 s\n")
    archive.main(arguments(stack, root, "--logs", str(logs)))
    assert (stack / "archive.json").read_bytes() == receipt


def retouched(stack, *ids):
    """Strokes in a stack, and the records of retouching and master as their steps leave them."""
    one = Source("frame", frame=2, sha256="0" * 64)
    path, brush = ((3.0, 4.0), (9.0, 4.0)), Brush(8.0, 0.5, 1.0)
    painted = [
        Stroke(name, one, "pixels", True, brush, path, "A. Painter", "2026-11-27T06:00:00Z", "halo")
        for name in ids
    ]
    strokes.write(stack / STROKES, strokes.Strokes(96, 64, tuple(painted)))
    by = {"strokes.json": sha256(stack / STROKES)}
    told = {"base": "fused", "strokes": len(ids), "people": [], "painted_share": 0.0}
    told |= {"pixel_sha256": {}, "sha256": {}, "made_from": by}
    write_record(stack / RETOUCH, "retouch", told)
    record = stack / f"archival/{SPECIMEN}_{VIEW}.json"
    known = json.loads(record.read_text()) | {
        "made_from": {"retouch.json": sha256(stack / RETOUCH)}
    }
    record.write_text(json.dumps(known))


@pytest.mark.slow
def test_strokes_are_archived_and_a_new_version_tells_whose_were_added(stack, tmp_path):
    root = tmp_path / "archive"
    archive.main(arguments(stack, root))
    receipt = read_record(stack / "archive.json", "receipt")
    assert "retouched_by" not in receipt
    assert is_as_archived(stack, receipt)
    retouched(stack, "a", "b")
    assert not is_as_archived(stack, receipt)
    archive.main(arguments(stack, root, "--reason", "Halo painted out"))
    receipt = read_record(stack / "archive.json", "receipt")
    assert receipt["retouched_by"] == {STROKES: sha256(stack / STROKES)}
    assert is_as_archived(stack, receipt)
    inventory = ocfl.read_inventory(root / receipt["path"])
    assert {STROKES, RETOUCH} <= inventory.state().keys()
    assert inventory.version(2)["message"] == (
        "Halo painted out; retouching: 2 strokes of A. Painter added; 2 files added; "
        "1 files changed"
    )
    retouched(stack, "b", "c")
    archive.main(arguments(stack, root, "--reason", "Looked again"))
    assert ocfl.read_inventory(root / receipt["path"]).version(3)["message"] == (
        "Looked again; retouching: 1 stroke of A. Painter added; "
        "retouching: 1 stroke of A. Painter taken out; 3 files changed"
    )


def test_a_stack_painted_on_since_its_master_was_made_is_not_archived(stack, tmp_path):
    retouched(stack, "a")
    record = stack / f"archival/{SPECIMEN}_{VIEW}.json"
    with_strokes = record.read_text()
    record.write_text(json.dumps(json.loads(with_strokes) | {"made_from": {}}))
    with pytest.raises(RecordError, match="was made without retouching, but there is retouch/str"):
        archive.main(arguments(stack, tmp_path / "archive"))
    record.write_text(with_strokes)
    strokes.write(stack / STROKES, strokes.Strokes(96, 64))
    with pytest.raises(RecordError, match="was made with retouching, but nothing is retouched now"):
        archive.main(arguments(stack, tmp_path / "archive"))
    assert not (tmp_path / "archive").exists()


@pytest.mark.slow
def test_a_second_version_stores_only_what_changed(stack, tmp_path):
    root = tmp_path / "archive"
    archive.main(arguments(stack, root))
    folder = root / json.loads((stack / "archive.json").read_text())["path"]
    before = {path: path.read_bytes() for path in (folder / "v1").rglob("*") if path.is_file()}
    first = ocfl.read_inventory(folder).state()
    write_master(stack, 8)
    archive.main(arguments(stack, root, "--reason", "Fused with a wider pyramid"))
    assert_valid(root, 1)
    inventory = ocfl.read_inventory(folder)
    master = f"archival/{SPECIMEN}_{VIEW}"
    assert inventory.version(2)["message"] == (
        f"Fused with a wider pyramid; changed {master}.json, {master}.tif"
    )
    assert inventory.version(2)["user"] == {"name": "A. Technician"}
    assert inventory.state(1) == first
    new = sorted(path.name for path in (folder / "v2" / "content").rglob("*") if path.is_file())
    made = [f"{SPECIMEN}_{VIEW}.json", f"{SPECIMEN}_{VIEW}.tif"]
    assert new == ["README.html", *made, "ro-crate-metadata.json"]
    for path, content in before.items():
        assert path.read_bytes() == content
        assert path.stat().st_nlink == 1


@pytest.mark.slow
def test_a_raw_that_is_another_is_named_among_all_that_follows_from_it(stack, tmp_path):
    more = ("--settings", '{"fuse": {"power": 4}}')
    archive.main(arguments(stack, tmp_path / "archive", *more))
    raw = stack / "raw" / "pcb_003.jpg"
    raw.write_bytes(raw.read_bytes() + b"more")
    entries = [
        replace(entry, sha256=sha256(raw)) if entry.file == raw.name else entry
        for entry in read_ledger(stack / "frames.csv")
    ]
    write_ledger(entries, stack / "frames.csv")
    write_master(stack, 8)
    more = ("--settings", '{"fuse": {"power": 3}}')
    with pytest.raises(RecordError, match=r"not what was archived as v1: changed pcb_003.jpg"):
        archive.main(arguments(stack, tmp_path / "archive", *more))
    (stack / "sheet.json").write_text('{"raws_changed": "v1: copied anew from the card"}')
    archive.main(arguments(stack, tmp_path / "archive", *more))
    (folder,) = ocfl.object_folders(tmp_path / "archive")
    assert ocfl.read_inventory(folder).version()["message"] == (
        "Archived by the workflow; changed raw/pcb_003.jpg; fuse.power 4 → 3; "
        "sheet: raws_changed nothing → v1: copied anew from the card; 3 files changed"
    )


@pytest.mark.slow
def test_a_second_version_is_added_where_folders_cannot_be_exchanged(stack, tmp_path, monkeypatch):
    root = tmp_path / "archive"
    archive.main(arguments(stack, root))
    folder = root / json.loads((stack / "archive.json").read_text())["path"]
    write_master(stack, 8)
    monkeypatch.setattr(placing, "exchange", lambda one, other: False)
    archive.main(arguments(stack, root))
    assert_valid(root, 1)
    # A kill may come after any of the three steps; each is undone here, and made good.
    newest = {name: (folder / name).read_bytes() for name in (ocfl.INVENTORY, ocfl.SIDECAR)}
    older = {name: (folder / "v1" / name).read_bytes() for name in newest}
    for stopped in ({}, {ocfl.INVENTORY: newest[ocfl.INVENTORY]}):
        for name, content in (older | stopped).items():
            (folder / name).unlink()
            (folder / name).write_bytes(content)
        archive.main(arguments(stack, root))
        assert_valid(root, 1)
        assert json.loads((stack / "archive.json").read_text())["version"] == "v2"


def test_a_raw_that_changed_after_the_ledger_is_not_archived(stack, tmp_path):
    root = tmp_path / "archive"
    raw = stack / "raw" / "pcb_003.jpg"
    content = bytearray(raw.read_bytes())
    content[5000] ^= 1
    raw.write_bytes(content)
    with pytest.raises(RecordError, match=r"pcb_003\.jpg: its SHA-256 is .* its record says"):
        archive.main(arguments(stack, root))
    assert list(root.iterdir()) == []


def test_a_raw_that_the_ledger_does_not_know_is_not_left_out_silently(stack, tmp_path):
    (stack / "raw" / "pcb_008.jpg").write_bytes(b"late")
    with pytest.raises(RecordError, match=r"pcb_008\.jpg: not in the ledger"):
        archive.main(arguments(stack, tmp_path / "archive"))


def test_a_folder_of_other_things_is_not_taken_for_an_archive(stack, tmp_path):
    (tmp_path / "photographs").mkdir()
    (tmp_path / "photographs" / "notes.txt").write_text("mine")
    with pytest.raises(RecordError, match="neither empty nor an OCFL"):
        archive.main(arguments(stack, tmp_path / "photographs"))
    assert [path.name for path in (tmp_path / "photographs").iterdir()] == ["notes.txt"]


@pytest.mark.slow
def test_different_stacks_are_archived_side_by_side(tmp_path, demo):
    photographs = sorted((demo / "pcb-jpeg").glob("*.jpg"))[:2]
    stacks = [make_stack(tmp_path, photographs, f"view{number}") for number in range(24)]
    root = tmp_path / "archive"
    with ThreadPoolExecutor(8) as workers:
        list(workers.map(lambda stack: archive.main(arguments(stack, root)), stacks))
    assert_valid(root, 24)


def test_one_stack_is_not_archived_by_two_at_once(stack, tmp_path):
    root = tmp_path / "archive"
    with (
        versions._staging(root, ID),
        pytest.raises(RecordError, match="another process is archiving it"),
    ):
        archive.main(arguments(stack, root))
    archive.main(arguments(stack, root))
    assert_valid(root, 1)


def test_names_beyond_ascii_are_kept_and_lie_under_ascii_names(tmp_path, demo):
    photograph = tmp_path / "K\u00e4fer 100%.jpg"
    shutil.copyfile(demo / "pcb-jpeg" / "pcb_001.jpg", photograph)
    stack = make_stack(tmp_path / "work", [photograph])
    folder = put_in_archive(stack, tmp_path / "archive")
    assert_valid(tmp_path / "archive", 1)
    assert (folder / "v1/content/raw/K%C3%A4fer 100%25.jpg").exists()
    restore.main(
        [
            *("--archive", str(tmp_path / "archive"), "--specimen", SPECIMEN, "--view", VIEW),
            *("--stack", str(tmp_path / "back")),
        ]
    )
    assert (tmp_path / "back/raw" / photograph.name).read_bytes() == photograph.read_bytes()


def test_what_the_ledger_rejects_is_archived_too_if_it_is_a_file(stack, tmp_path):
    stray = stack / "raw" / "notes.txt"
    stray.write_text("seen")
    (stack / "raw" / "empty").mkdir()
    entries = [
        *read_ledger(stack / "frames.csv"),
        Entry(None, "notes.txt", "rejected", "stray file", sha256(stray), 4),
        Entry(None, "empty/", "rejected", "a folder", "", 0),
    ]
    write_ledger(entries, stack / "frames.csv")
    folder = put_in_archive(stack, tmp_path / "archive")
    assert (folder / "v1/content/raw/notes.txt").read_text() == "seen"
    assert_valid(tmp_path / "archive", 1)


@pytest.mark.slow
def test_sheet_row_and_settings_are_kept_as_they_were(stack, tmp_path):
    (tmp_path / "sheet.csv").write_text(
        f"specimen,view,caption,sex\n{SPECIMEN},ventral,no,\n{SPECIMEN},{VIEW},a beetle,\n"
    )
    more = ("--sheet", str(tmp_path / "sheet.csv"), "--settings", '{"fuse": {"power": 4}}')
    content = put_in_archive(stack, tmp_path / "archive", *more) / "v1" / "content"
    assert read_record(content / "sheet.json", "sheet") == {
        "specimen": SPECIMEN,
        "view": VIEW,
        "caption": "a beetle",
    }
    assert read_record(content / "settings.json", "settings") == {"fuse": {"power": 4}}
    receipt = (stack / "archive.json").read_bytes()
    archive.main(arguments(stack, tmp_path / "archive", *more))
    assert (stack / "archive.json").read_bytes() == receipt
