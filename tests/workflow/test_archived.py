"""What a default run leaves in the archive: judged by others' programs, audited, worked with."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from records.archive.left_alone import STAMPS
from records.layout import LEFT
from tests import judges
from tests.workflow.conftest import ROOT, Tree

STACKS = {"DEMO-VIRTUAL": "top", "DEMO-PCB-JPEG": "oblique", "DEMO-PCB-RAW": "oblique"}


@pytest.fixture
def run(default_run, tmp_path) -> Tree:
    """A copy of the default run that a test may change."""
    return Tree(Path(shutil.copytree(default_run.folder, tmp_path / "run", symlinks=True)))


def object_folder(tree: Tree, specimen: str) -> Path:
    receipt = json.loads((tree.stack(specimen, STACKS[specimen]) / "archive.json").read_text())
    return tree.folder / "archive" / receipt["path"]


def command(tree: Tree, script: str, *words: object) -> subprocess.CompletedProcess[str]:
    """One of the commands on single objects, as a person types it in the data folder."""
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / script, *map(str, words)],
        cwd=tree.folder,
        capture_output=True,
        text=True,
        check=False,
    )


def on(tree: Tree, script: str, specimen: str, *words: object) -> str:
    """A command on one stack, which must succeed; what it said."""
    who = ("--archive", "archive", "--specimen", specimen, "--view", STACKS[specimen])
    done = command(tree, script, *who, *words)
    assert done.returncode == 0, done.stderr
    return done.stderr


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def of_stacks(tree: Tree) -> list[Path]:
    """All files of the master folder but what a plan notes of settled stacks."""
    return [path for path in files_below(tree.folder / "specimens") if path.name != STAMPS]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


def test_ocfl_validate_accepts_every_object_and_the_root(default_run):
    assert judges.ocfl_root(default_run.folder / "archive") == ""
    assert len(rows_of_objects(default_run)) == len(STACKS)


def rows_of_objects(tree: Tree) -> list[Path]:
    return list((tree.folder / "archive").rglob("0=ocfl_object_1.1"))


@pytest.mark.parametrize("specimen", STACKS)
def test_bag_and_crate_of_every_stack_are_accepted(default_run, tmp_path, specimen):
    bag = tmp_path / "bag"
    who = ("--specimen", specimen, "--view", STACKS[specimen], "--bag", bag)
    done = command(default_run, "bag.py", "export", "--archive", "archive", *who)
    assert done.returncode == 0, done.stderr
    assert judges.bag(bag) == ""
    assert judges.crate(bag / "data", tmp_path / "cache") == ""


@pytest.mark.parametrize("specimen", STACKS)
def test_exiftool_has_nothing_to_say_against_masters_and_derivatives(default_run, specimen):
    stack = default_run.stack(specimen, STACKS[specimen])
    pictures = [*(stack / "archival").glob("*.tif"), *(stack / "derivatives").glob("[!.]*")]
    assert len(pictures) == 4
    for picture in pictures:
        assert judges.picture(picture) == "", picture


def test_a_changed_range_of_a_captured_stack_is_refused_and_its_record_kept(run):
    record = run.stack("DEMO-VIRTUAL") / "capture.json"
    before = record.read_bytes()
    run.write_sheet("DEMO-VIRTUAL,top,config/rig.yaml,-300", columns="specimen,view,rig,start_um")
    done = run.snakemake()
    assert done.returncode == 1
    assert "this stack was begun with another plan" in done.stdout + done.stderr
    assert record.read_bytes() == before


def test_a_darwin_core_reader_reads_what_media_makes(run):
    assert run.snakemake("media").returncode == 0
    found = judges.darwin_core(run.folder / "results" / "dwca.zip")
    assert {one["catalogNumber"] for one in found} == STACKS.keys()
    for one in found:
        hashes = {picture["hashValue"] for picture in one["pictures"]}
        inventory = object_folder(run, one["catalogNumber"]) / "inventory.json"
        assert hashes <= json.loads(inventory.read_text())["manifest"].keys()
        assert len(hashes) == 3


@pytest.mark.parametrize("specimen", STACKS)
def test_the_crate_tells_every_step_with_command_software_and_times(default_run, specimen):
    content = object_folder(default_run, specimen) / "v1" / "content"
    graph = json.loads((content / "ro-crate-metadata.json").read_text())["@graph"]
    entities = {one["@id"]: one for one in graph}
    first = "capture" if specimen == "DEMO-VIRTUAL" else "import"
    derived = [f"derive-{name}" for name in ("thumbnail", "web")]
    steps = [first, "ledger", "convert", "align", "fuse", "qc", "master", *derived]
    assert [one.removeprefix("#run-") for one in entities if one.startswith("#run-")] == steps
    for step in steps:
        told = entities[f"#run-{step}"]
        assert told["description"].startswith("python "), told
        if step != "capture":
            assert told["startTime"] <= told["endTime"]
            needs = entities[f"#tool-{step}"]["softwareRequirements"]
            needs = needs if isinstance(needs, list) else [needs]
            assert "Python" in {entities[one["@id"]]["name"] for one in needs}
    assert entities["./"]["license"]["@id"].startswith("https://")
    made = {one["@id"] for one in entities["#run-fuse"]["result"]}
    assert {"stack/fuse.json", "#not-kept/stack/fused.tif"} < made
    assert {"@id": "#not-kept/stack/fused.tif"} in entities["#run-master"]["object"]
    assert "config/config.yaml" in entities


BROKEN = {
    # Nobody knows the size of a pixel of these photographs, so no resolution is stated.
    "fadgi": {
        "DEMO-PCB-JPEG": {"resolution"},
        "DEMO-PCB-RAW": {"resolution"},
        "DEMO-VIRTUAL": set(),
    },
    "slub": {
        "DEMO-PCB-JPEG": {"inches", "no-artist"},
        "DEMO-PCB-RAW": {"inches", "no-artist"},
        "DEMO-VIRTUAL": {"ppi-limit", "no-artist"},
    },
    "metamorfoze": {
        "DEMO-PCB-JPEG": {"resolution", "eci-rgb"},
        "DEMO-PCB-RAW": {"resolution", "eci-rgb"},
        "DEMO-VIRTUAL": {"eci-rgb"},
    },
}


@pytest.mark.parametrize("profile", BROKEN)
def test_masters_break_only_the_rules_that_their_sheet_and_macro_photography_leave(run, profile):
    policy = ("--archive", "archive", "--profile", profile, "--report", "policy.csv")
    assert command(run, "policy.py", *policy).returncode == 1
    broken = {specimen: set() for specimen in STACKS}
    for row in rows(run.folder / "policy.csv"):
        if row["verdict"] == "fail":
            broken[Path(row["master"]).name.rpartition("_")[0]].add(row["rule"])
    assert broken == BROKEN[profile]
    waived = ",".join(set().union(*broken.values()))
    assert command(run, "policy.py", *policy, "--waive", waived).returncode == 0


def test_policy_is_a_target_that_names_what_is_broken(run):
    done = run.snakemake("policy")
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "DEMO-PCB-RAW_oblique.tif fails resolution (fadgi): 282 XResolution must be" in said
    assert "2 of 3 masters break rules of fadgi" in said


def test_the_program_in_an_object_runs_and_finds_the_archive_whole(default_run, tmp_path):
    packed = object_folder(default_run, "DEMO-PCB-RAW") / "v1/content/workflow/holostack.zip"
    with zipfile.ZipFile(packed) as program:
        program.extractall(tmp_path / "holostack")
    done = subprocess.run(
        [sys.executable, tmp_path / "holostack/scripts/verify.py"]
        + ["--archive", default_run.folder / "archive", "--report", tmp_path / "verify.csv"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    planned = subprocess.run(
        [sys.executable, "-m", "snakemake", "--dry-run", "--directory", default_run.folder],
        cwd=tmp_path / "holostack",
        capture_output=True,
        text=True,
        check=False,
    )
    assert "config/specimens.csv: the sheet is missing" in planned.stdout + planned.stderr


def test_every_master_is_made_again_from_its_raws_to_the_same_pixels(run):
    done = run.snakemake("audit")
    assert done.returncode == 0, done.stdout + done.stderr
    found = rows(run.folder / "results" / "audit.csv")
    assert {row["object"] for row in found} == {f"holostack:{a}/{b}" for a, b in STACKS.items()}
    assert {row["verdict"] for row in found} == {"identical"}
    assert len(found) == len(STACKS)
    assert all(row["recorded_pixel_sha256"] == row["found_pixel_sha256"] for row in found)


def test_a_changed_parameter_makes_a_version_that_says_so_and_stores_no_raw_again(run):
    shutil.copytree(ROOT / "config", run.folder / "config", dirs_exist_ok=True)
    sheet = run.folder / "config" / "specimens.csv"
    header, *stacks = sheet.read_text().splitlines()
    stacks = [f"{row},3" if row.startswith("DEMO-PCB-RAW") else f"{row}," for row in stacks]
    sheet.write_text("\n".join([f"{header},fuse.power", *stacks]) + "\n")
    folder = object_folder(run, "DEMO-PCB-RAW")
    first = {path: path.read_bytes() for path in (folder / "v1").rglob("*") if path.is_file()}
    done = run.snakemake()
    assert done.returncode == 0, done.stdout + done.stderr
    inventory = json.loads((folder / "inventory.json").read_text())
    message = inventory["versions"]["v2"]["message"]
    assert re.match(r"Archived by the workflow; fuse\.power \d → 3; ", message)
    assert "; sheet: fuse.power nothing → 3; 7 files changed" in message
    assert {path: path.read_bytes() for path in first} == first
    assert not list((folder / "v2").rglob("*.dng"))
    assert judges.ocfl_root(run.folder / "archive") == ""
    on(run, "restore.py", "DEMO-PCB-RAW", "--version", 1, "--stack", "then")
    record = json.loads((run.folder / "then/archival/DEMO-PCB-RAW_oblique.json").read_text())
    assert record["sha256"] in first[folder / "v1" / "inventory.json"].decode()
    for specimen in ("DEMO-VIRTUAL", "DEMO-PCB-JPEG"):
        assert not (object_folder(run, specimen) / "v2").exists()


def test_temporary_files_go_once_the_object_is_verified_and_are_not_made_again(run):
    stack = run.stack("DEMO-PCB-RAW", "oblique")
    on(run, "reduce.py", "DEMO-PCB-RAW", "--stack", stack, "--temporary-only")
    assert not list(stack.rglob("tiff/*.tif"))
    assert not (stack / "stack" / "fused.tif").exists()
    said = run.snakemake()
    assert "Nothing to be done" in said.stdout + said.stderr, said.stdout + said.stderr


def test_everything_can_be_reduced_and_restored_and_is_then_left_alone(run):
    before = {path: path.read_bytes() for path in (run.folder / "specimens").rglob("raw/*.*")}
    for specimen, view in STACKS.items():
        on(run, "reduce.py", specimen, "--stack", f"specimens/{specimen}/{view}")
    left = of_stacks(run)
    assert {path.name for path in left} <= {*LEFT, ".frames.sqlite"}
    for target in ("all", "capture", "masters"):
        assert run.snakemake(target).returncode == 0
        assert of_stacks(run) == left
    # Nor is one shot again whose files are asked for by name, as the rig may see another by now.
    # The receipt is there; a master is not, and is not made.
    for file in ("archive.json", "archival/{}_{}.json"):
        asked = run.snakemake(
            *(f"specimens/{one[0]}/{one[1]}/{file.format(*one)}" for one in STACKS.items())
        )
        assert (asked.returncode == 0) == (file == "archive.json")
        said = asked.stdout + asked.stderr
        for specimen, view in STACKS.items():
            assert f"specimens/{specimen}/{view}: is reduced to its receipt; bring it back" in said
    assert of_stacks(run) == left
    assert "3 of 3 stacks are archived" in run.snakemake().stderr
    for specimen, view in STACKS.items():
        on(run, "restore.py", specimen, "--stack", f"specimens/{specimen}/{view}")
    assert {path: path.read_bytes() for path in before} == before
    said = run.snakemake()
    assert "Nothing to be done" in said.stdout + said.stderr, said.stdout + said.stderr


def test_a_label_of_another_specimen_keeps_all_views_out_of_the_archive(tmp_path, frames):
    tree = Tree(tmp_path / "tree")
    for specimen, printed in (("A-1", "A-1"), ("A-2", "A-3")):
        label = tmp_path / specimen
        label.mkdir()
        code = zxingcpp.create_barcode(printed, zxingcpp.BarcodeFormat.DataMatrix)
        image = np.asarray(zxingcpp.write_barcode_to_image(code, scale=20, add_quiet_zones=True))
        Image.fromarray(image).convert("RGB").save(label / "label.jpg")
    tree.folder.mkdir()
    tree.write_sheet(
        f"A-1,dorsal,{frames / 'jpeg'},",
        f"A-2,dorsal,{frames / 'jpeg'},for this test",
        *(f"{name},label,{tmp_path / name}," for name in ("A-1", "A-2")),
        columns="specimen,view,source,shared_source",
    )
    # Neither derivatives nor pages are looked at here.
    none = "derive: {web: null, thumbnail: null, print: null}\n"
    (tree.folder / "config" / "config.yaml").write_text(none)
    run = tree.snakemake("--until", "archive")
    assert run.returncode == 1
    for view in ("dorsal", "label"):
        assert (tree.stack("A-1", view) / "archive.json").exists(), run.stderr
        assert not (tree.stack("A-2", view) / "archive.json").exists()
        assert f"A-2 {view}, archive: " in run.stdout + run.stderr
    assert "shows barcode A-3, but folder and sheet say A-2" in run.stdout + run.stderr
