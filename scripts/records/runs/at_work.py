"""Which runs are at work in a data folder: each holds a mark there for as long as it lives."""

from __future__ import annotations

from pathlib import Path

from records.locks import Holder, holder_of, is_held

# Written by rules/runs.smk: of runs that are at work, and of those that are planned yet.
MARKS = Path(".snakemake", "holostack")
_AT_WORK, PLANNING = "*.run", ".plan"


def at_work(data: Path) -> list[Holder]:
    """The runs that are at work, as far as locks tell.

    Parameters
    ----------
    data : folder that the trees are in
    """
    return [holder_of(mark) for mark in (data / MARKS).glob(_AT_WORK) if is_held(mark)]


def planned(data: Path) -> list[Holder]:
    """The runs that are planned just now, and have not begun; each names what it plans.

    Parameters
    ----------
    data : folder that the trees are in
    """
    marks = (data / MARKS).glob(f"*{PLANNING}")
    return [holder_of(mark) for mark in marks if is_held(mark)]


def would_wait_for(data: Path) -> str:
    """Why a run that began now would be refused, or empty."""
    others = at_work(data)
    return f"the same files are being made by {others[0]}" if others else ""


def other_came(log: Path) -> bool:
    """Whether a run was refused because another of the same files began just before it.

    Parameters
    ----------
    log : what it said
    """
    return "the same files are being made by" in log.read_text("utf-8", "replace")
