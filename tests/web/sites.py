"""A review site of real stacks, made once: the default run, and its pages as they are made now."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Of the demonstration; the virtual one is known to the µm.
VIRTUAL, PHOTOGRAPHS, RAWS = (
    ("DEMO-VIRTUAL", "top"),
    ("DEMO-PCB-JPEG", "oblique"),
    ("DEMO-PCB-RAW", "oblique"),
)


@dataclass(frozen=True)
class DataTree:
    """A data tree with the review site of its stacks.

    Attributes
    ----------
    folder : where `specimens`, `archive`, `logs` and `results` are
    """

    folder: Path

    @property
    def index(self) -> Path:
        """The page of the collection."""
        return self.folder / "results" / "index.html"

    def stack(self, specimen: str, view: str) -> Path:
        """A stack's folder."""
        return self.folder / "specimens" / specimen / view

    def page(self, specimen: str, view: str) -> Path:
        """A stack's page."""
        return self.folder / "results" / "review" / specimen / view / "index.html"

    def copied(self, target: Path) -> DataTree:
        """A copy that a test may write into."""
        return DataTree(Path(shutil.copytree(self.folder, target, symlinks=True)))

    def review(self, *words: str | Path) -> None:
        """Run `scripts/review.py` on the tree."""
        roots = [f"--{name}={name}" for name in ("archive", "logs", "results")]
        done = subprocess.run(
            [sys.executable, ROOT / "scripts" / "review.py", *words, *roots],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def made(folder: Path) -> DataTree:
    """The default run in a new folder: what `HOLOSTACK_DEFAULT_RUN` names, or one made here.

    Pages are made again, so that they are those of the program that is tested.
    """
    tree = DataTree(folder)
    if finished := os.environ.get("HOLOSTACK_DEFAULT_RUN"):
        shutil.copytree(finished, folder, symlinks=True)
        shutil.rmtree(folder / "results" / "review", ignore_errors=True)
        for specimen, view in (VIRTUAL, PHOTOGRAPHS, RAWS):
            out = tree.page(specimen, view).with_name("stack.json").relative_to(folder)
            stack = tree.stack(specimen, view).relative_to(folder)
            tree.review("stack", f"--stack={stack}", f"--out={out}", "--threads=2")
        tree.review("index", "--specimens=specimens")
        return tree
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", "--directory", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return tree
