"""Commands across stacks: is the archive whole, can its masters be made again, what is in it."""

from __future__ import annotations

import base64
import csv
import json
import re
import subprocess
import sys
import zipfile
from urllib.parse import unquote

import pytest
from PIL import Image

from tests.workflow.conftest import ROOT


def test_a_flipped_bit_in_the_archive_is_found_and_named(tree):
    assert tree.snakemake("verify").returncode == 0
    raw = next((tree.folder / "archive").rglob("pcb_003.dng"))
    raw.chmod(0o644)
    content = bytearray(raw.read_bytes())
    content[len(content) // 2] ^= 1
    raw.write_bytes(content)
    run = tree.snakemake("verify")
    assert run.returncode == 1
    with (tree.folder / "results" / "verify.csv").open() as file:
        faulty = [row for row in csv.DictReader(file) if row["verdict"] != "whole"]
    assert len(faulty) == 1
    assert "pcb_003.dng" in faulty[0]["faults"]


def test_what_is_handed_over_has_every_archived_picture_with_its_rights(tree, frames):
    run = tree.snakemake("media")
    assert run.returncode == 1
    assert "JPEG-1/top" in run.stdout + run.stderr
    tree.write_sheet(
        f"RAW-1,top,{frames / 'raw'},CC0",
        f"JPEG-1,top,{frames / 'jpeg'},CC0",
        columns="specimen,view,source,rights",
    )
    assert tree.snakemake().returncode == 0
    base = "https://pictures.example.org/iiif"
    assert tree.snakemake("media", "iiif", "--config", f"iiif={{base_url: {base}}}").returncode == 0
    with (tree.folder / "results" / "media.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 6
    assert "meta.xml" in zipfile.ZipFile(tree.folder / "results" / "dwca.zip").namelist()
    listed = json.loads((tree.folder / "results" / "iiif" / "collection.json").read_bytes())
    wanted = [f"{base}/{name}/manifest.json" for name in ("JPEG-1", "RAW-1")]
    assert [one["id"] for one in listed["items"]] == wanted


@pytest.mark.parametrize("report", ["verify", "policy"])
def test_a_report_makes_no_stack_and_says_which_are_not_in_it(tree, frames, report):
    """Also where one of them was stopped: what is archived is verified."""
    broken = tree.folder / "broken"
    tree.write_sheet(
        f"RAW-1,top,{frames / 'raw'}", f"NEW-1,top,{frames / 'jpeg'}", f"BROKEN-1,top,{broken}"
    )
    run = tree.snakemake(report)
    assert run.returncode == (1 if report == "policy" else 0), run.stderr
    assert "2 of 3 stacks of the sheet are not in the archive:\n  NEW-1 top\n  BROKEN-1 top" in (
        run.stderr
    )
    assert not (tree.folder / "specimens" / "NEW-1").exists()
    with (tree.folder / "results" / f"{report}.csv").open() as file:
        assert len(list(csv.DictReader(file))) > 1


def test_the_archive_is_verified_while_a_run_is_on_and_without_a_sheet(tree):
    """As a command in the data folder, where Snakemake itself would wait for its lock."""
    (tree.folder / ".snakemake" / "locks").mkdir(exist_ok=True)
    (tree.folder / "config" / "specimens.csv").unlink()
    for name in ("verify", "media"):
        run = subprocess.run(
            [sys.executable, ROOT / "scripts" / f"{name}.py"]
            + (["--rights", "optional"] if name == "media" else []),
            cwd=tree.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        assert (tree.folder / "results" / f"{name}.csv").exists()


def data_of(page):
    """The data that stand in a page."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.read_text())
    return json.loads(found[1])


def test_every_run_ends_with_the_page_of_all_stacks_and_the_same_as_a_table(finished):
    """Also the stack that was refused, with the reason."""
    results = finished.folder / "results"
    said = (finished.folder / "output.txt").read_text()
    assert "Look at every stack in results/index.html" in said
    with (results / "stacks.csv").open() as file:
        rows = {row["specimen"]: row for row in csv.DictReader(file)}
    assert {name: row["state"] for name, row in rows.items()} == {
        **{"RAW-1": "archived", "JPEG-1": "archived", "BROKEN-1": "stopped"}
    }
    assert "pcb_003.dng" in rows["BROKEN-1"]["reason"]
    # Frames 1, 6 and 7 of this stack are not there, and the checks say so.
    assert "end-not-reached" in rows["RAW-1"]["warnings"]
    shown = data_of(results / "index.html")
    told = [dict(zip(shown["columns"], row)) for row in shown["stacks"]]
    assert [row["specimen"] for row in told] == ["RAW-1", "JPEG-1", "BROKEN-1"]
    for row in told:
        assert (results / unquote(row["page"])).is_file()
        assert row["specimen"] == "BROKEN-1" or (results / unquote(row["picture"])).is_file()


def test_a_stack_s_page_has_pictures_of_the_master_its_frames_and_its_maps(finished):
    page = finished.folder / "results" / "review" / "RAW-1" / "top" / "index.html"
    shown = data_of(page)
    images = {image["id"]: image for image in shown["images"]}
    frames = {f"frame-00{k}" for k in (1, 2, 3, 4)}
    assert images.keys() == {"master", *frames, "depth", "source", "confidence"}
    for image in images.values():
        where = image.get("tiles") or image["file"]
        address = where["url"].format(level=0, x=0, y=0)
        assert (page.parent / address).is_file(), address
    # What becomes the master is chosen on a page beside it, on the fused image whole.
    cropping = data_of(page.parent / shown["crop_page"])
    assert cropping["crop"] == shown["crop_px"]
    with Image.open(page.parent / cropping["picture"]) as whole:
        assert whole.size == (cropping["width_px"], cropping["height_px"])
    with Image.open(page.parent / "frames" / "frame-001.jpg") as frame:
        assert frame.size == (shown["width_px"], shown["height_px"])
    size = shown["depth"]["width"] * shown["depth"]["height"] * 2
    assert len(base64.b64decode(shown["depth"]["data"])) == size
    for linked in (*shown["files"], *(one for w in shown["warnings"] for one in w["evidence"])):
        assert (page.parent / unquote(linked["url"])).is_file(), linked


def test_a_report_holds_captioned_pictures_and_tables_by_specimen(tree):
    """Also of stacks that nothing is to be done for; TIFF is for no page."""
    assert tree.snakemake("policy").returncode == 1
    run = tree.snakemake("--report", "report.zip")
    assert run.returncode == 0, run.stderr
    with zipfile.ZipFile(tree.folder / "report.zip") as report:
        names = sorted(name.rpartition("/")[2] for name in report.namelist())
        page = report.read("report/report.html").decode()
    crops = [name for name in names if "end-not-reached" in name]
    assert crops
    assert [name for name in names if name not in crops] == [
        *("JPEG-1_top_thumbnail.jpg", "JPEG-1_top_web.jpg"),
        *("RAW-1_top_thumbnail.jpg", "RAW-1_top_web.jpg"),
        *("confidence.png", "confidence.png", "depth.png", "depth.png"),
        *("frames.csv", "frames.csv", "policy.csv", "report.html"),
        *("source.png", "source.png"),
    ]
    for text in (
        '"Across stacks": {"Other": ["results/policy.csv"]}',
        "A map of the fused image in colours",
        "Every raw of JPEG-1, view top",
    ):
        assert text in page, text
