"""What a dry run says: what is to be done, a line for each stack, and what will stop some."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from records.errors import RecordError
from records.layout import CONVERT, LEDGER, RAW
from records.ledger.table import used_frames
from records.sheet.positions import read_positions
from records.sheet.stacks import SheetRow

# How Snakemake words its reasons to run a step, the most telling first, and what people call them.
WHY = {
    "Missing output files": "not made yet",
    "Incomplete output files": "was interrupted",
    "Set of input files": "made from other files",
    "Params have changed": "settings, frames or program changed",
    "Code has changed": "its rule changed",
    "Updated input files": "a file it reads changed",
    "Forced execution": "forced",
    "Input files updated by another job": "follows",
}


class Job(NamedTuple):
    """A step that is to be done.

    Attributes
    ----------
    rule : its rule's name
    step : what people call it
    why : it is to be done; `follows` where an earlier step is
    """

    rule: str
    step: str
    why: str


def planned(rule: str, wildcards: Mapping[str, str], reason: str) -> Job:
    """A job of a plan, its reason as Snakemake words it in the words of people."""
    step = rule.split("_")[0] + (f" {wildcards['name']}" if "name" in wildcards else "")
    if rule == "describe":
        return Job(rule, step, "the sheet describes it otherwise")
    if rule == "convert" and reason.startswith("Missing output files") and CONVERT not in reason:
        return Job(rule, step, "its frames were temporary")
    return Job(
        rule, step, next((why for start, why in WHY.items() if start in reason), "when asked")
    )


def stack_line(name: str, jobs: Iterable[Job], rules: Sequence[str]) -> str:
    """The line of a stack: its steps in their order, each with its reason where that is another.

    Parameters
    ----------
    rules : names of all rules, in the order of the steps
    """
    words, before = [], "follows"
    for job in sorted(jobs, key=lambda job: (rules.index(job.rule), job.step)):
        words.append(job.step if job.why in (before, "follows") else f"{job.step} ({job.why})")
        before = job.why
    return f"{name}: {', '.join(words)}"


def archived_words(again: int, by_others: int) -> list[str]:
    """What is said of stacks in the archive: those that change, and those of another program."""
    lines = []
    if again:
        lines.append(
            f"{again} of these {'are' if again > 1 else 'is'} archived: what is to be done makes a "
            "new version, with the program that is here"
        )
    if by_others:
        lines.append(
            f"{by_others} archived stack{'s were' if by_others > 1 else ' was'} made by another "
            "program and stay as they are; scripts/reprocess.py makes a new version of one"
        )
    return lines


def mistakes(
    sheet: Path,
    stack: SheetRow,
    steps: Collection[str],
    folder: Path,
    source: Path | None,
    listed: Path | None,
    white: Path | None = None,
    ruler: Path | None = None,
) -> list[str]:
    """What will stop a stack at the steps that are planned for it, by row and column.

    One bad stack never stops the others, so that these are told by the dry run and refused by the
    step itself.

    Parameters
    ----------
    sheet : its path, for the message
    stack : the row
    steps : names of the rules that are planned
    folder : the stack's
    source : folder that its frames are imported from
    listed : the list of its positions
    white : its white frame
    ruler : the picture of a ruler, if it lies elsewhere
    """
    place = f"{sheet}, row {stack.row}, column"
    wrong = []
    if "import_raws" in steps and source and not os.access(source, os.R_OK | os.X_OK):
        why = "cannot be read" if source.is_dir() else "no such folder"
        wrong.append(f"{place} source: {stack.cells['source']}: {why}")
    if "ledger" in steps and listed:
        try:
            read_positions(listed, stack.cells.get("step_um"))
        except RecordError as error:
            wrong += [f"{place} positions: {line}" for line in str(error).splitlines()]
    if "convert" in steps and white and not white.is_file():
        named = stack.config["convert"]["white_frame"]
        wrong.append(f"{sheet}, row {stack.row}: convert.white_frame is {named}: no such file")
    if "master" in steps and ruler and not ruler.is_file():
        wrong.append(f"{place} scale_frame: {stack.cells['scale_frame']}: no such file")
    reference = stack.config["align"]["reference"]
    if "align" in steps and isinstance(reference, int):
        count = _frames_at_most(folder, steps, source)
        if 0 < count < reference:
            wrong.append(
                f"{sheet}, row {stack.row}: align.reference is {reference}, "
                f"but the stack has {count} frames at most"
            )
    return wrong


def _frames_at_most(folder: Path, steps: Collection[str], source: Path | None) -> int:
    """How many frames a stack can have: by its ledger, or by the files in its folder; 0 unknown."""
    ledger, raws = folder / LEDGER, source or folder / RAW
    if ledger.exists() and "ledger" not in steps:
        return len(used_frames(ledger))
    return sum(path.is_file() for path in raws.iterdir()) if raws.is_dir() else 0
