"""Pass a step's lines on: all into its log, the few that a person wants to see to the terminal.

    python scripts/fuse.py … 2>&1 | python scripts/tell.py LOG "SPECIMEN VIEW: fusing"

Warnings, notes and errors are shown at once, progress every ten seconds, the last line when all is
done; what says how to repeat the step, after a `$` or `#`, stays in the log.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

EVERY_S = 10.0
URGENT = ("warning:", "note:", "error:")


def main(argv: list[str]) -> None:
    """Copy standard input to a log and, sparingly, to standard error."""
    log, title = Path(argv[0]), argv[1]
    if log.suffix != ".log":
        sys.exit(f"{log}: is no log by its name, and is not written over; name one ending in .log")
    started = shown = time.monotonic()
    last, said, urgent = "", "", False
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as file:
        for line in sys.stdin:
            file.write(line)
            file.flush()
            text = line.rstrip()
            # The reasons of a refusal follow it line by line, indented.
            urgent = text.startswith(URGENT) or (urgent and text.startswith("  "))
            if urgent:
                say(title, text)
                last = ""
                continue
            if text.startswith(("$ ", "# ")):
                continue
            last = text or last
            if time.monotonic() - shown > EVERY_S:
                shown, said = time.monotonic(), text
                say(title, text)
    if last:
        say(title, f"{'done' if last == said else last} ({time.monotonic() - started:.1f} s)")


def say(title: str, text: str) -> None:
    """Show one line on the terminal."""
    print(f"{title}: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
