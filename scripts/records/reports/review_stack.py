"""A stack's page: facts of records joined with the pictures that were made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

from records.archive import ocfl
from records.archive.holding import open_holding
from records.files import write_notes
from records.layout import QC, RECEIPT, is_reduced
from records.machine import reason_of
from records.reports.review_facts import FORMAT, WAITING, facts_of
from records.reports.review_files import address
from records.reports.review_rows import Row, row_of
from records.reports.review_site import (
    DATA,
    PAGE,
    Site,
    as_json,
    stack_page,
    template_of,
    write_stack,
)
from records.reports.review_sources import Sources, of_folder, of_object
from records.reports.summary import last_error

# What pictures are told by.
PICTURES = (
    *("images", "legend", "depth", "source", "picture", "pictures_of"),
    *("crop_page", "surface_page"),
)
ROW = "row.json"
# Derivatives that stand for a picture that was not made for the page, the first that is there.
_SHOWN_INSTEAD = ("web", "thumbnail")
# Of which a browser shows the files.
_ENDINGS = ("jpg", "webp", "avif", "png")
WEB_PX = 2048


def stamp_of(stack: Path, logs: Path, held: Path | None = None) -> list[int]:
    """Times that change when anything that is said of a stack does, ns.

    Parameters
    ----------
    held : folder of its object, where the archive alone has it
    """
    records = (stack / RECEIPT, stack / "frames.csv", stack / QC)
    times = [_time(one) for one in records]
    times.append(max((_time(log) for log in logs.glob("*.log")), default=0))
    return [*times, _time(held / "inventory.json") if held else 0]


def _time(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def sources_of(
    stack: Path, logs: Path, archive: Path, cells: Mapping[str, str], held: Path | None = None
) -> tuple[Sources, ocfl.Inventory | None]:
    """Where a stack is read from, and the inventory of its object if it has one.

    Parameters
    ----------
    held : folder of its object, where the archive alone has it; found by itself if None

    Raises
    ------
    RecordError : its object is damaged
    """
    specimen, view = stack.parent.name, stack.name
    in_work = stack.is_dir() and not is_reduced(stack)
    if in_work and not (stack / RECEIPT).is_file():
        return of_folder(stack, logs, cells), None
    if held is None:
        held = ocfl.object_folder(archive, ocfl.object_id(specimen, view))
    if held is None or not held.is_dir():
        return of_folder(stack, logs, cells), None
    holding = open_holding(held)
    if in_work:
        return of_folder(stack, logs, cells), holding.inventory
    return of_object(holding, specimen, view, cells), holding.inventory


def page_of(
    site: Site,
    stack: Path,
    logs: Path,
    archive: Path,
    cells: Mapping[str, str],
    pictures: Mapping[str, Any] | None = None,
    held: Path | None = None,
) -> dict[str, Any]:
    """Everything on a stack's page; what cannot be read stops this stack's page alone.

    Parameters
    ----------
    pictures : the keys of `PICTURES`; None for those that were made before, if they are of this
        master
    """
    specimen, view = stack.parent.name, stack.name
    folder = site.folder(specimen, view)
    receipt = stack / RECEIPT
    error = last_error(logs, since=receipt.stat().st_mtime if receipt.is_file() else 0.0) or ""
    try:
        sources, inventory = sources_of(stack, logs, archive, cells, held)
        data = facts_of(sources, folder, error, inventory)
        record = sources.record(f"{sources.master}.json", "master")
        if pictures is None:
            pictures = _made_before(folder, str(record.get("sha256", "")))
        if pictures is None:
            pictures = _instead(sources, folder, data)
    # Whatever a damaged record or file makes Python raise.
    except Exception as fault:
        bare = Sources(specimen, view, {}, cells=cells)
        data = facts_of(bare, folder, "\n".join(filter(None, [error, reason_of(fault)])))
        pictures = {"images": [], "legend": {}, "depth": None, "source": None}
    data |= {name: pictures.get(name) for name in PICTURES}
    data["home"] = address(site.index, folder)
    for warned in data["warnings"]:
        warned["evidence"] = _evidence(warned, folder, stack)
    return data


def put_page(site: Site, data: Mapping[str, Any], stamp: list[int]) -> Row:
    """Write a stack's page, if there is anything to show, and the row that it is in the table."""
    has_page = data["state"] not in (WAITING,)
    row = row_of(data, has_page)
    if has_page:
        noted = {"stamp": stamp, "template": template_of(site), "row": row}
        write_stack(site, data, {ROW: as_json(noted).encode()})
    return row


def noted_row(site: Site, specimen: str, view: str, stamp: list[int]) -> Row | None:
    """The row that was written beside a page, if nothing has changed since.

    A page of another release's template is filled anew.
    """
    folder = site.folder(specimen, view)
    try:
        known = json.loads((folder / ROW).read_bytes())
        if known["stamp"] != stamp:
            return None
        if known["template"] != (template := template_of(site)):
            page = stack_page(site, (folder / DATA).read_text("utf-8"))
            noted = as_json({**known, "template": template}).encode()
            write_notes(folder, {**({PAGE: page} if page else {}), ROW: noted})
        # After a power cut, what was not flushed may be empty.
        is_whole = all((folder / name).stat().st_size for name in (DATA, PAGE))
        return known["row"] if is_whole else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def written_row(site: Site, specimen: str, view: str) -> Row | None:
    """The row that stands beside a stack's page; None where it has none."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return json.loads((site.folder(specimen, view) / ROW).read_bytes())["row"]
    return None


def _made_before(folder: Path, master: str) -> dict[str, Any] | None:
    """Pictures that were made of this master before; None where there are none."""
    try:
        data = json.loads((folder / DATA).read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        return None
    is_of_it = master and data.get("pictures_of") == master
    return {name: data.get(name) for name in PICTURES} if is_of_it else None


def _instead(sources: Sources, folder: Path, data: Mapping[str, Any]) -> dict[str, Any]:
    """A derivative where no pictures were made, of a stack that the archive alone has, say."""
    found = {}
    for name, ending in product(_SHOWN_INSTEAD, _ENDINGS):
        path = f"derivatives/{sources.specimen}_{sources.view}_{name}.{ending}"
        if path in sources.files and name not in found:
            found[name] = address(sources.files[path], folder)
    images = []
    if found and data["width_px"] and data["height_px"]:
        name = next(iter(found))
        wanted = data["parameters"].get("derive", {}).get(name, {}).get("long_edge_px", WEB_PX)
        factor = min(1.0, wanted / max(data["width_px"], data["height_px"]))
        size = {side: max(1, round(data[side] * factor)) for side in ("width_px", "height_px")}
        images.append(
            {
                **{"id": "master", "kind": "master", "label": "master"},
                **{"frame": None, "position_um": None},
                "file": {"url": found[name], **size},
            }
        )
    return {
        "images": images,
        "legend": {},
        "depth": None,
        "source": None,
        "picture": found.get("thumbnail") or next(iter(found.values()), None),
        "pictures_of": None,
    }


def _evidence(warned: Mapping[str, Any], folder: Path, stack: Path) -> list[dict[str, str]]:
    """Crops of what was found: the page's own copies, else those of the checks."""
    shown = []
    for number, name in enumerate(map(str, warned["evidence"]), start=1):
        if "/" in name or name.startswith("."):
            continue
        copy, own = folder / "evidence" / name, stack / "stack" / "qc" / name
        path = copy if copy.is_file() else own
        if path.is_file():
            shown.append({"url": address(path, folder), "label": f"{warned['kind']} {number}"})
    return shown
