"""What planning takes: nothing to do, a night's new stacks, one by name, all from nothing.

    python3 envs/run.py python tests/benchmarks/planning.py --folder DIR [--scale 0.1]

One tiny stack is worked on to the archive. The settled ones beside it have its files, a ledger with
frames of their own, and the stamp that they were found to be settled; new ones are rows of the
sheet whose frames are there. Each line is the plain command, in a process of its own: CPU seconds
and peak memory as the operating system accounted them, of Snakemake and all that it started.
Where the machine has other work, CPU seconds are up to twice as many.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from records.archive.known_frames import Row, refresh  # noqa: E402
from records.archive.left_alone import (  # noqa: E402
    WATCHED,
    Stamp,
    cells_words,
    digest_of,
    keep_stamps,
    state_of,
)
from records.layout import LEDGER  # noqa: E402
from records.ledger.table import Entry, read_ledger, write_ledger  # noqa: E402
from records.sheet.sound import note_sound, state_of_file  # noqa: E402
from records.sheet.stacks import read_sheet  # noqa: E402
from tests.torture.trees import Tree, make_frames, new_tree, snakemake  # noqa: E402

# What planning is to take at most on a quiet machine: CPU s, and MB of memory where it is bounded.
NOTHING_TO_DO, NIGHT, ONE, FROM_NOTHING = (5, None), (12, None), (2, None), (40, 1500)
SETTLED, AMONG, NEW = 10_000, 50_000, 1_000
# The one that was worked on.
ONE_STACK = "disk/specimens/S-1/top/archive.json"


def main() -> None:
    """Make the trees and print a line for each plan."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="where the trees are made")
    parser.add_argument("--scale", type=float, default=1.0, help="of the numbers of stacks")
    parser.add_argument("--only", choices=["settled", "night", "nothing"], help="one of the trees")
    options = parser.parse_args()
    folder = options.folder.absolute()
    settled, among, new = (round(options.scale * count) for count in (SETTLED, AMONG, NEW))
    if options.only in (None, "settled"):
        tree = settled_tree(folder / "settled", settled)
        measured(tree, "nothing to do", settled, NOTHING_TO_DO, "--dry-run")
        # The first writes the rows of stacks on the collection's page, which a real tree has.
        tree.run(snakemake(tree))
        measured(tree, "the run itself", settled, NOTHING_TO_DO)
        measured(tree, "one by name", settled, ONE, "--dry-run", ONE_STACK)
        shutil.rmtree(tree.folder)
    if options.only in (None, "night"):
        tree = settled_tree(folder / "night", among, new)
        measured(tree, f"{new} new", among + new, NIGHT, "--dry-run")
        measured(tree, "one by name", among + new, ONE, "--dry-run", ONE_STACK)
        shutil.rmtree(tree.folder)
    if options.only in (None, "nothing"):
        tree = tree_of(folder / "nothing", settled)
        measured(tree, "all from nothing", settled, FROM_NOTHING, "--dry-run")
        shutil.rmtree(tree.folder)


def tree_of(folder: Path, stacks: int) -> Tree:
    """A tree that nothing was done in, with so many rows and the settings that ship."""
    shutil.rmtree(folder, ignore_errors=True)
    make_frames(folder / "frames")
    tree = new_tree(folder, folder / "frames", sheet(stacks))
    config = tree.data / "config" / "config.yaml"
    own = json.loads(config.read_text())
    del own["derive"]
    config.write_text(json.dumps(own))
    return tree


def sheet(stacks: int) -> str:
    """So many rows."""
    rows = [f"S-{k},top,raws,a benchmark\n" for k in range(1, stacks + 1)]
    return "".join(["specimen,view,source,shared_source\n", *rows])


def settled_tree(folder: Path, stacks: int, new: int = 0) -> Tree:
    """A tree with so many archived stacks that bear their stamp, and rows of new ones."""
    tree = tree_of(folder, 1)
    tree.run(snakemake(tree))
    entries = read_ledger(tree.stack / LEDGER)
    files = [
        path.relative_to(tree.stack)
        for path in sorted(tree.stack.rglob("*"))
        if path.is_file() and is_watched(path.relative_to(tree.stack))
    ]
    for k in range(2, stacks + 1):
        have_its_files(tree.stack, files, tree.stack.parents[1] / f"S-{k}" / "top", entries, k)
        # By these, its page is known to be drawn: no run is to draw thousands.
        (tree.data / "results" / "review" / f"S-{k}" / "top" / "overlays").mkdir(parents=True)
    (tree.data / "config" / "specimens.csv").write_text(sheet(stacks + new))
    stamp(tree, stacks)
    return tree


def is_watched(name: Path) -> bool:
    """Whether planning looks at a file."""
    return str(name) in WATCHED or name.parts[0] in ("raw", "archival")


def have_its_files(
    stack: Path, files: Iterable[Path], to: Path, entries: Iterable[Entry], number: int
) -> None:
    """Give a stack the files of another, and a ledger with frames of its own."""
    for name in files:
        own = to / name.with_name(name.name.replace(stack.parent.name, to.parent.name, 1))
        own.parent.mkdir(parents=True, exist_ok=True)
        if name == Path(LEDGER):
            frames = [
                replace(one, sha256=f"{number:08x}{one.sha256[8:]}") if one.sha256 else one
                for one in entries
            ]
            write_ledger(frames, own)
        else:
            own.hardlink_to(stack / name)


def stamp(tree: Tree, stacks: int) -> None:
    """Note that sheet and stacks were found sound and settled, and their frames, as a run does."""
    config = merged(yaml.safe_load((ROOT / "config" / "config.yaml").read_text()), tree)
    shipped = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    specimens, raws = tree.data / "disk" / "specimens", tree.data / "raws"
    path = tree.data / "config" / "specimens.csv"
    state, rows = state_of_file(path), read_sheet(path, config)
    note_sound(path, config, specimens, rows, [], state)
    stamps = {}
    for (specimen, view), known in list(rows.items())[:stacks]:
        decided = digest_of(shipped), digest_of(known.config), cells_words(known.cells)
        state = state_of(specimens / specimen / view, decided, [raws])
        stamps[f"{specimen}/{view}"] = Stamp(state, "of a benchmark")
    keep_stamps(specimens, stamps)
    known_rows = {
        f"{one}/{view}": Row(row.row, row.cells["shared_source"])
        for (one, view), row in rows.items()
    }
    refresh(specimens, known_rows)


def merged(config: dict, tree: Tree) -> dict:
    """The configuration with what the data's own says."""
    own = json.loads((tree.data / "config" / "config.yaml").read_text())
    for name, section in own.items():
        config[name] = {**config[name], **section}
    return config


def measured(
    tree: Tree, what: str, stacks: int, at_most: tuple[float, float | None] | None, *words: str
) -> None:
    """Time a run, and print what it took beside what it is to take at most."""
    command = snakemake(tree, *words, "--quiet", "all")
    begun = time.monotonic()
    process = os.posix_spawn(command[0], command, {**tree.environment()}, file_actions=said(tree))
    _, status, used = os.wait4(process, 0)
    wall = time.monotonic() - begun
    cpu, memory_mb = used.ru_utime + used.ru_stime, used.ru_maxrss / 1000
    goals = [f"{goal} {unit}" for goal, unit in zip(at_most or (), ("CPU s", "MB")) if goal]
    told = (tree.folder / "said").read_text().strip().splitlines()[-1:]
    print(
        f"{what:30} {stacks:6} stacks {cpu:7.2f} CPU s {wall:7.2f} s {memory_mb:6.0f} MB"
        f"  {'at most ' + ', '.join(goals) if goals else '':22}"
        f" exit {os.waitstatus_to_exitcode(status)}  {''.join(told)[:60]}",
        flush=True,
    )


def said(tree: Tree) -> list[tuple]:
    """What the process does with its output, and where it works."""
    path = str(tree.folder / "said")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    return [(os.POSIX_SPAWN_OPEN, 1, path, flags, 0o644), (os.POSIX_SPAWN_DUP2, 1, 2)]


if __name__ == "__main__":
    main()
