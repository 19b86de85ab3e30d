"""The collection as a table: a stack a row, for the page that shows all and for spreadsheets."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from records.files import write_table

COLUMNS = (
    *("specimen", "view", "catalog_number", "name", "state", "reason", "warnings", "method"),
    *("date", "person", "picture", "page", "frames", "width_px", "height_px", "pixel_size_um"),
    *("version", "made"),
)
# What of the rows is nothing to a spreadsheet.
_OF_THE_PAGE = ("picture", "page")
# More of a reason or warning than this stands on the stack's own page.
MOST_LETTERS = 300
Row = list[Any]


def row_of(data: Mapping[str, Any], has_page: bool) -> Row:
    """The row of a stack, of what its page shows.

    Parameters
    ----------
    data : as stack.json has it
    has_page : whether it has a page of its own
    """
    folder = posixpath.join("review", quote(data["specimen"]), quote(data["view"]))
    picture = data.get("picture") or ""
    metadata = data["metadata"]
    known = {
        **{name: data.get(name) for name in COLUMNS},
        "name": metadata.get("scientific_name") or metadata.get("caption") or "",
        "reason": _short(data["reason"]),
        "warnings": [
            [one["kind"], _short(one["text"]), _short(one["acknowledged"])]
            for one in data["warnings"]
        ],
        "picture": posixpath.normpath(posixpath.join(folder, picture)) if picture else "",
        "page": f"{folder}/index.html" if has_page else "",
        "frames": sum(one["status"] == "used" for one in data["frames"]),
        "version": data["history"][0]["version"] if data["history"] else "",
    }
    return [known[name] for name in COLUMNS]


def _short(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]} …"


def write_csv(rows: Sequence[Row], target: Path) -> None:
    """Write the rows as a table that a spreadsheet opens, warnings by their codes."""
    columns = [name for name in COLUMNS if name not in _OF_THE_PAGE]
    columns.insert(columns.index("warnings") + 1, "acknowledged")
    write_table(target, columns, (_as_cells(dict(zip(COLUMNS, row))) for row in rows))


def _as_cells(row: dict[str, Any]) -> dict[str, Any]:
    told = row["warnings"]
    shown = {name: value for name, value in row.items() if name not in _OF_THE_PAGE}
    shown["warnings"] = "; ".join(kind for kind, _, acknowledged in told if not acknowledged)
    shown["acknowledged"] = "; ".join(
        f"{kind}: {acknowledged}" for kind, _, acknowledged in told if acknowledged
    )
    return {name: "" if value is None else value for name, value in shown.items()}
