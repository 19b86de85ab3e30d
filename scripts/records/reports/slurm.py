"""What Slurm says of a job that failed: its state, where it ran, and the last words of its log."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from records.log import ERROR
from records.text import escaped

ANSWERS_WITHIN_S = 20
# Of a job's log, so much is looked through for why it ended.
_LOOKED_THROUGH_BYTES = 1 << 17
# Ours; then Slurm's own, first those that name the cause.
_OF_SLURM = r"^(?:slurmstepd|srun)(?:-\S+)?: error: "
_REASONS = (
    re.compile(rf"^{ERROR}(.*)"),
    re.compile(rf"{_OF_SLURM}(.*(?:exceeded .* limit|oom|DUE TO).*)"),
    re.compile(rf"{_OF_SLURM}(.*)"),
)
# What to do, by the state in which a job ended.
_ADVICE = {
    "OUT_OF_MEMORY": "it was given {mem}; with `retries` it is asked for more each time",
    "TIMEOUT": "it was given {TimeLimit}; with `retries` it is asked for more each time",
    "NODE_FAIL": "its node failed; the same command does it again",
    "PREEMPTED": "another job took its place; the same command does it again",
    "CANCELLED": "a person or the cluster ended it; the same command does it again",
}


def job_ended(job: str, log: Path | None) -> str:
    """Why a job failed, as far as Slurm knows: number, state, node, what to do, last words, log.

    Parameters
    ----------
    job : its number
    log : what it and its programs said
    """
    facts = _facts(job)
    state = facts.get("JobState", "").split(" ")[0]
    words = f"Slurm's job {job} ended as {state}" if state else f"Slurm's job {job} failed"
    if node := facts.get("NodeList", "").replace("(null)", ""):
        words += f" on {node}"
    if signal := facts.get("ExitCode", "").partition(":")[2].strip("0"):
        words += f", by signal {signal}"
    parts = [words]
    said = last_words(log)
    # Without cgroups, Slurm itself looks at the memory, and has no state of its own for it.
    cause = "OUT_OF_MEMORY" if "exceeded memory limit" in said else state
    if advice := _ADVICE.get(cause):
        parts.append(advice.format(mem=_memory(facts), TimeLimit=facts.get("TimeLimit", "?")))
    if said:
        parts.append(said)
    return "; ".join(parts) + (f". See {log}" if log else "")


def _facts(job: str) -> Mapping[str, str]:
    """What the scheduler still knows of a job, or its accounts; nothing where neither answers."""
    for command in (
        ["scontrol", "--oneliner", "show", "job", job],
        ["sacct", "--jobs", job, "--allocations", "--parsable2", "--noheader"]
        + ["--format=State,NodeList,ExitCode,Timelimit,ReqMem"],
    ):
        said = _ask(command)
        if command[0] == "scontrol" and "JobState=" in said:
            return dict(re.findall(r"(\w+)=(\S*)", said))
        if command[0] == "sacct" and said.count("|") >= 4:
            names = ("JobState", "NodeList", "ExitCode", "TimeLimit", "MinMemoryNode")
            return dict(zip(names, said.splitlines()[0].split("|")))
    return {}


def _ask(command: list[str]) -> str:
    if shutil.which(command[0]) is None:
        return ""
    try:
        return subprocess.run(
            command,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=ANSWERS_WITHIN_S,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _memory(facts: Mapping[str, str]) -> str:
    asked = facts.get("MinMemoryNode") or re.sub(
        r".*\bmem=(\w+).*", r"\1", facts.get("TRES", facts.get("ReqTRES", ""))
    )
    return f"{asked}B" if asked[-1:] in ("M", "G") else asked or "too little memory"


def last_words(log: Path | None) -> str:
    """The last reason that stands in a job's log, a line; "" where none does."""
    if log is None:
        return ""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _LOOKED_THROUGH_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    for reason in _REASONS:
        if found := [match[1] for match in map(reason.match, lines) if match]:
            return escaped(found[-1]).strip()
    return ""
