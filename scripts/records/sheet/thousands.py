"""Numbers that can be read in two ways: `1.000` and `1,000` are a thousand here, and one there."""

from __future__ import annotations

import re
from collections.abc import Iterable

_EITHER = re.compile(r"([+-]?[1-9]\d{0,2})[.,](\d{3})")
_WITH_A_POINT = re.compile(r"[+-]?\d*\.\d*")


def points_are_unclear(separator: str, texts: Iterable[str]) -> bool:
    """Whether a point may part thousands in a column's cells.

    Where numbers have decimal commas, tables have another separator, and what is shown with points
    between thousands is saved so. One number that has a point elsewhere says that it is decimal.

    Parameters
    ----------
    separator : what is between two cells
    """
    return separator != "," and not any(
        _WITH_A_POINT.fullmatch(text) and not _EITHER.fullmatch(text) for text in texts
    )


def both_ways(text: str) -> str | None:
    """How to write a number so that it can be read in one way; None where it can be already."""
    parts = _EITHER.fullmatch(text)
    if not parts:
        return None
    whole, rest = parts.groups()
    # Three decimals would be asked about again.
    decimals = f"{rest}0" if rest[-1] != "0" else rest.rstrip("0") or "0"
    return f"if it is thousands: {whole}{rest}; if decimals: {whole}.{decimals}"
