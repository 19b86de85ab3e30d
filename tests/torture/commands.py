"""The commands that a person gives on an archived stack, on a copy for each trial."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.torture.trees import DISK, Tree, script

OBJECT = ("--specimen", "S-1", "--view", "top")
IN = ("--archive", f"{DISK}/archive", *OBJECT)
STACK = ("--stack", f"{DISK}/specimens/S-1/top")
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
        script("bag", "import", "--bag", "bag", "--archive", f"{DISK}/archive2"), (EXPORT,)
    ),
    "reduce": Command(REDUCE),
    "restore": Command(
        script("restore", *IN, *STACK), (REDUCE,), done="is there already; nothing is overwritten"
    ),
    "verify": Command(
        script("verify", "--archive", f"{DISK}/archive", "--receipts", f"{DISK}/specimens")
    ),
    "audit": Command(script("audit", "--archive", f"{DISK}/archive")),
}


def copy_of(tree: Tree, folder: Path) -> Tree:
    shutil.copytree(tree.data, folder / "data", symlinks=True, dirs_exist_ok=True)
    return Tree(folder)
