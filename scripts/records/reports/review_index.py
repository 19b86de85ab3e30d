"""The page of the collection, made at the end of every run: every stack of sheet and archive.

A stack is read again only where one of its records or logs has changed; all others are taken from
the rows that were written beside their pages.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from records.archive import ocfl
from records.archive.holding import name_of
from records.files import json_bytes, write_note
from records.layout import RECEIPT
from records.metadata.description import described
from records.reports.review_facts import FORMAT, WAITING
from records.reports.review_rows import COLUMNS, Row, write_csv
from records.reports.review_site import Site, as_json, put_static, write_collection
from records.reports.review_stack import noted_row, page_of, put_page, stamp_of
from records.reports.run_status import STATUS, write_run

# Rows of stacks that have no page of their own yet.
_NOTED = "review/.rows.json"
_AT_ONCE = 4
Stack = tuple[str, str]


def write_index(
    site: Site,
    sheet: Mapping[Stack, Mapping[str, str]],
    specimens: Path,
    archive: Path,
    logs: Path,
    run: Mapping[str, Any] | None = None,
) -> int:
    """Write the collection's page and table; gives how many stacks they show.

    Parameters
    ----------
    sheet : cells of each row by (specimen, view), in the sheet's order
    specimens, archive, logs : roots of these trees
    run : how far a run is, or how the last one ended; None where none is known
    """
    noted, without_page = _noted(site), {}

    def row_now(one: tuple[Stack, Path | None]) -> tuple[list[int], Row]:
        (specimen, view), held = one
        cells = sheet.get((specimen, view), {})
        stack, own_logs = specimens / specimen / view, logs / specimen / view
        stamp = stamp_of(stack, own_logs, held)
        if not stamp[0]:
            stamp.append(_words(cells))
        row = noted_row(site, specimen, view, stamp) or _known(noted, specimen, view, stamp)
        if row is None:
            data = page_of(site, stack, own_logs, archive, cells, held=held)
            row = put_page(site, data, stamp)
        return stamp, row

    stacks = _stacks(sheet, specimens, archive)
    rows = []
    # Side by side, for disks that take their time.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for (specimen, view), (stamp, row) in zip(stacks, pool.map(row_now, stacks.items())):
            if row[COLUMNS.index("state")] == WAITING:
                without_page[f"{specimen}/{view}"] = {"stamp": stamp, "row": row}
            rows.append(row)
    put_static(site)
    if not (site.results / STATUS).is_file():
        # A page looks for it.
        write_run(site.results, None)
    write_csv(rows, site.results / "stacks.csv")
    write_collection(
        site,
        {
            "format": FORMAT,
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "run": {**run, "rows": []} if run else None,
            "targets": site.targets.is_file(),
            "columns": COLUMNS,
            "stacks": rows,
        },
    )
    write_note(site.results / _NOTED, as_json(without_page).encode())
    return len(rows)


def _stacks(sheet: Iterable[Stack], specimens: Path, archive: Path) -> dict[Stack, Path | None]:
    """Every stack, the sheet's first, with the object of those that the archive alone has."""
    found: dict[Stack, Path | None] = dict.fromkeys(sheet)
    for folder in sorted(specimens.glob("*/[!.]*")):
        if folder.is_dir():
            found.setdefault((folder.parent.name, folder.name), None)
    if (archive / ocfl.ROOT_DECLARATION[0]).is_file():
        for folder in sorted(ocfl.object_folders(archive)):
            specimen, _, view = name_of(folder).removeprefix(ocfl.ID_PREFIX).rpartition("/")
            if (
                specimen
                and "/" not in specimen
                and ".." not in (specimen, view)
                and not (specimens / specimen / view / RECEIPT).is_file()
            ):
                found[specimen, view] = folder
    return found


def _words(cells: Mapping[str, str]) -> int:
    """A number that changes when the describing words of a row do."""
    return int(hashlib.sha256(json_bytes(described(cells))).hexdigest()[:12], 16)


def _noted(site: Site) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        known = json.loads((site.results / _NOTED).read_bytes())
        if isinstance(known, dict):
            return known
    return {}


def _known(noted: Mapping[str, Any], specimen: str, view: str, stamp: list[int]) -> Row | None:
    known = noted.get(f"{specimen}/{view}")
    return known["row"] if isinstance(known, dict) and known.get("stamp") == stamp else None
