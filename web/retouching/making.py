"""The master with its strokes, made at the press of a button: one stack at a time.

What runs is the command that the page shows, for the one file it names: a page can ask for nothing
else, and no word of a request becomes one of the command.
"""

from __future__ import annotations

import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from records.errors import RecordError
from records.files import sha256_file
from records.layout import EXTERNAL, RETOUCH, master_name
from records.provenance.inputs import MADE_FROM
from records.record import read_record
from records.reports.summary import last_error
from records.retouching.by_hand import finished_by_hand
from records.runs.at_work import would_wait_for
from records.runs.command import begin, command, end, last_lines, step_under_way

NONE, CURRENT, OLDER = "none", "current", "older"
RUNNING, DONE, FAILED = "running", "done", "failed"


@dataclass
class _Run:
    """A run for the master of a stack."""

    folder: Path
    process: subprocess.Popen[bytes]
    began: float
    logs: Path
    log: Path


class Making:
    """Runs of Snakemake that a page asked for; every method may be called from any thread.

    Parameters
    ----------
    data : folder that the trees are in
    workflow : folder of the Snakefile
    """

    def __init__(self, data: Path, workflow: Path) -> None:
        self._data, self._workflow = data, workflow
        self._run: _Run | None = None
        self._lock = threading.Lock()

    def make(self, specimen: str, view: str, folder: Path) -> None:
        """Begin to make the master of a stack; where that is under way already, nothing more.

        Raises
        ------
        RecordError : another run is at work in the tree
        """
        with self._lock:
            known = self._run
            if known is not None and known.process.poll() is None:
                if known.folder == folder:
                    return
                raise RecordError(
                    f"the master of {'/'.join(known.folder.parts[-2:])} is being made; wait for it"
                )
            if others := would_wait_for(self._data):
                raise RecordError(f"{others}; wait for it")
            log = self._data / "logs" / ".review" / specimen / f"{view}.log"
            words = command(self._workflow, self._data, target(self._data, specimen, view, folder))
            logs = self._data / "logs" / specimen / view
            self._run = _Run(folder, begin(words, self._workflow, log), time.time(), logs, log)

    def state(self, specimen: str, view: str, folder: Path) -> dict[str, Any]:
        """How a stack's master stands to its strokes, and how far its run is.

        Returns
        -------
        `master` (none, current, older), `run` (running, done, failed, or "" for none), its `step`
        and the `reason` why it failed
        """
        told = {"run": "", "step": "", "reason": ""}
        with self._lock:
            run = self._run if self._run is not None and self._run.folder == folder else None
        if run is not None:
            ended = run.process.poll()
            told["run"] = RUNNING if ended is None else DONE if ended == 0 else FAILED
            if ended is None:
                told["step"] = step_under_way(run.logs, run.began)
            elif ended:
                told["reason"] = last_error(run.logs, since=run.began) or last_lines(run.log)
        return {"master": _stands(folder, folder / f"{master_name(specimen, view)}.json"), **told}

    def end(self) -> None:
        """End what runs, as Ctrl-C does."""
        with self._lock:
            if self._run is not None:
                end(self._run.process)


def target(data: Path, specimen: str, view: str, folder: Path) -> Path:
    """The file that is made, from the data folder."""
    return (folder / f"{master_name(specimen, view)}.json").relative_to(data)


def _stands(folder: Path, record: Path) -> str:
    if not record.is_file():
        return NONE
    try:
        return CURRENT if is_in_master(folder, record) else OLDER
    except (RecordError, OSError):
        # What cannot be read is made anew.
        return OLDER


def is_in_master(stack: Path, record: Path) -> bool:
    """Whether a master was made with what a person painted and gave back as it is now.

    Parameters
    ----------
    record : of the master
    """
    made = read_record(record, "master").get(MADE_FROM, {})
    now, retouch = finished_by_hand(stack), stack / RETOUCH
    if not now or retouch.name not in made:
        return not now and retouch.name not in made
    if not retouch.is_file() or sha256_file(retouch) != made[retouch.name]:
        return False
    used = read_record(retouch, "retouch")[MADE_FROM]
    decisive = [stack / name for name in now if name != EXTERNAL]
    return all(used.get(path.name) == sha256_file(path) for path in decisive)
