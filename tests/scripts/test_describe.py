"""A corrected name makes a version that stores no pixel again, of a reduced stack as of another."""

import csv
import json
import tempfile
import zipfile
from pathlib import Path

import pytest

import archive
import describe
import media
import reduce
import restore
import verify
from records.archive import describing, ocfl
from records.archive.holding import open_holding
from records.errors import RecordError
from tests import judges
from tests.scripts.stack_folder import SPECIMEN, VIEW, arguments, sha256

OLD = Path(__file__).parents[1] / "data" / "archived_before_formats.zip"
RIGHT = {"scientific_name": "Apis mellifera", "creator": "P. Aimonen", "rights": "CC0"}
PIXELS = {".tif", ".jpg"}


@pytest.fixture
def data(tmp_path, monkeypatch) -> Path:
    """A data folder whose one stack is archived, with a misspelt name, and restored."""
    with zipfile.ZipFile(OLD) as packed:
        packed.extractall(tmp_path)
    monkeypatch.chdir(tmp_path)
    stack = tmp_path / "specimens" / SPECIMEN / VIEW
    restore.main(who("--stack", str(stack)))
    return tmp_path


def who(*more: str) -> list[str]:
    return ["--archive", "archive", "--specimen", SPECIMEN, "--view", VIEW, *more]


def stack_of(data: Path) -> Path:
    return data / "specimens" / SPECIMEN / VIEW


def corrected(data: Path, words: dict[str, str] = RIGHT, *more: str) -> None:
    pairs = [f"--metadata={name}={text}" for name, text in words.items()]
    describe.main(who("--stack", str(stack_of(data)), "--user", "A. Curator", *pairs, *more))


def the_object(data: Path):
    (folder,) = ocfl.object_folders(data / "archive")
    return open_holding(folder)


def agree(data: Path) -> None:
    """Working folder, receipt and archive say the same; the archive is whole to others too."""
    holding, stack = the_object(data), stack_of(data)
    receipt = json.loads((stack / "archive.json").read_text())
    assert receipt["version"] == holding.inventory.content["head"]
    verify.main(["--receipts", "specimens"])
    assert judges.ocfl_root(data / "archive") == ""
    if not (stack / "raw").exists():
        return
    kept = {
        path.relative_to(stack).as_posix(): sha256(path)
        for path in stack.rglob("*")
        if path.is_file() and path.name != "archive.json"
    }
    assert kept == {
        path: digest
        for path, digest in holding.state.items()
        if not path.startswith(("logs/", "workflow/"))
        and path not in ("README.html", "ro-crate-metadata.json")
    }


@pytest.mark.slow
@pytest.mark.parametrize("reduced", [False, True])
def test_a_corrected_name_stores_no_pixel_again(data, reduced):
    before = the_object(data)
    if reduced:
        reduce.main(who("--stack", str(stack_of(data))))
    corrected(data)
    holding = the_object(data)
    assert holding.inventory.version()["message"] == (
        "Description corrected; sheet: scientific_name Apis melifera → Apis mellifera"
    )
    assert holding.inventory.version()["user"] == {"name": "A. Curator"}
    new = {path.name for path in (holding.folder / "v2" / "content").rglob("*") if path.is_file()}
    about = {"README.html", "ro-crate-metadata.json"}
    assert new == {"sheet.json", f"{SPECIMEN}_{VIEW}.xmp", *about}
    changed = {path for path in holding.state if holding.state[path] != before.state.get(path)}
    assert not any(Path(path).suffix in PIXELS for path in changed)
    agree(data)
    if reduced:
        restore.main(who("--stack", str(stack_of(data))))
        agree(data)


def test_the_newest_words_stand_in_a_sidecar_that_others_read(data):
    corrected(data)
    sidecar = stack_of(data) / f"archival/{SPECIMEN}_{VIEW}.xmp"
    text = sidecar.read_text(encoding="utf-8")
    assert "<dwc:scientificName>Apis mellifera</dwc:scientificName>" in text
    assert "P. Aimonen" in text


def test_the_tables_have_the_newest_words(data):
    corrected(data, {**RIGHT, "caption": "Worker"})
    media.main([])
    with (data / "results/media.csv").open(newline="") as opened:
        assert {row["caption"] for row in csv.DictReader(opened)} == {"Worker"}
    (found,) = judges.darwin_core(data / "results/dwca.zip")
    assert found["scientificName"] == "Apis mellifera"


def test_a_cell_that_was_emptied_is_gone(data):
    corrected(data, {"scientific_name": "Apis mellifera"})
    media.main(["--rights", "optional"])
    with (data / "results/media.csv").open(newline="") as opened:
        assert {(row["creator"], row["rights"]) for row in csv.DictReader(opened)} == {("", "")}


@pytest.mark.slow
def test_the_provenance_tells_the_row_and_who_did_what(data, tmp_path):
    corrected(data)
    restore.main(who("--stack", "back", "--with-records"))
    assert judges.crate(data / "back", tmp_path / "cache") == ""
    crate = json.loads((data / "back/ro-crate-metadata.json").read_text())["@graph"]
    told = {one["@id"]: one for one in crate}
    assert told["#sheet-scientific_name"]["value"] == "Apis mellifera"
    assert told["#person"]["name"] == "A. Curator"
    assert told[told["#run-fuse"]["agent"]["@id"]]["name"] == "A. Technician"
    assert told["workflow/Snakefile"]["version"].startswith("sha256:")
    assert told["#run-fuse"]["description"].startswith("python scripts/fuse.py --transforms")


@pytest.mark.slow
def test_a_second_correction_and_the_way_back_make_a_version_each(data):
    corrected(data)
    corrected(data, {**RIGHT, "scientific_name": "Apis cerana"})
    assert the_object(data).inventory.head == 3
    agree(data)
    # The name that the master itself carries needs no sidecar.
    corrected(data, {**RIGHT, "scientific_name": "Apis melifera"})
    holding = the_object(data)
    assert holding.inventory.head == 4
    assert not any(path.endswith(".xmp") for path in holding.state)
    assert not (stack_of(data) / f"archival/{SPECIMEN}_{VIEW}.xmp").exists()
    agree(data)
    corrected(data, {**RIGHT, "scientific_name": "Apis melifera"})
    assert the_object(data).inventory.head == 4


def test_archiving_the_same_stack_again_makes_no_version(data):
    corrected(data)
    sheet = data / "specimens.csv"
    sheet.write_text(sheet.read_text().replace("melifera", "mellifera"))
    derivatives = map(str, (stack_of(data) / "derivatives").glob("*"))
    more = ("--sheet", str(sheet), "--also", *derivatives, "--workflow", str(Path(__file__)))
    archive.main(arguments(stack_of(data), data / "archive") + list(more))
    assert the_object(data).inventory.head == 2
    agree(data)


def test_an_interrupted_correction_is_completed(data, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(describing, "bring_to_newest", killed)
        with pytest.raises(KeyboardInterrupt):
            corrected(data)
    assert json.loads((stack_of(data) / "archive.json").read_text())["version"] == "v1"
    corrected(data)
    assert the_object(data).inventory.head == 2
    agree(data)


def test_a_folder_that_is_behind_the_archive_is_not_called_the_newest(data):
    receipt = (stack_of(data) / "archive.json").read_bytes()
    added = stack_of(data) / "derivatives/web.jpg"
    added.parent.mkdir(exist_ok=True)
    added.write_bytes(b"another picture")
    options = ["--workflow", str(Path(__file__)), "--also", str(added)]
    archive.main(arguments(stack_of(data), data / "archive") + options)
    (stack_of(data) / "archive.json").write_bytes(receipt)
    with pytest.raises(RecordError, match="holds v1, but the archive has v3 with other files"):
        corrected(data)
    assert (stack_of(data) / "archive.json").read_bytes() == receipt


def test_what_one_left_that_was_killed_when_its_version_was_in_place_goes(data, monkeypatch):
    scratch = data / "scratch"
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    scratch.mkdir()
    corrected(data)
    staging = data / "archive" / ocfl.STAGING
    (staging / "dead" / "object").mkdir(parents=True)
    (staging / "dead.lock").touch()
    killed = scratch / f".holostack-description.{'0' * 16}.partial"
    killed.mkdir()
    (killed / ".alive").touch()
    corrected(data)
    assert not staging.exists()
    assert list(scratch.iterdir()) == []
    agree(data)
