"""Pass a step's lines on: all into its log, the few that a person wants to see to the terminal.

    python scripts/fuse.py … 2>&1 | python scripts/relay.py LOG "SPECIMEN VIEW: fusing"

Warnings, notes and errors are shown at once, progress every ten seconds, the last line when all is
done; what says how to repeat the step, after a `$` or `#`, stays in the log.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from records.log import is_for_the_log, is_urgent, progress

EVERY_S = 10.0


def main(argv: list[str]) -> None:
    """Copy standard input to a log and, sparingly, to standard error."""
    log, title = Path(argv[0]), argv[1]
    if log.suffix != ".log":
        sys.exit(f"{log}: is no log by its name, and is not written over; name one ending in .log")
    started = shown = time.monotonic()
    last, shown_last, urgent = "", "", False
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as file:
        for line in sys.stdin:
            file.write(line)
            file.flush()
            text = line.rstrip()
            # The reasons of a refusal follow it line by line, indented.
            urgent = is_urgent(text) or (urgent and text.startswith("  "))
            if urgent:
                progress(f"{title}: {text}")
                last = ""
                continue
            if is_for_the_log(text):
                continue
            last = text or last
            if time.monotonic() - shown > EVERY_S:
                shown, shown_last = time.monotonic(), text
                progress(f"{title}: {text}")
    if last:
        last = "done" if last == shown_last else last
        progress(f"{title}: {last} ({time.monotonic() - started:.1f} s)")


if __name__ == "__main__":
    main(sys.argv[1:])
