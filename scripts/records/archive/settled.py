"""Whether what made an archived stack is still what sheet and configuration say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from records.archive.package import read_fact
from records.layout import SETTINGS, SHEET_ROW
from records.metadata.xmp import TERMS

# How frames once came is over when they are archived; the folder's name follows from the row; words
# that describe are corrected in the archive alone.
NOT_COMPARED = frozenset({"source", "rig", "shared_source", "specimen", *TERMS})


def is_settled(
    stack: Path,
    settings: Mapping[str, Any],
    shipped: Mapping[str, Any],
    cells: Mapping[str, str],
    when_asked: Collection[str] = (),
) -> bool:
    """Whether settings and row of a stack are those that its folder says it was archived with.

    Parameters
    ----------
    stack : folder of the stack
    settings : the stack's effective settings, by section
    shipped : configuration as it ships: what a key was where the archived settings do not have it
    cells : the stack's filled cells of the sheet; those that override settings may be left out
    when_asked : derivatives that are made where they are asked for; one that was archived stays
    """
    known, row = read_fact(stack / SETTINGS), read_fact(stack / SHEET_ROW)
    if not known or not row or _deciding(row) != _deciding(cells):
        return False
    # Of derivatives, unlike settings, one that is gone from the configuration is a change.
    gone = known.get("derive", {}).keys() - settings.get("derive", {}).keys() - set(when_asked)
    # Nor is a white frame that is named no more.
    white = [one.get("convert", {}).get("white_frame_sha256") for one in (known, settings)]
    return not gone and white[0] == white[1] and _same(known, settings, shipped)


def is_as_archived_in(
    sections: Iterable[str], stack: Path, settings: Mapping[str, Any], shipped: Mapping[str, Any]
) -> bool:
    """Whether the settings of some sections are those that a stack was archived with.

    Parameters
    ----------
    stack, settings, shipped : as of `is_settled`
    """
    known = read_fact(stack / SETTINGS)
    return all(
        _same(known.get(name, {}), settings.get(name, {}), shipped.get(name, {}))
        for name in sections
    )


def _same(known: object, now: object, shipped: object) -> bool:
    """Whether a setting is what it was; a key that was not there yet had the value that ships."""
    if not (isinstance(known, Mapping) and isinstance(now, Mapping)):
        return known == now
    default = shipped if isinstance(shipped, Mapping) else {}
    return all(
        _same(known.get(key, default.get(key)), value, default.get(key))
        for key, value in now.items()
    )


def _deciding(cells: Mapping[str, str]) -> dict[str, str]:
    """Cells that decide what is made of a stack; settings are compared apart."""
    return {
        name: text for name, text in cells.items() if name not in NOT_COMPARED and "." not in name
    }
