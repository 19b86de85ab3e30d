"""What every step script does alike: keep a log and fail for people."""

from __future__ import annotations

import sys
from collections.abc import Callable

from imaging.errors import ImagingError
from records.errors import RecordError
from records.log import fail, logged


def run(main: Callable[[list[str]], None]) -> None:
    """Run a step as a command: a person's mistake ends in one line, a bug in its traceback."""
    try:
        with logged("python", *sys.argv):
            main(sys.argv[1:])
    except (ImagingError, RecordError, OSError) as error:
        fail(str(error))
