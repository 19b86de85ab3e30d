"""Stacks are worked on while the next is shot: the very `snakemake` command, for one after another.

A run asks for the last file of its stack alone, so that no row that is still to be shot has the
workflow drive the rig. It runs with low priority in a process group of its own, in the user's tree,
as if it had been typed: what it does, and what stops it, is in the logs where it always is.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from hardware.desk.desk import Desk
from hardware.errors import RigError
from records.errors import RecordError
from records.layout import CAPTURE, RECEIPT
from records.machine import in_words
from records.reports.summary import last_error
from records.runs.at_work import other_came, would_wait_for
from records.runs.command import END_S, begin, command, end, last_lines, step_under_way
from records.runs.unshot import label_to_shoot
from records.sheet.configuration import check_config, read_configuration
from records.sheet.entering import Stacks, known_stacks, sheet_of
from records.sheet.folder_names import number_of

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
LOOK_EVERY_S = 0.5
# The last ones that are shown; what is not done is always.
SHOWN = 50
# Derivatives of these types are; TIFF and data are not.
SHOWN_BY_BROWSERS = (".jpg", ".png", ".webp", ".avif")


@dataclass(frozen=True)
class _Stack:
    """A stack that is worked on, and how far it is."""

    specimen: str
    view: str
    state: str = WAITING
    step: str = ""
    reason: str = ""
    picture: str = ""
    when: str = ""

    @property
    def name(self) -> str:
        return f"{self.specimen}/{self.view}"

    def shown(self) -> dict[str, str]:
        names = ("state", "step", "reason", "picture", "when")
        number = number_of(self.specimen)
        return {
            "stack": self.name,
            "catalog_number": number,
            **{name: getattr(self, name) for name in names},
        }


class Runs:
    """The stacks of a bench that are worked on; every method may be called from any thread.

    Parameters
    ----------
    desk : is told what changed
    data : folder that the trees are in
    workflow : folder of the Snakefile
    """

    def __init__(self, desk: Desk, data: Path, workflow: Path) -> None:
        self._desk = desk
        self._data = data
        self._workflow = workflow
        self._changed = threading.Condition(threading.RLock())
        self._stacks: dict[str, _Stack] = {}
        self._waits_for = ""
        self._pictures: dict[str, Path] = {}
        self._ends = False
        self._thread: threading.Thread | None = None

    def deeds(self) -> Mapping[str, Callable[..., object]]:
        """What it can be asked for."""
        return {"run": self.run}

    def picture(self, address: str) -> Path | None:
        """The picture whose address stands in the state."""
        return self._pictures.get(address)

    def state(self) -> dict[str, Any]:
        """`doing`, `waits_for`, and `stacks` with state, step, reason and picture of each."""
        with self._changed:
            stacks = list(self._stacks.values())
            waits_for = self._waits_for
        old = len(stacks) - SHOWN
        shown = [one for k, one in enumerate(stacks) if k >= old or one.state != DONE]
        return {
            "doing": next((one.name for one in stacks if one.state == RUNNING), ""),
            "waits_for": waits_for,
            "stacks": [one.shown() for one in shown],
        }

    def add(self, specimen: str, view: str) -> None:
        """Have a stack worked on, after those before it."""
        with self._changed:
            known = self._stacks.pop(f"{specimen}/{view}", None)
            if known is not None and known.state == RUNNING:
                self._stacks[known.name] = known
                return
            self._stacks[f"{specimen}/{view}"] = _Stack(specimen, view, when=_now())
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="runs", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        self._desk.touch()

    def run(self, stack: str) -> None:
        """Have a stack worked on that is captured, once more where it was already.

        Raises
        ------
        RigError, RecordError : there is no such stack, or it is being worked on
        """
        with self._changed:
            known = self._stacks.get(stack)
        if known is not None and known.state in (RUNNING, WAITING):
            raise RigError(f"{stack}: is {known.state} already")
        config, stacks = self._sheet()
        found = [key for key in stacks if "/".join(key) == stack]
        if not found:
            raise RigError(f"{stack}: the sheet has no such stack")
        if not (self._folder(config, *found[0]) / CAPTURE).exists():
            raise RigError(f"{stack}: is not shot yet; capture it first")
        self.add(*found[0])

    def end(self) -> None:
        """End what runs, as Ctrl-C does; what was waiting is left to the next `snakemake`."""
        with self._changed:
            self._ends = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(END_S + 5)

    # The thread of the runs.

    def _work(self) -> None:
        while not self._ends:
            try:
                stack = self._next()
                if stack is not None:
                    self._run(stack)
                    continue
            except (RecordError, RigError) as error:
                self._wait_for(str(error))
            except OSError as error:
                self._wait_for(in_words(error))
            with self._changed:
                if not self._ends:
                    self._changed.wait(LOOK_EVERY_S if self._is_waiting() else None)

    def _is_waiting(self) -> bool:
        return any(one.state == WAITING for one in self._stacks.values())

    def _next(self) -> _Stack | None:
        """The first stack that can be worked on now; None where none is, and what is waited for."""
        with self._changed:
            waiting = [one for one in self._stacks.values() if one.state == WAITING]
        if not waiting:
            self._wait_for("")
            return None
        if others := would_wait_for(self._data):
            self._wait_for(others)
            return None
        config, stacks = self._sheet()
        folder = partial(self._folder, config)
        for one in waiting:
            found = label_to_shoot(stacks, one.specimen, one.view, folder)
            if not (label := "/".join(found or ())):
                self._wait_for("")
                return one
            self._wait_for(f"{one.name}: its label, {label}, is to be shot first")
        return None

    def _run(self, stack: _Stack) -> None:
        """Run Snakemake for one stack, and tell what comes of it."""
        config, _ = self._sheet()
        began = time.time()
        folder, logs = self._folder(config, stack.specimen, stack.view), self._logs(stack)
        target = Path(config["paths"]["specimens"], stack.specimen, stack.view, RECEIPT)
        log = self._data / "logs" / ".bench" / stack.specimen / f"{stack.view}.log"
        self._put(stack := replace(stack, state=RUNNING, reason="", when=_now()))
        process = begin(command(self._workflow, self._data, target), self._workflow, log)
        try:
            while not self._ends:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK_EVERY_S)
                    break
                self._put(stack := replace(stack, step=step_under_way(logs, began) or stack.step))
        finally:
            end(process)
        if self._ends:
            self._put(replace(stack, state=WAITING, step=""))
        elif process.returncode == 0:
            self._put(replace(stack, state=DONE, step="", picture=self._show(stack, folder)))
        elif other_came(log):
            self._put(replace(stack, state=WAITING, step=""))
        else:
            reason = last_error(logs, since=began) or last_lines(log)
            self._put(replace(stack, state=FAILED, step="", reason=reason))
            self._desk.tell(f"{stack.name}: {reason}", "error")

    def _show(self, stack: _Stack, folder: Path) -> str:
        """The address of a stack's picture, empty where it has none that a browser shows."""
        pictures = sorted(
            (
                one
                for one in (folder / "derivatives").glob("[!.]*")
                if one.suffix in SHOWN_BY_BROWSERS
            ),
            key=lambda one: one.stat().st_size,
        )
        if not pictures:
            return ""
        address = f"/pictures/{stack.name}{pictures[0].suffix}"
        self._pictures[address] = pictures[0].absolute()
        return address

    def _put(self, stack: _Stack) -> None:
        with self._changed:
            if self._stacks.get(stack.name) == stack:
                return
            self._stacks[stack.name] = stack
        self._desk.touch()

    def _wait_for(self, sentence: str) -> None:
        with self._changed:
            if self._waits_for == sentence:
                return
            self._waits_for = sentence
        self._desk.touch()

    def _sheet(self) -> tuple[dict[str, Any], Stacks]:
        config = read_configuration(self._data, self._workflow)
        check_config(config)
        return config, known_stacks(sheet_of(config, self._data, self._workflow), config)

    def _folder(self, config: Mapping[str, Any], specimen: str, view: str) -> Path:
        return self._data / config["paths"]["specimens"] / specimen / view

    def _logs(self, stack: _Stack) -> Path:
        return self._data / "logs" / stack.specimen / stack.view


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
