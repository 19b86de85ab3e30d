"""Where the files of a stack lie, in its folder and in its object of the archive.

A stack that was archived and then reduced has only the receipt left of its folder: the workflow
leaves it alone, whatever changes, and neither captures nor imports it again.
"""

from __future__ import annotations

from pathlib import Path

RAW = "raw"
# What lies beside a stack's raw folder, one or another, from the first step on.
BESIDE_RAW = ("import.json", "capture.json", "capture.journal.json", "frames.csv",
              "frames.refused.csv", "archive.json")  # fmt: skip
# OCFL's declarations, of a storage root and of an object.
OF_THE_ARCHIVE = "0=ocfl_*"
RECEIPT = "archive.json"
# The listing of raws is left with the receipt: it knows them again when they are restored.
LEFT = (RECEIPT, ".raws.json", ".raws.seen.json", ".seen.json")
CRATE = "ro-crate-metadata.json"
# They tell how the version came about. A new log line alone makes no new version.
COMPANION_FOLDERS = ("logs/", "config/", "workflow/")
WORKFLOW, PROGRAM = "workflow/Snakefile", "workflow/holostack.zip"
# Script → hash of what its code does, as the workflow compared it when the version was made.
CODE = "workflow/code.json"
NEEDED = ("frames.csv", "stack/convert.json", "stack/transforms.json", "stack/fuse.json")
# The stack's row of the sheet, and the effective configuration of its steps.
SHEET_ROW, SETTINGS = "sheet.json", "settings.json"
# Told key by key, not as files; and what kind of record each is.
FACTS = {SHEET_ROW: "sheet", SETTINGS: "settings"}
QC = "stack/qc.json"
IF_THERE = ("import.json", "capture.json", QC, SHEET_ROW, SETTINGS)


def is_reduced(stack: Path) -> bool:
    """Whether a stack's folder holds a receipt of the archive and nothing that it is about."""
    return (stack / RECEIPT).is_file() and {path.name for path in stack.iterdir()} <= set(LEFT)


def is_companion(path: str) -> bool:
    """Whether a logical path is a record about a version rather than part of the stack."""
    return path == CRATE or path.startswith(COMPANION_FOLDERS)


def is_master_record(path: str) -> bool:
    """Whether a logical path is that of the master's record."""
    return path.startswith("archival/") and path.endswith(".json")
