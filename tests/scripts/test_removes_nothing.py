"""No script removes or replaces what it did not record having made; raws least of all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

import align
import archive
import audit
import convert
import derive
import fuse
import height
import import_raws
import labels
import ledger
import master
import media
import mesh
import policy
import reduce
import reprocess
import review
import stereo
import verify
from records.errors import RecordError
from tests.scripts.stack_folder import SPECIMEN, VIEW, make_stack, put_in_archive

SCRIPTS = Path(convert.__file__).parent


@pytest.fixture()
def stack(tmp_path, demo) -> Path:
    folder = tmp_path / "specimens" / "A-1" / "top"
    (folder / "raw").mkdir(parents=True)
    for k in (2, 3):
        shutil.copy(demo / "pcb-raw" / f"pcb_00{k}.dng", folder / "raw")
    ledger.main(["--raw", str(folder / "raw"), "--out", str(folder / "frames.csv")])
    return folder


def everything(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "frames.csv"
    }


def convert_to(stack: Path, tiff: Path, out: str = "stack/convert.json") -> None:
    convert.main(
        [
            *("--raw", str(stack / "raw"), "--ledger", str(stack / "frames.csv")),
            *("--tiff", str(tiff), "--out", str(stack / out)),
        ]
    )


@pytest.mark.parametrize("name", ["raw", "raw/developed", ".", "stack", "linked"])
def test_convert_pointed_at_raws_or_other_files_changes_none(stack, name):
    (stack / "stack").mkdir()
    (stack / "stack" / "retouched.tif").write_bytes(b"a person's work")
    (stack / "linked").symlink_to(stack / "raw")
    before = everything(stack)
    with pytest.raises(RecordError):
        convert_to(stack, stack / name)
    assert everything(stack) == before


def test_convert_spares_a_folder_of_raws_that_no_stack_knows_yet(stack, tmp_path, demo):
    card = tmp_path / "card"
    shutil.copytree(demo / "pcb-raw", card)
    before = everything(card)
    with pytest.raises(RecordError, match="which no run of this step recorded"):
        convert_to(stack, card)
    assert everything(card) == before


def test_convert_leaves_what_a_person_put_beside_its_frames(stack, capsys):
    convert_to(stack, stack / "tiff")
    (stack / "tiff" / "retouched.tif").write_bytes(b"a person's work")
    convert_to(stack, stack / "tiff")
    assert (stack / "tiff" / "retouched.tif").read_bytes() == b"a person's work"
    assert "retouched.tif: not made by this step, left there" in capsys.readouterr().err


def test_fuse_leaves_slabs_that_it_did_not_record(stack):
    convert_to(stack, stack / "tiff")
    made = stack / "stack"
    transforms = made / "transforms.json"
    align.main(["--convert", str(made / "convert.json"), "--out", str(transforms)])
    (made / "slabs").mkdir()
    (made / "slabs" / "slab_009.tif").write_bytes(b"a person's work")
    maps = ("fused", "depth", "confidence", "source")
    with pytest.raises(RecordError, match=r"slabs: holds slab_009.tif"):
        fuse.main(
            [
                *("--transforms", str(transforms), "--ledger", str(stack / "frames.csv")),
                *(word for name in maps for word in (f"--{name}", str(made / f"{name}.tif"))),
                *("--out", str(made / "fuse.json"), "--slab-frames=2", "--slab-overlap=1"),
            ]
        )
    assert (made / "slabs" / "slab_009.tif").read_bytes() == b"a person's work"


# Each script, with its other options made up: it must refuse before it reads anything.
OUTPUTS = {
    "align": (align, ("--convert", "{free}", "--out", "{out}")),
    "archive": (
        archive,
        ("--stack", "{stack}", "--specimen", "A-1", "--view", "top", "--record", "{free}",
         "--archive", "{free}2", "--out", "{out}"),
    ),
    "audit": (audit, ("--archive", "{free}", "--report", "{out}")),
    "derive": (derive, ("--master", "{free}", "--record", "{free}2", "--out", "{out}")),
    "height": (height, ("--master", "{free}", "--record", "{free}2", "--out", "{out}")),
    "stereo": (
        stereo,
        (*(word for name in ("master", "record", "transforms", "ledger", "fuse")
           for word in (f"--{name}", "{free}")), "--out", "{out}"),
    ),
    "import": (import_raws, ("--source", "{free}", "--raw", "{free}2", "--out", "{out}")),
    "labels": (labels, ("--archive", "{free}", "--table", "{out}")),
    "ledger": (ledger, ("--raw", "{free}", "--out", "{out}")),
    "master": (
        master,
        (*(word for name in ("fused", "fuse", "transforms", "convert", "ledger", "raw")
           for word in (f"--{name}", "{free}")),
         "--specimen", "A-1", "--view", "top", "--master", "{out}", "--out", "{free}9"),
    ),
    "media": (media, ("--archive", "{free}", "--table", "{out}", "--dwca", "{free}2")),
    "mesh": (
        mesh,
        ("--master", "{free}", "--record", "{free}2", "--ledger", "{free}3", "--out", "{out}"),
    ),
    "policy": (policy, ("--archive", "{free}", "--profile", "fadgi", "--report", "{out}")),
    "review": (
        review,
        ("stack", "--stack", "{free}", "--archive", "{free}2", "--logs", "{free}3",
         "--results", "{free}4", "--out", "{out}"),
    ),
    "reprocess": (
        reprocess,
        ("--archive", "{free}", "--specimen", "A-1", "--view", "top", "--reason", "better",
         "--report", "{out}"),
    ),
    "verify": (verify, ("--archive", "{free}", "--report", "{out}")),
}  # fmt: skip


@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_among_raws_is_refused_by_every_script(stack, tmp_path, name):
    script, words = OUTPUTS[name]
    before = everything(stack)
    places = {"out": stack / "raw" / "pcb_002.dng", "free": tmp_path / "free", "stack": stack}
    with pytest.raises(RecordError, match="raws lie in"):
        script.main([word.format(**places) for word in words])
    assert everything(stack) == before


@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_that_is_an_input_is_refused_by_every_script(stack, tmp_path, name):
    script, words = OUTPUTS[name]
    same = tmp_path / "same"
    same.write_text("an input")
    with pytest.raises(RecordError, match=r"is what --\S+ reads|are read from"):
        script.main([word.format(out=same, free=same, stack=stack) for word in words])
    assert same.read_text() == "an input"


def test_a_log_is_written_over_by_its_name_alone(stack):
    raw = stack / "raw" / "pcb_002.dng"
    before = raw.read_bytes()
    done = subprocess.run(
        [sys.executable, SCRIPTS / "relay.py", raw, "A-1 top: ledger", "echo", "lines"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "is no log by its name" in done.stderr
    assert raw.read_bytes() == before


@pytest.fixture()
def archived(tmp_path, demo) -> tuple[Path, Path]:
    """A stack and the archive that holds it."""
    stack = make_stack(tmp_path / "tree", sorted((demo / "pcb-jpeg").glob("*.jpg"))[:2])
    put_in_archive(stack, tmp_path / "archive")
    return stack, tmp_path / "archive"


def reduce_it(stack: Path, root: Path, *more: str) -> None:
    who = ("--specimen", SPECIMEN, "--view", VIEW, "--stack", str(stack))
    reduce.main(["--archive", str(root), *who, *more])


@pytest.mark.parametrize(
    "name", ["tiff/mine.tif", "derivatives/for-the-cover.psd", "stack/slabs/mine.tif", "notes.txt"]
)
@pytest.mark.parametrize("more", [(), ("--temporary-only",)])
def test_reduce_removes_no_file_that_is_neither_archived_nor_recorded(archived, name, more):
    stack, root = archived
    shutil.rmtree(stack / "derivatives")
    mine = stack / name
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_bytes(b"a person's work")
    try:
        reduce_it(stack, root, *more)
    except RecordError as error:
        assert mine.name in str(error)
    assert mine.read_bytes() == b"a person's work"


def test_reduce_keeps_a_fused_image_that_a_person_painted_in(archived):
    stack, root = archived
    tifffile.imwrite(stack / "stack" / "fused.tif", np.zeros((8, 8, 3), np.uint16))
    with pytest.raises(RecordError, match=r"fused.tif first"):
        reduce_it(stack, root, "--temporary-only")
    assert (stack / "stack" / "fused.tif").exists()


def test_reduce_keeps_another_stacks_folder(archived, tmp_path):
    stack, root = archived
    other = tmp_path / "other"
    other.mkdir()
    receipt = json.loads((stack / "archive.json").read_text())
    (other / "archive.json").write_text(json.dumps(receipt | {"object": "holostack:B-1/top"}))
    with pytest.raises(RecordError, match="is of holostack:B-1/top, not of"):
        reduce_it(other, root)
    assert (other / "archive.json").exists()


@pytest.mark.slow
def test_restore_and_bag_write_into_neither_raws_nor_archive(archived, tmp_path):
    stack, root = archived
    who = ("--archive", str(root), "--specimen", SPECIMEN, "--view", VIEW)
    for place in (stack / "raw" / "new", root / "new"):
        for words in (("restore.py", "--stack"), ("bag.py", "export", "--bag")):
            script, *more, option = words
            done = subprocess.run(
                [sys.executable, SCRIPTS / script, *more, *who, option, place],
                capture_output=True, text=True, env=os.environ,
            )  # fmt: skip
            assert done.returncode == 1
            assert "name another place" in done.stderr, done.stderr
        assert not place.exists()
