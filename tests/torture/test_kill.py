"""Killed at any moment in any way, the plain command again ends as if nothing had been.

No hand is needed, nothing is left lying, and every digest is that of an undisturbed run.
"""

from __future__ import annotations

import json
import random
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.hardware.test_kill import small_rig
from tests.torture.kills import SIDE_BY_SIDE, killed_and_again
from tests.torture.trees import (
    PAGES,
    Tree,
    contents,
    digest,
    new_tree,
    same_as,
    snakemake,
    valid,
)
from tests.torture.trials import SURVIVED, Torture, form, tell

WAYS = ("a job", "Snakemake alone", "all")


@pytest.fixture(scope="module")
def lasts_s(archived: Tree, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long a run takes that nobody disturbs, beside others of its kind.

    In the short form it is one, beside all else that CI does.
    """
    home = tmp_path_factory.mktemp("undisturbed")
    count = form(long=SIDE_BY_SIDE, short=1)
    trees = [new_tree(home / str(n), archived.data / "raws") for n in range(count)]
    begun = time.monotonic()
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(lambda tree: tree.run(snakemake(tree)), trees))
    lasts = time.monotonic() - begun
    for tree in trees:
        same_as(contents(archived.data), tree)
        valid(tree.archive)
    tell(f"an undisturbed run: {lasts:.1f} s, {count} side by side")
    return lasts


def test_a_run_from_raws_to_archive(
    torture: Torture, archived: Tree, lasts_s: float, tmp_path: Path
) -> None:
    reference = contents(archived.data)

    def trial(seed: int) -> tuple[str, int]:
        tree = new_tree(tmp_path / str(seed), archived.data / "raws")
        chance = random.Random(seed)
        raws = (tree.data / "raws", tree.stack / "raw")
        kills = killed_and_again(tree, snakemake(tree), lasts_s, chance, WAYS, raws)
        same_as(reference, tree)
        valid(tree.archive)
        tree.remove()
        return SURVIVED, kills

    torture.each("kill: a whole run", range(form(long=60, short=2)), trial, SIDE_BY_SIDE)


def rigged(folder: Path, frames: Path) -> Tree:
    """A tree whose stack is captured on the virtual rig, whose rail takes its time."""
    tree = new_tree(folder, frames, "specimen,view,rig\nS-1,top,rig.yaml\n")
    shutil.copy(small_rig(tree.folder), tree.data / "rig.yaml")
    return tree


def frames_of(tree: Tree) -> list[dict]:
    return json.loads((tree.stack / "capture.json").read_bytes())["frames"]


def test_a_capture(torture: Torture, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    through = rigged(tmp_path / "through", tmp_path / "none")
    begun = time.monotonic()
    through.run(snakemake(through, "capture"))
    lasts_s = time.monotonic() - begun
    reference, frames = contents(through.data), frames_of(through)

    def trial(seed: int) -> tuple[str, int]:
        tree = rigged(tmp_path / str(seed), tmp_path / "none")
        command, chance = snakemake(tree, "capture"), random.Random(seed)
        kills = killed_and_again(tree, command, lasts_s, chance, WAYS, (tree.stack / "raw",))
        # A page tells of each time that a capture was interrupted.
        same_as({**reference, "rig.yaml": digest(tree.data / "rig.yaml")}, tree, but_for=PAGES)
        assert frames_of(tree) == frames
        tree.remove()
        return SURVIVED, kills

    torture.each("kill: capture", range(form(long=8, short=1)), trial, SIDE_BY_SIDE)
