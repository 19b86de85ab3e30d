"""Each step, killed or out of disk at any change it makes, ends as if nothing had been: run again.

What is tried in CI is a sample; `HOLOSTACK_EVERY_MOMENT=1` tries every change.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import align
import archive
import bag
import convert
import derive
import describe
import fuse
import import_raws
import ledger
import master
import qc
import reduce
import remake
import restore
from records.archive import placing, restoring, versions
from records.files import sha256_file
from records.sheet.writing import write_cells
from records.unfinished import sweep
from tests.crashes import Command, files_of, litter, survive

SPECIMEN, VIEW = "A-1", "top"


def words(**options: object) -> list[str]:
    return [
        word
        for name, value in options.items()
        for word in (f"--{name.replace('_', '-')}", str(value))
    ]


class Stack:
    """Where the files of a small stack lie, and the command of each step."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.folder = data / "specimens" / SPECIMEN / VIEW
        self.made = self.folder / "stack"
        self.master = self.folder / "archival" / f"{SPECIMEN}_{VIEW}.tif"

    def steps(self) -> dict[str, Command]:
        stack, made, picture = self.folder, self.made, self.master
        maps = {name: made / f"{name}.tif" for name in ("depth", "confidence", "source")}
        cells = {name: made / f"{name}.tif" for name in ("energy", "light")}
        raw, frames = stack / "raw", stack / "frames.csv"
        records = {
            "transforms": made / "transforms.json",
            "fuse": made / "fuse.json",
        }
        who = {"specimen": SPECIMEN, "view": VIEW}
        derived = stack / "derivatives" / f"{SPECIMEN}_{VIEW}_web.jpg"
        commands = {
            "import_raws": words(source=self.data / "card", raw=raw, out=stack / "import.json"),
            "ledger": words(raw=raw, out=frames),
            "convert": words(
                raw=raw, ledger=frames, tiff=stack / "tiff", out=made / "convert.json"
            ),
            "align": words(convert=made / "convert.json", out=records["transforms"]),
            "fuse": words(
                transforms=records["transforms"],
                ledger=frames,
                fused=made / "fused.tif",
                **maps,
                **cells,
                slab_frames=2,
                slab_overlap=1,
                out=records["fuse"],
            ),
            "qc": words(**records, ledger=frames, pictures=made / "qc", out=made / "qc.json"),
            "master": words(
                fused=made / "fused.tif",
                **records,
                convert=made / "convert.json",
                ledger=frames,
                raw=raw,
                **maps,
                **who,
                master=picture,
                out=picture.with_suffix(".json"),
            ),
            "derive": words(master=picture, record=picture.with_suffix(".json"), out=derived),
            "archive": words(
                stack=stack,
                **who,
                record=picture.with_suffix(".json"),
                archive=self.data / "archive",
                out=stack / "archive.json",
                user="A. Technician",
                workflow=self.data / "Snakefile",
                barcodes="ignore",
                also=derived,
            ),
        }
        return {name: Command(name, argv) for name, argv in commands.items()}


MAINS = {
    module.__name__: module.main
    for module in (import_raws, ledger, convert, align, fuse, qc, master, derive, archive)
}
# Aligning writes one record and takes long; fusing takes longer.
SAMPLES = dict.fromkeys(MAINS, 2) | {"align": 0, "fuse": 1, "archive": 1}


@pytest.fixture(scope="module")
def whole(tmp_path_factory, demo) -> Path:
    """Data of a stack of three small frames before each step, in folders named for the step."""
    home = tmp_path_factory.mktemp("whole")
    data = home / "data"
    (data / "card").mkdir(parents=True)
    (data / "Snakefile").write_text("rule all:\n")
    for path in sorted((demo / "pcb-jpeg").glob("*.jpg"))[2:5]:
        Image.open(path).resize((200, 150)).save(data / "card" / path.name, quality=95)
    for name, command in Stack(data).steps().items():
        shutil.copytree(data, home / "before" / name)
        MAINS[name](command.argv)
    shutil.copytree(data, home / "before" / "end")
    return home


@pytest.fixture
def before(whole) -> Callable[[str], Stack]:
    """The data as they are before a step, where they were when they were made."""

    def put(step: str) -> Stack:
        shutil.rmtree(whole / "data")
        shutil.rmtree(whole / "data.start", ignore_errors=True)
        shutil.copytree(whole / "before" / step, whole / "data")
        return Stack(whole / "data")

    return put


def without_clock(data: Path) -> dict[str, str]:
    """All files but those that say when something was done; the object's state instead."""
    seen = {
        name: one
        for name, one in files_of(data).items()
        if not name.startswith(("archive/", "archive.of-another/"))
        and not name.endswith(("archive.json", ".raws.json", "described"))
    }
    for path in data.glob("archive*/**/inventory.json"):
        inventory = json.loads(path.read_text())
        for version, block in inventory["versions"].items():
            for digest, names in block["state"].items():
                for name in names:
                    if not name.startswith(("ro-crate", "README", "logs/")):
                        seen[f"{path.parent.name} {version} {name}"] = digest
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("step", MAINS)
def test_a_step_that_was_cut_short_anywhere_ends_whole_when_it_is_run_again(before, step):
    stack = before(step)
    raws = files_of(stack.folder / "raw") if step != "import_raws" else {}
    card = files_of(stack.data / "card")

    def check(data: Path) -> None:
        assert files_of(data / "card") == card
        if raws:
            assert files_of(stack.folder / "raw") == raws

    tried = {"sample": SAMPLES[step], "last": max(1, SAMPLES[step])}
    command = stack.steps()[step]
    survived = survive([command], stack.data, see=without_clock, check=check, **tried)
    assert survived.tried >= 1


def of_the_archive(data: Path) -> dict[str, list[str]]:
    """The commands by which an archived stack goes somewhere."""
    who = words(specimen=SPECIMEN, view=VIEW)
    stack, root = Stack(data).folder, words(archive=data / "archive")
    other = words(archive=data / "archive.of-another", bag=data / "bag")
    return {
        "reduce": [*root, *who, *words(stack=stack)],
        "reduce --temporary-only": [*root, *who, *words(stack=stack), "--temporary-only"],
        "restore --put-back": [*root, *who, *words(stack=stack), "--put-back"],
        "restore": [*root, *who, *words(stack=stack)],
        "bag export": ["export", *root, *who, *words(bag=data / "bag")],
        "bag import": ["import", *other, *words(user="A. Colleague")],
        "describe": [
            *(*root, *who, *words(stack=stack, metadata="caption=A wing", user="A. Curator")),
            *words(out=data / "described"),
        ],
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "first"),
    [
        ("reduce", []),
        ("reduce --temporary-only", []),
        ("restore --put-back", []),
        ("restore", ["reduce"]),
        ("bag export", []),
        ("bag import", ["bag export"]),
        ("describe", []),
    ],
)
def test_an_archived_stack_survives_whatever_is_done_with_it(before, step, first):
    stack = before("end")
    commands = of_the_archive(stack.data)
    modules = {"reduce": reduce, "restore": restore, "bag": bag, "describe": describe}
    for name in first:
        modules[name.split()[0]].main(commands[name])
    if step == "restore --put-back":
        raw, _, gone = sorted((stack.folder / "raw").iterdir())
        raw.chmod(0o644)
        raw.write_bytes(b"changed")
        gone.unlink()
    archived = files_of(stack.data / "archive")

    def check(data: Path) -> None:
        now = files_of(data / "archive")
        lost = {name for name in archived if "/content/" in name and name not in now}
        assert lost == set()
        assert step == "describe" or now == archived

    survive(
        [Command(step.split()[0], commands[step])],
        stack.data,
        see=without_clock,
        check=check,
        # A restored stack and a bag are there already when only the tidying was cut short.
        may_be_done=step in ("restore", "bag export"),
    )


def without_exchange(argv: list[str]) -> None:
    """Call a command where a disk cannot let two folders change names."""
    for module in (restoring, placing):
        module.exchange = lambda one, other: False
    importlib.import_module(argv[0]).main(argv[1:])


@pytest.mark.slow
def test_a_further_version_is_made_once_where_folders_cannot_change_names(before):
    """Where they can, see test_archive_interrupted.py."""
    stack = before("end")
    (stack.folder / "archive.json").unlink()
    also = stack.folder / "derivatives" / f"{SPECIMEN}_{VIEW}_notes.txt"
    also.write_text("a further file")
    argv = ["archive", *stack.steps()["archive"].argv, str(also)]
    survive([Command(__name__, argv, "without_exchange")], stack.data, see=without_clock)


@pytest.mark.slow
def test_a_stack_is_reduced_where_folders_cannot_change_names(before):
    stack = before("end")
    argv = ["reduce", *of_the_archive(stack.data)["reduce"]]
    survive([Command(__name__, argv, "without_exchange")], stack.data, see=without_clock)


def test_the_copies_of_raws_that_a_killed_reprocess_left_go_with_the_next(tmp_path):
    child = os.fork()
    if child == 0:
        with remake.working_folders(None, tmp_path / "one.json") as (then, _, _):
            (then / "raw.dng").write_text("large")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert len(litter(tmp_path)) > 0
    with remake.working_folders(None, tmp_path / "other.json") as (then, now, logs):
        assert {path.name for path in tmp_path.iterdir()} == {logs.parent.name}
        assert list(then.iterdir()) == list(now.iterdir()) == []
    assert list(tmp_path.iterdir()) == []


def test_what_a_kill_left_of_one_object_goes_when_another_is_archived(tmp_path):
    root = tmp_path / "archive"
    (tmp_path / "file").write_text("content")
    reason = versions.Reason("test", "A. Technician")

    def killed(number, block, state):
        os.kill(os.getpid(), signal.SIGKILL)
        return {}

    child = os.fork()
    if child == 0:
        one = {"file": tmp_path / "file"}
        versions.add_version(root, "holostack:A-1/top", one, reason, companions=killed)
    os.waitpid(child, 0)
    staging = root / "extensions" / "holostack-staging"
    assert len(list(staging.iterdir())) == 2
    versions.add_version(root, "holostack:A-2/top", {"file": tmp_path / "file"}, reason)
    assert not staging.exists()


def write_a_cell(argv: list[str]) -> None:
    """Write a cell into the sheet that `argv` names, unless it is written."""
    sheet = Path(argv[0])
    if b"a wing" not in sheet.read_bytes():
        write_cells(sheet, "A-1", "top", {"caption": "a wing"}, seen=sha256_file(sheet))
    sweep(sheet.parent)


@pytest.mark.slow
def test_a_sheet_is_as_it_was_or_as_it_is_to_be_and_never_between(tmp_path):
    sheet = tmp_path / "data" / "sheet.csv"
    sheet.parent.mkdir()
    before, after = "specimen,view,caption\nA-1,top,\n", "specimen,view,caption\nA-1,top,a wing\n"
    sheet.write_text(before)

    def check(data: Path) -> None:
        assert sheet.read_text() in (before, after)

    survive([Command(__name__, [str(sheet)], "write_a_cell")], sheet.parent, check=check)


@pytest.mark.parametrize("cut", [0, 1, 2])
@pytest.mark.parametrize("step", ["import_raws", "ledger", "convert", "qc", "master", "archive"])
def test_a_record_that_was_cut_off_is_made_again_by_its_step(before, step, cut):
    """By a power cut, on disks that lose what they said was on them."""
    names = {
        "import_raws": ["import.json"],
        "ledger": ["frames.csv", ".seen.json"],
        "convert": ["stack/convert.json"],
        "qc": ["stack/qc.json"],
        "master": [f"archival/{SPECIMEN}_{VIEW}.{one}" for one in ("json", "tif.sha256")],
        "archive": ["archive.json"],
    }
    stack = before("end")
    wanted = without_clock(stack.data)
    for name in names[step]:
        path = stack.folder / name
        content = path.read_bytes()
        path.write_bytes([b"", content[: len(content) // 2], b"\0" * len(content)][cut])
    MAINS[step](stack.steps()[step].argv)
    now = without_clock(stack.data)
    if step == "master":
        # What nothing vouches for may be a person's.
        now = {name: one for name, one in now.items() if "set-aside/" not in name}
    assert now == wanted
