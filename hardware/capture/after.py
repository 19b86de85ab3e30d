"""A command of the rig owner's choice after each capture: lights off, a bell, a word to someone.

It is told in its environment what came of the capture: `HOLOSTACK_RIG`, `HOLOSTACK_STACK`
(specimen/view), `HOLOSTACK_OUTCOME` (complete, interrupted or failed), `HOLOSTACK_REASON` (a
sentence, empty where it is complete). What goes wrong with it is told, and spoils no capture.
"""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hardware.bench.config import RigConfig
from hardware.errors import AskedToEnd
from records.ending import reason_of
from records.machine import in_words

LONGEST_S = 30.0
COMPLETE, INTERRUPTED, FAILED = "complete", "interrupted", "failed"
# Of what it wrote, in a warning.
LETTERS = 300


@contextmanager
def command_after(config: RigConfig, stack: str, warn: Callable[[str], None]) -> Iterator[None]:
    """Run `after` of the rig's file when what is done within is over, whatever came of it.

    Parameters
    ----------
    stack : specimen/view
    warn : is told where the command could not be run or failed
    """
    outcome, reason = COMPLETE, ""
    try:
        yield
    except KeyboardInterrupt as stopped:
        outcome, reason = INTERRUPTED, reason_of(stopped)
        raise
    except AskedToEnd as ending:
        outcome, reason = INTERRUPTED, str(ending)
        raise
    except Exception as error:
        outcome, reason = FAILED, str(error)
        raise
    finally:
        if config.after:
            wrong = _not_ours(config) or _run(config, stack, outcome, reason)
            if wrong:
                warn(f"after {stack}: {config.after[0]} {wrong}")


def _not_ours(config: RigConfig) -> str:
    """Why a file's command is not run: whoever could write it would run it with our rights."""
    file = config.path.stat()
    if file.st_uid not in (0, os.geteuid()):
        return f"is not run, for {config.path} is another user's; have a rig file of your own"
    if file.st_mode & stat.S_IWOTH:
        return f"is not run, for everybody may write {config.path}; `chmod o-w` it"
    return ""


def _run(config: RigConfig, stack: str, outcome: str, reason: str) -> str:
    """Run it in the folder of the rig's file; what went wrong, in words that follow its name."""
    told = {
        "HOLOSTACK_RIG": config.name,
        "HOLOSTACK_STACK": stack,
        "HOLOSTACK_OUTCOME": outcome,
        "HOLOSTACK_REASON": reason.replace("\0", ""),
    }
    try:
        ended = subprocess.run(
            config.after,
            cwd=config.path.resolve().parent,
            env={**os.environ, **told},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LONGEST_S,
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        return f"did not end within {LONGEST_S:.0f} s, and was ended"
    except OSError as error:
        return f"cannot be run ({in_words(error)})"
    if ended.returncode:
        words = ended.stdout.decode("utf-8", "replace").strip()[-LETTERS:]
        return f"failed with {ended.returncode}" + (f": {words}" if words else "")
    return ""
