"""What every step script does alike: report progress, fail for people, put outputs in place."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from imaging.errors import ImagingError
from records.errors import RecordError


def run(main: Callable[[list[str]], None]) -> None:
    """Run a step as a command: a person's mistake ends in one line, a bug in its traceback."""
    if not sys.stderr.isatty():
        # The log begins with the command, so that anyone can repeat it.
        progress(f"$ {shlex.join(['python', *sys.argv])}")
    try:
        main(sys.argv[1:])
    except (ImagingError, RecordError, OSError) as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        sys.exit(1)


def progress(text: str) -> None:
    """Say one line about the work under way, on standard error."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a path beside `target` to write to; on success flush it to disk and rename it.

    Nothing half-written is ever found under `target`: on an exception the partial file is
    removed and an older `target` is left as it was.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.stem}.partial{target.suffix}")
    try:
        yield partial
        # Opened for reading, since a step may have made it read-only; fsync does not mind.
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(target)
        sync_folder(target.parent)
    finally:
        partial.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk, so that a rename in it survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
