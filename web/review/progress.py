"""How far a run of the data folder is, as the run tells it, for pages that are open."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from records.reports.review_rows import COLUMNS
from records.reports.run_status import read_run
from web.review.names import Stacks
from web.review.pages import alive


@dataclass
class Progress:
    """Looks at what a run tells, time after time.

    Attributes
    ----------
    stacks : of the folder
    """

    stacks: Stacks
    _told: dict[tuple[str, str], str] = field(default_factory=dict)

    def look(self) -> dict[str, Any]:
        """What a page shows: `run`, None where none is known, and `rows` that are new."""
        run = read_run(self.stacks.results)
        rows = run.pop("rows") if run else []
        told: dict[str, Any] = {"run": run}
        if new := [row for row in rows if self._is_new(row)]:
            told["rows"] = [alive(dict(zip(COLUMNS, row)), COLUMNS) for row in new]
        return told

    def _is_new(self, row: list[Any]) -> bool:
        name, text = (row[0], row[1]), json.dumps(row)
        is_new = self._told.get(name) != text
        self._told[name] = text
        return is_new
