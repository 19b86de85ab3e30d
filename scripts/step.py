"""What every step script does alike: keep a log, fail for people, end with who started it.

A step script loads this first of all: what it loads from then on stays to the end, and is not
looked through again and again for what is of no use any more, which takes 6 to 8 ms.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

from imaging.errors import ImagingError
from records import log
from records.ending import STOPPED, end_as_by_ctrl_c, end_with_starter, reason_of
from records.errors import RecordError
from records.log import ERROR, fail, fault, logged, progress
from records.machine import in_words, out_of_memory

# In a step's own process alone: whoever else loads this keeps Python's ways.
if Path(getattr(sys.modules["__main__"], "__file__", "")).parent == Path(__file__).parent:
    gc.disable()


def run(main: Callable[[list[str]], None]) -> None:
    """Run a step as a command: what a person can put right ends in a sentence.

    A bug ends in its traceback, for whoever mends it, with no line in it that can be taken for
    another's.
    """
    # What was loaded stays to the end. To look it through for what is of no use any more takes a
    # tenth of a small stack's time, most of it when Python ends. What reads barcodes would call
    # that a leak, in the step's last lines.
    if "zxingcpp" not in sys.modules:
        gc.freeze()
    gc.enable()
    end_as_by_ctrl_c()
    end_with_starter()
    with logged("python", *sys.argv):
        # Not imported: of the steps, only some have kernels, and wait for what loads them.
        if kernels := sys.modules.get("imaging.sampling.kernels"):
            vars(kernels)["tell"] = progress
            vars(log)["NOT_USED"] = kernels.machine_code.TO_COMPILE
        try:
            main(sys.argv[1:])
        except (ImagingError, RecordError) as error:
            fail(str(error))
        except MemoryError as error:
            fail(out_of_memory(error))
        except OSError as error:
            fail(in_words(error))
        except KeyboardInterrupt as stopped:
            progress(f"{ERROR}stopped ({reason_of(stopped)}); the same command does it again")
            sys.exit(STOPPED)
        except Exception:
            fault(traceback.format_exc())
    if main.__module__ == "__main__":
        _end()


def _end() -> None:
    """End this process, whose work is done.

    What others asked to be called at the end is called, and what is said is written. That Python
    takes apart all that it loaded would take a twentieth of a tiny stack's time, and does nothing.
    """
    if any(not one.daemon for one in threading.enumerate() if one is not threading.main_thread()):
        # Python waits for them.
        return
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        # Python knows what to say, and to return.
        return
    os._exit(0)
