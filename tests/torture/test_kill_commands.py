"""Commands on an archived stack, killed at random moments, end as ones that were let through."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.torture.commands import COMMANDS, copy_of
from tests.torture.kills import SIDE_BY_SIDE, killed_and_again
from tests.torture.trees import (
    DISK,
    Tree,
    contents,
    same_as,
    valid,
)
from tests.torture.trials import SHORT, SURVIVED, Torture, form

# Slower than the others, by the steps that they run again.
STEPS_AGAIN = {"reprocess", "audit"}


@pytest.fixture(params=COMMANDS)
def named_command(request: pytest.FixtureRequest) -> str:
    return request.param


def test_a_command(torture: Torture, archived: Tree, named_command: str, tmp_path: Path) -> None:
    slow = named_command in STEPS_AGAIN
    if SHORT and slow:
        pytest.skip("runs the steps again, which the short form has no time for")
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
        for archive in (tree.data / DISK).glob("archive*"):
            valid(archive, what.versions)
        tree.remove()
        return SURVIVED, kills

    chains = range(form(long=4 if slow else 8, short=1))
    torture.each(f"kill: {named_command}", chains, trial, SIDE_BY_SIDE)
