"""Pass a step's lines on: all into its log, the few that a person wants to see to the terminal.

    python scripts/fuse.py … 2>&1 | python scripts/relay.py LOG "SPECIMEN VIEW: fusing"

Warnings, notes and errors are shown at once, progress every ten seconds, the last line when all is
done; what says how to repeat the step, after a `$` or `#`, stays in the log, as does what Python
says where the program itself broke. Of a step that ended without a word it is said that it did.
It ends when its step does, whatever signal both get: the last lines say why the step was stopped.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from records.log import (
    ERROR,
    WARNING,
    goes_on,
    is_begin,
    is_end,
    is_fault,
    is_for_the_log,
    is_urgent,
    progress,
)
from records.machine import advice, in_words, kills
from records.text import escaped

EVERY_S = 10.0
# A library may write no end of bytes without the end of a line.
MOST_BYTES = 1 << 16


def main(argv: list[str]) -> None:
    """Copy standard input to a log and, sparingly, to standard error."""
    log, title = Path(argv[0]), argv[1]
    if log.suffix != ".log":
        sys.exit(f"{log}: is no log by its name, and is not written over; name one ending in .log")
    started = shown = time.monotonic()
    kills_before = kills()
    last, shown_last, urgent, begun, ended, broken = "", "", False, False, False, False
    with ExitStack() as closing:
        write = writer(log, title, closing)
        for text in lines():
            write(text)
            begun, ended = begun or is_begin(text), ended or is_end(text)
            broken = is_fault(text) or (broken and goes_on(text))
            # The reasons of a refusal follow it line by line, indented.
            urgent = is_urgent(text) or (urgent and goes_on(text))
            if urgent:
                tell(f"{title}: {text}")
                last = ""
            if is_fault(text):
                fault = f"{ERROR}a fault of the program stopped it; send us {log}"
                tell(f"{title}: {fault}")
                last = ""
            if urgent or broken or is_for_the_log(text):
                continue
            last = text or last
            if time.monotonic() - shown > EVERY_S:
                shown, shown_last = time.monotonic(), text
                tell(f"{title}: {text}")
        if begun and not ended:
            text = ERROR + killed(kills() > kills_before)
            write(text)
            tell(f"{title}: {text}")
            last = ""
    if last:
        last = "done" if last == shown_last else last
        tell(f"{title}: {last} ({time.monotonic() - started:.1f} s)")


def lines() -> Iterator[str]:
    """The lines that come in, whatever bytes they are, without what does not show."""
    while line := sys.stdin.buffer.readline(MOST_BYTES):
        yield escaped(line.decode("utf-8", "backslashreplace").rstrip("\r\n")).rstrip()


def tell(text: str) -> None:
    """Show a line; a terminal that is gone stops no step."""
    with suppress(OSError):
        progress(text)


def writer(log: Path, title: str, closing: ExitStack) -> Callable[[str], None]:
    """What writes a line into the log; where it cannot that is said once, and the step goes on."""
    file = None
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        # A file of its own: through a link that lies there another's would be written over.
        log.unlink(missing_ok=True)
        file = closing.enter_context(log.open("x", encoding="utf-8"))
    except OSError as error:
        tell(f"{title}: {WARNING}there will be no log: {in_words(error, log)}")

    def write(text: str) -> None:
        nonlocal file
        if file is None:
            return
        try:
            file.write(f"{text}\n")
            file.flush()
        except OSError as error:
            tell(f"{title}: {WARNING}the log ends here: {in_words(error, log)}")
            # What is still in its buffer cannot be written either.
            with suppress(OSError):
                file.close()
            file = None

    return write


def killed(out_of_memory: bool) -> str:
    """What is said of a step that ended without a word."""
    if out_of_memory:
        return f"the system ended it, because memory ran out; {advice()}"
    return f"it was ended from outside; if nobody did that, memory ran out: {advice()}"


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    main(sys.argv[1:])
