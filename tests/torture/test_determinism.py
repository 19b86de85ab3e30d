"""The same frames and parameters give the same files, wherever, however and by whoever it is run.

Other processors and libraries: tests/scripts/test_processors.py.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.torture.kills import SIDE_BY_SIDE
from tests.torture.test_disks import AS_NOBODY, NOBODY
from tests.torture.trees import Tree, contents, last_lines, new_tree, same_as, snakemake, valid
from tests.torture.trials import ROOT, SHORT, SURVIVED, NotHere, Torture

# What a shuffled order is of: one target at a time, each made as far as it goes.
TARGETS = (
    "disk/specimens/S-1/top/frames.csv",
    "disk/specimens/S-1/top/stack/transforms.json",
    "disk/specimens/S-1/top/stack/qc.json",
    "disk/specimens/S-1/top/archival/S-1_top.json",
    "disk/specimens/S-1/top/derivatives/S-1_top_web.jpg",
)


@dataclass(frozen=True)
class Otherwise:
    """What is otherwise than in the run that all others are compared with."""

    cores: int = 2
    options: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    # The folder below the one for scratch, as people name folders.
    folder: str = "plain"
    targets: tuple[str, ...] = ()
    with_the_tree: Callable[[Tree], None] = lambda tree: None


def threads(number: int) -> tuple[str, ...]:
    steps = ("convert", "align", "fuse", "qc", "master", "archive")
    return ("--set-threads", *(f"{step}={number}" for step in steps))


def belongs_to_nobody(tree: Tree) -> None:
    tree.environment()
    for path in (tree.folder, *tree.folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)


def umask(mask: str) -> tuple[str, ...]:
    return ("sh", "-c", f'umask {mask}; exec "$@"', "sh")


def fresh_clone(folder: Path) -> list[str]:
    """The first words of a command that runs in a fresh clone, in an environment of its own."""
    tracked = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=False, text=True
    )
    names = tracked.stdout.split("\0")[:-1]
    if not names:
        raise NotHere("the program does not lie in a repository")
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    command = [getattr(sys, "_base_executable", sys.executable), str(folder / "envs" / "run.py")]
    made = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
    if made.returncode:
        raise NotHere(f"no environment could be made: {last_lines(made.stderr)}")
    return command


def shuffled(seed: int) -> tuple[str, ...]:
    return tuple(random.Random(seed).sample(TARGETS, len(TARGETS)))


FRESH = "a fresh clone in a fresh environment"
TOGETHER = "1 core, steps by name, shuffled, a folder with a percent sign"
RUNS = {
    "1 core": Otherwise(cores=1),
    "4 cores": Otherwise(cores=4),
    **{f"{n} threads": Otherwise(cores=n, options=threads(n)) for n in (2, 3, 4)},
    "numba's own threads": Otherwise(
        environment={"NUMBA_NUM_THREADS": "3", "OMP_NUM_THREADS": "3"}
    ),
    "steps by name, last first": Otherwise(targets=TARGETS[::-1]),
    **{f"steps by name, shuffled {seed}": Otherwise(targets=shuffled(seed)) for seed in (1, 2)},
    "another scheduler": Otherwise(options=("--scheduler", "ilp")),
    "a deep folder": Otherwise(folder="/".join(["deep"] * 24)),
    "a folder with spaces": Otherwise(folder="the museum's  photographs"),
    "a folder beyond ASCII": Otherwise(folder="Sammlung Müller – 甲虫"),
    "a folder with a percent sign": Otherwise(folder="100% of %s {now} $HOME"),
    "locale C": Otherwise(environment={"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0"}),
    "locale POSIX, coerced": Otherwise(environment={"LC_ALL": "POSIX"}),
    "a locale that is not there": Otherwise(environment={"LC_ALL": "tr_TR.UTF-8"}),
    "zone of Kathmandu": Otherwise(environment={"TZ": "Asia/Kathmandu"}),
    "zone of Honolulu": Otherwise(environment={"TZ": "Pacific/Honolulu"}),
    "umask 077": Otherwise(before=umask("077")),
    "umask 000": Otherwise(before=umask("000")),
    **{f"hash seed {n}": Otherwise(environment={"PYTHONHASHSEED": n}) for n in ("1", "77")},
    "optimised Python": Otherwise(environment={"PYTHONOPTIMIZE": "2"}),
    "another user": Otherwise(before=tuple(AS_NOBODY), with_the_tree=belongs_to_nobody),
    "an empty environment": Otherwise(before=("env", "-i")),
    "no kernel compiled yet": Otherwise(environment={"NUMBA_CACHE_DIR": "cache"}),
    FRESH: Otherwise(),
    # Several at once; where this is wrong, each by itself says which.
    TOGETHER: Otherwise(cores=1, targets=shuffled(1), folder="100% of %s {now} $HOME"),
}
IN_SHORT = (TOGETHER,)


def test_a_run_under_other_circumstances(torture: Torture, archived: Tree, tmp_path: Path) -> None:
    frames, reference = archived.data / "raws", contents(archived.data)

    def trial(name: str) -> str:
        what = RUNS[name]
        place = tmp_path / str(sorted(RUNS).index(name))
        tree = new_tree(place / what.folder, frames)
        environment = {"XDG_CACHE_HOME": str(tree.folder / "cache"), **what.environment}
        if "NUMBA_CACHE_DIR" in environment:
            environment["NUMBA_CACHE_DIR"] = str(place / "kernels")
        what.with_the_tree(tree)
        before = list(what.before)
        program = ROOT
        if name == FRESH:
            program = place / "clone"
            before = fresh_clone(program)
        if before[:1] == ["env"]:
            # What a scheduler's daemon or a cron table gives a job.
            wanted = {**tree.environment(), **environment}
            names = ("PATH", "TMPDIR", "XDG_CACHE_HOME", "HOLOSTACK_TORTURE_TRIAL")
            before += [f"{name}={wanted[name]}" for name in names]
        for target in (*what.targets, None):
            wanted_file = ["--", target] if target else []
            command = snakemake(
                tree, *what.options, *wanted_file, cores=what.cores, program=program
            )
            tree.run([*before, *command], **environment)
        same_as(reference, tree)
        valid(tree.archive)
        tree.end_all()
        shutil.rmtree(place)
        return SURVIVED

    names = [name for name in (IN_SHORT if SHORT else RUNS) if can_be_done(name)]
    torture.each("determinism", names, trial, SIDE_BY_SIDE)


def can_be_done(name: str) -> bool:
    """Whether this machine lets a run be otherwise so."""
    if name != "another user":
        return True
    return os.getuid() == 0 and subprocess.run([*AS_NOBODY, "true"]).returncode == 0
