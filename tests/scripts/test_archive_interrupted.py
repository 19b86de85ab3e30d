"""Archiving that is killed, or runs out of disk, leaves a valid root; repeating it completes."""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import archive
from records.errors import RecordError
from tests import judges
from tests.scripts.stack_folder import arguments, make_stack, write_master

# Audit events of the interpreter that come just before a change in the file system.
STEPS = {"open", "os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir", "os.chmod",
         "shutil.rmtree", "shutil.copytree", "ctypes.dlsym", "ctypes.call_function"}  # fmt: skip


@pytest.fixture
def stack(tmp_path, demo) -> Path:
    return make_stack(tmp_path, sorted((demo / "pcb-jpeg").glob("*.jpg"))[:3])


def run_archive(stack: Path, root: Path) -> None:
    # libvips reads pictures in threads, which a forked process has not.
    archive.main(arguments(stack, root, "--barcodes", "ignore"))


def in_child(work) -> int:
    """Run `work` in a process of its own; return how that ended, as `os.wait` tells it."""
    child = os.fork()
    if child == 0:
        try:
            sys.stderr = open(os.devnull, "w")  # noqa: SIM115
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def count_steps(work) -> int:
    reading, writing = os.pipe()

    def counted():
        steps = [0]
        sys.addaudithook(lambda event, _: steps.__setitem__(0, steps[0] + (event in STEPS)))
        work()
        os.write(writing, str(steps[0]).encode())

    assert in_child(counted) == 0
    return int(os.read(reading, 20))


def killed_at(step: int, work) -> int:
    def hooked():
        left = [step]

        def hook(event, _):
            if event in STEPS:
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        work()

    return in_child(hooked)


def assert_valid(root: Path, versions: set[str]) -> None:
    """The root is empty, missing, or valid to a judge of others, with one of these versions."""
    if not (root / "0=ocfl_1.1").exists():
        assert not root.exists() or {path.name for path in root.iterdir()} <= {
            "extensions",
            "ocfl_layout.json",
        }
        assert "none" in versions
        return
    judge = judges.storage_root(root)
    assert judge.validate(log_warnings=False), judge.log.status_str()
    assert judge.num_objects == judge.good_objects, judge.errors
    found = {
        json.loads((root / path / "inventory.json").read_text())["head"]
        for path in judge.object_paths()
    } or {"none"}
    assert len(found) == 1
    assert found <= versions


@pytest.mark.slow
@pytest.mark.parametrize("version", [1, 2])
def test_a_kill_at_any_step_leaves_a_valid_root(stack, tmp_path, version):
    root, start = tmp_path / "archive", tmp_path / "start"
    if version == 2:
        run_archive(stack, start)
        write_master(stack, 8)
    allowed = {"none", "v1"} if version == 1 else {"v1", "v2"}

    def begin() -> None:
        shutil.rmtree(root, ignore_errors=True)
        if version == 2:
            shutil.copytree(start, root)

    # Once here, so that no module is first imported by a child, as a step that others lack.
    begin()
    run_archive(stack, root)
    begin()
    steps = count_steps(lambda: run_archive(stack, root))
    assert steps > 40
    # The last steps, where things are put in place, all of them; of the others a sample.
    chance = random.Random(version)
    moments = {*range(steps - 20, steps + 1), *chance.sample(range(1, steps - 20), 20)}
    seen = set()
    for step in sorted(moments):
        begin()
        killed = killed_at(step, lambda: run_archive(stack, root))
        assert os.WIFSIGNALED(killed), f"step {step} of {steps} was not reached"
        assert_valid(root, allowed)
        seen.add(len(list(root.rglob("inventory.json"))))
        run_archive(stack, root)
        assert_valid(root, {f"v{version}"})
        assert not (root / "extensions" / "holostack-staging").exists()
    assert len(seen) > 1, "no kill came before, or none after, the object was put in place"


@pytest.mark.slow
def test_kills_at_random_times_leave_a_valid_root(stack, tmp_path):
    root = tmp_path / "archive"
    begun = time.monotonic()
    run_archive(stack, root)
    lasts = time.monotonic() - begun
    chance = random.Random(3)
    for _ in range(30):
        write_master(stack, chance.randrange(10**6))
        child = os.fork()
        if child == 0:
            sys.stderr = open(os.devnull, "w")  # noqa: SIM115
            run_archive(stack, root)
            os._exit(0)
        time.sleep(chance.uniform(0, lasts))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert_valid(root, {f"v{number}" for number in range(1, 32)})
    run_archive(stack, root)
    assert not (root / "extensions" / "holostack-staging").exists()


@pytest.mark.parametrize("limit_bytes", [0, 100, 40_000, 200_000, 315_000])
@pytest.mark.parametrize("version", [1, 2])
def test_a_full_disk_changes_nothing(stack, tmp_path, limit_bytes, version):
    root = tmp_path / "archive"
    if version == 2:
        run_archive(stack, root)
        write_master(stack, 8)
        (stack / "import.json").write_text(
            json.dumps({"source": "", "files": [], "of": list(range(60_000))})
        )

    def on_a_full_disk():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
        run_archive(stack, root)

    assert os.waitstatus_to_exitcode(in_child(on_a_full_disk)) == 1
    assert_valid(root, {"none"} if version == 1 else {"v1"})
    assert not (root / "extensions" / "holostack-staging").exists()
    if version == 1:
        assert list(root.iterdir()) == []
    run_archive(stack, root)
    assert_valid(root, {f"v{version}"})


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 4 MB of its own, really full when it is full."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk]
    if subprocess.run(mounting, capture_output=True).returncode != 0:
        pytest.skip("mounting a disk is not permitted here")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.mark.parametrize("free_kb", [0, 8, 60, 400, 900, 1000])
def test_a_disk_without_space_left_changes_nothing(stack, small_disk, free_kb):
    root, ballast = small_disk / "archive", small_disk / "ballast"
    if free_kb == 0:
        # A further version, on a disk that had room for the first alone.
        run_archive(stack, root)
        write_master(stack, 8)
    left = os.statvfs(small_disk)
    with ballast.open("wb") as filled:
        size = left.f_bavail * left.f_frsize - free_kb * 1024
        os.posix_fallocate(filled.fileno(), 0, size)
    with pytest.raises(RecordError, match="archive: the disk is full; nothing was archived"):
        run_archive(stack, root)
    assert_valid(root, {"none"} if free_kb else {"v1"})
    ballast.unlink()
    run_archive(stack, root)
    assert_valid(root, {"v1"} if free_kb else {"v2"})


@pytest.mark.slow
def test_processes_side_by_side_on_the_same_and_other_objects_may_be_killed(tmp_path, demo):
    photographs = [demo / "pcb-jpeg" / "pcb_001.jpg"]
    stacks = [make_stack(tmp_path, photographs, f"view{number}") for number in range(6)]
    root = tmp_path / "archive"
    running = [
        subprocess.Popen(
            [sys.executable, archive.__file__, *arguments(stack, root)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for stack in stacks
        for _ in range(2)
    ]
    chance = random.Random(7)
    while not root.exists():
        time.sleep(0.01)
    for process in chance.sample(running, 4):
        time.sleep(chance.uniform(0, 0.1))
        process.kill()
    for process in running:
        said = process.communicate()[1]
        assert process.returncode in (0, 1, -signal.SIGKILL), said
        if process.returncode == 1:
            assert "another process is archiving it" in said
    if (root / "0=ocfl_1.1").exists():
        assert judges.ocfl_root(root) == ""
    for stack in stacks:
        run_archive(stack, root)
    assert judges.ocfl_root(root) == ""
    assert len(list(root.rglob("0=ocfl_object_1.1"))) == len(stacks)
