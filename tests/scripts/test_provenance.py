"""The crate of a version tells how its master was made, in a form that others' tools read."""

import json
from pathlib import Path

import pytest

import restore
from records.layout import EXTERNAL, EXTERNAL_RECORD, RETOUCH
from records.ledger.table import Entry, write_ledger
from records.provenance import runs
from records.record import write_record
from tests import judges
from tests.scripts.stack_folder import SPECIMEN, VIEW, make_stack, put_in_archive, record_of, sha256

ROW = (
    "specimen,view,licence_url,scientific_name,creator\n"
    "{},{},https://creativecommons.org/licenses/by/4.0/,{},A. Photographer; B. Curator\n"
)


@pytest.fixture
def stack(tmp_path, demo) -> Path:
    stack = make_stack(tmp_path, sorted((demo / "pcb-jpeg").glob("*.jpg"))[:2])
    fuse = {"parameters": {"levels": 6, "method": "pyramid"}, "software": {"numpy": "2.4.6"}}
    (stack / "stack/fuse.json").write_text(json.dumps(fuse))
    rig = {"name": "stand 2", "moves": "camera"}
    rig |= {"rail": {"model": "GRBL", "firmware": "1.1h", "serial_number": ""}}
    (stack / "capture.json").write_text(json.dumps({"frames": [], "rig": rig}))
    (tmp_path / "sheet.csv").write_text(ROW.format(SPECIMEN, VIEW, "Carabus auratus"))
    (tmp_path / "config.yaml").write_text("fuse:\n  levels: 6\n")
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/fuse.log").write_text(
        "$ python scripts/fuse.py --levels 6\n"
        "# started 2026-11-25T13:00:01+00:00 with Python 3.11.7, numba 0.68.1\n"
        "fused\n"
        "# ended 2026-11-25T13:00:09+00:00\n"
    )
    return stack


@pytest.fixture
def object_folder(stack, tmp_path) -> Path:
    return put_in_archive(
        stack,
        tmp_path / "archive",
        *("--sheet", str(tmp_path / "sheet.csv"), "--config", str(tmp_path / "config.yaml")),
        *("--logs", str(tmp_path / "logs")),
        *("--also", str(stack / "derivatives/web.jpg")),
    )


@pytest.fixture
def crate(object_folder) -> dict[str, dict]:
    content = json.loads((object_folder / "v1/content/ro-crate-metadata.json").read_text())
    return {entity["@id"]: entity for entity in content["@graph"]}


def test_every_file_of_the_version_stands_in_the_crate_with_its_hash(crate, object_folder):
    content = object_folder / "v1" / "content"
    held = {
        path.relative_to(content).as_posix(): sha256(path)
        for path in content.rglob("*")
        if path.is_file() and path.name != "ro-crate-metadata.json"
    }
    assert {one["@id"]: one["sha256"] for one in crate.values() if "sha256" in one} == held
    assert {part["@id"] for part in crate["./"]["hasPart"]} == set(held)


def retouch(stack: Path) -> None:
    """Records of a picture finished elsewhere and painted on, as their steps leave them."""
    (stack / "retouch").mkdir()
    (stack / EXTERNAL).write_bytes(b"picture")
    known = {"sha256": sha256(stack / EXTERNAL), "pixel_sha256": "e" * 64, "width_px": 96}
    known |= {"height_px": 64, "person": "C. Retoucher", "finished_with": "Affinity Photo 2.6"}
    known |= {"when": "2026-11-26T09:00:00+01:00", "note": "Hairs of the left antenna"}
    write_record(stack / EXTERNAL_RECORD, "external", known)
    people = [
        {"person": "A. Painter", "strokes": 3, "first": "2026-11-27T06:00:00Z"}
        | {"last": "2026-11-27T06:05:00Z", "reasons": ["halo", "dust"]}
    ]
    made: dict[str, object] = {"base": "external", "strokes": 3, "painted_share": 0.01}
    made |= {"pixel_sha256": {"retouched": "f" * 64}, "people": people}
    write_record(stack / RETOUCH, "retouch", made | {"sha256": {}, "made_from": {}})
    record = record_of(stack)
    told = json.loads(record.read_text())
    record.write_text(json.dumps(told | {"made_from": {"retouch.json": sha256(stack / RETOUCH)}}))


@pytest.mark.slow
def test_who_worked_by_hand_is_an_agent_with_time_reason_and_program(stack, tmp_path):
    retouch(stack)
    folder = put_in_archive(stack, tmp_path / "archive")
    path = folder / "v1/content/ro-crate-metadata.json"
    crate = {one["@id"]: one for one in json.loads(path.read_text())["@graph"]}
    elsewhere, painting = crate["#retouching-1"], crate["#retouching-2"]
    assert crate[elsewhere["agent"]["@id"]]["name"] == "C. Retoucher"
    assert crate[elsewhere["instrument"]["@id"]]["name"] == "Affinity Photo 2.6"
    assert elsewhere["name"].endswith("cannot be made again")
    assert (elsewhere["description"], elsewhere["endTime"]) == (
        "Hairs of the left antenna",
        "2026-11-26T09:00:00+01:00",
    )
    assert elsewhere["result"] == {"@id": EXTERNAL}
    assert crate[painting["agent"]["@id"]]["name"] == "A. Painter"
    assert (painting["name"], painting["description"]) == (
        "3 strokes of the retouching brush",
        "halo; dust",
    )
    assert {"@id": "#retouching-2"} in crate["./"]["mentions"]
    assert crate[EXTERNAL]["additionalProperty"] == {"@id": f"#pixels-{'e' * 64}"}


def test_a_step_is_told_with_command_parameters_software_times_and_files(crate):
    run = crate["#run-fuse"]
    assert run["description"] == "python scripts/fuse.py --levels 6"
    assert run["startTime"] == "2026-11-25T13:00:01+00:00"
    assert run["endTime"] == "2026-11-25T13:00:09+00:00"
    assert crate["#value-fuse-levels"]["value"] == 6
    assert {"@id": "stack/transforms.json"} in run["object"]
    assert run["result"] == {"@id": "stack/fuse.json"}
    tool = crate[run["instrument"]["@id"]]
    assert [one["@id"] for one in tool["softwareRequirements"]] == [
        "#software-Python-3.11.7",
        "#software-numba-0.68.1",
        "#software-numpy-2.4.6",
    ]
    assert crate["#software-numpy-2.4.6"]["softwareVersion"] == "2.4.6"


def test_specimen_person_rights_rig_and_pixels_are_told(crate, stack):
    properties = crate["#specimen"]["additionalProperty"]
    assert {crate[one["@id"]]["value"] for one in properties} >= {"Carabus auratus", SPECIMEN}
    term = crate["#sheet-scientific_name"]["propertyID"]
    assert term == "http://rs.tdwg.org/dwc/terms/scientificName"
    assert crate["#person"]["name"] == "A. Technician"
    assert crate["./"]["license"]["@id"] == "https://creativecommons.org/licenses/by/4.0/"
    assert [crate[one["@id"]]["name"] for one in crate["./"]["author"]] == [
        "A. Photographer",
        "B. Curator",
    ]
    assert crate["#rig"]["name"] == "stand 2"
    assert (crate["#rail"]["name"], crate["#rail"]["version"]) == ("GRBL", "1.1h")
    record = json.loads((stack / f"archival/{SPECIMEN}_{VIEW}.json").read_text())
    master = crate[f"archival/{SPECIMEN}_{VIEW}.tif"]
    pixels = crate[master["additionalProperty"]["@id"]]
    assert pixels["value"] == record["pixel_sha256"]


def test_what_is_not_known_is_left_out(tmp_path, demo):
    stack = make_stack(tmp_path, sorted((demo / "pcb-jpeg").glob("*.jpg"))[:1])
    folder = put_in_archive(stack, tmp_path / "archive")
    text = (folder / "v1/content/ro-crate-metadata.json").read_text()
    assert '"#rig"' not in text
    assert "#run-import" not in text
    assert "startTime" not in text
    assert '""' not in text
    assert "null" not in text


@pytest.mark.slow
def test_a_validator_of_others_accepts_the_crate(stack, tmp_path):
    retouch(stack)
    put_in_archive(stack, tmp_path / "archive", "--sheet", str(tmp_path / "sheet.csv"))
    # Restored, for the validator takes the %3a in the name of an object's folder for a colon.
    folder = tmp_path / "back"
    restore.main(
        [
            *("--archive", str(tmp_path / "archive"), "--specimen", SPECIMEN, "--view", VIEW),
            *("--stack", str(folder), "--with-records"),
        ]
    )
    assert judges.crate(folder, tmp_path / "cache") == ""


def test_rejected_frames_do_not_date_a_capture(tmp_path):
    used = [
        Entry(1, "a.jpg", "used", sha256="0" * 64, taken_at="2024-05-01T10:00:00"),
        Entry(2, "b.jpg", "used", sha256="1" * 64, taken_at="2024-05-01T10:00:07"),
    ]
    dark = Entry(None, "dark.jpg", "rejected", "dark", "2" * 64, taken_at="2019-01-01T00:00:00")
    write_ledger([*used, dark], tmp_path / "frames.csv")
    assert runs.exposed({"frames.csv": tmp_path / "frames.csv"}) == (
        "2024-05-01T10:00:00",
        "2024-05-01T10:00:07",
    )


def test_whom_the_camera_names_is_the_author_where_the_sheet_is_silent(stack, tmp_path):
    record = json.loads(record_of(stack).read_text())
    record["metadata"] = {"creator": "Jane Roe", "rights": "(c) Museum"}
    record_of(stack).write_text(json.dumps(record))
    folder = put_in_archive(stack, tmp_path / "archive")
    graph = json.loads((folder / "v1/content/ro-crate-metadata.json").read_text())["@graph"]
    crate = {entity["@id"]: entity for entity in graph}
    assert crate["./"]["license"] == "(c) Museum"
    assert crate[crate["./"]["author"]["@id"]]["name"] == "Jane Roe"
