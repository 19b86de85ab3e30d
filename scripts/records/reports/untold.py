"""Failures that no log tells of: a job that was killed with all its programs, or never began.

What a step says itself stands in its log, from which the closing words and the pages take it. Where
a scheduler or the kernel ended the step and what keeps its log, or a job failed before its first
step, nobody has written anything: then the run that waited for the job does, into the log of the
step that was under way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from records.log import ERROR, in_lines, read_log
from records.machine import advice

# Logs are written by other machines, whose clocks are not this one's.
CLOCKS_S = 2.0
ALONE = "it was ended from outside, with what kept its log; if nobody did that, memory ran out: "

# How sentences begin of what more memory or time, or another machine, may put right. Of all else, a
# refused frame or a full disk, the next try would say the same.
PASSES = (
    *("memory ran out", "the system ended it", "it was ended from outside"),
    *("Slurm's job", "the cluster's job"),
)


@dataclass(frozen=True)
class Job:
    """A step of one stack that was to be done.

    Attributes
    ----------
    stack : whose step it is, `specimen view`
    log : the step's
    outputs : what it was to make
    """

    stack: str
    log: Path
    outputs: tuple[Path, ...]


def tell_in_log(jobs: Sequence[Job], since: float, reason: str = "") -> tuple[Path, str] | None:
    """See that the log of the step that failed says so; the log, and what it says.

    Parameters
    ----------
    jobs : of one stack, all that were to be done together, in the order of the steps
    since : when they were begun, s since 1970; older logs are those of runs before
    reason : why, as far as the scheduler knows

    Returns
    -------
    None where all that these jobs were to make is there
    """
    written = [job.log for job in jobs if _written(job.log) >= since - CLOCKS_S]
    for log in sorted(written, key=_written, reverse=True):
        said = read_log(log)
        if said.error or said.is_fault:
            return log, said.error or f"a fault of the program; send us {log}"
    missing = [job for job in jobs if not all(output.exists() for output in job.outputs)]
    if not missing:
        return None
    begun = [log for log in written if read_log(log).started and not read_log(log).ended]
    log = max(begun, key=_written) if begun else _next(jobs, missing, written).log
    words = reason or ALONE + advice()
    # A disk that takes no line takes no log; the terminal has it.
    with suppress(OSError):
        log.parent.mkdir(parents=True, exist_ok=True)
        if log not in begun:
            log.unlink(missing_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(in_lines(ERROR + words) + "\n")
    return log, words


def _next(jobs: Sequence[Job], missing: Sequence[Job], written: Sequence[Path]) -> Job:
    """Between two steps: the one that was to begin. What was made may be taken away already."""
    last = max((place for place, job in enumerate(jobs) if job.log in written), default=-1)
    return next((job for job in jobs[last + 1 :] if job in missing), missing[0])


def may_pass(words: str) -> bool:
    """Whether a step that failed so may be done by the next try."""
    return words.startswith(PASSES)


def by_stack(jobs: Iterable[Job]) -> list[list[Job]]:
    """Jobs in their order, those of one stack together."""
    stacks: dict[str, list[Job]] = {}
    for job in jobs:
        stacks.setdefault(job.stack, []).append(job)
    return list(stacks.values())


def _written(log: Path) -> float:
    try:
        return log.stat().st_mtime
    except OSError:
        return 0.0
