"""What every step script does alike: report progress and fail for people."""

from __future__ import annotations

import platform
import shlex
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from imaging.errors import ImagingError
from records.errors import RecordError


def run(main: Callable[[list[str]], None]) -> None:
    """Run a step as a command: a person's mistake ends in one line, a bug in its traceback."""
    logged = not sys.stderr.isatty()
    if logged:
        # A log tells how to repeat the step, what it ran on, and when; provenance reads it there.
        progress(f"$ {shlex.join(['python', *sys.argv])}")
        progress(f"# started {_now()} with {', '.join(software())}")
    try:
        main(sys.argv[1:])
        if logged:
            progress(f"# ended {_now()}")
    except (ImagingError, RecordError, OSError) as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        sys.exit(1)


def progress(text: str) -> None:
    """Say one line about the work under way, on standard error."""
    print(text, file=sys.stderr, flush=True)


def software() -> list[str]:
    """Names and versions of Python and of every library that is loaded, such as `numpy 2.4.6`."""
    found = {
        name: version
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] == name
        and name not in sys.stdlib_module_names
        and isinstance(version := getattr(module, "__version__", None), str)
    }
    # Libraries of other languages, which decide about pixels as well.
    if rawpy := sys.modules.get("rawpy"):
        found["libraw"] = ".".join(map(str, rawpy.libraw_version))
    if pyvips := sys.modules.get("pyvips"):
        found["libvips"] = ".".join(str(pyvips.version(part)) for part in range(3))
    return [f"Python {platform.python_version()}"] + [
        f"{name} {found[name]}" for name in sorted(found, key=str.lower)
    ]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
