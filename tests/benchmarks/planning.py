"""What planning takes: nothing to do, a night's new stacks, one by name, all from nothing.

    python3 envs/run.py python tests/benchmarks/planning.py --folder DIR [--stacks 2000]

One tiny stack is worked on to the archive; the others are its copies, under their own names and
with records that say so. Each line is the plain command, most as a dry run, in a process of its
own. CPU seconds and peak memory as the operating system accounted them, of Snakemake and all that
it started; where the machine has other work, they are higher.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from records.files import read_record, record_text  # noqa: E402
from tests.torture.trees import Tree, make_frames, new_tree, snakemake  # noqa: E402

COLUMNS = "specimen,view,source,shared_source,convert.significant_bits\n"


def main() -> None:
    """Make the tree and print a line for each plan."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="where the tree is made, or is")
    parser.add_argument("--stacks", type=int, default=2000)
    parser.add_argument("--new", type=int, default=40, help="of a night, not worked on yet")
    parser.add_argument("--empty", action="store_true", help="also all stacks from nothing")
    options = parser.parse_args()
    tree = archived_tree(options.folder, options.stacks)
    stamps = tree.data / "disk" / "specimens" / ".settled.json"
    stamps.unlink(missing_ok=True)
    measured(tree, "nothing to do, first look", options.stacks, "--dry-run")
    measured(tree, "the run itself, first look", options.stacks)
    measured(tree, "nothing to do", options.stacks, "--dry-run")
    measured(tree, "the run itself", options.stacks)
    one = "disk/specimens/S-1/top/archive.json"
    measured(tree, "one stack by name", options.stacks, "--dry-run", one)
    add_new(tree, options.stacks, options.new)
    measured(tree, f"{options.new} new beside them", options.stacks + options.new, "--dry-run")
    if options.empty:
        for path in (tree.data / "disk" / "specimens", tree.data / "logs"):
            shutil.rmtree(path)
        measured(tree, "all from nothing", options.stacks + options.new, "--dry-run")


def archived_tree(folder: Path, stacks: int) -> Tree:
    """A tree with so many archived stacks; one that was made before is taken as it is."""
    folder = folder.absolute()
    tree = Tree(folder / f"planning-{stacks}")
    rows = [f"S-{k},top,raws,copies for a benchmark,auto\n" for k in range(1, stacks + 1)]
    sheet = COLUMNS + "".join(rows)
    if not tree.data.exists():
        frames = tree.folder / "frames"
        make_frames(frames)
        tree = new_tree(tree.folder, frames, COLUMNS + rows[0])
        tree.run(snakemake(tree))
        for k in range(2, stacks + 1):
            copy_stack(tree.stack, tree.stack.parents[1] / f"S-{k}" / "top")
            # By these, its page is known to be drawn: no run is to draw thousands.
            (tree.data / "results" / "review" / f"S-{k}" / "top" / "overlays").mkdir(parents=True)
    (tree.data / "config" / "specimens.csv").write_text(sheet)
    return tree


def copy_stack(stack: Path, to: Path) -> None:
    """A copy of an archived stack that bears the name of its folder."""
    old, new = stack.parent.name, to.parent.name
    shutil.copytree(stack, to, ignore=shutil.ignore_patterns("tiff"))
    for path in sorted(to.rglob(f"{old}_*")):
        path.rename(path.with_name(path.name.replace(old, new, 1)))
    for name, kind in {
        "archive.json": "receipt",
        f"archival/{new}_top.json": "master",
    }.items():
        record = read_record(to / name, kind)
        content = {
            key: one for key, one in record.items() if key not in ("format", "sha256_of_record")
        }
        text = json.dumps(content).replace(f"{old}/", f"{new}/").replace(f"{old}_", f"{new}_")
        (to / name).write_text(record_text(kind, json.loads(text)))


def add_new(tree: Tree, after: int, count: int) -> None:
    """Rows of stacks that nothing was done for yet."""
    with (tree.data / "config" / "specimens.csv").open("a") as sheet:
        for k in range(after + 1, after + count + 1):
            sheet.write(f"S-{k},top,raws,copies for a benchmark,auto\n")


def measured(tree: Tree, what: str, stacks: int, *words: str) -> None:
    """Time a run and print what it took."""
    command = snakemake(tree, *words, "--quiet", "all")
    begun = time.monotonic()
    process = os.posix_spawn(command[0], command, {**tree.environment()}, file_actions=said(tree))
    _, status, used = os.wait4(process, 0)
    wall = time.monotonic() - begun
    cpu = used.ru_utime + used.ru_stime
    told = (tree.folder / "said").read_text().strip().splitlines()[-1:]
    print(
        f"{what:28} {stacks:6} stacks {cpu:7.2f} CPU s {wall:7.2f} s"
        f" {used.ru_maxrss / 1000:6.0f} MB"
        f"  exit {os.waitstatus_to_exitcode(status)}  {''.join(told)[:70]}",
        flush=True,
    )


def said(tree: Tree) -> list[tuple]:
    """What the process does with its output, and where it works."""
    path = str(tree.folder / "said")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    return [(os.POSIX_SPAWN_OPEN, 1, path, flags, 0o644), (os.POSIX_SPAWN_DUP2, 1, 2)]


if __name__ == "__main__":
    main()
