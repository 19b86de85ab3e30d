"""A bag carries a stack between archives; others' tools accept it, and damage is refused."""

import re
import shutil
from pathlib import Path

import bagit
import pytest
from ocfl.storage_root import StorageRoot

import bag
from records.archive import bags, ocfl
from records.errors import RecordError
from tests import judges
from tests.scripts.stack_folder import SPECIMEN, VIEW, make_stack, put_in_archive, write_master


@pytest.fixture
def exported(tmp_path, demo) -> Path:
    photographs = sorted((demo / "pcb-jpeg").glob("*.jpg"))[:2]
    stack = make_stack(tmp_path, photographs)
    put_in_archive(stack, tmp_path / "archive")
    write_master(stack, 8)
    put_in_archive(stack, tmp_path / "archive")
    export(tmp_path, "bag")
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
    judge = StorageRoot(root=str(root))
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
