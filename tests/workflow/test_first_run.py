"""The whole workflow on real frames: what it leaves, what it says, what it refuses."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import tifffile


def test_every_step_leaves_its_files_on_the_specimen_tree(finished):
    stack = finished.stack("RAW-1")
    for name in (
        "import.json",
        "frames.csv",
        "stack/convert.json",
        "stack/transforms.json",
        "stack/fused.tif",
        "stack/depth.tif",
        "stack/source.tif",
        "archival/RAW-1_top.tif",
        "archival/RAW-1_top.json",
        "derivatives/RAW-1_top_web.jpg",
        "derivatives/RAW-1_top_thumbnail.jpg",
        "archive.json",
    ):
        assert (stack / name).is_file(), name
    # Converted frames are gone once a stack is archived.
    assert not (stack / "tiff").exists()


def test_raws_are_imported_byte_for_byte(finished, frames):
    for original in (frames / "raw").iterdir():
        assert (
            finished.stack("RAW-1") / "raw" / original.name
        ).read_bytes() == original.read_bytes()


def test_the_master_is_a_read_only_16_bit_rgb_tiff_that_matches_its_record(finished):
    master = finished.stack("RAW-1") / "archival" / "RAW-1_top.tif"
    record = json.loads(master.with_suffix(".json").read_text())
    assert stat.S_IMODE(master.stat().st_mode) == 0o444
    assert hashlib.sha256(master.read_bytes()).hexdigest() == record["sha256"]
    with tifffile.TiffFile(master) as tif:
        page = tif.pages.first
        assert (page.dtype, page.samplesperpixel, page.compression) == ("uint16", 3, 1)
        assert page.iccprofile
        assert page.shape[:2] == (record["height_px"], record["width_px"])


@pytest.mark.parametrize("command", [["exiftool", "-validate", "-s3"], ["tiffinfo"]])
def test_validators_have_nothing_to_say_against_the_master(finished, command):
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    for specimen in ("RAW-1", "JPEG-1"):
        master = finished.stack(specimen) / "archival" / f"{specimen}_top.tif"
        run = subprocess.run([*command, master], capture_output=True, text=True, check=True)
        assert run.stderr == ""
        if command[0] == "exiftool":
            assert run.stdout.strip() == "OK"


def test_the_archive_object_holds_every_raw_and_the_master(finished):
    receipt = json.loads((finished.stack("RAW-1") / "archive.json").read_text())
    inventory = json.loads(
        (finished.folder / "archive" / receipt["path"] / "inventory.json").read_text()
    )
    state = inventory["versions"][inventory["head"]]["state"]
    names = {Path(name).name for names in state.values() for name in names}
    assert {"pcb_002.dng", "pcb_005.dng", "frames.csv", "RAW-1_top.tif"} <= names


def test_one_bad_stack_does_not_stop_the_others_and_the_summary_says_why(finished):
    said = (finished.folder / "output.txt").read_text()
    assert "2 of 3 stacks are archived, 1 stopped" in said
    closing = said[said.index("Stopped, with the reason:") :]
    assert "BROKEN-1 top, ledger:" in closing
    assert "pcb_003.dng" in closing
    assert "Traceback" not in said
    assert not (finished.stack("BROKEN-1") / "frames.csv").exists()
    with (finished.stack("BROKEN-1") / "frames.refused.csv").open() as file:
        rows = {row["file"]: row for row in csv.DictReader(file)}
    assert rows["pcb_003.dng"]["status"] == "rejected"


def test_a_log_of_each_step_lies_under_its_stack(finished):
    logs = {path.stem for path in (finished.folder / "logs" / "RAW-1" / "top").iterdir()}
    assert {"import_raws", "ledger", "convert", "align", "fuse", "qc", "master", "archive"} <= logs


def test_a_folder_may_be_named_from_here(tree):
    paths = "paths={specimens: ./specimens, archive: ./archive/}"
    run = tree.snakemake("--dry-run", "--config", paths)
    assert run.returncode == 0, run.stderr
    assert "./" not in run.stderr


def test_a_dry_run_tells_each_stack_s_steps_in_their_order_and_why(tree, frames, tmp_path):
    one = tmp_path / "one"
    one.mkdir()
    frame = Path(shutil.copy(next((frames / "jpeg").iterdir()), one))
    # A copy that the ledger will set aside.
    shutil.copy(frame, frame.with_stem(f"{frame.stem} (1)"))
    tree.write_sheet(
        f"RAW-1,top,{frames / 'raw'},3,,,",
        f"NEW-1,top,{frames / 'jpeg'},,,,",
        f"ONE-1,top,{one},,height,50,away",
        columns="specimen,view,source,fuse.power,derive.web.format,step_um,direction",
    )
    run = tree.snakemake("--dry-run")
    said = run.stdout.splitlines()
    heights = "note: ONE-1 top: has one frame, and so no heights; left out is derive.web"
    assert run.stderr.splitlines().count(heights) == 1
    before = "ledger, convert, align"
    after = "qc, master, derive thumbnail, derive web, archive, review"
    # One fused already takes no more than it has.
    takes = r"what is to be made takes less than 0\.1 GB; \d[\d.]* GB are free"
    assert re.fullmatch(takes, said.pop(-2))
    assert said[-5:] == [
        f"RAW-1 top: fuse (settings, frames or program changed), {after}",
        f"NEW-1 top: import (not made yet), {before}, fuse, {after}",
        f"ONE-1 top: import (not made yet), {before}, fuse, {after.replace(', derive web', '')}",
        "1 of these is archived: what is to be done makes a new version, with the program that "
        "is here",
        "28 steps to do; this was a dry run, nothing was done",
    ]
    assert not tree.stack("NEW-1").exists()


def test_a_log_of_a_run_has_a_line_for_each_stack_and_none_of_the_machinery(finished):
    said = (finished.folder / "output.txt").read_text().splitlines()
    told = [line for line in said if line.startswith("JPEG-1 top: ")]
    # Frames 1, 6 and 7 of this stack are not there, and the checks say so.
    warned = [line for line in told if ": qc: warning: " in line]
    (done,) = (line for line in told if line not in warned)
    assert re.match(r"JPEG-1 top: done in \d+ (s|min) · [12] of 3 stacks · ", done)
    assert warned
    for word in ("Error in rule", "Select jobs", "Execute", "WorkflowError", "Shell", "DAG was"):
        assert not any(word in line for line in said), word


def test_a_stack_that_the_sheet_does_not_have_is_named_without_a_traceback(tree):
    run = tree.snakemake("specimens/RAW-9/top/stack/fused.tif")
    assert run.returncode == 1
    assert "config/specimens.csv: has no row with specimen RAW-9, view top" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_wrong_sheet_is_refused_before_anything_runs(tree):
    tree.write_sheet(
        "RAW-1,dor/sal,", "A,top,", "a,TOP,", "CON,top,", columns="specimen,view,source"
    )
    run = tree.snakemake("--dry-run")
    said = run.stdout + run.stderr
    assert run.returncode == 1
    assert "specimens.csv, row 2, column view: is 'dor/sal'" in said
    assert "row 4: specimen 'a', view 'TOP' is already in row 3" in said
    assert "row 5, column specimen: is 'CON'" in said
    assert ".smk" not in said


def test_a_wrong_parameter_in_the_sheet_is_named_by_row_and_column(tree):
    tree.write_sheet("RAW-1,top,,median", columns="specimen,view,source,fuse.method")
    run = tree.snakemake("--dry-run")
    assert run.returncode == 1
    assert "row 2, column fuse.method: is 'median', but must be one of" in run.stdout + run.stderr
