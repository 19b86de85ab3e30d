"""What a second run does: nothing, unless something that matters has changed."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from records.archive.left_alone import stamps_of
from records.ledger.table import read_ledger
from records.locks import PLANNED
from records.program import version_of
from records.runs.at_work import MARKS
from records.sheet.sound import FROM_ROWS, NOTE
from tests.workflow.conftest import ROOT, edit_unnoticed

AFTER_FUSE = {"fuse", "qc", "master", "derive", "archive", "review"}


def touch_all(folder):
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path)


def test_a_second_run_has_nothing_to_do_and_a_third_sees_what_was_changed_since(tree):
    run = tree.snakemake()
    assert run.returncode == 0
    assert "Nothing to be done" in run.stdout + run.stderr
    assert stamps_of(tree.folder / "specimens").keys() == {"RAW-1/top", "JPEG-1/top"}
    assert tree.planned() == set()
    edit_unnoticed(tree.stack("RAW-1") / "raw" / "pcb_003.dng")
    planned = tree.snakemake("--dry-run").stderr
    assert "RAW-1 top: stopped: " in planned
    assert "JPEG-1" not in planned


def test_touched_raws_cause_no_rerun(tree):
    touch_all(tree.stack("RAW-1") / "raw")
    assert tree.planned() == set()


def test_touching_every_file_of_the_data_causes_no_rerun(tree):
    touch_all(tree.folder / "specimens")
    touch_all(tree.folder / "archive")
    assert tree.planned() == set()


def test_what_snakemake_notes_of_an_archived_stack_makes_nothing_of_it_again_by_its_name(tree):
    # As is left where Snakemake was killed while a job on a node went on, and that at its end:
    # marks, notes of how files were made before, and late times of some, not of what follows.
    notes = tree.folder / ".snakemake"
    fused = "specimens/RAW-1/top/stack/fuse.json"
    marks = [base64.urlsafe_b64encode(name.encode()).decode() for name in (fused, RAW_RECEIPT)]
    for mark in marks:
        (notes / "incomplete" / mark).write_text('{"external_jobid": "81"}')
    metadata = notes / "metadata" / marks[0]
    known = json.loads(metadata.read_text())
    metadata.write_text(json.dumps(known | {"params": ["'of before'"], "input_checksums": {}}))
    for name in ("convert.json", "transforms.json"):
        os.utime(tree.stack("RAW-1") / "stack" / name)
    again = tree.snakemake("--dry-run", "--forcerun", "fuse", "--", RAW_RECEIPT)
    assert "RAW-1 top: fuse (" in again.stdout, "a person may want it so"
    run = tree.snakemake("--", RAW_RECEIPT)
    assert run.returncode == 0 and "Nothing to be done" in run.stdout + run.stderr
    assert list((notes / "incomplete").iterdir()) == []


RAW_RECEIPT = "specimens/RAW-1/top/archive.json"


def job_on_a_node(tree, planned, *steps, attempt=1):
    """A job of RAW-1, with the order of Snakemake's submissions: to do all that is named."""
    job = ["--target-jobs", *(f"{step}:specimen=RAW-1,view=top" for step in steps)]
    order = ["--mode", "remote", "--force", "--nolock", "--ignore-incomplete", "--cores", "1"]
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", *job, *order]
    run = subprocess.run(
        [*command, "--attempt", str(attempt), "--directory", tree.folder],
        env={**os.environ, PLANNED: str(planned)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return run.stderr


def test_a_job_on_a_node_leaves_a_stack_as_it_is_that_was_archived_since_its_run_was_planned(tree):
    receipt = tree.folder / RAW_RECEIPT
    before = receipt.read_bytes()
    said = job_on_a_node(tree, receipt.stat().st_mtime_ns - 1, "fuse", "archive")
    assert "RAW-1 top: was archived meanwhile, and is left as it is" in said
    assert receipt.read_bytes() == before


def test_a_second_try_of_a_job_on_a_node_does_nothing_again_that_the_first_one_did(tree):
    receipt, now = tree.folder / RAW_RECEIPT, time.time_ns()
    # As the first try notes it, before its steps; here, first, that of another run.
    first = tree.folder / MARKS / "tries" / "RAW-1" / "top"
    first.parent.mkdir(parents=True)
    for planned, kept in ((now - 1, False), (now, True)):
        first.write_text(str(planned))
        os.utime(first, ns=(1, 1))
        receipt.unlink()
        said = job_on_a_node(tree, now, "master", "archive", attempt=2)
        assert ("1 of 2 steps were done by an earlier try" in said) == kept
        assert ("(Rule: master)" in said) != kept and "(Rule: archive)" in said


def test_of_a_large_sheet_that_was_found_sound_the_row_of_a_stack_is_read_alone(tree, frames):
    rows = [f"RAW-1,top,{frames / 'raw'}", *(f"NEW-{k},top," for k in range(FROM_ROWS))]
    tree.write_sheet(*rows)
    note = tree.folder / "specimens" / NOTE
    tree.snakemake("--dry-run", "--", RAW_RECEIPT)
    assert not note.exists()
    run = tree.snakemake("--", RAW_RECEIPT)
    assert run.returncode == 0 and "Nothing to be done" in run.stdout + run.stderr, run.stderr
    # What is told of the sheet is from the note then.
    note.write_text(json.dumps(json.loads(note.read_text()) | {"doubts": ["as noted"]}))
    run = tree.snakemake("--dry-run", "--", RAW_RECEIPT)
    assert "as noted" in run.stderr and "Nothing to be done" in run.stdout + run.stderr
    tree.write_sheet(*rows, "NEW-7,top,")
    run = tree.snakemake("--dry-run", "--", RAW_RECEIPT)
    assert run.returncode == 1 and "'NEW-7', view 'top' is already in row 10" in run.stderr


def test_another_clone_in_another_place_causes_no_rerun(tree, tmp_path):
    clone = tmp_path / "elsewhere" / "a clone"
    for name in ("rules", "scripts", "config", "profiles", "envs"):
        shutil.copytree(ROOT / name, clone / name, copy_function=shutil.copyfile)
    shutil.copyfile(ROOT / "Snakefile", clone / "Snakefile")
    assert replace(tree, workflow=clone).planned() == set()


@pytest.fixture()
def clone(tmp_path):
    """A copy of the program that a test may change."""
    clone = tmp_path / "clone"
    for name in ("rules", "scripts", "config", "profiles", "envs"):
        shutil.copytree(ROOT / name, clone / name)
    shutil.copyfile(ROOT / "Snakefile", clone / "Snakefile")
    return clone


def add_to(path, text):
    with path.open("a") as script:
        script.write(text)


def test_a_changed_program_leaves_archived_stacks_alone_and_says_how_many(tree, clone):
    add_to(clone / "scripts" / "imaging" / "pictures" / "derivative.py", "\nMORE = 1\n")
    fuse = clone / "rules" / "fuse.smk"
    fuse.write_text(fuse.read_text().replace("--threads", " --threads"))
    run = replace(tree, workflow=clone).snakemake("--dry-run")
    assert "2 archived stacks were made by another program and stay as they are" in run.stdout
    assert "Nothing to be done" in run.stdout
    assert replace(tree, workflow=clone).planned() == set()


def test_a_changed_script_reruns_its_step_and_what_follows_where_nothing_is_archived(tree, clone):
    (tree.stack("RAW-1") / "archive.json").unlink()
    add_to(clone / "scripts" / "imaging" / "pictures" / "derivative.py", "\nMORE = 1\n")
    assert replace(tree, workflow=clone).planned() == {
        "derive RAW-1",
        "archive RAW-1",
        "review RAW-1",
    }


def test_a_comment_in_what_every_step_reads_reruns_nothing(tree, clone):
    (tree.stack("RAW-1") / "archive.json").unlink()
    add_to(clone / "scripts" / "step.py", "\n# A comment.\n")
    assert replace(tree, workflow=clone).planned() == {"archive RAW-1", "review RAW-1"}


def test_a_changed_setting_of_an_archived_stack_reruns_what_it_touches_and_says_so(tree, clone):
    add_to(clone / "scripts" / "imaging" / "sampling" / "warp.py", "\nMORE = 1\n")
    (tree.folder / "config" / "config.yaml").write_text("derive: {web: {quality: 70}}\n")
    changed = replace(tree, workflow=clone)
    assert changed.planned() == {
        f"{step} {name}-1" for step in ("derive", "archive", "review") for name in ("RAW", "JPEG")
    }
    said = changed.snakemake("--dry-run").stdout
    assert "2 of these are archived: what is to be done makes a new version" in said


def test_a_setting_that_a_newer_program_brings_is_no_change(tree, clone):
    schema = clone / "config" / "schemas" / "config.schema.json"
    known = json.loads(schema.read_text())
    known["properties"]["fuse"]["properties"]["newer"] = {"type": "integer"}
    schema.write_text(json.dumps(known))
    config = clone / "config" / "config.yaml"
    config.write_text(config.read_text().replace("fuse:\n", "fuse:\n  newer: 1\n"))
    changed = replace(tree, workflow=clone)
    assert changed.planned() == set()
    (tree.folder / "config" / "config.yaml").write_text("fuse: {newer: 2}\n")
    assert "archive RAW-1" in changed.planned()


def test_a_derivative_that_is_no_longer_wanted_is_a_change(tree, clone):
    config = clone / "config" / "config.yaml"
    before, _, after = config.read_text().partition("  thumbnail:\n")
    config.write_text(before + after[after.index("  print:\n") :])
    assert replace(tree, workflow=clone).planned() == {
        f"{step} {name}-1" for step in ("archive", "review") for name in ("RAW", "JPEG")
    }


def test_a_type_that_cannot_be_written_here_ends_a_run_before_anything_is_begun(tree, clone):
    types = clone / "scripts" / "imaging" / "pictures" / "file_types.py"
    # As if libvips had no encoder for it, as the one that is pinned has none for JPEG XL.
    types.write_text(types.read_text().replace('"heifsave"', '"jxlsave"'))
    named = "specimens/RAW-1/top/derivatives/RAW-1_top_web.avif"
    asked = {"made: always": "--dry-run", "made: asked": f"--dry-run {named}"}
    for made, words in asked.items():
        config = f"derive: {{web: {{format: avif, {made}}}}}\n"
        (tree.folder / "config" / "config.yaml").write_text(config)
        run = replace(tree, workflow=clone).snakemake(*words.split())
        assert run.returncode == 1
        assert "was built without an encoder for avif" in run.stdout + run.stderr
        assert not list((tree.stack("RAW-1") / "derivatives").glob("*.avif"))


def test_a_forced_step_is_done_for_archived_stacks_too(tree):
    run = tree.snakemake("--dry-run", "--forcerun", "derive")
    assert "RAW-1 top: derive thumbnail (forced)" in run.stdout


def test_the_program_that_made_a_stack_stands_in_its_object(tree):
    receipt = json.loads((tree.stack("RAW-1") / "archive.json").read_text())
    content = tree.folder / "archive" / receipt["path"] / "v1" / "content"
    kept = json.loads((content / "workflow" / "code.json").read_text())
    assert kept.pop("record_format") == "holostack-code/1"
    assert kept == receipt["code"]
    crate = json.loads((content / "ro-crate-metadata.json").read_text())
    versions = {
        entity["version"]
        for entity in crate["@graph"]
        if "ComputationalWorkflow" in entity["@type"] and "version" in entity
    }
    assert versions == {version_of(ROOT / "Snakefile")}


def test_a_fusion_parameter_reruns_fusing_and_what_follows_for_its_stack_alone(tree, frames):
    tree.write_sheet(
        f"RAW-1,top,{frames / 'raw'},3",
        f"JPEG-1,top,{frames / 'jpeg'},",
        columns="specimen,view,source,fuse.power",
    )
    assert tree.planned() == {f"{verb} RAW-1" for verb in AFTER_FUSE}


def test_a_threshold_or_an_acknowledgement_looks_again_and_makes_no_pixel_anew(tree, frames):
    tree.write_sheet(
        f"RAW-1,top,{frames / 'raw'},0.9,",
        f"JPEG-1,top,{frames / 'jpeg'},,moved: a leg that dried",
        columns="specimen,view,source,qc.midway_contrast,acknowledge",
    )
    assert tree.planned() == {
        f"{step} {name}-1" for step in ("qc", "archive", "review") for name in ("RAW", "JPEG")
    }


def test_a_parameter_in_the_data_s_own_configuration_holds_for_all_its_stacks(tree):
    (tree.folder / "config" / "config.yaml").write_text("fuse: {power: 3}\n")
    assert tree.planned() == {f"{step} {name}-1" for step in AFTER_FUSE for name in ("RAW", "JPEG")}


def test_a_new_row_runs_that_stack_alone(tree, frames):
    with (tree.folder / "config" / "specimens.csv").open("a") as sheet:
        sheet.write(f"RAW-2,top,{shutil.copytree(frames / 'raw', tree.folder / 'card')}\n")
    assert {job.split()[1] for job in tree.planned()} == {"RAW-2"}


def test_files_of_a_stack_can_be_asked_for_by_name(tree):
    shutil.rmtree(tree.stack("RAW-1") / "derivatives")
    # No run makes this one unasked.
    wanted = "specimens/RAW-1/top/derivatives/RAW-1_top_print.tif"
    assert tree.planned(wanted) == {"derive RAW-1"}
    run = tree.snakemake(wanted.replace("tif", "jpg"))
    assert run.returncode == 1
    assert f"derive.print.format is tiff; ask for {wanted}" in run.stdout + run.stderr


def test_a_changed_master_is_reported_and_neither_used_nor_remade(tree, frames):
    master = tree.stack("RAW-1") / "archival" / "RAW-1_top.tif"
    master.chmod(0o644)
    edited = master.read_bytes()[:-1] + b"\x07"
    master.write_bytes(edited)
    shutil.rmtree(tree.stack("RAW-1") / "derivatives")
    run = tree.snakemake("specimens/RAW-1/top/derivatives/RAW-1_top_web.jpg")
    assert run.returncode == 1
    assert "was changed since it was made" in run.stdout + run.stderr
    tree.write_sheet(f"RAW-1,top,{frames / 'raw'},3", columns="specimen,view,source,fuse.power")
    run = tree.snakemake()
    assert "was changed since it was made" in run.stdout + run.stderr
    assert master.read_bytes() == edited


def columns_of(tree, frames, columns, cells):
    """Give the raws' row more columns."""
    tree.write_sheet(
        f"RAW-1,top,{frames / 'raw'},{cells}",
        f"JPEG-1,top,{frames / 'jpeg'}{',' * (columns.count(',') + 1)}",
        columns=f"specimen,view,source,{columns}",
    )


@pytest.mark.parametrize(
    ("columns", "cells"),
    [
        ("order", "time"),
        ("direction", "away"),
        ("exclude,exclude_reason", "pcb_003,a step on the floor"),
    ],
)
def test_what_the_sheet_says_of_the_order_reruns_the_ledger_of_its_stack_and_what_follows(
    tree, frames, columns, cells
):
    columns_of(tree, frames, columns, cells)
    planned = tree.planned()
    assert {job.split()[1] for job in planned} == {"RAW-1"}
    assert {"ledger RAW-1", "fuse RAW-1"} <= planned
    assert "import RAW-1" not in planned


def test_a_list_of_positions_counts_by_what_is_in_it(tree, frames):
    listed = tree.folder / "config" / "positions.csv"
    rows = "".join(f"pcb_00{k}.dng,{10 * k}\n" for k in (5, 4, 3, 2))
    listed.write_text("file,position_um\n" + rows)
    columns_of(tree, frames, "positions", "config/positions.csv")
    ledger = "specimens/RAW-1/top/frames.csv"
    assert tree.snakemake(ledger).returncode == 0
    used = [row for row in read_ledger(tree.folder / ledger) if row.status == "used"]
    assert [(row.file, row.focus_um, row.ordered_by) for row in used] == [
        (f"pcb_00{k}.dng", 10.0 * k, "listed") for k in (5, 4, 3, 2)
    ]
    os.utime(listed)
    assert tree.planned(ledger) == set()
    listed.write_text(listed.read_text().replace("40", "41"))
    assert tree.planned(ledger) == {"ledger RAW-1"}


def test_a_white_frame_counts_by_what_is_in_it(tree, frames):
    white = tree.folder / "config" / "white.dng"
    white.write_bytes(b"a white field")
    assert tree.planned() == set()
    columns_of(tree, frames, "convert.white_frame", "config/white.dng")
    planned = tree.planned()
    assert {job.split()[1] for job in planned} == {"RAW-1"}
    assert {"convert RAW-1", "align RAW-1", "fuse RAW-1", "archive RAW-1"} <= planned
    assert "ledger RAW-1" not in planned
    white.unlink()
    assert "convert RAW-1" in tree.planned()
    told = tree.snakemake("--dry-run").stdout
    assert "row 2: convert.white_frame is config/white.dng: no such file" in told


def test_a_dry_run_tells_what_will_stop_a_stack_by_row_and_column(tree, frames):
    columns_of(tree, frames, "positions,align.reference", "config/lost.csv,40")
    with (tree.folder / "config" / "specimens.csv").open("a") as sheet:
        sheet.write("NEW-1,top,/no/such/card,,\n")
    run = tree.snakemake("--dry-run")
    assert run.returncode == 0
    told = [line for line in run.stdout.splitlines() if line.startswith("warning: ")]
    sheet = "config/specimens.csv, row"
    assert told == [
        f"warning: {sheet} 2, column positions: config/lost.csv: no such list of positions; "
        "it must have the columns file, position_um",
        f"warning: {sheet} 2: align.reference is 40, but the stack has 4 frames at most",
        f"warning: {sheet} 4, column source: /no/such/card: no such folder",
    ]


def test_a_derivative_that_is_left_out_is_not_made(tree):
    (tree.folder / "config" / "config.yaml").write_text("derive: {print: null, web: null}\n")
    shutil.rmtree(tree.stack("RAW-1") / "derivatives")
    assert tree.planned("specimens/RAW-1/top/archive.json") >= {"derive RAW-1", "archive RAW-1"}
    run = tree.snakemake("specimens/RAW-1/top/archive.json")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "1 of 1 named files are made\n  specimens/RAW-1/top/archive.json\n" in run.stderr
    made = [path.name for path in (tree.stack("RAW-1") / "derivatives").glob("[!.]*")]
    assert made == ["RAW-1_top_thumbnail.jpg"]
