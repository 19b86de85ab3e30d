"""Masters are made again from archived raws alone: identical, or it is said where they part."""

import csv
import hashlib
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import archive
import audit
import external
import ledger
import policy
import remake
import reprocess
import restore
from imaging.frames.tiff import pixel_digest, read_icc, read_image, write_image
from records.archive import ocfl
from records.errors import RecordError
from records.known_frames import BLAKE3, HASHES
from records.layout import STROKES
from records.record import parse_record, read_record, record_text, write_record
from records.retouching import strokes
from records.retouching.digests import source_digest
from records.retouching.strokes import Brush, Source, Stroke
from tests import judges
from tests.scripts.stack_folder import SPECIMEN, VIEW, arguments, sha256

SETTINGS = {
    "convert": {"demosaic": "PPG", "keep": True},
    "align": {"model": "affine", "max_residual_px": 5.0},
    "fuse": {"method": "holostack", "power": 4},
    "master": {"crop": "common"},
    "derive": {"web": {"format": "jpeg", "long_edge_px": 300, "quality": 80}},
}
STEPS = ("ledger", "convert", "align", "fuse", "master", "derive-web")
ID = f"holostack:{SPECIMEN}/{VIEW}"
RECORD = {
    **{"specimen": SPECIMEN, "view": VIEW, "file": f"{SPECIMEN}_{VIEW}.tif"},
    "metadata": {"creator": "P. Aimonen"},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory, demo) -> Path:
    """A real stack from three raws through all steps, archived; do not change it."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "Snakefile").write_text("rule all:\n")
    stack = folder / SPECIMEN / VIEW
    (stack / "raw").mkdir(parents=True)
    for raw in sorted((demo / "pcb-raw").glob("*.dng"))[2:5]:
        shutil.copyfile(raw, stack / "raw" / raw.name)
    ledger.main(["--raw", str(stack / "raw"), "--out", str(stack / "frames.csv")])
    logs = folder / "logs"
    remake.make_master(stack, SETTINGS, RECORD, 2, logs, "common")
    master = stack / "archival" / RECORD["file"]
    web = stack / "derivatives" / f"{SPECIMEN}_{VIEW}_web.jpg"
    web.parent.mkdir()
    wanted = SETTINGS["derive"]["web"]
    remake.make_derivative(master, master.with_suffix(".json"), web, wanted, logs)
    archive_again(stack, folder / "archive", SETTINGS, "--logs", str(logs))
    return folder


@pytest.fixture
def root(made, tmp_path) -> Path:
    return Path(shutil.copytree(made / "archive", tmp_path / "archive"))


def archive_again(stack: Path, root: Path, settings: dict, *more: str) -> None:
    derivatives = map(str, (stack / "derivatives").glob("[!.]*"))
    about = ("--settings", json.dumps(settings), "--also", *derivatives)
    archive.main(arguments(stack, root, *about, *more))


def audited(root: Path, report: Path) -> dict[str, str]:
    audit.main(["--archive", str(root), "--report", str(report)])
    return read(report)


def read(report: Path) -> dict[str, str]:
    (row,) = csv.DictReader(report.open())
    return row


@pytest.mark.slow
def test_a_master_is_made_again_to_the_last_bit(made, root, tmp_path):
    row = audited(root, tmp_path / "audit.csv")
    record = json.loads((made / SPECIMEN / VIEW / f"archival/{SPECIMEN}_{VIEW}.json").read_text())
    assert (row["object"], row["version"], row["verdict"]) == (ID, "v1", "identical")
    # Archived by another program than the one that audits, which is told all the same.
    assert re.fullmatch(r"Holostack 0\.9\.0\+\w+ → 0\.9\.0\+\w+", row["explanation"])
    assert row["found_pixel_sha256"] == row["recorded_pixel_sha256"] == record["pixel_sha256"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "audit.csv"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "key", "value", "said", "named"),
    [
        (
            *("convert", "demosaic", "LINEAR", "convert: 3 of 3 frames convert to other pixels"),
            "convert: development.demosaic PPG → LINEAR",
        ),
    ],
)
def test_a_parameter_that_was_archived_wrong_is_found(
    made, tmp_path, step, key, value, said, named
):
    root = tmp_path / "archive"
    shutil.copytree(made / SPECIMEN, tmp_path / SPECIMEN)
    shutil.copyfile(made / "Snakefile", tmp_path / "Snakefile")
    wrong = {**SETTINGS, step: {**SETTINGS[step], key: value}}
    archive_again(tmp_path / SPECIMEN / VIEW, root, wrong)
    with pytest.raises(RecordError, match="1 of 1 masters could not be made again as they are"):
        audited(root, tmp_path / "audit.csv")
    row = read(tmp_path / "audit.csv")
    assert row["verdict"] == "different"
    assert said in row["explanation"]
    assert f"the record of {named}" in row["explanation"]
    assert "of the pixels differ, by" in row["explanation"]
    assert re.search(r"Holostack 0\.9\.0\+\w+ → ", row["explanation"])
    assert np.asarray(Image.open(row["difference_image"])).max() == 255


@pytest.mark.slow
def test_settings_that_the_fusion_was_not_made_with_are_not_archived(made, tmp_path):
    shutil.copytree(made / SPECIMEN, tmp_path / SPECIMEN)
    shutil.copyfile(made / "Snakefile", tmp_path / "Snakefile")
    wrong = {**SETTINGS, "fuse": {**SETTINGS["fuse"], "power": 1}}
    with pytest.raises(RecordError, match="was fused with power 4, but the settings say 1"):
        archive_again(tmp_path / SPECIMEN / VIEW, tmp_path / "archive", wrong)
    assert not list((tmp_path / "archive").rglob("inventory.json"))


def tamper(root: Path, name: str, change) -> None:
    """Change a record in an object, and every digest with it, so that all agree."""
    (folder,) = ocfl.object_folders(root)
    inventory = json.loads((folder / "inventory.json").read_text())
    (digest,) = (
        digest for digest, paths in inventory["versions"]["v1"]["state"].items() if name in paths
    )
    path = folder / inventory["manifest"][digest][0]
    kind = Path(name).stem
    content = parse_record(path.read_bytes(), kind, path)
    change(content)
    path.chmod(0o644)
    path.write_text(record_text(kind, content))
    text = (folder / "inventory.json").read_text().replace(digest, sha256(path))
    sidecar = f"{hashlib.sha256(text.encode()).hexdigest()} inventory.json"
    for place in (folder, folder / "v1"):
        for part, written in (("inventory.json", text), ("inventory.json.sha256", sidecar)):
            (place / part).chmod(0o644)
            (place / part).write_text(written)
    assert judges.storage_root(root).validate()


@pytest.mark.slow
def test_a_setting_that_was_tampered_with_is_named(root, tmp_path):
    tamper(root, "settings.json", lambda settings: settings["fuse"].update(power=1))
    with pytest.raises(RecordError):
        audited(root, tmp_path / "audit.csv")
    row = read(tmp_path / "audit.csv")
    assert row["verdict"] == "different"
    assert "fuse.power is 1 in settings.json, but 4 in the provenance" in row["explanation"]
    assert "of the pixels differ, by" in row["explanation"]


@pytest.mark.slow
def test_a_parameter_tampered_with_in_a_record_is_named_though_the_pixels_agree(root, tmp_path):
    tamper(root, "stack/fuse.json", lambda record: record["parameters"].update(power=1))
    with pytest.raises(RecordError):
        audited(root, tmp_path / "audit.csv")
    row = read(tmp_path / "audit.csv")
    assert row["verdict"] == "different"
    assert row["recorded_pixel_sha256"] == row["found_pixel_sha256"]
    assert "the record of fuse: parameters.power 1 → 4" in row["explanation"]


@pytest.mark.slow
def test_a_damaged_raw_fails_the_audit_but_not_that_of_others(root, tmp_path):
    (raw,) = root.rglob("pcb_004.dng")
    raw.chmod(0o644)
    raw.write_bytes(raw.read_bytes()[:-1] + b"?")
    with pytest.raises(RecordError, match="could not be made again"):
        audited(root, tmp_path / "audit.csv")
    row = read(tmp_path / "audit.csv")
    assert row["verdict"] == "failed"
    assert "is no longer what was archived" in row["explanation"]


@pytest.mark.slow
def test_an_object_without_settings_cannot_be_audited_and_says_so(made, tmp_path):
    shutil.copytree(made / SPECIMEN, tmp_path / SPECIMEN)
    stack = tmp_path / SPECIMEN / VIEW
    (stack / "settings.json").unlink()
    shutil.copyfile(made / "Snakefile", tmp_path / "Snakefile")
    archive.main(arguments(stack, tmp_path / "archive"))
    with pytest.raises(RecordError):
        audited(tmp_path / "archive", tmp_path / "audit.csv")
    assert "archived without --settings" in read(tmp_path / "audit.csv")["explanation"]


def reprocessed(root: Path, report: Path, *more: str) -> dict:
    reprocess.main(
        [
            *("--archive", str(root), "--specimen", SPECIMEN, "--view", VIEW),
            *("--reason", "Flatter fusion", "--user", "A. Curator", "--report", str(report)),
            *("--workflow", str(Path(__file__)), *more),
        ]
    )
    return json.loads(report.read_text())


@pytest.fixture(params=HASHES)
def retouched(request, made, tmp_path) -> Path:
    """The archive after a person painted on a picture that came back from another program.

    Its frames are known by BLAKE3, and by SHA-256 as programs of before knew them.
    """
    known_by = request.param
    shutil.copytree(made, tmp_path / "made")
    stack, root = tmp_path / "made" / SPECIMEN / VIEW, tmp_path / "made" / "archive"
    if known_by != BLAKE3:
        logs = tmp_path / "logs"
        remake.make_master(stack, SETTINGS, RECORD, 2, logs, "common", known_by=known_by)
    fused = stack / "stack/fused.tif"
    pixels = read_image(fused)
    pixels[40:60] //= 2
    write_image(tmp_path / "back.tif", pixels, icc=read_icc(fused))
    told = ("--person=C. Retoucher", "--program=GIMP 3.2")
    external.main([f"--stack={stack}", f"--picture={tmp_path / 'back.tif'}", *told])
    height, width = pixels.shape[:2]
    method = {"method": "pyramid", "power": 4, "slab_frames": 0}
    image = stack / "stack/methods/pyramid.tif"
    files = {"transforms": stack / "stack/transforms.json", "ledger": stack / "frames.csv"}
    files |= {"fused": image, "out": image.with_suffix(".json")}
    remake.run_step("fuse", files, method, tmp_path / "method.log")
    earlier = json.loads((stack / f"archival/{SPECIMEN}_{VIEW}.json").read_text())
    sources = [
        *(Source("frame", frame=1), Source("method", method="pyramid")),
        Source("version", version="v1", sha256=earlier["pixel_sha256"]),
    ]
    for number, source in enumerate(sources):
        digest = source.sha256 or source_digest(stack, source)
        y = height * (number + 1) / 4
        stroke = Stroke(
            *(f"s{number}", replace(source, sha256=digest), "pixels", False),
            *(Brush(40.0, 0.5, 0.8), ((width * 0.4, y), (width * 0.6, y))),
            *("A. Painter", "2026-11-27T06:00:00Z", "halo"),
        )
        strokes.append(stack / STROKES, stroke, (height, width))
    about = {"held_in": (root, ID), "known_by": known_by}
    remake.make_master(stack, SETTINGS, RECORD, 2, tmp_path / "logs", "common", **about)
    (row, *_) = read_record(stack / "stack/convert.json", "convert")["frames"]
    assert [f"pixel_{known_by}"] == [key for key in row if key.startswith("pixel_")]
    master = stack / "archival" / RECORD["file"]
    (web,) = (stack / "derivatives").glob("*.jpg")
    wanted = SETTINGS["derive"]["web"]
    remake.make_derivative(master, master.with_suffix(".json"), web, wanted, tmp_path / "logs")
    archive_again(stack, root, SETTINGS, "--logs", str(tmp_path / "logs"))
    return root


@pytest.mark.slow
def test_strokes_are_applied_again_and_what_was_done_elsewhere_is_said(made, retouched, tmp_path):
    row = audited(retouched, tmp_path / "audit.csv")
    assert (row["version"], row["verdict"]) == ("v2", "identical")
    before = json.loads((made / SPECIMEN / VIEW / f"archival/{SPECIMEN}_{VIEW}.json").read_text())
    assert row["recorded_pixel_sha256"] != before["pixel_sha256"]
    assert row["explanation"].endswith(
        "3 strokes of A. Painter applied again; the picture that C. Retoucher gave back from GIMP "
        "3.2 was taken as it is archived: how it came from the fused image is not known, and "
        "nothing can make it again"
    )


@pytest.mark.slow
def test_reprocessing_makes_a_version_with_the_raws_stored_once(root, tmp_path):
    (folder,) = ocfl.object_folders(root)
    raws = {path: path.stat().st_ino for path in folder.rglob("*.dng")}
    report = reprocessed(root, tmp_path / "report.json", "--set", "fuse.power=1")
    assert report["settings_changed"] == ["fuse.power 4 → 1"]
    assert [line.split()[0] for line in report["software_changed"]] == ["Holostack"]
    assert report["first_difference"].startswith("fuse: other pixels")
    assert (report["before"]["version"], report["after"]["version"]) == ("v1", "v2")
    assert (tmp_path / "report.png").exists()
    assert judges.storage_root(root).validate()
    assert {path: path.stat().st_ino for path in folder.rglob("*.dng")} == raws
    inventory = ocfl.read_inventory(folder)
    assert inventory.version()["message"].startswith("Flatter fusion; fuse.power 4 → 1; Holostack ")
    crate = json.loads((folder / "v2/content/ro-crate-metadata.json").read_text())["@graph"]
    runs = {one["@id"]: one for one in crate if one["@id"].startswith("#run-")}
    assert runs.keys() == {f"#run-{step}" for step in STEPS}
    for step in ("convert", "align", "fuse", "master", "derive-web"):
        assert f"/{step.partition('-')[0]}.py --" in runs[f"#run-{step}"]["description"]
        assert runs[f"#run-{step}"]["startTime"] <= runs[f"#run-{step}"]["endTime"]
    changed = {
        path for path, digest in inventory.state().items() if inventory.state(1)[path] != digest
    }
    assert {"settings.json", f"derivatives/{SPECIMEN}_{VIEW}_web.jpg"} < changed
    assert audited(root, tmp_path / "audit.csv")["version"] == "v2"


@pytest.mark.slow
def test_reprocessing_alike_makes_the_same_pixels_and_no_version(root, tmp_path):
    report = reprocessed(root, tmp_path / "report.json")
    assert report["before"] == report["after"]
    assert report["difference"].startswith("0.00% of the pixels differ")


@pytest.mark.slow
def test_a_setting_that_is_none_is_refused(root, tmp_path):
    with pytest.raises(RecordError, match=r"must be KEY=VALUE with a KEY of align\.max_residual"):
        reprocessed(root, tmp_path / "report.json", "--set", "fuse.powr=1")


def test_a_value_that_a_setting_cannot_have_is_refused_before_any_work():
    with pytest.raises(RecordError, match=r"fuse\.power is 9, but must be a whole number"):
        reprocess.change({"fuse": {"power": 6}}, ["fuse.power=9"])
    assert reprocess.change({"derive": {"web": {}}}, ['derive.web={"quality": 70}']) == {
        "derive": {"web": {"quality": 70}}
    }


@pytest.mark.slow
def test_the_depth_map_is_made_again_to_the_last_bit(made, root, tmp_path):
    depth = f"archival/{SPECIMEN}_{VIEW}_depth.tif"
    before = json.loads((made / SPECIMEN / VIEW / f"archival/{SPECIMEN}_{VIEW}.json").read_text())
    restore.main(
        [
            *("--archive", str(root), "--specimen", SPECIMEN, "--view", VIEW),
            *("--stack", str(tmp_path / "back")),
        ]
    )
    assert pixel_digest(tmp_path / "back" / depth) == before["depth"]["pixel_sha256"]
    assert audited(root, tmp_path / "audit.csv")["verdict"] == "identical"


@pytest.mark.slow
def test_a_depth_map_that_cannot_be_made_again_is_found(made, tmp_path):
    shutil.copytree(made / SPECIMEN, tmp_path / SPECIMEN)
    stack = tmp_path / SPECIMEN / VIEW
    record_path = stack / f"archival/{SPECIMEN}_{VIEW}.json"
    depth = stack / f"archival/{SPECIMEN}_{VIEW}_depth.tif"
    pixels = read_image(depth)
    pixels[5, 5] = 3.0
    depth.chmod(0o644)
    write_image(depth, pixels)
    record = read_record(record_path, "master")
    record["depth"] |= {"pixel_sha256": pixel_digest(pixels), "sha256": sha256(depth)}
    write_record(record_path, "master", record)
    shutil.copy(made / "Snakefile", tmp_path)
    archive_again(stack, tmp_path / "archive", SETTINGS)
    with pytest.raises(RecordError, match="could not be made again"):
        audited(tmp_path / "archive", tmp_path / "audit.csv")
    row = read(tmp_path / "audit.csv")
    assert (row["verdict"], "depth map has other pixels" in row["explanation"]) == (
        "different",
        True,
    )


@pytest.mark.slow
def test_provenance_names_the_depth_map_and_policy_leaves_it_to_its_own_kind(made, tmp_path):
    state = ocfl.read_inventory(next(ocfl.object_folders(made / "archive"))).state()
    depth = f"archival/{SPECIMEN}_{VIEW}_depth.tif"
    assert {depth, f"{depth}.sha256"} <= state.keys()
    content = next(ocfl.object_folders(made / "archive")) / "v1/content"
    crate = json.loads((content / "ro-crate-metadata.json").read_text())
    graph = {one["@id"]: one for one in crate["@graph"]}
    assert graph[depth]["encodingFormat"] == "image/tiff"
    assert "Depth map of the master" in graph[depth]["description"]
    # One master comes out of the run; the step that made it names both.
    assert graph["#workflow-run"]["result"]["@id"].endswith(f"{VIEW}.tif")
    assert depth in {one["@id"] for one in graph["#run-master"]["result"]}
    report = tmp_path / "policy.csv"
    policy.main(
        [
            *("--archive", str(made / "archive"), "--report", str(report), "--profile", "fadgi"),
            *("--waive", "resolution,copyright,creator"),
        ]
    )
    assert {Path(row["master"]).name for row in csv.DictReader(report.open())} == {
        f"{SPECIMEN}_{VIEW}.tif"
    }
