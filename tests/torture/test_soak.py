"""Hundreds of stacks in one run: no process grows, no file stays open, none gets slower."""

from __future__ import annotations

import re
import statistics
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from PIL import Image

from tests.torture.trees import DEMO, DISK, Tree, new_tree, refuse_tracebacks, snakemake, valid
from tests.torture.trials import SHORT, SURVIVED, Torture, form, tell

STACKS = form(long=300, short=8)
SAMPLE_EVERY_S = 0.1
# How much more the last third may take than the first, of each process's memory.
GROWTH = 1.1
# Snakemake's keeps what it knows of jobs that are done: so much per stack.
PER_STACK_KB = 200
# Throughput of the last third, of the first's, and speed of each kind of step, which runs beside
# other kinds at first than at last; the few steps of the short form show neither.
STEADY, STEADY_KIND = (0.0, 0.0) if SHORT else (0.9, 0.8)
HOURS_S = 3600
# The last line of a step's log.
USED = re.compile(r"^# used [\d.]+ s of processors, (\d+) MB at most$", re.MULTILINE)


@dataclass
class Watched:
    """What was seen of one process: when first, and its open files at most."""

    name: str
    since: int
    files: int = 0


@dataclass
class Watch:
    """Looks at the processes of a tree, all the time."""

    tree: Tree
    main: int
    # By number and script: numbers of processes come again.
    seen: dict[tuple[int, str], Watched] = field(default_factory=dict)
    # Its memory, kB, open files and threads.
    of_main: list[tuple[int, int, int]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def go_on(self) -> None:
        while not self.ended.wait(SAMPLE_EVERY_S):
            for pid in self.tree.processes():
                self.look(pid)

    def look(self, pid: int) -> None:
        place = Path("/proc") / str(pid)
        try:
            words = (place / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
            status = (place / "status").read_text()
            files = len(list((place / "fd").iterdir()))
        except OSError:
            return  # it has just ended
        facts = dict(line.split(":", 1) for line in status.splitlines())
        if "VmRSS" not in facts:
            return  # a process that has ended and was not waited for
        if pid == self.main:
            now_kb = int(facts["VmRSS"].split()[0])
            self.of_main.append((now_kb, files, int(facts["Threads"])))
            return
        script = next((Path(word).name for word in words if word.endswith(".py")), "")
        if script:
            seen = self.seen.setdefault((pid, script), Watched(script, len(self.seen)))
            seen.files = max(seen.files, files)


def make_stacks(tree: Tree, count: int) -> None:
    """Photographs of as many stacks, each of a place of its own on the board."""
    pictures = [Image.open(DEMO / f"pcb_00{k}.jpg") for k in (3, 4, 5)]
    small = [picture.resize((640, 480)) for picture in pictures]
    for number in range(count):
        left, top = 20 * (number % 24), 20 * (number // 24)
        folder = tree.data / "raws" / f"{number:03d}"
        folder.mkdir(parents=True)
        for k, (picture, original) in enumerate(zip(small, pictures)):
            place = picture.crop((left, top, left + 160, top + 120))
            place.save(folder / f"pcb_{k}.jpg", quality=95, exif=original.getexif())


def thirds(values: list[float]) -> tuple[float, float]:
    """Medians of the first and of the last third."""
    third = max(1, len(values) // 3)
    return statistics.median(values[:third]), statistics.median(values[-third:])


def test_many_stacks_in_one_run(torture: Torture, tmp_path: Path) -> None:
    def trial(count: int) -> tuple[str, int]:
        (tmp_path / "none").mkdir()
        rows = [f"S-{n:03d},top,raws/{n:03d}\n" for n in range(count)]
        sheet = "".join(["specimen,view,source\n", *rows])
        tree = new_tree(tmp_path / str(count), tmp_path / "none", sheet)
        make_stacks(tree, count)
        main = tree.start(snakemake(tree))
        watch = Watch(tree, main.pid)
        watching = threading.Thread(target=watch.go_on)
        watching.start()
        try:
            code = main.wait(HOURS_S)
        finally:
            watch.ended.set()
            watching.join()
        refuse_tracebacks(tree.said())
        assert code == 0, tree.said()[-2000:]
        archived = list((tree.data / DISK / "specimens").glob("*/*/archive.json"))
        assert len(archived) == count, f"{len(archived)} of {count} stacks are archived"
        valid(tree.archive)
        flat(watch, count)
        steady(tree)
        assert not tree.processes()
        tree.remove()
        return SURVIVED, count

    torture.each("soak", [STACKS], trial)


def flat(watch: Watch, count: int) -> None:
    """Neither Snakemake nor any step holds more memory or files at the end than at the start."""
    # Until the first steps are done it still loads and plans.
    settled = watch.of_main[len(watch.of_main) // 10 :]
    memory, files, threads = (thirds([float(one[k]) for one in settled]) for k in range(3))
    tell(
        f"soak, Snakemake: {memory[0] / 1024:.0f} MB in the first third, {memory[1] / 1024:.0f} MB "
        f"in the last; {files[0]:.0f} and {files[1]:.0f} open files, {threads[0]:.0f} and "
        f"{threads[1]:.0f} threads"
    )
    assert memory[1] <= memory[0] * GROWTH + PER_STACK_KB * count, "Snakemake's memory grows"
    assert files[1] <= files[0] + 4, "Snakemake's open files grow"
    assert threads[1] <= threads[0] + 4, "Snakemake's threads grow"
    steps = defaultdict(list)
    for seen in sorted(watch.seen.values(), key=lambda seen: seen.since):
        steps[seen.name].append(float(seen.files))
    for name, all_files in sorted(steps.items()):
        # Of a step that ended between two looks, little was seen: the most of each half tells.
        half = len(all_files) // 2
        first, last = max(all_files[:half]), max(all_files[half:])
        tell(f"soak, {name}: {first:.0f} and {last:.0f} open files, {len(all_files)} seen")
        assert last <= first + 4, f"{name}: open files grow with the stacks"
    # What the system accounted: a step of a third of a second is not seen at its largest.
    taken = defaultdict(list)
    for log in sorted(
        (watch.tree.data / "logs").rglob("*.log"), key=lambda log: log.stat().st_mtime
    ):
        step = "review" if ".review" in log.parts else log.stem
        taken[step] += [float(megabytes) for megabytes in USED.findall(log.read_text("utf-8"))]
    assert {len(taken[step]) for step in ("ledger", "fuse", "archive")} == {count}
    for step, all_taken in sorted(taken.items()):
        memory = thirds(all_taken)
        tell(f"soak, {step}: {memory[0]:.0f} and {memory[1]:.0f} MB")
        assert memory[1] <= memory[0] * GROWTH + 4, f"{step}: memory grows with the stacks"


def steady(tree: Tree) -> None:
    """The last stacks are archived as fast as the first, and no kind of step takes longer.

    Told by what is archived and by each kind for itself: which step of which stack is next is
    Snakemake's affair, and it may take in the frames of all stacks before it goes on with one.
    """
    ended = defaultdict(list)
    for table in (tree.data / "benchmarks").glob("*/*/*.tsv"):
        took_s = float(table.read_text().splitlines()[1].split("\t")[0])
        ended[table.stem].append((table.stat().st_mtime, took_s))
    archived = sorted(moment for moment, _ in ended["archive"])
    gaps = [after - before for before, after in pairwise(archived)]
    third = max(1, len(gaps) // 3)
    rate = sum(gaps[:third]) / sum(gaps[-third:])
    tell(
        f"soak, throughput: {len(gaps) * 60 / sum(gaps):.1f} stacks a minute, "
        f"{rate:.2f} in the last third of that in the first"
    )
    slower = []
    for name, steps in sorted(ended.items()):
        first, last = thirds([took_s for _, took_s in sorted(steps)])
        tell(f"soak, {name}: {first:.2f} s in the first third, {last:.2f} s in the last")
        if first < STEADY_KIND * last:
            slower.append(name)
    assert rate >= STEADY and not slower, f"it gets slower: {slower}"
