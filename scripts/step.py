"""What every step script does alike: keep a log and fail for people."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable

from imaging.errors import ImagingError
from records.errors import RecordError
from records.log import fail, fault, logged
from records.machine import in_words, out_of_memory


def run(main: Callable[[list[str]], None]) -> None:
    """Run a step as a command: what a person can put right ends in a sentence.

    A bug ends in its traceback, for whoever mends it, with no line in it that can be taken for
    another's.
    """
    with logged("python", *sys.argv):
        try:
            main(sys.argv[1:])
        except (ImagingError, RecordError) as error:
            fail(str(error))
        except MemoryError as error:
            fail(out_of_memory(error))
        except OSError as error:
            fail(in_words(error))
        except Exception:
            fault(traceback.format_exc())
