"""Commands read archives of every age, and one bad object does not stop them for the others.

`tests/data/archived_before_formats.zip` is an archive of one stack, with its receipt, as the
program made it before records said their format: three JPEG frames of 96 x 64 px.
"""

import csv
import json
import zipfile
from pathlib import Path

import pytest

import audit
import media
import policy
import restore
import review
import verify
from records.archive import ocfl
from records.archive.versions import Reason, add_version
from records.errors import RecordError
from tests import judges
from tests.scripts.stack_folder import SPECIMEN, VIEW, make_stack, put_in_archive

OLD = Path(__file__).parents[1] / "data" / "archived_before_formats.zip"


@pytest.fixture
def old(tmp_path) -> Path:
    """The data folder of an archive that was made before records had formats."""
    with zipfile.ZipFile(OLD) as packed:
        packed.extractall(tmp_path / "old")
    return tmp_path / "old"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as opened:
        return list(csv.DictReader(opened))


def test_an_old_archive_is_whole_by_its_inventories_and_receipts(old, monkeypatch):
    monkeypatch.chdir(old)
    verify.main(["--receipts", "specimens"])
    (row,) = rows(old / "results/verify.csv")
    assert (row["object"], row["verdict"]) == (f"holostack:{SPECIMEN}/{VIEW}", "whole")


def test_every_bit_of_an_old_receipt_still_counts(old, monkeypatch):
    monkeypatch.chdir(old)
    receipt = old / "specimens" / SPECIMEN / VIEW / "archive.json"
    content = bytearray(receipt.read_bytes())
    content[content.index(b"v1") + 1] ^= 1
    receipt.write_bytes(content)
    with pytest.raises(RecordError, match="1 faults of the root and the receipts"):
        verify.main(["--receipts", "specimens"])


@pytest.mark.slow
def test_masters_of_an_old_archive_are_made_again(old, monkeypatch):
    """Another program may make other pixels; it must say so, and not fail."""
    monkeypatch.chdir(old)
    try:
        audit.main([])
    except RecordError as error:
        assert "could not be made again as they are" in str(error)
    (row,) = rows(old / "results/audit.csv")
    assert row["verdict"] in (audit.IDENTICAL, audit.DIFFERENT), row["explanation"]


def test_an_old_archive_is_listed_and_checked(old, monkeypatch):
    monkeypatch.chdir(old)
    media.main([])
    listed = rows(old / "results/media.csv")
    assert [row["rights"] for row in listed] == ["CC0", "CC0"]
    (found,) = judges.darwin_core(old / "results/dwca.zip")
    assert found["scientificName"] == "Apis melifera"
    policy.main(["--waive", "resolution"])
    assert {row["verdict"] for row in rows(old / "results/policy.csv")} == {"pass", "waived"}


def test_a_stack_of_an_old_archive_comes_back(old, monkeypatch):
    monkeypatch.chdir(old)
    who = ["--specimen", SPECIMEN, "--view", VIEW, "--archive", "archive", "--stack", "back"]
    restore.main(who)
    record = json.loads((old / f"back/archival/{SPECIMEN}_{VIEW}.json").read_text())
    assert record["metadata"]["scientific_name"] == "Apis melifera"


@pytest.fixture
def three(tmp_path, demo, monkeypatch) -> Path:
    """A data folder with three archived stacks, the record of the second is no JSON."""
    (tmp_path / "specimens").mkdir()
    sheet = tmp_path / "sheet.csv"
    views = ("a", "b", "c")
    sheet.write_text(
        "specimen,view,rights\n" + "".join(f"{SPECIMEN},{view},CC0\n" for view in views)
    )
    for view in views:
        stack = make_stack(tmp_path / "made" / view, [demo / "pcb-jpeg/pcb_001.jpg"], view)
        put_in_archive(stack, tmp_path / "archive", "--sheet", str(sheet))
        stack.parent.rename(tmp_path / "specimens" / view)
    (record,) = (tmp_path / "archive").rglob(f"{SPECIMEN}_b.json")
    record.chmod(0o644)
    record.write_text("{")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_verify_goes_on_after_a_damaged_object(three, capsys):
    with pytest.raises(RecordError, match="1 of 3 objects are faulty"):
        verify.main([])
    assert sorted(row["verdict"] for row in rows(three / "results/verify.csv")) == [
        *("faulty", "whole", "whole")
    ]


def test_media_lists_the_others_and_names_the_one(three, capsys):
    with pytest.raises(RecordError, match=f"1 stack could not be listed, holostack:{SPECIMEN}/b"):
        media.main([])
    assert {row["subject_orientation"] for row in rows(three / "results/media.csv")} == {"a", "c"}
    assert f"warning: holostack:{SPECIMEN}/b: " in capsys.readouterr().err


def test_policy_checks_the_others_and_names_the_one(three, capsys):
    with pytest.raises(RecordError, match="2 of 2 masters break rules of fadgi"):
        policy.main([])
    assert {Path(row["master"]).name for row in rows(three / "results/policy.csv")} == {
        f"{SPECIMEN}_a.tif",
        f"{SPECIMEN}_c.tif",
    }
    assert f"warning: holostack:{SPECIMEN}/b: " in capsys.readouterr().err
    rules = "icc,resolution,creator,copyright"
    with pytest.raises(RecordError, match=f"1 stack could not be checked, holostack:{SPECIMEN}/b"):
        policy.main(["--waive", rules])


def test_policy_checks_one_object_alone(three):
    policy.main(["--waive", "icc,resolution,creator,copyright", "--object", f"{SPECIMEN}/c"])
    assert {Path(row["master"]).name for row in rows(three / "results/policy.csv")} == {
        f"{SPECIMEN}_c.tif"
    }


def test_the_collection_shows_the_others_and_names_the_one(three):
    record = three / "specimens/b/b/archival/b_b.json"
    record.write_text("{")
    roots = [f"--{name}={name}" for name in ("specimens", "archive", "logs", "results")]
    review.main(["index", *roots])
    shown = rows(three / "results/stacks.csv")
    state = {row["specimen"]: row["state"] for row in shown if len(row["specimen"]) == 1}
    assert state == {"a": "archived", "b": "stopped", "c": "archived"}
    assert "b_b.json: is damaged" in next(row["reason"] for row in shown if row["specimen"] == "b")


def test_an_object_of_others_in_the_root_is_verified_and_else_left_alone(three, capsys):
    (three / "letter.txt").write_text("Dear colleague")
    add_version(
        three / "archive",
        "info:letters/1",
        {"letter.txt": three / "letter.txt"},
        Reason("Kept here", "A. Curator"),
    )
    verify.main(["--object", "info:letters/1"])
    for command in (media, policy, audit):
        with pytest.raises(RecordError):
            command.main([])
        said = capsys.readouterr().err
        assert "note: info:letters/1 holds no focus stack and is left out" in said
    assert all("letters" not in row["object"] for row in rows(three / "results/audit.csv"))


def test_views_that_say_otherwise_of_their_specimen_are_named_and_the_others_listed(
    three, tmp_path, demo, capsys
):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"specimen,view,rights,sex\n{SPECIMEN},d,CC0,male\n{SPECIMEN},e,CC0,female\n")
    for view in ("d", "e"):
        stack = make_stack(tmp_path / "made" / view, [demo / "pcb-jpeg/pcb_001.jpg"], view)
        put_in_archive(stack, tmp_path / "archive", "--sheet", str(sheet))
    with pytest.raises(RecordError, match="2 stacks could not be listed"):
        media.main([])
    assert "sex: one view says" in capsys.readouterr().err
    assert len(rows(three / "results/media.csv")) == 3
    assert len(list(ocfl.object_folders(three / "archive"))) == 5
