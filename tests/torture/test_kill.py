"""Killed at any moment in any way, the plain command again ends as if nothing had been.

No hand is needed, nothing is left lying, and every digest is that of an undisturbed run.
"""

from __future__ import annotations

import os
import random
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.torture.trees import (
    HANG_S,
    Tree,
    contents,
    inodes,
    kill,
    make_frames,
    new_tree,
    refuse_tracebacks,
    same_as,
    snakemake,
    untouched,
    valid,
)
from tests.torture.trials import SURVIVED, Torture, form, tell

# Cores that this machine lends; more trials than that side by side would only wait.
SIDE_BY_SIDE = max(1, min(4, len(os.sched_getaffinity(0))))
WAYS = ("a job", "Snakemake alone", "all")
KILLS_IN_A_CHAIN = 3


@dataclass(frozen=True)
class Undisturbed:
    """A whole run that nothing happened to: what it leaves, and how long it takes."""

    tree: Tree
    frames: Path
    contents: dict[str, str]
    lasts_s: float


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    frames = tmp_path_factory.mktemp("frames") / "raws"
    make_frames(frames)
    home = tmp_path_factory.mktemp("undisturbed")
    trees = [new_tree(home / str(number), frames) for number in range(SIDE_BY_SIDE)]
    # Once before, so that no kernel is compiled while the clock runs.
    warm = new_tree(home / "warm", frames)
    warm.run(snakemake(warm))
    begun = time.monotonic()
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(lambda tree: tree.run(snakemake(tree)), trees))
    lasts_s = time.monotonic() - begun
    found = contents(warm.data)
    for tree in trees:
        same_as(found, tree)
        valid(tree.archive)
    tell(f"an undisturbed run: {lasts_s:.1f} s, {SIDE_BY_SIDE} side by side")
    return Undisturbed(warm, frames, found, lasts_s)


def kill_one_way(tree: Tree, main: subprocess.Popen, way: str, chance: random.Random) -> bool:
    """Kill in one of three ways; False where the command ended before it could be."""
    if way == "Snakemake alone":
        return main.poll() is None and kill(main.pid)
    if way == "all":
        ended = main.poll() is not None
        tree.end_all()
        return not ended
    while main.poll() is None:
        # A job may not have begun yet; then the first that does.
        jobs = [pid for pid in tree.processes() if pid != main.pid]
        if jobs and kill(chance.choice(jobs)):
            return True
        time.sleep(0.005)
    return False


def killed_and_again(
    tree: Tree, command: list[str], lasts_s: float, chance: random.Random, ways: tuple[str, ...]
) -> int:
    """Kill a command at random moments, each time begun again, until it is let through.

    Returns how often it was killed. Raws that were in place at a kill stay the same files.
    """
    kills = 0
    raws = [tree.data / "raws", tree.stack / "raw"]
    before = [inodes(folder) for folder in raws]
    for _ in range(KILLS_IN_A_CHAIN):
        main = tree.start(command)
        way = chance.choice(ways)
        deadline = time.monotonic() + chance.uniform(0, lasts_s)
        while main.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        hit = kill_one_way(tree, main, way, chance)
        main.wait(HANG_S)
        kills += hit
        for folder, states in zip(raws, before):
            untouched(states, folder)
        before = [inodes(folder) for folder in raws]
        if not hit:
            break
        with (tree.folder / "said").open("a") as said:
            said.write(f"=== killed: {way}\n")
    tree.run(command)
    for folder, states in zip(raws, before):
        untouched(states, folder)
    refuse_tracebacks(tree.said())
    return kills


def test_a_run_from_raws_to_archive(
    torture: Torture, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    def trial(seed: int) -> tuple[str, int]:
        tree = new_tree(tmp_path / str(seed), undisturbed.frames)
        chance = random.Random(seed)
        kills = killed_and_again(tree, snakemake(tree), undisturbed.lasts_s, chance, WAYS)
        same_as(undisturbed.contents, tree)
        valid(tree.archive)
        tree.remove()
        return SURVIVED, kills

    torture.each("kill: a whole run", range(form(long=90, short=4)), trial, SIDE_BY_SIDE)
