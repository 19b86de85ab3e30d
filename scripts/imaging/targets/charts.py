"""Colour targets: which patches stand where in a chart, and what each is by its reference."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError

# Reference values lie beside this file, one CSV for each.
KNOWN = ("colorchecker24", "colorchecker24-2005", "colorcheckersg", "colorcheckersg-2005")
COLUMNS = ("patch", "L", "a", "b")
# A patch is so large a part of the distance from one to the next: the rest is the frame between.
PATCH = 0.87
# Patches with less chroma than this, by their reference, are neutral.
_NEUTRAL_CHROMA = 4.0
_NAME = re.compile(r"^([A-Z])([1-9][0-9]?)$")


@dataclass(frozen=True)
class Chart:
    """A grid of patches.

    Attributes
    ----------
    name : such as colorchecker24
    patches : names, as A1: column A, row 1
    lab : (N, 3) reference L*a*b* (D50)
    rows, columns : of the grid; places may be left out
    """

    name: str
    patches: tuple[str, ...]
    lab: NDArray[np.float64]
    rows: int
    columns: int

    @property
    def neutral(self) -> NDArray[np.bool_]:
        """(N,) which patches are white, grey or black."""
        return np.hypot(self.lab[:, 1], self.lab[:, 2]) < _NEUTRAL_CHROMA

    @property
    def width(self) -> float:
        """From the left edge of the first column to the right edge of the last, in patches."""
        return self.columns - 1 + PATCH

    @property
    def height(self) -> float:
        """From the upper edge of the first row to the lower edge of the last, in patches."""
        return self.rows - 1 + PATCH

    def centres(self) -> NDArray[np.float64]:
        """(N, 2) x, y of the middle of each patch in the chart's own plane, in patches."""
        places = [_place(name) for name in self.patches]
        return np.array([(column + PATCH / 2, row + PATCH / 2) for column, row in places])

    def outline(self) -> NDArray[np.float64]:
        """(4, 2) outer corners of the corner patches, from A1 on along the first row, and round."""
        return np.array(
            [[0.0, 0.0], [self.width, 0.0], [self.width, self.height], [0.0, self.height]]
        )


def chart(name: str, reference: Path | None = None) -> Chart:
    """A chart by its name, with the reference values of its maker or those of this one.

    Parameters
    ----------
    name : one of `KNOWN`, or any other name of a target whose reference says which patches it has
    reference : CSV with the columns `COLUMNS`, as it was measured or came with the target

    Raises
    ------
    ImagingError : no such chart, or no such file
    """
    if reference is None and name not in KNOWN:
        raise ImagingError(
            f"no reference values of {name} come with Holostack; name a CSV with the columns "
            f"{', '.join(COLUMNS)} that came with the target, or one of {', '.join(KNOWN)}"
        )
    path = reference or Path(__file__).with_name(f"{name}.csv")
    found = _read(path)
    if reference and name in KNOWN:
        missing = set(chart(name).patches) ^ set(found)
        if missing:
            raise ImagingError(
                f"{path}: has other patches than {name}, {min(missing)} first; name another target"
            )
    places = [_place(one) for one in found]
    columns, rows = (max(place[k] for place in places) + 1 for k in (0, 1))
    return Chart(name, tuple(found), np.array(list(found.values())), rows, columns)


def _read(path: Path) -> dict[str, tuple[float, float, float]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ImagingError(f"{path}: the target's reference cannot be read ({error})") from None
    table = csv.DictReader(line for line in lines if line.strip() and not line.startswith("#"))
    if not set(COLUMNS) <= set(table.fieldnames or ()):
        raise ImagingError(f"{path}: a reference has the columns {', '.join(COLUMNS)}")
    found: dict[str, tuple[float, float, float]] = {}
    for row in table:
        name = (row["patch"] or "").strip().upper()
        if not _NAME.match(name) or name in found:
            raise ImagingError(
                f"{path}: patch {name!r}; patches are named by column and row, A1, B1 and so "
                "on, each once"
            )
        try:
            lab = float(row["L"]), float(row["a"]), float(row["b"])
        except (TypeError, ValueError):
            lab = (math.nan,) * 3
        if not (0.0 <= lab[0] <= 100.0 and all(abs(value) <= 200.0 for value in lab)):
            raise ImagingError(
                f"{path}: patch {name} has no L*a*b*: L is 0 to 100, a and b numbers"
            )
        found[name] = lab
    if not found:
        raise ImagingError(f"{path}: has no patch")
    return found


def _place(name: str) -> tuple[int, int]:
    """Column and row of a patch, from 0."""
    return ord(name[0]) - ord("A"), int(name[1:]) - 1
