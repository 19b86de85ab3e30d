"""Raws, masters and sources that changed: told before any work, and the advice given works."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

from tests.workflow.conftest import edit_unnoticed


def follow_advice(tree, said):
    """Type the commands that two messages give, in the data folder."""
    commands = set(re.findall(r"^ +(python3 .+)$", said, re.MULTILINE))
    assert len(commands) == 2
    for command in commands:
        done = subprocess.run(command, shell=True, cwd=tree.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def files_of(stack):
    """All but the program's own hidden notes."""
    return {path: path.read_bytes() for path in stack.rglob("[!.]*") if path.is_file()}


def aside(stack):
    """What was in the place of what was put back."""
    return files_of(stack / "set-aside")


def nothing_to_do(tree):
    run = tree.snakemake()
    assert run.returncode == 0
    return "Nothing to be done" in run.stdout + run.stderr


def version_of(tree, specimen):
    return json.loads((tree.stack(specimen) / "archive.json").read_text())["version"]


def test_changed_raws_stop_their_stacks_by_name_and_come_back_by_the_advice(tree):
    stacks = {name: tree.stack(name) for name in ("RAW-1", "JPEG-1")}
    before = {name: files_of(stack) for name, stack in stacks.items()}
    edit_unnoticed(stacks["RAW-1"] / "raw" / "pcb_003.dng")
    shutil.rmtree(stacks["JPEG-1"] / "raw")
    planned, run = tree.snakemake("--dry-run"), tree.snakemake()
    assert run.returncode == 1
    for said in (planned.stderr, run.stderr):
        archived = "is not what was archived as v1"
        assert re.search(rf"RAW-1 top: stopped: .* {archived}: changed pcb_003\.dng\.", said)
        assert re.search(
            rf"JPEG-1 top: stopped: .* {archived}: missing pcb_002\.jpg, pcb_003", said
        )
    assert "0 of 2 stacks are archived, 2 stopped" in run.stderr
    for name, stack in stacks.items():
        now = files_of(stack)
        assert now == {path: now[path] for path in before[name] if "raw" not in path.parts} | {
            path: now[path] for path in now if "raw" in path.parts
        }
    follow_advice(tree, run.stderr)
    assert {name: files_of(stack) for name, stack in stacks.items()} == {
        name: {**before[name], **aside(stack)} for name, stack in stacks.items()
    }
    assert nothing_to_do(tree)
    assert (version_of(tree, "RAW-1"), version_of(tree, "JPEG-1")) == ("v1", "v1")


def test_frames_added_to_an_archived_stack_need_a_word_about_that_version(tree, frames):
    raw = tree.stack("RAW-1") / "raw"
    whole = bytearray((raw / "pcb_002.dng").read_bytes())
    whole[-200] ^= 1
    (raw / "pcb_001.dng").write_bytes(whole)
    said = tree.snakemake("--dry-run").stderr
    assert "is not what was archived as v1: new pcb_001.dng" in said
    assert "take out what is new; if it is meant, write `v1: why`" in said
    columns = "specimen,view,source,raws_changed"
    rows = (f"JPEG-1,top,{frames / 'jpeg'},", f"RAW-1,top,{frames / 'raw'},")
    tree.write_sheet(*(f"{row}v2: shot again" for row in rows[1:]), columns=columns)
    assert "stopped" in tree.snakemake("--dry-run").stderr
    tree.write_sheet(f"{rows[1]}v1: the first frame was forgotten", columns=columns)
    run = tree.snakemake()
    assert run.returncode == 0, run.stderr
    assert version_of(tree, "RAW-1") == "v2"
    said = (tree.folder / "logs" / "RAW-1" / "top" / "archive.log").read_text()
    assert "pcb_001.dng" in said
    assert "the first frame was forgotten" in said
    # What was said of v1 says nothing about v2.
    (raw / "pcb_001.dng").unlink()
    assert "archived as v2: missing pcb_001.dng" in tree.snakemake("--dry-run").stderr


def test_frames_added_before_anything_is_archived_are_taken_in(tree):
    stack = tree.stack("RAW-1")
    shutil.rmtree(tree.folder / "archive")
    for one in tree.folder.glob("specimens/*/*/archive.json"):
        one.unlink()
    whole = bytearray((stack / "raw" / "pcb_002.dng").read_bytes())
    whole[-200] ^= 1
    (stack / "raw" / "pcb_001.dng").write_bytes(whole)
    assert "ledger RAW-1" in tree.planned()
    edit_unnoticed(stack / "raw" / "pcb_005.dng")
    said = tree.snakemake("--dry-run").stderr
    assert "is not what the ledger accounts for: changed pcb_005.dng" in said


def test_changed_masters_are_told_before_any_work_and_come_back_by_the_advice(tree):
    edited = tree.stack("JPEG-1") / "archival" / "JPEG-1_top.tif"
    lost = tree.stack("RAW-1") / "archival" / "RAW-1_top.tif"
    whole = {path: path.read_bytes() for path in (edited, lost)}
    edit_unnoticed(edited)
    lost.unlink()
    planned, run = tree.snakemake("--dry-run"), tree.snakemake()
    assert run.returncode == 1
    for said in (planned.stderr, run.stderr):
        assert re.search(
            "JPEG-1 top: stopped: .*JPEG-1_top.tif: the master was changed since", said
        )
        assert re.search("RAW-1 top: stopped: .*RAW-1_top.tif: the master is missing", said)
    follow_advice(tree, run.stderr)
    assert {path: path.read_bytes() for path in whole} == whole
    assert len(aside(tree.stack("JPEG-1"))) == 1
    assert nothing_to_do(tree)


def test_a_card_that_is_gone_or_used_again_changes_nothing(tree, frames, tmp_path):
    card = tmp_path / "card"
    shutil.copytree(frames / "jpeg", card)
    tree.write_sheet(f"RAW-1,top,{frames / 'raw'}", f"JPEG-1,top,{card}")
    (card / "pcb_002.jpg").unlink()
    (card / "pcb_005.jpg").write_bytes(b"another exposure")
    (card / "img_1.jpg").write_bytes(b"of the next specimen")
    before = files_of(tree.stack("JPEG-1"))
    run = tree.snakemake()
    assert run.returncode == 0
    assert "JPEG-1 top: warning: " in run.stderr
    assert "2 gone or changed (pcb_002.jpg, pcb_005.jpg), 1 new (img_1.jpg)" in run.stderr
    assert files_of(tree.stack("JPEG-1")) == before
    shutil.rmtree(card)
    tree.write_sheet(f"RAW-1,top,{frames / 'raw'}", "JPEG-1,top,")
    assert tree.planned() == set()


def test_a_lost_record_of_an_import_comes_back_from_the_archive(tree, frames):
    tree.write_sheet(f"JPEG-1,top,{tree.folder / 'gone'}")
    record = tree.stack("JPEG-1") / "import.json"
    content = record.read_bytes()
    record.unlink()
    run = tree.snakemake(str(record.relative_to(tree.folder)))
    assert run.returncode == 0, run.stderr
    assert "import.json was gone and is brought back from holostack:JPEG-1/top" in run.stderr
    assert record.read_bytes() == content


def test_forcing_an_import_loses_nothing(tree):
    record = tree.stack("JPEG-1") / "import.json"
    content = record.read_bytes()
    (tree.stack("JPEG-1") / "raw" / "pcb_004.jpg").unlink()
    run = tree.snakemake("--forcerun", "import_raws", "--until", "import_raws")
    assert run.returncode == 1
    assert record.read_bytes() == content


def test_one_source_in_two_rows_is_refused_when_the_sheet_is_read(tree, frames):
    tree.write_sheet(f"RAW-1,top,{frames / 'raw'}", f"RAW-2,top,{frames / 'jpeg' / '..' / 'raw'}")
    run = tree.snakemake("--dry-run")
    assert run.returncode == 1
    assert "row 3, column source" in run.stderr
    assert "is what row 2 (RAW-1 top) is imported from" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_moved_tree_has_nothing_to_do(tree, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(tree.folder, moved)
    assert nothing_to_do(type(tree)(moved))


def test_frames_of_one_stack_in_another_stop_the_one_further_down_whatever_ran_first(tree, frames):
    copied = shutil.copytree(frames / "jpeg", tree.folder / "copied")
    (copied / "pcb_004.jpg").rename(copied / "first.jpg")
    rows = [f"JPEG-1,top,{frames / 'jpeg'}", f"RAW-1,top,{frames / 'raw'}", f"LATE-1,top,{copied}"]
    tree.write_sheet(*rows)
    run = tree.snakemake("ledgers")
    assert run.returncode == 1
    assert "LATE-1 top: ledger: error: frames of this stack are another's: " in run.stderr
    assert "first.jpg (there pcb_004.jpg)" in run.stderr
    assert "of JPEG-1/top (row 2 of the sheet)" in run.stderr
    tree.write_sheet(rows[2], *rows[:2])
    assert tree.snakemake("ledgers").returncode == 0
    run = tree.snakemake("--dry-run")
    assert "JPEG-1 top: stopped: frames of this stack are another's: pcb_002.jpg" in run.stderr
    assert "of LATE-1/top (row 2 of the sheet)" in run.stderr
    assert "shared_source in row 3" in run.stderr
    columns = "specimen,view,source,shared_source"
    shared = (f"{rows[2]},", f"{rows[0]},shown in both", f"{rows[1]},")
    tree.write_sheet(*shared, columns=columns)
    assert "stopped" not in tree.snakemake("--dry-run").stderr


def test_a_folder_that_was_renamed_is_told(tree):
    (tree.folder / "specimens" / "JPEG-1").rename(tree.folder / "specimens" / "JPEG-9")
    tree.write_sheet("JPEG-9,top,")
    said = tree.snakemake("--dry-run").stderr
    assert "JPEG-9 top: stopped: " in said
    assert "is of holostack:JPEG-1/top, not of JPEG-9/top: was the folder renamed" in said
