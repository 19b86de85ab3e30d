"""Copies of the workflow whose rules may be changed, such as one that shortens every plan."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.workflow.conftest import ROOT

FROM_THOUSANDS = "len(STACKS) >= FROM_STACKS"


def workflow(folder: Path) -> Path:
    """A copy of the workflow, whose rules may be changed."""
    folder.mkdir()
    for name in ("config", "scripts", "envs", "hardware", "web", "profiles"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "rules", folder / "rules")
    shutil.copy(ROOT / "Snakefile", folder)
    return folder


def changed(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


def as_of_thousands(folder: Path) -> Path:
    """A copy of the workflow that plans few stacks as it plans thousands, or does not run."""
    made = workflow(folder)
    changed(made / "rules" / "lean_files.smk", FROM_THOUSANDS, "len(STACKS) >= 1")
    with (made / "rules" / "lean_plan.smk").open("a") as rules:
        rules.write("\n\nassert KNOWN_INSIDE or not workflow.is_main_process\n")
    return made
