"""An object that an attacker wrote, every digest of it right, is refused by all that reads it."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

import audit
import bag
import describe
import media
import reduce
import remake
import reprocess
import restore
import verify
from records.archive import ocfl
from records.archive.holding import is_id_of
from records.errors import RecordError
from tests.scripts.hostile import loosen, put, put_record, rewrite
from tests.scripts.stack_folder import SPECIMEN, VIEW, make_stack, put_in_archive

ID = f"holostack:{SPECIMEN}/{VIEW}"
OTHER = "lateral"
RAW = "v1/content/raw/pcb_001.jpg"


@pytest.fixture(scope="module")
def two(tmp_path_factory, demo) -> Path:
    """A folder with two stacks and their archive; do not change it."""
    folder = tmp_path_factory.mktemp("two")
    photographs = sorted((demo / "pcb-jpeg").glob("*.jpg"))[:2]
    for view in (VIEW, OTHER):
        put_in_archive(make_stack(folder, photographs[:1], view), folder / "archive")
    return folder


@pytest.fixture
def home(two, tmp_path, monkeypatch) -> Path:
    """A data folder with an archive that may be changed, and a file of somebody's."""
    shutil.copytree(two / "archive", tmp_path / "archive")
    loosen(tmp_path / "archive")
    (tmp_path / "victim").write_text("mine")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def folder(home) -> Path:
    """The folder of the object that is attacked."""
    return home / "archive" / ocfl.object_path(ID)


def restored(home: Path, *more: str) -> None:
    restore.main([*_named(home), "--stack", str(home / "back"), *more])


def exported(home: Path) -> None:
    bag.main(["export", *_named(home), "--bag", str(home / "bag")])


def reprocessed(home: Path, *more: str) -> None:
    reprocess.main([*_named(home), "--reason", "x", "--report", str(home / "re.json"), *more])


def described(home: Path) -> None:
    describe.main([*_named(home), "--metadata=caption=here"])


def audited(home: Path, *more: str) -> dict[str, str]:
    """What the report says of the object after an audit that failed."""
    report = home / "audit.csv"
    with pytest.raises(RecordError, match="could not be made again"):
        audit.main(["--archive", str(home / "archive"), "--report", str(report), *more])
    with report.open() as opened:
        return next(row for row in csv.DictReader(opened) if row["object"] == ID)


def _named(home: Path) -> list[str]:
    return ["--archive", str(home / "archive"), "--specimen", SPECIMEN, "--view", VIEW]


def lies_at(path: str) -> Callable[[Path], None]:
    """The inventory says that the raw lies elsewhere."""

    def attack(folder: Path) -> None:
        def change(inventory: dict) -> None:
            for paths in inventory["manifest"].values():
                paths[:] = [path if one == RAW else one for one in paths]

        rewrite(folder, change)

    return attack


def replaced(name: str, by: Callable[[Path], object]) -> Callable[[Path], None]:
    """Something else is in the place of a file or folder."""

    def attack(folder: Path) -> None:
        place = folder / name
        shutil.move(place, folder.parents[3] / "aside")
        by(place)

    return attack


def listen(place: Path) -> None:
    """Put a socket there; its name may be too long for the system but from within its folder."""
    here = Path.cwd()
    os.chdir(place.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(place.name)
    finally:
        os.chdir(here)


def leads_aside(place: Path) -> None:
    place.symlink_to(next(one for one in place.parents if (one / "aside").exists()) / "aside")


ELSEWHERE = {
    "absolute": lies_at(__file__),
    "upwards": lies_at("v1/../../../../../../victim"),
    "not plain": lies_at("v1/content//raw/pcb_001.jpg"),
    "link": replaced(RAW, leads_aside),
    "linked folder": replaced("v1/content/raw", leads_aside),
    "pipe": replaced(RAW, os.mkfifo),
    "socket": replaced(RAW, listen),
    "folder": replaced(RAW, os.mkdir),
    "pipe as inventory": replaced("inventory.json", os.mkfifo),
    "pipe as its digest": replaced("inventory.json.sha256", os.mkfifo),
    "link as inventory": replaced("inventory.json", leads_aside),
}


@pytest.mark.parametrize("attack", ELSEWHERE)
def test_nothing_but_files_inside_the_object_is_read(home, folder, attack):
    ELSEWHERE[attack](folder)
    for read in (restored, exported, reprocessed):
        with pytest.raises(RecordError, match=r"no plain path|, no file|no file; it is not read"):
            read(home)
    assert audited(home)["verdict"] == "failed"
    with pytest.raises(RecordError, match="1 of 2 objects are faulty"):
        verify.main(["--archive", str(home / "archive"), "--report", str(home / "verify.csv")])
    assert sorted(path.name for path in home.iterdir() if path.name in ("back", "bag")) == []


def test_an_object_behind_a_link_is_none(home, folder):
    shutil.move(folder.parents[2], home / "elsewhere")
    folder.parents[2].symlink_to(home / "elsewhere")
    for read in (restored, exported, described):
        with pytest.raises(RecordError, match="is a link"):
            read(home)


def swap(home: Path) -> None:
    one = home / "archive" / ocfl.object_path(ID)
    other = home / "archive" / ocfl.object_path(ID.replace(VIEW, OTHER))
    shutil.move(one, home / "aside")
    shutil.move(other, one)
    shutil.move(home / "aside", other)


def test_two_objects_that_changed_places_are_neither_restored_nor_proven(home, capsys):
    swap(home)
    for read in (restored, exported, reprocessed, described):
        with pytest.raises(RecordError, match=f"holds holostack:{SPECIMEN}/{OTHER}, where"):
            read(home)
    row = audited(home)
    assert (row["verdict"], "which belongs at" in row["explanation"]) == ("failed", True)
    with pytest.raises(RecordError, match="2 stacks could not be listed"):
        media.main(["--archive", str(home / "archive"), "--rights", "optional"])


def test_a_stack_is_not_removed_for_an_object_that_is_another(two, home):
    stack = Path(shutil.copytree(two / SPECIMEN / VIEW, home / SPECIMEN / VIEW))
    swap(home)
    with pytest.raises(RecordError, match=r"where .* belongs"):
        reduce.main([*_named(home), "--stack", str(stack)])
    assert (stack / "raw").is_dir()


def test_an_object_with_the_master_of_another_specimen_is_believed_by_nobody(home, folder):
    put_record(
        folder,
        f"archival/{SPECIMEN}_{VIEW}.json",
        lambda record: record.update(specimen="another"),
    )
    for read in (restored, exported, reprocessed, described):
        with pytest.raises(RecordError, match="is of specimen 'another', view 'dorsal'"):
            read(home)
    assert "of another stack" in audited(home)["explanation"]


def test_a_specimen_that_leads_elsewhere_is_of_no_object():
    assert is_id_of("holostack:A/top", "A", "top")
    for specimen, view in (("..", "top"), ("A/b", "top"), ("", "top"), (".", "A"), (7, "top")):
        assert not is_id_of(f"holostack:{specimen}/{view}", specimen, view)


def test_what_a_working_folder_is_trusted_by_comes_out_of_no_object(home, folder):
    for name in ("tiff/.made.json", ".raws.json", ".seen.json", "archive.json"):
        put(folder, name, b'{"files": ["mine"]}')
    restored(home)
    assert not list((home / "back").rglob(".*"))
    assert json.loads((home / "back/archive.json").read_text())["object"] == ID


BAD_CRATES = {
    "deep": b"[" * 100_000,
    "no JSON": b"\xff",
    "no list": b'{"@graph": 7}',
    "array": b"[]",
}


@pytest.mark.parametrize("crate", BAD_CRATES)
def test_a_provenance_that_is_none_stops_no_other_object(home, folder, monkeypatch, crate):
    settings_put(home, folder, {})
    put(folder, "ro-crate-metadata.json", BAD_CRATES[crate])
    monkeypatch.setattr(remake, "make_master", lambda *_, **__: {"pixel_sha256": ""})
    monkeypatch.setattr(remake, "changed_software", lambda *_: [])
    assert audited(home)["verdict"] == "failed"


def test_an_object_with_two_masters_is_believed_by_nobody(home, folder):
    put(folder, "archival/a.json", b"{}")
    with pytest.raises(RecordError, match="records of several masters"):
        restored(home)


BOMBS: dict[str, tuple[Callable[[Path], object], str]] = {
    "deep": (lambda path: path.write_bytes(b'{"id":' + b"[" * 1_000_000), "is no OCFL inventory"),
    "large": (lambda path: os.truncate(path, 70_000_000), "larger than any such file"),
    "a number": (lambda path: path.write_bytes(b"1" * 100_000), "is no OCFL inventory"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_an_inventory_that_fills_a_memory_ends_in_a_sentence(home, folder, bomb):
    write, said = BOMBS[bomb]
    write(folder / "inventory.json")
    with pytest.raises(RecordError, match=said):
        restored(home)
    with pytest.raises(RecordError, match="1 of 2 objects are faulty"):
        verify.main(["--archive", str(home / "archive"), "--report", str(home / "verify.csv")])


MISSHAPEN: dict[str, Callable[[dict], object]] = {
    "id": lambda inventory: inventory.update(id=7),
    "head": lambda inventory: inventory.update(head="../v1"),
    "digest": lambda inventory: inventory.update(digestAlgorithm="../../sha256"),
    "manifest": lambda inventory: inventory.update(manifest=[]),
    "path": lambda inventory: inventory["manifest"].update({"0" * 64: [None]}),
    "no path": lambda inventory: inventory["manifest"].update({"0" * 64: []}),
    "versions": lambda inventory: inventory.update(versions=None),
    "state": lambda inventory: inventory["versions"]["v1"].update(state=["raw"]),
    "user": lambda inventory: inventory["versions"]["v1"].update(user="x"),
    "created": lambda inventory: inventory["versions"]["v1"].pop("created"),
}


@pytest.mark.parametrize("part", MISSHAPEN)
def test_an_inventory_of_another_shape_is_told(home, folder, part):
    rewrite(folder, MISSHAPEN[part])
    with pytest.raises(RecordError, match="is no OCFL inventory"):
        restored(home)


RIGHT = {
    "convert": {"demosaic": "PPG", "keep": True},
    "align": {"model": "affine", "max_residual_px": 5.0},
    "fuse": {"method": "holostack", "power": 4},
    "master": {"crop": "common"},
    "derive": {"web": {"format": "jpeg", "long_edge_px": 300, "quality": 80}},
}
SETTINGS: dict[str, tuple[dict[str, dict], str]] = {
    "an input": ({"convert": {"raw": "VICTIM"}}, "convert has the unknown key 'raw'"),
    "a folder to empty": ({"convert": {"tiff": "VICTIM"}}, "convert has the unknown key 'tiff'"),
    "an output": ({"align": {"out": "VICTIM"}}, "align has the unknown key 'out'"),
    "short for an output": ({"align": {"ou": "VICTIM"}}, "align has the unknown key 'ou'"),
    "transforms": ({"fuse": {"transforms": "VICTIM"}}, "fuse has the unknown key 'transforms'"),
    "with a dash": ({"fuse": {"-out": "VICTIM"}}, "fuse has the unknown key '-out'"),
    "raws": ({"master": {"raw": "VICTIM"}}, "master has the unknown key 'raw'"),
    "a path for a word": ({"convert": {"format": "VICTIM"}}, "convert.format is"),
    "an option for a word": ({"align": {"model": "--out=VICTIM"}}, "align.model is '--out"),
    "a list for a number": ({"fuse": {"power": ["4", "--out=x"]}}, "fuse.power is"),
    "beyond the range": ({"fuse": {"power": 10**30}}, "fuse.power is"),
    "another step": ({"capture": {"rig": "VICTIM"}}, "has the unknown key 'capture'"),
    "a derivative upwards": ({"derive": {"../web": {"format": "jpeg"}}}, "'../web'"),
    "a derivative's output": ({"derive": {"web": {"out": "VICTIM"}}}, "unknown key 'out'"),
    "endless": ({"convert": {"white_balance": "1" * 10**5}}, "is longer than any settings"),
    "no section": ({"fuse": "VICTIM"}, 'fuse is "'),
}  # type: ignore[dict-item]  # the last is what an attacker writes


def settings_put(home: Path, folder: Path, changes: dict) -> None:
    """Archived settings that are right but for these changes."""
    settings: dict = {step: dict(keys) for step, keys in RIGHT.items()}
    for step, keys in changes.items():
        settings[step] = settings.get(step, {}) | keys if isinstance(keys, dict) else keys
    text = json.dumps(settings).replace("VICTIM", str(home / "victim"))
    put(folder, "settings.json", text.encode())


@pytest.mark.parametrize("attack", SETTINGS)
def test_an_archived_setting_is_a_setting_of_its_step_or_nothing_runs(home, folder, attack):
    changes, said = SETTINGS[attack]
    settings_put(home, folder, changes)
    row = audited(home)
    assert (row["verdict"], said in row["explanation"]) == ("failed", True), row
    with pytest.raises(RecordError, match=re.escape(said)):
        reprocessed(home)
    assert (home / "victim").read_text() == "mine"


def test_a_program_that_an_object_names_runs_only_where_a_person_asks(home, folder):
    command = f"sh -c 'echo yours >{home / 'victim'}' {{frames}} {{output}}"
    settings_put(home, folder, {"fuse": {"method": "external", "command": command}})
    for asked in ([], ["--run-external"]):
        said = audited(home, *asked)["explanation"]
        assert ("repeat with --run-external" in said, command in said) == (not asked, not asked)
    with pytest.raises(RecordError, match="repeat with --run-external"):
        reprocessed(home)
    settings_put(home, folder, {"fuse": {"command": command}})
    with pytest.raises(RecordError, match="repeat with --run-external"):
        reprocessed(home, "--set", "fuse.method=external")
    assert (home / "victim").read_text() == "mine"


DEPTH = {"file": "d.tif", "sha256": "0" * 64, "pixel_sha256": "0" * 64}
DEPTH |= {"unit": "frame", "zero": "the first frame", "larger_is": "farther"}
RECORDS: dict[str, tuple[dict, str]] = {
    "a master elsewhere": ({"file": "../../victim"}, "must be the name of a file"),
    "an absolute master": ({"file": __file__}, "must be the name of a file"),
    "no text": ({"metadata": {"creator": ["x"]}}, "metadata.creator is a list"),
    "no word of a master": ({"metadata": {"--out": "x"}}, "no texts by"),
    "no rectangle": ({"crop_px": ["--out=x"]}, 'crop_px[0] is "--out=x"'),
    "no direction": (
        {"crop_px": [0, 0, 9, 9], "depth": DEPTH | {"direction": "--out=x"}},
        "direction is '--out=x'",
    ),
    "a null": ({"crop_px": ["\0"]}, "crop_px[0] is"),
}


@pytest.mark.parametrize("attack", RECORDS)
def test_a_recorded_value_is_no_path_and_no_option(home, folder, monkeypatch, attack):
    change, said = RECORDS[attack]
    settings_put(home, folder, {"master": {"crop": None}})
    put_record(folder, f"archival/{SPECIMEN}_{VIEW}.json", lambda record: record.update(change))
    run = remake.run_step
    # What comes before the master takes long and is not attacked here.
    monkeypatch.setattr(
        remake, "run_step", lambda step, *more: step == "master" and run(step, *more)
    )
    assert said in audited(home)["explanation"]
    with pytest.raises(RecordError, match=re.escape(said)):
        reprocessed(home)
    assert (home / "victim").read_text() == "mine"


def test_a_threshold_that_was_archived_is_no_output(home, folder, tmp_path):
    put(folder, "stack/qc.json", json.dumps({"thresholds": {"out": "victim"}}).encode())
    back = tmp_path / "back"
    restored(home)
    with pytest.raises(RecordError, match="qc has the unknown key 'out'"):
        remake.check_again(back, back, tmp_path / "logs")


def test_checks_that_were_archived_and_cannot_be_read_are_not_left_out(home, folder, tmp_path):
    put(folder, "stack/qc.json", b"{")
    back = tmp_path / "back"
    restored(home)
    with pytest.raises(RecordError, match=r"qc\.json: is damaged"):
        remake.check_again(back, back, tmp_path / "logs")


@pytest.mark.parametrize("name", ["../../victim", "/etc/passwd", "a//b", "./a"])
def test_a_ledger_that_names_a_file_elsewhere_is_none(home, folder, name):
    ledger = (folder / "v1/content/frames.csv").read_text()
    put(folder, "frames.csv", ledger.replace("pcb_001.jpg", name).encode())
    settings_put(home, folder, {})
    assert "is no name of a file in the raw folder" in audited(home)["explanation"]
