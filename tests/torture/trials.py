"""Trials: one fault done to Holostack and how it ended, kept in a journal, counted at the end.

A test gives a kind of fault, the seeds of its trials and a function that does one trial::

    def test_killed(torture):
        torture.each("kill: a job", range(form(long=200, short=8)), trial, at_once=2)

The function returns `SURVIVED`, or `REFUSED` where a sentence said what is wrong for that stack
alone; where one trial is several faults in a row, with their number. It raises `Lost` where data is
lost, and any other exception, as `assert` does, where the answer is neither (a traceback, a hang,
litter, another result, a hand that is needed): `wrong`.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from records.program import version_of

ROOT = Path(__file__).resolve().parents[2]
SURVIVED, REFUSED, WRONG, LOST = ENDINGS = ("survived", "refused", "wrong", "lost")
SHORT = os.environ.get("HOLOSTACK_TORTURE", "long") == "short"
Seed = int | str
Trial = Callable[..., str | tuple[str, int]]


class Lost(AssertionError):
    """What was there before is gone or another: the worst that a trial may find."""


def form(long: int, short: int) -> int:
    """How many trials this form has: all that were promised, or as many as fit into CI."""
    return short if SHORT else long


class NotHere(Exception):
    """This machine does not let a trial be done, which is no ending of it."""


@dataclass
class Count:
    """How the trials of one kind ended."""

    planned: int = 0
    endings: Counter[str] = field(default_factory=Counter)
    faults: int = 0
    seconds: float = 0.0
    stories: list[str] = field(default_factory=list)

    @property
    def tried(self) -> int:
        return self.endings.total()


class Torture:
    """The trials of this call and of those before it with the same program and the same test."""

    def __init__(self) -> None:
        minutes = float(os.environ.get("HOLOSTACK_TORTURE_MINUTES", "inf"))
        self.deadline = time.monotonic() + 60 * minutes
        place = os.environ.get("HOLOSTACK_TORTURE_JOURNAL", "")
        if not place and not SHORT:
            place = str(ROOT / "results" / "torture.jsonl")
        self.journal = Path(place) if place else None
        self.go_on = bool(os.environ.get("HOLOSTACK_TORTURE_GO_ON"))
        self.program = version_of(ROOT / "Snakefile")
        self.counts: dict[str, Count] = {}
        self.not_begun: list[str] = []
        self.lock = threading.Lock()
        self.before: dict[tuple[str, str], dict] = {}
        if self.journal and self.journal.is_file():
            for line in self.journal.read_text("utf-8").splitlines():
                # The last line of a call that was killed may be half a line.
                if line.endswith("}"):
                    done = json.loads(line)
                    self.before[done["kind"], done["trial"]] = done

    @property
    def time_is_out(self) -> bool:
        return time.monotonic() > self.deadline

    def done_before(self, kind: str, seed: Seed, test: str) -> dict | None:
        """What the journal says of a trial, where it is of this program and this test."""
        done = self.before.get((kind, str(seed)))
        same = done and (done["program"], done["test"]) == (self.program, test)
        return done if same or self.go_on else None

    def add(self, kind: str, ending: str, seconds: float, story: str, faults: int = 1) -> None:
        count = self.counts.setdefault(kind, Count())
        count.endings[ending] += 1
        count.seconds += seconds
        count.faults += faults
        if ending in (WRONG, LOST):
            count.stories.append(story)

    def write(
        self,
        kind: str,
        seed: Seed,
        test: str,
        ending: str,
        seconds: float,
        story: str,
        faults: int = 1,
    ) -> None:
        """Count a trial and put it into the journal, at once: a call may be killed itself."""
        with self.lock:
            self.add(kind, ending, seconds, f"{seed}: {story}", faults)
            if self.journal:
                line = {"kind": kind, "trial": str(seed), "ending": ending}
                line |= {"seconds": round(seconds, 3), "story": story, "faults": faults}
                line |= {"program": self.program, "test": test}
                self.journal.parent.mkdir(parents=True, exist_ok=True)
                with self.journal.open("a", encoding="utf-8") as journal:
                    journal.write(json.dumps(line, ensure_ascii=False) + "\n")

    def each(self, kind: str, seeds: Iterable[Seed], trial: Trial, at_once: int = 1) -> None:
        """Do the trials of a kind that are not done yet, and fail where one ended wrong or lost.

        Parameters
        ----------
        kind
            Name of the fault in the report, the same in each call.
        seeds
            Of each trial, what makes it this one: a number for a generator, or a name.
        trial
            Does one trial, from its seed alone.
        at_once
            How many run side by side, in threads of this process.
        """
        test = hashlib.sha256(Path(trial.__code__.co_filename).read_bytes()).hexdigest()[:12]
        count = self.counts.setdefault(kind, Count())
        to_do = []
        for seed in seeds:
            count.planned += 1
            if done := self.done_before(kind, seed, test):
                story = f"{seed}: {done['story']}"
                self.add(kind, done["ending"], done["seconds"], story, done["faults"])
            else:
                to_do.append(seed)

        def one(seed: Seed) -> None:
            if self.time_is_out:
                return
            start = time.monotonic()
            ending, story, faults = WRONG, "", 1
            try:
                answer = trial(seed)
                ending, faults = (answer, 1) if isinstance(answer, str) else answer
                if ending not in (SURVIVED, REFUSED):
                    ending, story = WRONG, f"the trial says {ending!r}"
            except NotHere as reason:
                with self.lock:
                    count.planned -= 1
                    tell(f"{kind}, {seed}: not done, {reason}")
                return
            except Lost as error:
                ending, story = LOST, told(error)
            except Exception as error:
                story = told(error)
            self.write(kind, seed, test, ending, time.monotonic() - start, story, faults)

        if at_once == 1:
            for seed in to_do:
                one(seed)
        else:
            with ThreadPoolExecutor(at_once) as pool:
                list(pool.map(one, to_do))
        if count.stories:
            pytest.fail(
                f"{kind}: {count.endings[LOST]} lost, {count.endings[WRONG]} wrong of "
                f"{count.tried}\n" + "\n".join(count.stories[:10]),
                pytrace=False,
            )
        if left := count.planned - count.tried:
            pytest.skip(f"{kind}: {left} of {count.planned} left for the next call")

    def report(self) -> list[str]:
        """Lines of a table of the kinds, with a sum; what is wrong or lost is told below it."""
        head = ("kind", "planned", "tried", *ENDINGS, "left", "faults", "s each")
        rows = [head]
        total = Count()
        for kind, count in sorted(self.counts.items()):
            rows.append(row(kind, count))
            total.planned += count.planned
            total.endings += count.endings
            total.seconds += count.seconds
            total.faults += count.faults
        rows.append(row("all", total))
        widths = [max(len(line[k]) for line in rows) for k in range(len(head))]
        lines = [
            "  ".join(
                cell.ljust(width) if k == 0 else cell.rjust(width)
                for k, (cell, width) in enumerate(zip(line, widths))
            )
            for line in rows
        ]
        if self.not_begun:
            lines.append(f"not begun, for want of time: {', '.join(self.not_begun)}")
        for kind, count in sorted(self.counts.items()):
            lines += [f"{kind} · {story}" for story in count.stories[:10]]
        return lines


def row(kind: str, count: Count) -> tuple[str, ...]:
    """Cells of one kind; tried is the sum of the endings, and planned that of tried and left."""
    each = f"{count.seconds / count.tried:.2f}" if count.tried else "–"
    numbers = (count.planned, count.tried, *(count.endings[ending] for ending in ENDINGS))
    return (kind, *map(str, numbers), str(count.planned - count.tried), str(count.faults), each)


def told(error: BaseException) -> str:
    """An exception in short: what it says, and where a trial's own code raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    place = next((f for f in reversed(frames) if "torture" in f.filename), frames[-1])
    where = f"{Path(place.filename).name}:{place.lineno}"
    return f"{where} {type(error).__name__}: {error}"[:2000]


def tell(line: str) -> None:
    """A figure that is measured on the way and belongs in the report."""
    FIGURES.append(line)
    print(line, file=sys.stderr)


FIGURES: list[str] = []
