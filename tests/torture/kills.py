"""Killing a command, in several ways and at random moments, and beginning it again."""

from __future__ import annotations

import os
import random
import subprocess
import time
from pathlib import Path

from tests.torture.trees import (
    HANG_S,
    Tree,
    inodes,
    kill,
    last_lines,
    refuse_tracebacks,
    untouched,
)

# Cores that this machine lends; more trials than that side by side would only wait.
SIDE_BY_SIDE = max(1, min(4, len(os.sched_getaffinity(0))))
KILLS_IN_A_CHAIN = 4


def kill_one_way(tree: Tree, main: subprocess.Popen, way: str, chance: random.Random) -> bool:
    """Kill `a job`, `Snakemake alone`, `a process` or `all`; False where it had ended before."""
    if way == "all":
        ended = main.poll() is not None
        tree.end_all()
        return not ended
    if way == "Snakemake alone":
        return main.poll() is None and kill(main.pid)
    while main.poll() is None:
        # A job may not have begun yet; then the first that does.
        jobs = [pid for pid in tree.processes() if way == "a process" or pid != main.pid]
        if jobs and kill(chance.choice(jobs)):
            return True
        time.sleep(0.005)
    return False


def killed_and_again(
    tree: Tree,
    command: list[str],
    lasts_s: float,
    chance: random.Random,
    ways: tuple[str, ...],
    raws: tuple[Path, ...],
    done: str = "",
) -> int:
    """Kill a command at random moments, each time begun again, until it is let through.

    Parameters
    ----------
    lasts_s
        How long the command takes when nobody disturbs it.
    ways
        Of which one is chosen for each kill.
    raws
        Folders whose files, once in place, stay the same files.
    done
        What the command answers, in place of its good end, where it was killed when all was done.

    Returns
    -------
        How often it was killed.
    """
    kills = 0
    before = [inodes(folder) for folder in raws]
    for _ in range(KILLS_IN_A_CHAIN):
        main = tree.start(command)
        way = chance.choice(ways)
        deadline = time.monotonic() + chance.uniform(0, 0.9 * lasts_s)
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
    begun = len(tree.said())
    code = tree.start(command).wait(HANG_S)
    said = tree.said()
    assert code == 0 or (done and done in said[begun:]), f"exit {code}: {last_lines(said[begun:])}"
    for folder, states in zip(raws, before):
        untouched(states, folder)
    refuse_tracebacks(said)
    return kills
