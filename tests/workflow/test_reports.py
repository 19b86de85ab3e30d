"""Commands across stacks: is the archive whole, can its masters be made again, what is in it."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
import zipfile
from urllib.parse import unquote

import pytest

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


def test_masters_are_made_again_from_their_archived_raws_to_the_same_pixels(tree):
    run = tree.snakemake("audit")
    assert run.returncode == 0, run.stdout + run.stderr
    with (tree.folder / "results" / "audit.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["verdict"] for row in rows} == {"identical"}
    assert len(rows) == 2
    assert all(row["recorded_pixel_sha256"] == row["found_pixel_sha256"] for row in rows)


def test_media_tables_list_every_archived_picture_with_its_rights(tree, frames):
    run = tree.snakemake("media")
    assert run.returncode == 1
    assert "JPEG-1/top" in run.stdout + run.stderr
    tree.write_sheet(
        f"RAW-1,top,{frames / 'raw'},CC0",
        f"JPEG-1,top,{frames / 'jpeg'},CC0",
        columns="specimen,view,source,rights",
    )
    assert tree.snakemake().returncode == 0
    assert tree.snakemake("media").returncode == 0
    with (tree.folder / "results" / "media.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 8
    assert "meta.xml" in zipfile.ZipFile(tree.folder / "results" / "dwca.zip").namelist()


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


def test_the_gallery_shows_every_stack_those_that_stopped_first(tree):
    """Also the stack that was refused: its folder is in the tree, though not in the sheet."""
    run = tree.snakemake("gallery")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "archived" not in run.stderr, "the closing words are those of a run"
    assert "3 stacks, 3 to be looked at" in run.stderr
    page = tree.folder / "results" / "gallery.html"
    text = page.read_text()
    titles = re.findall(r"<h2>(.*?)</h2>|<h3>(.*?)</h3>", text)
    assert ["".join(title) for title in titles] == [
        *("Stopped: 1", "BROKEN-1 top"),
        *("Made, with warnings: 2", "JPEG-1 top", "RAW-1 top"),
    ]
    reason = text[text.index("BROKEN-1 top") : text.index("Made, with warnings: 2")]
    assert "pcb_003.dng" in reason
    # Frames 1, 6 and 7 of this stack are not there, and the checks say so.
    assert text.count("end-not-reached: ") == 2
    assert "frames</dt><dd>4 used, 0 rejected" in text
    for address in re.findall(r'(?:href|src)="(.*?)"', text):
        assert (page.parent / unquote(address)).exists(), address
    pictures = tree.folder / "results" / "gallery"
    assert sorted(path.relative_to(pictures).as_posix() for path in pictures.rglob("*.jpg")) == [
        *("JPEG-1/top_depth.jpg", "RAW-1/top_depth.jpg")
    ]
    assert text.count("frames from the first, black not known</figcaption>") == 2


def test_pictures_of_the_gallery_are_drawn_once_and_stay_when_a_stack_is_reduced(tree):
    assert tree.snakemake("gallery").returncode == 0
    drawn = {path: path.stat().st_mtime_ns for path in tree.folder.rglob("results/gallery/*/*")}
    receipt = tree.stack("RAW-1") / "archive.json"
    for path in tree.stack("RAW-1").iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path != receipt:
            path.unlink()
    assert tree.snakemake("gallery").returncode == 0
    assert drawn == {path: path.stat().st_mtime_ns for path in drawn}
    assert "gallery/RAW-1/top_depth.jpg" in (tree.folder / "results/gallery.html").read_text()


def test_a_depth_map_that_cannot_be_read_is_named_and_the_gallery_made(tree):
    depth = tree.stack("RAW-1") / "archival" / "RAW-1_top_depth.tif"
    depth.chmod(0o644)
    depth.write_bytes(b"no TIFF")
    run = tree.snakemake("gallery")
    assert run.returncode == 0, run.stderr
    page = (tree.folder / "results" / "gallery.html").read_text()
    assert "RAW-1_top_depth.tif: " in page


def test_a_report_holds_captioned_pictures_and_tables_by_specimen(tree):
    """Also of stacks that nothing is to be done for; TIFF is for no page."""
    assert tree.snakemake("gallery", "policy").returncode == 1
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
        *("frames.csv", "frames.csv", "policy.csv", "report.html"),
        *("top_depth.jpg", "top_depth.jpg"),
    ]
    for text in (
        '"Across stacks": {"Other": ["results/policy.csv"]}',
        "The depth map of RAW-1, view top",
        "Every raw of JPEG-1, view top",
    ):
        assert text in page, text
