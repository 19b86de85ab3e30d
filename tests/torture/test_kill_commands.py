"""Commands on an archived stack, killed at random moments, end as ones that were let through."""

from __future__ import annotations

import random
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.torture.kills import SIDE_BY_SIDE, killed_and_again
from tests.torture.trees import (
    Tree,
    contents,
    make_frames,
    new_tree,
    same_as,
    script,
    snakemake,
    valid,
)
from tests.torture.trials import SURVIVED, Torture, form

OBJECT = ("--specimen", "S-1", "--view", "top")
IN = ("--archive", "archive", *OBJECT)
STACK = ("--stack", "specimens/S-1/top")
EXPORT = script("bag", "export", *IN, "--bag", "bag")
REDUCE = script("reduce", *IN, *STACK)


@dataclass(frozen=True)
class Command:
    """What is killed, and what was done before it."""

    command: list[str]
    before: tuple[list[str], ...] = ()
    versions: int = 1
    # What says, of a command that had ended when it was killed, that all is done.
    done: str = ""


COMMANDS = {
    "reprocess": Command(
        script("reprocess", *IN, "--reason", "a test", "--set", "fuse.power=5")
        + ["--report", "results/again.json"],
        versions=2,
    ),
    "describe": Command(
        script("describe", *IN, *STACK, "--metadata", "caption=Pins of a board"), versions=2
    ),
    "bag export": Command(EXPORT, done="is there already; nothing is overwritten"),
    "bag import": Command(
        script("bag", "import", "--bag", "bag", "--archive", "archive2"), (EXPORT,)
    ),
    "reduce": Command(REDUCE),
    "restore": Command(
        script("restore", *IN, *STACK), (REDUCE,), done="is there already; nothing is overwritten"
    ),
    "verify": Command(script("verify", "--archive", "archive", "--receipts", "specimens")),
    "audit": Command(script("audit", "--archive", "archive")),
}
# Slower than the others, by the steps that they run again.
STEPS_AGAIN = {"reprocess", "audit"}


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    home = tmp_path_factory.mktemp("archived")
    make_frames(home / "raws")
    tree = new_tree(home / "tree", home / "raws")
    tree.run(snakemake(tree))
    return tree


def copy_of(tree: Tree, folder: Path) -> Tree:
    shutil.copytree(tree.data, folder / "data", symlinks=True)
    return Tree(folder)


@pytest.fixture(params=COMMANDS)
def named_command(request: pytest.FixtureRequest) -> str:
    return request.param


def test_a_command(torture: Torture, archived: Tree, named_command: str, tmp_path: Path) -> None:
    what = COMMANDS[named_command]
    ready = copy_of(archived, tmp_path / "ready")
    for command in what.before:
        ready.run(command)
    through = copy_of(ready, tmp_path / "through")
    begun = time.monotonic()
    through.run(what.command)
    lasts_s = time.monotonic() - begun
    reference = contents(through.data)

    def trial(seed: int) -> tuple[str, int]:
        tree = copy_of(ready, tmp_path / str(seed))
        chance = random.Random(seed)
        # Its working folder goes by intent where it is reduced.
        raws = (tree.data / "raws",)
        kills = killed_and_again(
            tree, what.command, lasts_s, chance, ("a process", "all"), raws, what.done
        )
        same_as(reference, tree)
        for archive in tree.data.glob("archive*"):
            valid(archive, what.versions)
        tree.remove()
        return SURVIVED, kills

    slow = named_command in STEPS_AGAIN
    chains = range(form(long=6 if slow else 10, short=1))
    torture.each(f"kill: {named_command}", chains, trial, SIDE_BY_SIDE)
