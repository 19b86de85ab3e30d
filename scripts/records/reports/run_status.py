"""How far a run is: told by the run itself while it is on, and how it ended after that.

`results/run.js` is one line, `holostackRun({…})`: a page that is opened from disk may read a
script, and no other file. Whoever else wants to know reads it here. It is written every few
seconds, so that a run that was killed, or whose machine went off, is known by its silence.
"""

from __future__ import annotations

import json
import shutil
import time
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from records.files import write_note
from records.locks import UNKNOWN, Holder, holder_of, is_held, myself
from records.reports.review_rows import COLUMNS, Row
from records.reports.review_site import as_json

FORMAT = "holostack-run 1"
STATUS, LOCK = "run.js", ".run.lock"
ON, ENDED, INTERRUPTED, LOST = "on", "ended", "interrupted", "lost"
# Whoever has not told for so long is not there any more; the page says so too.
SILENT_S = 60.0
# The step of a stack that was submitted to a cluster, of which nothing is heard yet.
QUEUED = "queued"
# So many are named; a page shows few, and counts them all.
_FAILURES, _ROWS = 100, 200
_CALL = "holostackRun("
Stack = tuple[str, str]
# A stack and the step of it that a job does.
Job = tuple[Stack, str]


@dataclass
class RunStatus:
    """What a run has to do and has done, kept while it is on; any thread may ask.

    Parameters
    ----------
    jobs : what is to be done, by the number of the job
    site : folder whose file system is asked how much is free
    by : the process that tells
    """

    jobs: Mapping[int, Job]
    site: Path
    by: Holder = field(default_factory=lambda: myself("snakemake"))
    began: float = field(default_factory=lambda: time.time())
    _left: dict[Stack, int] = field(default_factory=dict)
    _running: dict[int, tuple[Job, float]] = field(default_factory=dict)
    # Stacks that were submitted, with the step that each is known to be at, and since when.
    _submitted: dict[Stack, tuple[str, float]] = field(default_factory=dict)
    _failed: dict[Stack, tuple[str, str, str]] = field(default_factory=dict)
    _done: int = 0
    # When the first job of each stack was started, and its last was done.
    _times: dict[Stack, list[float]] = field(default_factory=dict)
    _rows: deque[Row] = field(default_factory=lambda: deque(maxlen=_ROWS))
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        for stack, _ in self.jobs.values():
            self._left[stack] = self._left.get(stack, 0) + 1

    def started(self, numbers: Iterable[int], *, is_group: bool = False) -> None:
        """Jobs that have been started; one that had failed is tried again.

        Parameters
        ----------
        is_group : they were submitted as one, whose step is known by `at` alone
        """
        with self._lock:
            for number in numbers:
                if number in self.jobs:
                    stack, _ = self.jobs[number]
                    self._running[number] = self.jobs[number], time.time()
                    self._failed.pop(stack, None)
                    self._times.setdefault(stack, [time.time(), 0.0])
                    if is_group:
                        self._submitted[stack] = QUEUED, time.time()

    def at(self, stack: Stack, step: str) -> None:
        """At which step a stack is that was submitted."""
        with self._lock:
            if stack in self._submitted and self._submitted[stack][0] != step:
                self._submitted[stack] = step, time.time()

    def submitted(self) -> list[Stack]:
        """The stacks that were submitted, and are not done."""
        with self._lock:
            under_way = {stack for (stack, _), _ in self._running.values()}
            return [stack for stack in self._submitted if stack in under_way]

    def running(self) -> list[int]:
        """The jobs that are under way."""
        with self._lock:
            return list(self._running)

    def finished(self, number: int) -> Stack | None:
        """A job that is done; gives its stack where that was the last of it."""
        with self._lock:
            known = self._running.pop(number, None)
            if known is None:
                # Another thread has noted it.
                return None
            (stack, _), _ = known
            self._left[stack] -= 1
            if self._left[stack]:
                return None
            self._done += 1
            self._times[stack][1] = time.time()
            self._submitted.pop(stack, None)
            return stack

    def took(self, stack: Stack) -> float:
        """How long a stack took that is done, in s."""
        began, ended = self._times[stack]
        return ended - began

    def stacks(self) -> dict[Stack, bool]:
        """The stacks of the run, and whether all that was to be done for each is."""
        with self._lock:
            return {stack: not left for stack, left in self._left.items()}

    def failed(self, number: int, reason: str, step: str = "", log: str = "") -> None:
        """A job that stopped, and why; what waits for it is not begun.

        Parameters
        ----------
        step : that stopped, where it is another than the job's, as of several submitted as one
        log : that says so
        """
        with self._lock:
            self._running.pop(number, None)
            if number in self.jobs:
                stack, own = self.jobs[number]
                self._failed.setdefault(stack, (step or own, reason, log))

    def add_row(self, row: Row) -> None:
        """The row of a stack whose page is new, for a collection's page that is open."""
        with self._lock:
            self._rows.append(row)

    def told(self, state: str = ON) -> dict[str, Any]:
        """What `read_run` gives, and with `rows` what is new in the collection."""
        with self._lock:
            now = time.time()
            spent = now - self.began
            per_s = self._done / spent if self._done and spent > 0 else None
            left = len(self._left) - self._done - len(self._failed)
            now_at = self._now_at()
            return {
                "format": FORMAT,
                "state": state,
                "by": {"host": self.by.host, "process": self.by.process, "user": self.by.user},
                "began": _moment(self.began),
                "told": _moment(now),
                "seconds": round(spent),
                "of": len(self._left),
                "done": self._done,
                "failed": len(self._failed),
                "steps": len(self.jobs),
                "steps_done": len(self.jobs) - sum(self._left.values()),
                "waiting": left - len(now_at.keys() - self._failed.keys()),
                "failures": [
                    {"stack": "/".join(stack), "step": step, "reason": reason, "log": log}
                    for stack, (step, reason, log) in list(self._failed.items())[:_FAILURES]
                ],
                "now": [
                    {"stack": "/".join(stack), "step": step, "since": _moment(since)}
                    for stack, (step, since) in now_at.items()
                ],
                "stacks_per_hour": round(per_s * 3600, 1) if per_s else None,
                "seconds_left": round(left / per_s) if per_s and state == ON else None,
                "disk_free_bytes": _free(self.site),
                "columns": COLUMNS,
                "rows": list(self._rows),
            }

    def _now_at(self) -> dict[Stack, tuple[str, float]]:
        """Step of each stack that is under way, and since when it is."""
        found: dict[Stack, tuple[str, float]] = {}
        for (stack, step), since in self._running.values():
            found[stack] = self._submitted.get(stack, (step, since))
        # Each keeps its place from its first step to its last.
        return {stack: found[stack] for stack in sorted(found, key=self._times.__getitem__)}


def write_run(results: Path, told: Mapping[str, Any] | None) -> None:
    """Write how far a run is; None where there was none yet."""
    write_note(results / STATUS, f"{_CALL}{as_json(told)});\n".encode())


def read_run(results: Path) -> dict[str, Any] | None:
    """How far the run is, or how the last one ended; None where none is known.

    Returns
    -------
    `state` is "on", "ended", "interrupted", or "lost": it was killed, or its machine went off,
        and `was_at` is what was under way.
        `by` is its host, process and user. Of its `steps`, `steps_done` are. `of` stacks are
        `done`, `failed`, `waiting`, or in `now`, each with its step and since when it is at it;
        `failures` have stack, step, reason and log; times in s or ISO 8601
    """
    try:
        text = (results / STATUS).read_text("utf-8")
        told = json.loads(text.strip().removeprefix(_CALL).removesuffix(");"))
    except (OSError, ValueError):
        return None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        return None
    if told["state"] == ON and _is_gone(results / LOCK, told):
        told |= {"state": LOST, "now": [], "was_at": told["now"], "seconds_left": None}
    return told


def _is_gone(lock: Path, told: Mapping[str, Any]) -> bool:
    """Whether a run that told it was on is there no more."""
    if is_held(lock):
        return False
    # The kernel knows of the processes of this machine. Of another, and where there are no locks,
    # what was told lately stands.
    left_by = holder_of(lock)
    is_from_here = left_by != UNKNOWN and left_by.host == myself().host
    return is_from_here or _silent_s(told) > SILENT_S


def _silent_s(told: Mapping[str, Any]) -> float:
    return time.time() - datetime.fromisoformat(told["told"]).timestamp()


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _free(folder: Path) -> int | None:
    with suppress(OSError):
        return shutil.disk_usage(folder).free
    return None
