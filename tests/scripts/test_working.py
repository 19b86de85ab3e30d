"""After reprocess, restore and reduce, the working folder, its receipt and the archive agree."""

import json
import os
import shutil
import signal
import sys
import zipfile
from pathlib import Path

import pytest

import reduce
import reprocess
import restore
import verify
from records.archive import ocfl, restoring, working
from records.archive.holding import open_holding
from records.errors import RecordError
from tests.scripts.stack_folder import SPECIMEN, VIEW, sha256

OLD = Path(__file__).parents[1] / "data" / "archived_before_formats.zip"


def who(*more: str) -> list[str]:
    return ["--archive", "archive", "--specimen", SPECIMEN, "--view", VIEW, *more]


@pytest.fixture(scope="module")
def second(tmp_path_factory) -> Path:
    """A data folder whose stack was reprocessed elsewhere: its folder holds v1, the archive v2."""
    data = tmp_path_factory.mktemp("second")
    here = Path.cwd()
    os.chdir(data)
    try:
        with zipfile.ZipFile(OLD) as packed:
            packed.extractall(data)
        stack = data / "specimens" / SPECIMEN / VIEW
        restore.main(who("--stack", str(stack)))
        stack.parent.rename(data / "aside")
        reprocess.main(reason())
        (data / "specimens").mkdir(exist_ok=True)
        (data / "aside").rename(stack.parent)
    finally:
        os.chdir(here)
    return data


def reason() -> list[str]:
    report = ("--report", "report.json", "--workflow", __file__)
    return who("--reason", "Flatter", "--user", "A. Curator", "--set", "fuse.power=1", *report)


@pytest.fixture
def data(second, tmp_path, monkeypatch) -> Path:
    shutil.copytree(second, tmp_path / "data", symlinks=True)
    monkeypatch.chdir(tmp_path / "data")
    return tmp_path / "data"


def stack_of(data: Path) -> Path:
    return data / "specimens" / SPECIMEN / VIEW


def newest(data: Path):
    (folder,) = ocfl.object_folders(data / "archive")
    return open_holding(folder)


def bring(data: Path) -> None:
    restoring.settle(stack_of(data))
    working.bring_to_newest(stack_of(data), data / "archive", newest(data), data / "made")


def version_held(data: Path) -> str:
    """The version whose receipt the folder has, once every archived file is found to be of it."""
    receipt = json.loads((stack_of(data) / "archive.json").read_text())
    state = newest(data).inventory.state(int(receipt["version"][1:]))
    for path, digest in state.items():
        if not path.startswith(("logs/", "workflow/", "ro-crate", "README")):
            assert sha256(stack_of(data) / path) == digest, path
    return receipt["version"]


@pytest.mark.slow
def test_the_working_folder_holds_what_reprocessing_archived(data):
    reprocess.main(reason())
    assert newest(data).inventory.head == 2
    assert version_held(data) == "v2"
    verify.main(["--receipts", "specimens"])
    settings = json.loads((stack_of(data) / "settings.json").read_text())
    assert settings["fuse"]["power"] == 1


@pytest.mark.slow
def test_raws_stay_the_files_they_are_and_notes_stay_in_the_folder(data):
    raws = {path: path.stat().st_ino for path in (stack_of(data) / "raw").iterdir()}
    times = {path: path.stat().st_mtime_ns for path in raws}
    (stack_of(data) / "notes.txt").write_text("mine")
    (stack_of(data) / "tiff").mkdir()
    (stack_of(data) / "tiff/old.tif").write_bytes(b"of the version before")
    (stack_of(data) / "stack/fused.tif").write_bytes(b"of the version before")
    made = data / "made" / "stack"
    made.mkdir(parents=True)
    (made / "fused.tif").write_bytes(b"of the new version")
    bring(data)
    assert {path: path.stat().st_ino for path in raws} == raws
    assert {path: path.stat().st_mtime_ns for path in raws} == times
    assert (stack_of(data) / "notes.txt").read_text() == "mine"
    assert (stack_of(data) / "stack/fused.tif").read_bytes() == b"of the new version"
    assert not (stack_of(data) / "tiff").exists()
    assert version_held(data) == "v2"


@pytest.mark.slow
def test_of_a_reduced_stack_the_receipt_is_brought_up_to_date(data):
    shutil.rmtree(stack_of(data) / "raw")
    for path in stack_of(data).iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "archive.json":
            path.unlink()
    bring(data)
    assert [path.name for path in stack_of(data).iterdir()] == ["archive.json"]
    restore.main(who("--stack", str(stack_of(data))))
    assert version_held(data) == "v2"


@pytest.mark.slow
def test_a_changed_file_keeps_the_folder_as_it_is(data):
    (stack_of(data) / "frames.csv").write_text("edited")
    with pytest.raises(RecordError, match=r"frames\.csv was changed since it was archived"):
        bring(data)
    assert (stack_of(data) / "frames.csv").read_text() == "edited"
    assert json.loads((stack_of(data) / "archive.json").read_text())["version"] == "v1"


@pytest.mark.slow
def test_the_folder_of_another_archive_is_not_touched(data):
    receipt = stack_of(data) / "archive.json"
    receipt.write_text(
        receipt.read_text().replace('"inventory_sha256": "', '"inventory_sha256": "0')
    )
    with pytest.raises(RecordError, match="in another archive"):
        bring(data)


COMMANDS = {
    "reprocess": bring,
    "reduce": lambda data: reduce.main(who("--stack", str(stack_of(data)))),
    "restore": lambda data: restore.main(who("--stack", str(stack_of(data)))),
}


@pytest.mark.slow
@pytest.mark.parametrize("exchange", [True, False])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_kill_at_any_rename_is_made_good_by_the_command_again(data, monkeypatch, name, exchange):
    """Also where a file system cannot exchange two folders in one step."""
    if not exchange:
        monkeypatch.setattr(restoring, "exchange", lambda one, other: False)
    if name != "reprocess":
        bring(data)
    if name == "restore":
        COMMANDS["reduce"](data)
    start = shutil.copytree(data / "specimens", data / "start", symlinks=True)
    reached = 0
    for step in range(1, 200):
        shutil.rmtree(data / "specimens")
        shutil.copytree(start, data / "specimens", symlinks=True)
        if not killed_at(step, lambda: COMMANDS[name](data)):
            break
        reached += 1
        stack = stack_of(data)
        # At every moment a stack of its name is there, or the next run puts it back.
        if exchange:
            assert (stack / "archive.json").exists()
        if name == "restore" and (stack / "raw").exists():
            with pytest.raises(RecordError, match="is there already"):
                COMMANDS[name](data)
        else:
            COMMANDS[name](data)
        if name == "reduce":
            assert [path.name for path in stack.iterdir()] == ["archive.json"]
        else:
            assert version_held(data) == "v2"
        assert [path.name for path in stack.parent.iterdir()] == [VIEW]
    assert reached >= (1 if exchange and name == "reduce" else 2)


def killed_at(step: int, work) -> bool:
    """Whether a process that does some work was killed at its n-th change of a name."""
    child = os.fork()
    if child == 0:
        left = [step]

        def hook(event, about):
            names = ("os.rename", "ctypes.call_function", "shutil.rmtree", "os.rmdir")
            if event in names or (event == "ctypes.dlsym" and about[1] == "renameat2"):
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.stderr = open(os.devnull, "w")  # noqa: SIM115
            sys.addaudithook(hook)
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)
