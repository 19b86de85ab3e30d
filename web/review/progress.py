"""How far a run of the data folder is, as tree and logs tell; the run knows nothing of it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from records.layout import RECEIPT
from records.locks import is_held
from records.log import is_end
from records.reports.review_rows import COLUMNS
from records.reports.summary import last_error
from records.sheet.entering import known_stacks
from web.review.names import PAGES, Stacks
from web.review.pages import alive

MARKS = Path(".snakemake", "holostack")
# A log that was not written to for so long is of no step that is under way.
STILL_S = 600.0


@dataclass
class Progress:
    """Looks at a data folder, time after time.

    Attributes
    ----------
    stacks : of the folder
    """

    stacks: Stacks
    _began: float | None = None
    _done_before: int = 0
    _rows: dict[tuple[str, str], float] = field(default_factory=dict)

    def look(self) -> dict[str, Any]:
        """What a page shows: `run`, None where none is at work, and `rows` that are new.

        Raises
        ------
        RecordError : the sheet cannot be read
        """
        names = list(known_stacks(self.stacks.sheet(), self.stacks.config()))
        told: dict[str, Any] = {"run": self._run(names) if self._is_on() else None}
        if rows := self._new_rows(names):
            told["rows"] = rows
        return told

    def _is_on(self) -> bool:
        marks = (self.stacks.data / MARKS).glob("*.run")
        is_on = any(is_held(mark) for mark in marks)
        if not is_on:
            self._began = None
        return is_on

    def _run(self, names: list[tuple[str, str]]) -> dict[str, Any]:
        tree = self.stacks.data / self.stacks.config()["paths"]["specimens"]
        logs = self.stacks.data / "logs"
        now = time.time()
        done, failed, current = 0, [], []
        for specimen, view in names:
            receipt = _written(tree / specimen / view / RECEIPT)
            folder = logs / specimen / view
            begun = self._began or now
            if receipt:
                done += 1
            if _is_under_way(folder, now):
                current.append(f"{specimen}/{view}")
            elif reason := last_error(folder, since=max(receipt, begun - STILL_S)):
                failed.append({"stack": f"{specimen}/{view}", "reason": reason})
        if self._began is None:
            self._began, self._done_before = now, done
        spent, made = now - self._began, done - self._done_before
        per_s = made / spent if made > 0 and spent > 0 else None
        left = len(names) - done - len(failed)
        return {
            "done": done,
            "of": len(names),
            "failed": len(failed),
            "failures": failed[:50],
            "now": current,
            "per_hour": round(per_s * 3600, 1) if per_s else None,
            "seconds_left": round(left / per_s) if per_s else None,
        }

    def _new_rows(self, names: Iterable[tuple[str, str]]) -> list[list[Any]]:
        """Rows of stacks whose page was written since the last look; none at the first."""
        is_first, rows = not self._rows, []
        for name in names:
            path = self.stacks.results / PAGES / name[0] / name[1] / "row.json"
            written = _written(path)
            if written == self._rows.get(name, -1.0):
                continue
            self._rows[name] = written
            if written and not is_first:
                try:
                    row = json.loads(path.read_text("utf-8"))["row"]
                    rows.append(alive(dict(zip(COLUMNS, row)), COLUMNS))
                except (OSError, ValueError, KeyError):
                    # It is being written: at the next look.
                    del self._rows[name]
        return rows


def _is_under_way(folder: Path, now: float) -> bool:
    """Whether a step of a stack writes into its log now."""
    newest = max(folder.glob("*.log"), key=_written, default=None)
    if newest is None or now - _written(newest) > STILL_S:
        return False
    try:
        lines = newest.read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    return not any(map(is_end, lines)) and not any(line.startswith("error: ") for line in lines)


def _written(path: Path) -> float:
    """When a file was written, s since 1970; 0 where there is none."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
