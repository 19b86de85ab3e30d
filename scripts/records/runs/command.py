"""The very `snakemake` command for files of the tree, in the background of another program.

It runs in a process group of its own, as if it had been typed: what it does, and what stops it, is
in the logs where it always is.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from records.log import is_end

# For a run that was asked to end; its steps clean up within 8 s.
END_S = 15.0
# Of what Snakemake itself says, where no step has a reason.
LAST_LINES = 4
# Of a run's processes: the rig's, and whoever looks, go before.
NICE = ("nice", "-n", "10")


def begin(words: list[str], folder: Path, log: Path) -> subprocess.Popen[bytes]:
    """Run a command in a folder, in a process group of its own; what it says goes into a log."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as written:
        return subprocess.Popen(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def command(
    workflow: Path, data: Path, *targets: Path, options: Sequence[str] = (), is_nice: bool = True
) -> list[str]:
    """What a person would type for some files of the tree.

    Parameters
    ----------
    options : of Snakemake; without any that says how many cores, one is left to who looks
    is_nice : whether it runs with low priority
    """
    beside = Path(sys.executable).with_name("snakemake")
    snakemake = str(beside) if beside.exists() else shutil.which("snakemake") or "snakemake"
    cores = str(max(1, (os.cpu_count() or 1) - 1))
    words = [
        snakemake,
        *(options or ("--cores", cores)),
        "--directory",
        str(data.resolve()),
        # After options that take several words.
        *(["--"] if options else []),
        *(target.as_posix() for target in targets),
    ]
    return [*NICE, *words] if is_nice and shutil.which(NICE[0]) else words


def step_under_way(logs: Path, since: float) -> str:
    """The step whose log was written to last and has not ended, empty where there is none.

    Parameters
    ----------
    logs : folder of a stack's logs
    since : when the run began, s since 1970; older logs are those of runs before
    """
    newest = (0.0, "")
    for log in logs.glob("*.log"):
        with suppress(OSError):
            written = log.stat().st_mtime
            if written >= max(since, newest[0]):
                lines = log.read_text("utf-8", "replace").splitlines()
                # Of a step that was never begun, Snakemake leaves an empty one.
                if not lines:
                    continue
                newest = (written, "" if any(map(is_end, lines)) else log.stem)
    return newest[1]


def end(process: subprocess.Popen[bytes]) -> None:
    """End a run and all that it started, as Ctrl-C in its terminal does."""
    for number, wait_s in ((signal.SIGINT, END_S), (signal.SIGKILL, 5.0)):
        if process.poll() is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(wait_s)


def last_lines(log: Path) -> str:
    """The last of what Snakemake itself said."""
    lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return "\n".join(lines[-LAST_LINES:]) or f"snakemake ended without a word; see {log}"
