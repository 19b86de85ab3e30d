"""A stack that was archived and then reduced: of its folder only the receipt is left.

The workflow leaves such a stack alone, whatever changes: it neither captures nor imports again.
"""

from __future__ import annotations

from pathlib import Path

RECEIPT = "archive.json"
# The listing of raws is left with the receipt: it knows them again when they are restored.
LEFT = (RECEIPT, ".raws.json", ".raws.seen.json", ".seen.json")


def is_reduced(stack: Path) -> bool:
    """Whether a stack's folder holds a receipt of the archive and nothing that it is about."""
    return (stack / RECEIPT).is_file() and {path.name for path in stack.iterdir()} <= set(LEFT)
