"""The program that made a version, whole, so that it can be run again where its home is gone."""

from __future__ import annotations

from pathlib import Path

from records.zipped import zip_bytes

# All that a run needs and says; neither tests nor the photographs for demonstration.
PARTS = (
    "LICENSE",
    "README.md",
    "docs/*.md",
    "rules/*.smk",
    "scripts/**/*.py",
    "scripts/**/*.json",
    "hardware/**/*.py",
    "config/*.yaml",
    "config/schemas/*.json",
    "envs/*.*",
    "profiles/*/*.yaml",
)


def pack(workflow: Path) -> bytes:
    """A ZIP file of a workflow's files, by their places in its folder."""
    home = workflow.parent
    files = {path for part in PARTS for path in home.glob(part) if path.is_file()} | {workflow}
    return zip_bytes({path.relative_to(home).as_posix(): path.read_bytes() for path in files})
