"""A small data tree of real frames, and Snakemake run on it as a technician would."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from tests.workflow import ready

ROOT = Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here runs Snakemake, which takes longer than a test may that is not slow."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.slow)


@dataclass(frozen=True)
class Tree:
    """A data tree with its sheet."""

    folder: Path
    workflow: Path = ROOT

    def write_sheet(self, *rows: str, columns: str = "specimen,view,source") -> None:
        sheet = self.folder / "config" / "specimens.csv"
        sheet.parent.mkdir(exist_ok=True)
        sheet.write_text("\n".join([columns, *rows]) + "\n")

    def snakemake(self, *options: str) -> subprocess.CompletedProcess[str]:
        return ready.run(
            [
                *("--snakefile", str(self.workflow / "Snakefile")),
                *("--workflow-profile", str(self.workflow / "profiles" / "default")),
                *("--cores", "2", "--directory", str(self.folder), *map(str, options)),
            ]
        )

    def planned(self, *wanted: str) -> set[str]:
        """`step specimen` of everything that a dry run says would be done."""
        run = self.snakemake("--dry-run", "--", *wanted)
        assert run.returncode == 0, run.stderr + run.stdout
        jobs = set()
        for specimen, steps in re.findall(r"^(\S+) top: (.+)$", run.stdout, re.MULTILINE):
            steps = re.sub(r" \([^)]*\)", "", steps)
            jobs |= {f"{step.split()[0]} {specimen}" for step in steps.split(", ")}
        assert jobs or "Nothing to be done" in run.stdout
        return jobs

    def stack(self, specimen: str, view: str = "top") -> Path:
        return self.folder / "specimens" / specimen / view


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first of pytest's processes makes, and all read."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, made = shared / name, shared / f"{name}.made"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            made.touch()
    return folder


@pytest.fixture(scope="session")
def frames(tmp_path_factory: pytest.TempPathFactory, demo: Path) -> Path:
    """Folders `raw` and `jpeg` with four frames each, small enough to be quick."""

    def make(folder: Path) -> None:
        (folder / "raw").mkdir()
        (folder / "jpeg").mkdir()
        for k in (2, 3, 4, 5):
            shutil.copy(demo / "pcb-raw" / f"pcb_00{k}.dng", folder / "raw")
            with Image.open(demo / "pcb-jpeg" / f"pcb_00{k}.jpg") as image:
                image.resize((512, 384)).save(
                    folder / "jpeg" / f"pcb_00{k}.jpg", quality=95, exif=image.getexif()
                )

    return made_once(tmp_path_factory, "frames", make)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, frames: Path) -> Tree:
    """A tree after a first run: two good stacks, and one with a truncated raw."""

    def make(folder: Path) -> None:
        tree = Tree(folder)
        broken = folder / "broken"
        shutil.copytree(frames / "raw", broken)
        whole = (broken / "pcb_003.dng").read_bytes()
        (broken / "pcb_003.dng").write_bytes(whole[: len(whole) // 2])
        # As where somebody copied them himself: such a stack has a page before it is begun.
        shutil.copytree(frames / "jpeg", tree.stack("JPEG-1") / "raw")
        tree.write_sheet(
            f"RAW-1,top,{frames / 'raw'},",
            f"JPEG-1,top,{frames / 'jpeg'},",
            # Whichever is looked at first: what stops it is the broken frame.
            f"BROKEN-1,top,{broken},for this test",
            columns="specimen,view,source,shared_source",
        )
        run = tree.snakemake()
        (folder / "output.txt").write_text(run.stdout + run.stderr)
        assert run.returncode == 1

    return Tree(made_once(tmp_path_factory, "finished", make))


@pytest.fixture(scope="session")
def default_run(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The sheet and configuration that ship, run to the end; do not change it.

    The run takes a minute; `HOLOSTACK_DEFAULT_RUN` may name a folder that holds one already.
    """

    def make(folder: Path) -> None:
        if done := os.environ.get("HOLOSTACK_DEFAULT_RUN"):
            shutil.copytree(done, folder, symlinks=True, dirs_exist_ok=True)
        else:
            run = Tree(folder).snakemake()
            assert run.returncode == 0, run.stdout + run.stderr

    return Tree(made_once(tmp_path_factory, "default", make))


@pytest.fixture()
def tree(finished: Tree, tmp_path: Path, frames: Path) -> Tree:
    """A copy of the finished tree, without the broken stack, that a test may change."""
    shutil.copytree(finished.folder, tmp_path / "tree")
    copy = Tree(tmp_path / "tree")
    copy.write_sheet(f"RAW-1,top,{frames / 'raw'}", f"JPEG-1,top,{frames / 'jpeg'}")
    return copy


def edit_unnoticed(path: Path) -> None:
    """Change a byte as a careless program does: same size, same time of writing."""
    times = path.stat()
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.seek(-200, os.SEEK_END)
        byte = file.read(1)[0]
        file.seek(-200, os.SEEK_END)
        file.write(bytes([byte ^ 1]))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
