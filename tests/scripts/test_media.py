"""The tables list every archived picture, with what is known and nothing else."""

import csv
import hashlib
import json
import shutil
import zipfile

import pytest
from PIL import Image

import describe
import media
from records.errors import RecordError
from records.metadata.darwincore import MEDIA
from tests import judges
from tests.scripts.stack_folder import SPECIMEN, make_stack, put_in_archive, record_of, write_master

HEADER = "specimen,view,scientific_name,creator,licence_url\n"
VIEWS = ("dorsal", "ventral", "lateral")
DATASET = (
    *("--address", "https://pictures.example.org/{specimen}/{view}/{file}"),
    *("--dataset-title", "Käfer & Co.", "--dataset-abstract", "Stacks.", "--contact", "Lee"),
    *("--dataset-licence", "CC BY 4.0", "--organisation", "Museum"),
    *("--contact-address", "lee@example.org"),
)


@pytest.fixture
def root(tmp_path, demo):
    photographs = sorted((demo / "pcb-jpeg").glob("*.jpg"))[:1]
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(
        HEADER + f'{SPECIMEN},dorsal,"Carabus ""auratus"", L.",A. B.,https://example.org/by\n'
        f"{SPECIMEN},ventral,,A. B.,https://example.org/by\n"
    )
    for view in ("dorsal", "ventral"):
        stack = make_stack(tmp_path, photographs, view)
        more = ("--sheet", str(sheet), "--also", str(stack / "derivatives/web.jpg"))
        put_in_archive(stack, tmp_path / "archive", *more)
    return tmp_path / "archive"


def written(root, tmp_path, *more):
    table = tmp_path / "media.csv"
    media.main(["--archive", str(root), "--table", str(table), *more])
    return list(csv.DictReader(table.open(newline="")))


def test_every_master_and_derivative_has_a_row_with_its_hash(root, tmp_path):
    rows = written(root, tmp_path)
    dorsal = f"holostack:{SPECIMEN}/dorsal"
    assert [row["identifier"] for row in rows[:2]] == [
        f"{dorsal}/archival/{SPECIMEN}_dorsal.tif",
        f"{dorsal}/derivatives/web.jpg",
    ]
    assert len(rows) == 4
    record = json.loads(
        (tmp_path / SPECIMEN / f"dorsal/archival/{SPECIMEN}_dorsal.json").read_text()
    )
    assert rows[0]["hash_value"] == record["sha256"]
    assert rows[1]["derived_from"] == rows[0]["identifier"]
    assert rows[0]["subject_orientation"] == "dorsal"
    assert rows[0]["capture_device"] == rows[0]["subject_part"] == ""


def test_a_reader_of_others_reads_the_darwin_core_archive(root, tmp_path):
    reader = pytest.importorskip("dwca.read", reason="python-dwca-reader is not installed")
    written(root, tmp_path, "--dwca", str(tmp_path / "dwca.zip"))
    with reader.DwCAReader(str(tmp_path / "dwca.zip")) as archive:
        (core,) = archive.rows
        assert core.data["http://rs.tdwg.org/dwc/terms/catalogNumber"] == SPECIMEN
        name = core.data["http://rs.tdwg.org/dwc/terms/scientificName"]
        assert name == 'Carabus "auratus", L.'
        assert len(core.extensions) == 4
        assert core.extensions[0].data[MEDIA["hash_function"]] == "SHA-256"


def test_equal_archives_make_equal_tables(root, tmp_path):
    written(root, tmp_path, "--dwca", str(tmp_path / "one.zip"))
    written(root, tmp_path, "--dwca", str(tmp_path / "two.zip"))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_pictures_without_rights_are_not_listed_silently(tmp_path, demo):
    stack = make_stack(tmp_path, [demo / "pcb-jpeg" / "pcb_001.jpg"])
    put_in_archive(stack, tmp_path / "archive")
    with pytest.raises(RecordError, match="1 pictures have neither rights nor licence_url"):
        written(tmp_path / "archive", tmp_path)
    (row,) = written(tmp_path / "archive", tmp_path, "--rights", "optional")
    assert row["rights"] == row["licence_url"] == ""


def test_the_cameras_credits_stand_in_the_tables_where_the_sheet_is_silent(tmp_path, demo):
    stack = make_stack(tmp_path, [demo / "pcb-jpeg" / "pcb_001.jpg"])
    record = json.loads(record_of(stack).read_text())
    record["metadata"] = {"creator": "Ann Lee", "rights": "(c) Museum"}
    record_of(stack).write_text(json.dumps(record))
    put_in_archive(stack, tmp_path / "archive")
    (row,) = written(tmp_path / "archive", tmp_path)
    assert (row["creator"], row["rights"]) == ("Ann Lee", "(c) Museum")


def test_a_catalogue_number_as_the_museum_writes_it_stands_in_the_tables(tmp_path, demo):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"specimen,catalog_number,view,rights\n{SPECIMEN},UAM:Ento:1,dorsal,CC0\n")
    stack = make_stack(tmp_path, [demo / "pcb-jpeg" / "pcb_001.jpg"])
    record = json.loads(record_of(stack).read_text())
    record["metadata"] = {"catalog_number": "UAM:Ento:1"}
    record_of(stack).write_text(json.dumps(record))
    put_in_archive(stack, tmp_path / "archive", "--sheet", str(sheet))
    (row,) = written(tmp_path / "archive", tmp_path, "--dwca", str(tmp_path / "dwca.zip"))
    assert (row["specimen"], row["title"]) == (SPECIMEN, "UAM:Ento:1 dorsal")
    with zipfile.ZipFile(tmp_path / "dwca.zip") as archive:
        header, line = archive.read("occurrence.csv").decode().splitlines()
    cells = dict(zip(header.split(","), line.split(","), strict=True))
    assert (cells["specimen"], cells["catalog_number"]) == (SPECIMEN, "UAM:Ento:1")


def told(tmp_path):
    return list(csv.DictReader((tmp_path / "handover" / "lacking.csv").open(newline="")))


def test_a_table_says_size_scale_and_where_a_picture_can_be_fetched(tmp_path, demo):
    stack = make_stack(tmp_path, [demo / "pcb-jpeg" / "pcb_001.jpg"])
    write_master(stack, 7, shape=(64, 96), pixel_size_um=2.5)
    Image.new("RGB", (48, 32)).save(stack / "derivatives" / "A-1_web.jpg")
    pair = stack / "derivatives" / "A-1_deep.pair.jpg"
    Image.new("RGB", (96, 32)).save(pair)
    also = ("--also", str(stack / "derivatives" / "A-1_web.jpg"), str(pair))
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"specimen,view,resolved_um\n{SPECIMEN},dorsal,7.5\n")
    put_in_archive(stack, tmp_path / "archive", *also, "--sheet", str(sheet))
    master, deep, web = written(tmp_path / "archive", tmp_path, "--rights", "optional", *DATASET)
    address = f"https://pictures.example.org/{SPECIMEN}/dorsal/"
    assert master["access_uri"] == f"{address}{SPECIMEN}_dorsal.tif"
    assert [master[key] for key in ("width_px", "height_px", "pixel_size_um")] == [
        "96",
        "64",
        "2.5",
    ]
    assert master["size_bytes"] == str(
        (stack / "archival" / f"{SPECIMEN}_dorsal.tif").stat().st_size
    )
    # Half as many px: each is twice as large on the object.
    assert [web[key] for key in ("width_px", "height_px", "pixel_size_um")] == ["48", "32", "5"]
    # Two pictures side by side: it has no scale as a whole.
    assert (deep["variant"], deep["width_px"], deep["pixel_size_um"]) == ("deep", "96", "")
    assert (web["variant"], web["sampling_limit_um"]) == ("web", "10")
    assert "5 µm/px, no detail finer than 10 µm" in web["variant_description"]
    # As measured of the lens, and no finer than the px of a smaller picture.
    assert [one["resolved_um"] for one in (master, web, deep)] == ["7.5", "10", ""]
    assert "measured: details of 7.5 µm are resolved" in master["variant_description"]


def test_what_gbif_asks_for_and_nobody_said_is_told_once_for_each_stack(root, tmp_path, capsys):
    written(root, tmp_path)
    first, second = told(tmp_path)
    assert (first["receiver"], first["stack"]) == ("GBIF", f"{SPECIMEN}/dorsal")
    assert first["lacking"] == (
        "GBIF asks for occurrence_id, basis_of_record, event_date, address, which nothing says: "
        "fill in occurrence_id, basis_of_record, event_date in the sheet; "
        "set media.address in the configuration"
    )
    assert "scientific_name" in second["lacking"]
    said = capsys.readouterr().err
    assert f"2 of 2 stacks, {SPECIMEN}/dorsal first: GBIF asks for occurrence_id" in said
    assert "has no eml.xml" in said


def test_a_picture_has_no_address_that_nobody_configured(root, tmp_path):
    assert {row["access_uri"] for row in written(root, tmp_path)} == {""}


def test_a_darwin_core_archive_is_valid_by_the_schemas_of_tdwg_and_eml(root, tmp_path):
    written(root, tmp_path, *DATASET)
    assert judges.darwin_core_text(tmp_path / "dwca.zip") == ""
    assert judges.eml(tmp_path / "dwca.zip") == ""


def test_a_stack_of_which_gbif_lacks_nothing_is_not_told(tmp_path, demo):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(
        "specimen,view,scientific_name,occurrence_id,basis_of_record,event_date,rights\n"
        f"{SPECIMEN},dorsal,Carabus,urn:uuid:1,PreservedSpecimen,1998-07,CC0\n"
    )
    stack = make_stack(tmp_path, [demo / "pcb-jpeg" / "pcb_001.jpg"])
    put_in_archive(stack, tmp_path / "archive", "--sheet", str(sheet))
    written(tmp_path / "archive", tmp_path, *DATASET)
    assert told(tmp_path) == []
    (core,) = judges.darwin_core(tmp_path / "dwca.zip")
    asked = ("occurrenceID", "basisOfRecord", "eventDate")
    assert [core[term] for term in asked] == ["urn:uuid:1", "PreservedSpecimen", "1998-07"]
    assert core["pictures"][0]["accessURI"].startswith("https://pictures.example.org/")


def test_a_table_is_made_for_each_receiver_that_is_named(tmp_path, demo):
    stack = make_stack(tmp_path, [demo / "pcb-jpeg" / "pcb_001.jpg"])
    web = stack / "derivatives" / "A-1_web.jpg"
    Image.new("RGB", (48, 32)).save(web)
    put_in_archive(stack, tmp_path / "archive", "--also", str(web))
    more = ("--rights", "optional", "--receivers", "arctos,specify,symbiota,taxonworks", *DATASET)
    written(tmp_path / "archive", tmp_path, *more)
    folder = tmp_path / "handover"
    (row,) = csv.DictReader((folder / "symbiota.csv").open(newline=""))
    assert row["catalogNumber"] == SPECIMEN
    assert row["originalUrl"].endswith("/dorsal/A-1_web.jpg")
    # What the lists say of where the picture lies is so.
    for name in ("specify", "taxonworks"):
        (row,) = csv.DictReader((folder / f"{name}.csv").open(newline=""))
        file = tmp_path / "archive" / row["file_in_archive"]
        assert hashlib.sha256(file.read_bytes()).hexdigest() == row["sha256"]
    # Nothing says which collection of Arctos it is.
    assert list(csv.DictReader((folder / "arctos.csv").open(newline=""))) == []
    assert {row["receiver"] for row in told(tmp_path)} == {
        *("GBIF", "Arctos", "Specify", "Symbiota", "TaxonWorks")
    }


def changed(tmp_path):
    with (tmp_path / "handover" / "changes.csv").open(newline="") as file:
        return [(one["change"], one["stack"], one["what"]) for one in csv.DictReader(file)]


def test_a_later_hand_over_tells_what_is_new_changed_and_gone(root, tmp_path, demo):
    sent = tmp_path / "sent.csv"
    written(root, tmp_path)
    shutil.copy(tmp_path / "handover" / "manifest.csv", sent)
    written(root, tmp_path, "--since", str(sent))
    assert changed(tmp_path) == []
    dorsal, ventral, lateral = (f"holostack:{SPECIMEN}/{view}" for view in VIEWS)
    words = ("creator=A. B.", "scientific_name=Carabus")
    describe.main(
        ["--archive", str(root), "--specimen", SPECIMEN, "--view", "dorsal"]
        + [word for pair in words for word in ("--metadata", pair)]
        + ["--metadata", "licence_url=https://example.org/by"]
    )
    shutil.rmtree(next(path for path in root.rglob("holostack*ventral") if path.is_dir()))
    stack = make_stack(tmp_path / "later", [demo / "pcb-jpeg" / "pcb_001.jpg"], "lateral")
    put_in_archive(stack, root)
    more = ("--since", str(sent), "--rights", "optional")
    written(root, tmp_path, *more)
    assert changed(tmp_path) == [
        ("changed", dorsal, "scientific_name"),
        ("changed", dorsal, "scientific_name"),
        ("new", lateral, ""),
        ("gone", ventral, ""),
        ("gone", ventral, ""),
    ]
    # Of one object alone, nothing is said of the others.
    written(root, tmp_path, *more, "--object", f"{SPECIMEN}/dorsal")
    assert [one[1] for one in changed(tmp_path)] == [dorsal, dorsal]
    kept = list(csv.DictReader((tmp_path / "handover" / "manifest.csv").open(newline="")))
    assert {row["related_resource"] for row in kept} == {dorsal, ventral}


def test_an_object_that_cannot_be_read_is_not_told_as_gone(root, tmp_path):
    written(root, tmp_path)
    manifest = tmp_path / "handover" / "manifest.csv"
    inventory = next(path for path in root.rglob("holostack*ventral/inventory.json"))
    inventory.write_text("{}")
    with pytest.raises(RecordError, match="1 stack could not be listed"):
        written(root, tmp_path, "--since", str(manifest))
    assert changed(tmp_path) == []
