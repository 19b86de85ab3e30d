"""The words of a log, written and read.

A step writes on standard error, and where that is no terminal it is a log:

    $ python scripts/fuse.py …      the command, as anyone can repeat it
    # started <moment> with Python 3.13.1, numpy 2.4.6
    frame 3 of 7                    progress
    warning: …                      what a person should see, as after `note:`
    # ended <moment>                `with …` where more was loaded meanwhile; or `# stopped`, where
                                    it was told to
    error: …                        instead: why it stopped; more reasons follow, indented
    # used 12.3 s of processors, 345 MB at most      what the system accounted, by scripts/relay.py

Only what a step says itself begins a line: further lines of a text are indented, what does not show
in it is escaped, and a text that begins as one of these does is put in quotes. No cell, name or
record that is quoted in a text can be taken for a line of ours.
"""

from __future__ import annotations

import itertools
import platform
import re
import shlex
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn, TypeVar

from records.installed import installed_version
from records.text import escaped

WARNING, NOTE, ERROR = "warning: ", "note: ", "error: "
_COMMAND, _ABOUT = "$ ", "# "
_ACCOUNT = re.compile(rf"{_ABOUT}used ([\d.]+) s of processors, (\d+) MB at most")
_MOMENT = re.compile(rf"{_ABOUT}(started|ended) (\S+)(?: with (.*))?")
_TRACEBACK = "Traceback (most recent call last)"
_INDENT = "  "
_HELP = {"-h", "--help"}
# More of a line is cut off: a cell may hold any number of letters.
_MOST_LETTERS = 4000
_MARKS = (WARNING, NOTE, ERROR, _COMMAND, _ABOUT, _TRACEBACK, _INDENT)
# Work that takes longer than this tells now and then how far it is.
COUNTED_EVERY_S = 5.0

Item = TypeVar("Item")


def progress(text: str) -> None:
    """Say one line about the work under way."""
    _say(shortened(f"'{text}'" if text.startswith(_MARKS) else text))


def warn(text: str) -> None:
    """Say what may be wrong, and stands wherever the work is shown."""
    _say(WARNING + shortened(text))


def note(text: str) -> None:
    """Say what a person should know, and that is nothing wrong."""
    _say(NOTE + shortened(text))


def fail(text: str) -> NoReturn:
    """Say why the work stops, and end the program."""
    _say(ERROR + shortened(text))
    sys.exit(1)


def _say(text: str) -> None:
    print(in_lines(text), file=sys.stderr, flush=True)


def shortened(text: str) -> str:
    """A text whose lines a person may read to their ends."""
    return "\n".join(
        line if len(line) <= _MOST_LETTERS else f"{line[:_MOST_LETTERS]} … ({len(line)} letters)"
        for line in text.split("\n")
    )


def in_lines(text: str) -> str:
    """A text as it stands in a log: what does not show is escaped, further lines are indented."""
    first, *more = text.split("\n")
    indented = (line if line.startswith(_INDENT) else f"{_INDENT}{line}" for line in more)
    return "\n".join(map(escaped, [first, *indented]))


def counted(items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
    """Pass items on to the work on them, and say now and then how many of them are done.

    Parameters
    ----------
    what : they are, when done, as in `3 of 40 files copied`
    """
    reported = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        if time.monotonic() - reported > COUNTED_EVERY_S:
            reported = time.monotonic()
            progress(f"{done} of {total} {what}")


@contextmanager
def logged(*command: str) -> Iterator[None]:
    """Tell a log how to repeat a step, what it ran on, and when; a terminal sees none of it.

    Nor does who asks for help, which is no work.
    """
    if sys.stderr.isatty() or _HELP & {*command}:
        yield
        return
    _say(f"{_COMMAND}{' '.join(map(_quoted, command))}")
    loaded = software()
    _say(f"{_ABOUT}started {_now()} with {_told(loaded)}")
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as ending:
        # Who fails has said so.
        if not (isinstance(ending, SystemExit) and ending.code == 1):
            _say(f"{_ABOUT}stopped {_now()}")
        raise
    # Some are loaded only where they are needed.
    more = "" if (by_now := software()) == loaded else f" with {_told(by_now)}"
    _say(f"{_ABOUT}ended {_now()}{more}")


def _told(software: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in software.items())


def _quoted(word: str) -> str:
    """A word of a command as a shell takes it, in one line."""
    shown = escaped(word.replace("\\", "\\\\").replace("'", "\\'"))
    return shlex.quote(word) if escaped(word) == word else f"$'{shown}'"


# Modules that were loaded and decided nothing; a program puts its own here.
NOT_USED: set[str] = set()


def software() -> dict[str, str]:
    """Versions of Python and of every library that is loaded, by their names; and the processor.

    The last bits of logarithms and powers are not the same on each kind of processor.
    """
    used = {name.partition(".")[0] for name in sys.modules.keys() - NOT_USED}
    versions = {
        name: version
        for name, module in list(sys.modules.items())
        if name in used
        and name not in sys.stdlib_module_names
        and isinstance(version := getattr(module, "__dict__", {}).get("__version__"), str)
    }
    # Libraries of other languages, which decide about pixels as well.
    if rawpy := sys.modules.get("rawpy"):
        versions["libraw"] = ".".join(map(str, rawpy.libraw_version))
    if pyvips := sys.modules.get("pyvips"):
        versions["libvips"] = ".".join(str(pyvips.version(part)) for part in range(3))
    if "llvmlite" in versions and "numba" not in versions:
        # What it compiled is used without it.
        versions["numba"] = installed_version("numba")
    python = {"Python": platform.python_version(), "processor": platform.machine()}
    return python | dict(sorted(versions.items(), key=lambda item: item[0].lower()))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def fault(text: str) -> NoReturn:
    """Tell where the program itself broke, as Python words it, and end the program."""
    _say(text.rstrip())
    sys.exit(1)


def is_urgent(line: str) -> bool:
    """Whether a line is a warning, a note or an error, which a person sees at once."""
    return line.startswith((WARNING, NOTE, ERROR))


def is_for_the_log(line: str) -> bool:
    """Whether a line says how to repeat the step, what it ran on or when."""
    return line.startswith((_COMMAND, _ABOUT))


def is_fault(line: str) -> bool:
    """Whether a line begins what Python says where the program itself broke."""
    return line.startswith(_TRACEBACK)


def goes_on(line: str) -> bool:
    """Whether a line belongs to the one before it."""
    return line.startswith(_INDENT)


def used(processor_s: float, peak_bytes: int) -> str:
    """The line of what the system accounted of a step and all that it started.

    Parameters
    ----------
    processor_s : time of all processors together
    peak_bytes : memory that lay in the machine at most, of the largest process
    """
    return f"{_ABOUT}used {processor_s:.2f} s of processors, {peak_bytes / 1e6:.0f} MB at most"


def is_end(line: str) -> bool:
    """Whether a line says that a step has come to its end, whichever."""
    ends = (f"{_ABOUT}ended ", f"{_ABOUT}stopped ", ERROR, _TRACEBACK)
    return line.startswith(ends)


@dataclass(frozen=True)
class Log:
    """What a log says.

    Attributes
    ----------
    command : the exact command line, or ""
    started, ended : moments in ISO 8601, or ""
    software : name → version of what the step ran on
    warnings : in their order, each a line
    error : why the step stopped, with all its reasons in lines; "" if it did not
    is_fault : whether the program itself broke
    processor_s, peak_mb : what the system accounted of it, None where that was not noted
    """

    command: str = ""
    started: str = ""
    ended: str = ""
    software: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    error: str = ""
    is_fault: bool = False
    processor_s: float | None = None
    peak_mb: float | None = None


def read_log(path: Path) -> Log:
    """Read a log; one that is not there says nothing."""
    if not path.is_file():
        return Log()
    lines = path.read_bytes().decode("utf-8", "replace").split("\n")
    about: dict[str, str] = {}
    account: tuple[float | None, float | None] = (None, None)
    for line in lines:
        if not line.startswith(_ABOUT):
            continue
        if match := _ACCOUNT.fullmatch(line):
            account = (float(match[1]), float(match[2]))
        if match := _MOMENT.match(line):
            about[match[1]] = match[2]
            about["software"] = match[3] or about.get("software", "")
    software = [part.rpartition(" ") for part in about.get("software", "").split(", ") if part]
    return Log(
        next((line.removeprefix(_COMMAND) for line in lines if line.startswith(_COMMAND)), ""),
        about.get("started", ""),
        about.get("ended", ""),
        {name: version for name, _, version in software},
        tuple(line.removeprefix(WARNING) for line in lines if line.startswith(WARNING)),
        _last_error(lines),
        any(map(is_fault, lines)),
        *account,
    )


def _last_error(lines: Sequence[str]) -> str:
    """The last error with the reasons that follow it; "" if there is none."""
    begins = [place for place, line in enumerate(lines) if line.startswith(ERROR)]
    if not begins:
        return ""
    first, *after = lines[begins[-1] :]
    reasons = itertools.takewhile(goes_on, after)
    return "\n".join([first.removeprefix(ERROR), *reasons]).rstrip()


def listed(names: Iterable[str], most: int, between: str = ", ") -> str:
    """Names in a line, counted from `most` on: `a, b and 3 more`."""
    names = list(names)
    more = len(names) - most
    return between.join(names[:most]) + (f" and {more} more" if more > 0 else "")


def of_each_kind(told: Iterable[tuple[str, str]]) -> list[str]:
    """Of several sentences of one kind the first, and how many more there are.

    Parameters
    ----------
    told : kind and sentence, in their order
    """
    kinds: dict[str, list[str]] = {}
    for kind, sentence in told:
        kinds.setdefault(kind, []).append(sentence)
    return [first + (f" (and {len(more)} more)" if more else "") for first, *more in kinds.values()]
