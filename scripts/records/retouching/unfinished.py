"""Whether a page that painted has left anything that `strokes.json` does not hold."""

from __future__ import annotations

import json
from pathlib import Path

from records.files import only_files


def is_finished(journal: Path) -> bool:
    """Whether all that a journal of strokes tells was ended and written.

    What was undone stands in the journal alone; it counts as done with.

    Parameters
    ----------
    journal : one JSON object a line: `begin`, `points`, `end`, `forget`, `undo`, `redo`, `change`,
        and `written` once all before stands in `strokes.json`
    """
    begun: set[str] = set()
    is_written = True
    with open(journal, "rb", opener=only_files) as file:
        for line in file.read().split(b"\n"):
            try:
                told = json.loads(line)
                do, name = told["do"], told.get("id", "")
                if do == "begin":
                    begun.add(told["stroke"]["id"])
                elif do in ("end", "forget"):
                    begun.discard(name)
            except (KeyError, TypeError, ValueError, RecursionError):
                # As the page has it: a line that a power cut cut off tells nothing.
                continue
            if do == "written":
                is_written = True
            elif do in ("end", "undo", "redo", "change"):
                is_written = False
    return is_written and not begun
