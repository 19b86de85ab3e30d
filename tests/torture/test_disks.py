"""A disk that is full, read-only, forbidden or limited: a sentence, nothing half-made, and on.

With space, or leave to write, the plain command ends as if nothing had been.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.torture.commands import COMMANDS, copy_of
from tests.torture.kills import SIDE_BY_SIDE
from tests.torture.trees import (
    DISK,
    HANG_S,
    Tree,
    contents,
    few,
    inodes,
    last_lines,
    new_tree,
    refuse_tracebacks,
    same_as,
    snakemake,
    untouched,
    valid,
)
from tests.torture.trials import REFUSED, SHORT, SURVIVED, Torture, tell

NOBODY = 65534
# Another user, who may read what root may, the interpreter's own files too, but write nothing.
AS_NOBODY = [
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
]
SPACE_KB = 100_000
FULL = r"(?i)disk.*full|no space left"
STEPS = ("import_raws", "ledger", "convert", "align", "fuse", "qc", "master", "derive", "archive")
# The rules that stand before each step of a whole run; the first has nothing before it.
SOME = ("archive",) if SHORT else STEPS
BEFORE = dict(zip(STEPS, (None, *STEPS)))


@dataclass(frozen=True)
class Undisturbed:
    """A whole run on a disk with space."""

    frames: Path
    contents: dict[str, str]
    kilobytes: int


@contextmanager
def disk(folder: Path, kilobytes: int) -> Iterator[None]:
    """A disk of its own at a folder, of so many kB."""
    folder.mkdir(parents=True, exist_ok=True)
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=755", "tmpfs", str(folder)]
    subprocess.run(mounting, check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


@pytest.fixture(scope="module")
def undisturbed(archived: Tree, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    try:
        with disk(tmp_path_factory.mktemp("try"), 100):
            pass
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a disk is not permitted here")
    copy = copy_of(archived, tmp_path_factory.mktemp("measured"))
    with disk(copy.folder / "disk", SPACE_KB):
        shutil.copytree(copy.data / DISK, copy.folder / "disk" / "copy")
        left = os.statvfs(copy.folder / "disk")
        used = (left.f_blocks - left.f_bfree) * left.f_frsize // 1024
    tell(f"what a whole run makes takes {used} kB of disk")
    return Undisturbed(archived.data / "raws", contents(archived.data), used)


def refused(
    tree: Tree, command: list[str], reference: dict[str, str], words: str, **environment: str
) -> bool:
    """Run a command that cannot go through: True where it said why and left nothing half-made.

    False where it went through all the same.
    """
    before = len(tree.said()) if (tree.folder / "said").exists() else 0
    code = tree.start(command, **environment).wait(HANG_S)
    said = tree.said()[before:]
    refuse_tracebacks(said)
    found = contents(tree.data / DISK)
    wanted = contents_of(reference, DISK)
    # Converted frames are gone once their stack is archived, and not before.
    litter = sorted(name for name in found.keys() - wanted.keys() if "/tiff/" not in name)
    half = sorted(name for name in found.keys() & wanted.keys() if found[name] != wanted[name])
    assert not (litter or half), f"litter {few(litter)}, half-made {few(half)}"
    if code == 0:
        return False
    assert re.search(words, said), f"not said why: {last_lines(said)}"
    return True


def contents_of(reference: dict[str, str], folder: str) -> dict[str, str]:
    inside = f"{folder}/"
    return {n.removeprefix(inside): h for n, h in reference.items() if n.startswith(inside)}


def finished(tree: Tree, reference: dict[str, str], raws: dict[str, tuple]) -> None:
    """Run again, now that nothing is in the way, and compare."""
    tree.run(snakemake(tree))
    untouched(raws, tree.data / "raws")
    same_as(reference, tree)
    valid(tree.archive)


def test_a_run_on_a_disk_of_any_size(
    torture: Torture, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    def trial(kilobytes: int) -> str:
        tree = new_tree(tmp_path / str(kilobytes), undisturbed.frames)
        raws = inodes(tree.data / "raws")
        with disk(tree.data / DISK, kilobytes):
            full = refused(tree, snakemake(tree), undisturbed.contents, FULL)
            kept = inodes(tree.stack / "raw")
            remount(tree.data / DISK, f"size={SPACE_KB}k")
            finished(tree, undisturbed.contents, raws)
            untouched(kept, tree.stack / "raw")
        tree.remove()
        return REFUSED if full else SURVIVED

    need = undisturbed.kilobytes
    sizes = [need // 2] if SHORT else range(4, need + 40, max(4, need // 24))
    torture.each("full: a whole run", sizes, trial, SIDE_BY_SIDE)


def test_a_run_whose_whole_folder_is_on_a_disk_of_any_size(
    torture: Torture, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    """What Snakemake itself writes, its locks, log and memory of jobs, finds no space either."""

    def trial(kilobytes: int) -> str:
        folder = tmp_path / str(kilobytes)
        with disk(folder / "data", kilobytes):
            tree = new_tree(folder, undisturbed.frames)
            raws = inodes(tree.data / "raws")
            full = refused(tree, snakemake(tree), undisturbed.contents, FULL)
            kept = inodes(tree.stack / "raw")
            remount(tree.data, f"size={SPACE_KB}k")
            finished(tree, undisturbed.contents, raws)
            untouched(kept, tree.stack / "raw")
        tree.remove()
        return REFUSED if full else SURVIVED

    # The frames alone, and what the run itself writes beside what it makes.
    need = undisturbed.kilobytes + 500
    sizes = [need // 3] if SHORT else range(160, need, max(4, need // 14))
    torture.each("full: a whole run and Snakemake", sizes, trial, SIDE_BY_SIDE)


def prepared(folder: Path, undisturbed: Undisturbed, step: str) -> Tree:
    """A tree as it stands before a step, on the disk that is mounted there."""
    tree = new_tree(folder, undisturbed.frames)
    if BEFORE[step]:
        before = BEFORE[step]
        tree.run(snakemake(tree, "--until", before))
    return tree


def test_a_step_on_a_disk_that_has_become_read_only(
    torture: Torture, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    def trial(step: str) -> str:
        folder = tmp_path / step
        with disk(folder / "data" / DISK, SPACE_KB):
            tree = prepared(folder, undisturbed, step)
            raws = inodes(tree.data / "raws")
            remount(tree.data / DISK, "ro")
            words = r"(?i)read-only"
            stopped = refused(tree, snakemake(tree), undisturbed.contents, words)
            assert stopped, "a run went through on a disk that nobody can write to"
            remount(tree.data / DISK, "rw")
            finished(tree, undisturbed.contents, raws)
        tree.remove()
        return REFUSED

    torture.each("read-only: from a step on", SOME, trial, SIDE_BY_SIDE)


def test_a_step_by_one_who_may_not_write(
    torture: Torture, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    if os.getuid() != 0 or subprocess.run([*AS_NOBODY, "true"]).returncode != 0:
        pytest.skip("to be another user takes root and setpriv")

    def trial(step: str) -> str:
        folder = tmp_path / step
        with disk(folder / "data" / DISK, SPACE_KB):
            tree = prepared(folder, undisturbed, step)
            raws = inodes(tree.data / "raws")
            for own in (".snakemake", "logs", "benchmarks", "results", "../tmp", "../cache"):
                (tree.data / own).mkdir(exist_ok=True)
            for path in (tree.folder, *tree.folder.rglob("*")):
                if not path.is_relative_to(tree.data / DISK):
                    os.chown(path, NOBODY, NOBODY)
            words = r"(?i)permission denied|not permitted|may not"
            command = [*AS_NOBODY, *snakemake(tree)]
            # Snakemake keeps copies of its sources where the user may write.
            cache = str(tree.folder / "cache")
            stopped = refused(tree, command, undisturbed.contents, words, XDG_CACHE_HOME=cache)
            assert stopped, "who may not write has written"
            finished(tree, undisturbed.contents, raws)
        tree.remove()
        return REFUSED

    torture.each("forbidden: from a step on", SOME, trial, SIDE_BY_SIDE)


def test_a_run_whose_files_may_not_be_large(
    torture: Torture, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    """What a quota, or a disk that cannot hold large files, does to one file at a time."""

    def trial(kilobytes: int) -> str:
        tree = new_tree(tmp_path / str(kilobytes), undisturbed.frames)
        raws = inodes(tree.data / "raws")
        command = ["prlimit", f"--fsize={kilobytes * 1024}", *snakemake(tree)]
        # The last is SQLite's word for it.
        words = r"(?i)file too large|larger than|disk I/O error"
        stopped = refused(tree, command, undisturbed.contents, words)
        finished(tree, undisturbed.contents, raws)
        tree.remove()
        return REFUSED if stopped else SURVIVED

    if shutil.which("prlimit") is None:
        pytest.skip("prlimit is not installed")
    sizes = (16, 32, 48, 64, 96, 128, 192, 384) if not SHORT else (48,)
    torture.each("over quota: a whole run", sizes, trial, SIDE_BY_SIDE)


# Free on the disk when a command begins; nothing of an archived stack's takes more.
FREE_KB = (100,) if SHORT else (0, 4, 20, 60, 100, 200, 400, 800)
# Of those in commands.py, which write more than a report.
WRITE = ("restore",) if SHORT else ("restore", "describe", "bag export", "bag import", "reprocess")


def test_a_command_with_little_space_left(
    torture: Torture, undisturbed: Undisturbed, archived: Tree, tmp_path: Path
) -> None:
    through: dict[str, dict[str, str]] = {}
    ready: dict[str, Tree] = {}
    for name in WRITE:
        ready[name] = copy_of(archived, tmp_path / name / "ready")
        for command in COMMANDS[name].before:
            ready[name].run(command)
        done = copy_of(ready[name], tmp_path / name / "through")
        done.run(COMMANDS[name].command)
        through[name] = contents(done.data)

    def trial(seed: str) -> str:
        name, free = seed.split(", ")
        what = COMMANDS[name]
        folder = tmp_path / name / free
        with disk(folder / "data", SPACE_KB):
            tree = copy_of(ready[name], folder)
            before, raws = contents(tree.data), inodes(tree.data / "raws")
            left = os.statvfs(tree.data)
            with (tree.data / "ballast").open("wb") as ballast:
                size = left.f_bavail * left.f_frsize - int(free.split()[0]) * 1024
                os.posix_fallocate(ballast.fileno(), 0, size)
            code = tree.start(what.command).wait(HANG_S)
            refuse_tracebacks(tree.said())
            (tree.data / "ballast").unlink()
            untouched(raws, tree.data / "raws")
            if code:
                assert re.search(FULL, tree.said()), last_lines(tree.said())
                after = contents(tree.data)
                changed = sorted(n for n in before | after if before.get(n) != after.get(n))
                assert not changed, f"changed all the same: {few(changed)}"
                tree.run(what.command)
            same_as(through[name], tree)
            for archive in (tree.data / DISK).glob("archive*"):
                valid(archive, what.versions)
        tree.remove()
        return REFUSED if code else SURVIVED

    seeds = [f"{name}, {free} kB free" for name in WRITE for free in FREE_KB]
    torture.each("full: a command", seeds, trial, SIDE_BY_SIDE)
