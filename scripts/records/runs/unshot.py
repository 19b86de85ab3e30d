"""What a run would shoot though nobody asked for it: label views, by which codes are compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from records.layout import CAPTURE, RECEIPT
from records.sheet.entering import Stacks


def label_to_shoot(
    stacks: Stacks, specimen: str, view: str, folder: Callable[[str, str], Path]
) -> tuple[str, str] | None:
    """A label view that a run for a stack would have the rig shoot; None where there is none.

    Parameters
    ----------
    stacks : rows of the sheet by specimen and view
    folder : of a stack, by the two
    """
    for (other, label), row in stacks.items():
        if (
            other == specimen
            and label != view
            and label.casefold().startswith("label")
            and "rig" in row.cells
            and not (folder(other, label) / CAPTURE).exists()
            and not (folder(other, label) / RECEIPT).exists()
        ):
            return other, label
    return None
