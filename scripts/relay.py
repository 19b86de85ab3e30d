"""Run a step, and pass its lines on: all into its log, those a person wants to see to the terminal.

    python scripts/relay.py LOG "SPECIMEN VIEW: fusing" python scripts/fuse.py …

Warnings, notes and errors are shown at once; progress every ten seconds, and the last line when
all is done, unless the run tells of its stacks itself (rules/status.smk). What says how to repeat
the step, after a `$` or `#`, stays in the log, as does what Python says where the program itself
broke. Of a step that ended without a word it is said how it ended. The log's last line is what the
system accounted: processor time and memory. It ends when its step does, and as that, whatever
signal both get: the last lines say why the step was stopped.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

from records.log import (
    ERROR,
    WARNING,
    fail,
    goes_on,
    is_end,
    is_fault,
    is_for_the_log,
    is_urgent,
    progress,
    used,
)
from records.machine import advice, in_words, kills
from records.reports.line_in_place import BY_STACK, ERASE, can_rewrite
from records.text import escaped

EVERY_S = 10.0
# A library may write no end of bytes without the end of a line.
MOST_BYTES = 1 << 16
# What a terminal, a scheduler or a person sends.
ASKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# What the processor or a library ends a program by.
CRASHES = {signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE}
# As a shell counts on from a signal's number.
BY_SIGNAL = 128


def main(argv: list[str]) -> None:
    """Run a command, and copy what it says to a log and, sparingly, to standard error."""
    if {"-h", "--help"} & {*argv[:1]}:
        print(__doc__.strip())
        return
    log, title, command = Path(argv[0]), argv[1], argv[2:]
    if log.suffix != ".log":
        sys.exit(f"{log}: is no log by its name, and is not written over; name one ending in .log")
    started = shown = time.monotonic()
    kills_before = kills()
    last, shown_last, urgent, ended, broken = "", "", False, False, False
    asked: list[int] = []
    is_told = bool(os.environ.get(BY_STACK))
    with ExitStack() as closing:
        write = writer(log, title, closing)
        process = begin(command, asked)
        assert process.stdout is not None
        for text in lines(process.stdout):
            write(text)
            # Python that is still being loaded when a person stops it says so by a traceback.
            stopped = is_fault(text) and bool(asked)
            ended = ended or (is_end(text) and not stopped)
            broken = is_fault(text) or (broken and goes_on(text))
            # The reasons of a refusal follow it line by line, indented.
            urgent = is_urgent(text) or (urgent and goes_on(text))
            if urgent:
                tell(f"{title}: {text}")
                last = ""
            if is_fault(text) and not stopped:
                fault = f"{ERROR}a fault of the program stopped it; send us {log}"
                tell(f"{title}: {fault}")
                last = ""
            if urgent or broken or is_for_the_log(text):
                continue
            last = text or last
            if not is_told and time.monotonic() - shown > EVERY_S:
                shown, shown_last = time.monotonic(), text
                tell(f"{title}: {text}")
        _, status, account = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode and not ended:
            text = ERROR + how_it_ended(process.returncode, last, log, kills() > kills_before)
            write(text)
            tell(f"{title}: {text}")
            last = ""
        write(used(account.ru_utime + account.ru_stime, account.ru_maxrss * 1024))
    if last and not is_told:
        last = "done" if last == shown_last else last
        tell(f"{title}: {last} ({time.monotonic() - started:.1f} s)")
    sys.exit(BY_SIGNAL - process.returncode if process.returncode < 0 else process.returncode)


def begin(command: Sequence[str], asked: list[int]) -> subprocess.Popen[bytes]:
    """Start the step. What is sent to both ends the step alone, which has no handler of ours.

    Parameters
    ----------
    asked : takes the signals that come
    """
    for number in ASKED:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda sent, _: asked.append(sent))
    try:
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except OSError as error:
        fail(in_words(error, command[0]))


def lines(stream: IO[bytes]) -> Iterator[str]:
    """The lines that come in, whatever bytes they are, without what does not show."""
    while line := stream.readline(MOST_BYTES):
        yield escaped(line.decode("utf-8", "backslashreplace").rstrip("\r\n")).rstrip()


def tell(text: str) -> None:
    """Show a line, in place of one that a run rewrites; a terminal that is gone stops no step."""
    with suppress(OSError):
        if can_rewrite(sys.stderr):
            print(ERASE, end="", file=sys.stderr, flush=True)
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


def how_it_ended(status: int, last: str, log: Path, out_of_memory: bool) -> str:
    """What is said of a step that did not say itself why it ended.

    Parameters
    ----------
    status : its exit status, negative for a signal
    last : what it said at last
    out_of_memory : whether the system ended a program meanwhile for want of memory
    """
    if status > 0:
        return f"it ended with status {status}{f': {last}' if last else ' and without a word'}"
    name = signal.Signals(-status).name
    if -status in CRASHES:
        return f"it crashed ({name}), by a fault of the program or of a library; send us {log}"
    if -status != signal.SIGKILL:
        return f"it was ended from outside ({name}); the same command does it again"
    if out_of_memory:
        return f"the system ended it ({name}), because memory ran out; {advice()}"
    return f"it was ended from outside ({name}); if nobody did that, memory ran out: {advice()}"


if __name__ == "__main__":
    main(sys.argv[1:])
