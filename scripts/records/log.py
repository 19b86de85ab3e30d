"""The words of a log, written and read.

A step writes on standard error, and where that is no terminal it is a log:

    $ python scripts/fuse.py …      the command, as anyone can repeat it
    # started <moment> with Python 3.13.1, numpy 2.4.6
    frame 3 of 7                    progress
    warning: …                      what a person should see, as after `note:`
    # ended <moment>
    error: …                        instead: why it stopped; more reasons follow, indented
"""

from __future__ import annotations

import platform
import re
import shlex
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn, TypeVar

WARNING, NOTE, ERROR = "warning: ", "note: ", "error: "
_COMMAND, _ABOUT = "$ ", "# "
_TRACEBACK = "Traceback (most recent call last)"
# Work that takes longer than this tells now and then how far it is.
COUNTED_EVERY_S = 5.0

Item = TypeVar("Item")


def progress(text: str) -> None:
    """Say one line about the work under way."""
    print(text, file=sys.stderr, flush=True)


def warn(text: str) -> None:
    """Say what may be wrong, and stands wherever the work is shown."""
    progress(WARNING + text)


def note(text: str) -> None:
    """Say what a person should know, and that is nothing wrong."""
    progress(NOTE + text)


def fail(text: str) -> NoReturn:
    """Say why the work stops, and end the program."""
    progress(ERROR + text)
    sys.exit(1)


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
    """Tell a log how to repeat a step, what it ran on, and when; a terminal sees none of it."""
    if sys.stderr.isatty():
        yield
        return
    progress(f"{_COMMAND}{shlex.join(command)}")
    libraries = ", ".join(f"{name} {version}" for name, version in software().items())
    progress(f"{_ABOUT}started {_now()} with {libraries}")
    yield
    progress(f"{_ABOUT}ended {_now()}")


def software() -> dict[str, str]:
    """Versions of Python and of every library that is loaded, by their names."""
    versions = {
        name: version
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] == name
        and name not in sys.stdlib_module_names
        and isinstance(version := getattr(module, "__dict__", {}).get("__version__"), str)
    }
    # Libraries of other languages, which decide about pixels as well.
    if rawpy := sys.modules.get("rawpy"):
        versions["libraw"] = ".".join(map(str, rawpy.libraw_version))
    if pyvips := sys.modules.get("pyvips"):
        versions["libvips"] = ".".join(str(pyvips.version(part)) for part in range(3))
    python = {"Python": platform.python_version()}
    return python | dict(sorted(versions.items(), key=lambda item: item[0].lower()))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def is_urgent(line: str) -> bool:
    """Whether a line is a warning, a note or an error, which a person sees at once."""
    return line.startswith((WARNING, NOTE, ERROR))


def is_for_the_log(line: str) -> bool:
    """Whether a line says how to repeat the step, what it ran on or when."""
    return line.startswith((_COMMAND, _ABOUT))


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
    """

    command: str = ""
    started: str = ""
    ended: str = ""
    software: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    error: str = ""
    is_fault: bool = False


def read_log(path: Path) -> Log:
    """Read a log; one that is not there says nothing."""
    if not path.is_file():
        return Log()
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = text.splitlines()
    about: dict[str, str] = {}
    for line in lines:
        if match := re.match(rf"{_ABOUT}(started|ended) (\S+)(?: with (.*))?", line):
            about[match[1]] = match[2]
            about["software"] = match[3] or about.get("software", "")
    software = [part.rpartition(" ") for part in about.get("software", "").split(", ") if part]
    _, is_error, error = f"\n{text}".rpartition(f"\n{ERROR}")
    return Log(
        next((line.removeprefix(_COMMAND) for line in lines if line.startswith(_COMMAND)), ""),
        about.get("started", ""),
        about.get("ended", ""),
        {name: version for name, _, version in software},
        tuple(line.removeprefix(WARNING) for line in lines if line.startswith(WARNING)),
        error.rstrip() if is_error else "",
        _TRACEBACK in text,
    )


def listed(names: Iterable[str], most: int, between: str = ", ") -> str:
    """Names in a line, counted from `most` on: `a, b and 3 more`."""
    names = list(names)
    more = len(names) - most
    return between.join(names[:most]) + (f" and {more} more" if more > 0 else "")
