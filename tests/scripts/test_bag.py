"""A bag carries a stack between archives; others' tools accept it, and damage is refused."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import bagit
import pytest

import bag
from records.archive import bags, ocfl
from records.errors import RecordError
from tests import judges
from tests.scripts.hostile import loosen
from tests.scripts.stack_folder import (
    SPECIMEN,
    VIEW,
    make_stack,
    put_in_archive,
    sha256,
    write_master,
)


@pytest.fixture(scope="module")
def sent(tmp_path_factory, demo) -> Path:
    """A folder with an archive and a bag of its object; do not change it."""
    folder = tmp_path_factory.mktemp("sent")
    stack = make_stack(folder, sorted((demo / "pcb-jpeg").glob("*.jpg"))[:2])
    put_in_archive(stack, folder / "archive")
    write_master(stack, 8)
    put_in_archive(stack, folder / "archive")
    export(folder, "bag")
    return folder


@pytest.fixture
def exported(sent, tmp_path) -> Path:
    for name in ("archive", "bag"):
        shutil.copytree(sent / name, tmp_path / name)
    return tmp_path / "bag"


def export(tmp_path: Path, name: str, *more: str) -> None:
    bag.main(
        [
            *("export", "--archive", str(tmp_path / "archive"), "--bag", str(tmp_path / name)),
            *("--specimen", SPECIMEN, "--view", VIEW, *more),
        ]
    )


def take(tmp_path: Path) -> Path:
    root = tmp_path / "other"
    bag.main(["import", "--archive", str(root), "--bag", str(tmp_path / "bag"), "--user", "B"])
    return root


def test_validators_of_others_accept_the_bag(exported):
    assert judges.bag(exported) == ""
    assert bagit.Bag(str(exported)).info["External-Identifier"] == f"holostack:{SPECIMEN}/{VIEW}"


def test_equal_versions_make_equal_bags(exported, tmp_path):
    export(tmp_path, "again")
    for path in exported.rglob("*"):
        if path.is_file():
            again = tmp_path / "again" / path.relative_to(exported)
            assert again.read_bytes() == path.read_bytes()


def test_an_imported_bag_is_the_same_object_in_the_other_archive(exported, tmp_path):
    root = take(tmp_path)
    judge = judges.storage_root(root)
    assert judge.validate(), judge.errors
    (folder,) = ocfl.object_folders(root)
    inventory = ocfl.read_inventory(folder)
    sent = ocfl.read_inventory(tmp_path / "archive" / folder.relative_to(root))
    assert inventory.identifier == sent.identifier
    assert inventory.state() == sent.state()
    assert inventory.version()["message"].startswith("Imported from a bag of v2, made by A. Tech")
    take(tmp_path)
    assert ocfl.read_inventory(folder).head == 1


@pytest.fixture
def percent(tmp_path, demo) -> list[str]:
    """Names that are archived, among them some that look as if they were encoded already."""
    names = ["100%.jpg", "a%0Ab.jpg", "a%25b.jpg", "a%2525.jpg", "Käfer.jpg"]
    taken = [
        Path(shutil.copyfile(demo / "pcb-jpeg/pcb_001.jpg", tmp_path / name)) for name in names
    ]
    put_in_archive(make_stack(tmp_path, taken), tmp_path / "archive")
    return names


def test_percent_signs_in_names_are_encoded_in_the_manifest_alone(percent, tmp_path):
    export(tmp_path, "bag")
    assert {path.name for path in (tmp_path / "bag/data/raw").iterdir()} == set(percent)
    lines = (tmp_path / "bag/manifest-sha256.txt").read_text().splitlines()
    raws = [line.split("  ")[1] for line in lines if "/raw/" in line]
    assert raws == sorted(
        f"data/raw/{name}"
        for name in ["100%25.jpg", "a%250Ab.jpg", "a%2525b.jpg", "a%252525.jpg", "Käfer.jpg"]
    )


def test_a_bag_with_percent_signs_in_names_comes_in_whole(percent, tmp_path):
    export(tmp_path, "bag")
    (folder,) = ocfl.object_folders(take(tmp_path))
    sent = ocfl.read_inventory(tmp_path / "archive" / folder.relative_to(tmp_path / "other"))
    assert ocfl.read_inventory(folder).state() == sent.state()


def test_a_bag_whose_writer_did_not_encode_percent_signs_comes_in_too(percent, tmp_path):
    export(tmp_path, "bag")
    manifest = tmp_path / "bag/manifest-sha256.txt"
    manifest.chmod(0o644)
    # All but the one that can be taken for a line feed.
    manifest.write_text(re.sub("%25(?!0A)", "%", manifest.read_text()))
    (tmp_path / "bag/tagmanifest-sha256.txt").unlink()
    (folder,) = ocfl.object_folders(take(tmp_path))
    raws = {Path(path).name for path in ocfl.read_inventory(folder).state() if "raw/" in path}
    assert raws == set(percent)


def test_a_bag_that_is_not_what_was_meant_is_not_left_there(percent, tmp_path, monkeypatch):
    monkeypatch.setattr(bags, "_encoded", lambda path: path.replace("%", "%99"))
    with pytest.raises(RecordError, match="no whole BagIt bag"):
        export(tmp_path, "bag")
    assert not (tmp_path / "bag").exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda b: (b / "data/frames.csv").unlink(),
        lambda b: (b / "data/extra.jpg").write_bytes(b"x"),
        lambda b: (b / "bag-info.txt").chmod(0o644) or (b / "bag-info.txt").write_text("A: b\n"),
        lambda b: (b / "bagit.txt").unlink(),
        lambda b: (
            (b / "data/raw/pcb_001.jpg").chmod(0o644)
            or (b / "data/raw/pcb_001.jpg").write_bytes(b"x")
        ),
    ],
)
def test_a_damaged_bag_is_refused(exported, tmp_path, damage):
    damage(exported)
    with pytest.raises(RecordError, match="no whole BagIt bag"):
        take(tmp_path)
    assert not (tmp_path / "other").exists()


def test_a_bag_of_something_else_is_refused(tmp_path):
    (tmp_path / "bag").mkdir()
    (tmp_path / "bag" / "letter.txt").write_text("Dear colleague")
    bagit.make_bag(str(tmp_path / "bag"), checksums=["sha256"])
    with pytest.raises(RecordError, match="not a bag of a focus stack"):
        take(tmp_path)


def sealed(folder: Path, info: dict[str, str] | None = None) -> None:
    """Write manifests and sums of a bag anew, as an attacker could, with other words about it."""
    loosen(folder)
    files = sorted(path for path in (folder / "data").rglob("*") if path.is_file())
    told = dict(bagit.Bag(str(folder)).info) | (info or {})
    size = sum(path.stat().st_size for path in files)
    told.setdefault("Payload-Oxum", "")
    if "Payload-Oxum" not in (info or {}):
        told["Payload-Oxum"] = f"{size}.{len(files)}"
    (folder / "bag-info.txt").write_text("".join(f"{key}: {text}\n" for key, text in told.items()))
    lines = [f"{sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / "manifest-sha256.txt").write_text("".join(lines))
    (folder / "tagmanifest-sha256.txt").unlink(missing_ok=True)


def change_record(folder: Path, name: str, **change: object) -> None:
    loosen(folder)
    path = folder / "data" / name
    path.write_text(json.dumps(json.loads(path.read_text()) | change))


MASTER = f"archival/{SPECIMEN}_{VIEW}.json"
CONTENTS: dict[str, tuple[Callable[[Path], object], dict[str, str], str]] = {
    "another's identifier": (
        lambda b: None,
        {"External-Identifier": "holostack:B-2/dorsal"},
        "says that it is of holostack:B-2/dorsal, but its archival",
    ),
    "another prefix": (
        lambda b: None,
        {"External-Identifier": f"other:{SPECIMEN}/lateral"},
        "says that it is of other:",
    ),
    "an escape in words": (lambda b: None, {"External-Description": "a \x1b[2J b"}, "is no text"),
    "no words": (lambda b: None, {"Internal-Sender-Identifier": ""}, "is no text"),
    "another's master": (
        lambda b: change_record(b, MASTER, specimen="B-2"),
        {},
        "is of specimen 'B-2', view 'dorsal'",
    ),
    "a master elsewhere": (
        lambda b: change_record(b, MASTER, file="../../../victim"),
        {},
        "must be the name of a file",
    ),
    "another picture": (lambda b: change_record(b, MASTER, sha256="0" * 64), {}, "is not what"),
    "no raws": (lambda b: shutil.rmtree(b / "data/raw"), {}, "missing pcb_001.jpg, pcb_002.jpg"),
    "a raw less": (lambda b: (b / "data/raw/pcb_001.jpg").unlink(), {}, "missing pcb_001.jpg"),
    "a raw more": (lambda b: (b / "data/raw/x.jpg").write_bytes(b"x"), {}, "new x.jpg"),
    "no ledger": (lambda b: (b / "data/frames.csv").unlink(), {}, "it has no frames.csv"),
    "no master": (lambda b: (b / "data" / MASTER).unlink(), {}, "has 0 records of a master"),
    "a receipt": (lambda b: (b / "data/archive.json").write_bytes(b"{}"), {}, "archive.json"),
    "a list of what to remove": (
        lambda b: (b / "data/stack/.made.json").write_bytes(b"{}"),
        {},
        r"which no stack has in an archive",
    ),
    "other sizes": (lambda b: None, {"Payload-Oxum": "1.1"}, "no whole BagIt bag"),
    "sizes that are none": (lambda b: None, {"Payload-Oxum": "many"}, "no whole BagIt bag"),
}


@pytest.mark.parametrize("attack", CONTENTS)
def test_a_bag_is_what_it_says_or_stays_outside(exported, tmp_path, attack):
    change, info, said = CONTENTS[attack]
    loosen(exported)
    change(exported)
    sealed(exported, info)
    with pytest.raises(RecordError, match=said):
        take(tmp_path)
    assert not (tmp_path / "other").exists()


PLACES: dict[str, tuple[Callable[[Path], object], str]] = {
    "pipe": (lambda b: os.mkfifo(b / "data/raw/pipe"), "is a pipe"),
    "pipe as bagit.txt": (
        lambda b: ((b / "bagit.txt").unlink(), os.mkfifo(b / "bagit.txt")),
        "is a pipe",
    ),
    "link": (lambda b: (b / "data/raw/x").symlink_to(__file__), "is a link"),
    "linked payload": (
        lambda b: ((b / "data").rename(b.parent / "d"), (b / "data").symlink_to(b.parent / "d")),
        "is a link",
    ),
    "to be fetched": (
        lambda b: (b / "fetch.txt").write_text("https://example.org/x 1 data/x\n"),
        "fetches nothing",
    ),
    "named upwards": (
        lambda b: (b / "manifest-sha256.txt").write_text(f"{'0' * 64}  data/../../bag-x/y\n"),
        "no plain path",
    ),
    "named absolutely": (
        lambda b: (b / "manifest-sha256.txt").write_text(f"{'0' * 64}  {__file__}\n"),
        "no whole BagIt bag",
    ),
    "in another encoding": (
        lambda b: (b / "bagit.txt").write_text(
            "BagIt-Version: 1.0\nTag-File-Character-Encoding: rot13\n"
        ),
        "does not say UTF-8",
    ),
    "of endless lines": (lambda b: os.truncate(b / "manifest-sha256.txt", 10**10), "is larger"),
}


@pytest.mark.parametrize("attack", PLACES)
def test_nothing_but_files_inside_the_bag_is_read(exported, tmp_path, attack):
    attacked, said = PLACES[attack]
    loosen(exported)
    attacked(exported)
    with pytest.raises(RecordError, match=said):
        take(tmp_path)
    assert not (tmp_path / "other").exists()


def test_a_bag_with_other_raws_is_not_the_next_version(exported, tmp_path):
    (folder,) = ocfl.object_folders(take(tmp_path))
    loosen(exported)
    raw = exported / "data/raw/pcb_001.jpg"
    before = sha256(raw)
    raw.write_bytes(b"another frame")
    ledger = exported / "data/frames.csv"
    ledger.write_text(ledger.read_text().replace(before, sha256(raw)))
    sealed(exported)
    with pytest.raises(RecordError, match=r"v1 here has other raws than the bag: changed pcb_001"):
        take(tmp_path)
    assert ocfl.read_inventory(folder).head == 1
