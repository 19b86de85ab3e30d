"""The facts of a stack for its page, from records alone; scripts/review.py adds pictures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from records.archive.ocfl import Inventory
from records.layout import FUSE, LEDGER, RECEIPT, SETTINGS, SHEET_ROW
from records.metadata.description import described, published
from records.reports.review_files import files_of
from records.reports.review_frames import frames_of
from records.reports.review_history import history_of, steps_of
from records.reports.review_sources import Sources
from records.reports.review_warnings import notes_of, warnings_of

FORMAT = "holostack-review 1"
ARCHIVED, MADE, STOPPED = "archived", "made", "stopped"
CAPTURED, REDUCED, WAITING = "captured", "reduced", "waiting"


def state_of(sources: Sources, error: str) -> str:
    """How far a stack is."""
    if error:
        return STOPPED
    if sources.is_reduced:
        return REDUCED
    if RECEIPT in sources.files:
        return ARCHIVED
    if f"{sources.master}.json" in sources.files:
        return MADE
    return CAPTURED if sources.has_raws else WAITING


def facts_of(
    sources: Sources, page: Path, error: str = "", inventory: Inventory | None = None
) -> dict[str, Any]:
    """Everything that is said of a stack, without its pictures.

    Parameters
    ----------
    page : folder of the page, from which addresses start
    error : why a step stopped; "" where none did
    inventory : of the stack's object, None where it has none

    Raises
    ------
    RecordError : a record is damaged, or of a newer version
    """
    record = sources.record(f"{sources.master}.json", "master")
    metadata = dict(record.get("metadata", {}))
    row = sources.cells or sources.record(SHEET_ROW, "sheet")
    metadata |= {name: str(text) for name, text in described(published(row)).items()}
    frames = frames_of(sources)
    history = history_of(inventory) if inventory else []
    pixel_size_um = record.get("pixel_size_um")
    fuse = sources.record(FUSE, "fuse")
    return {
        "format": FORMAT,
        "specimen": sources.specimen,
        "view": sources.view,
        "catalog_number": sources.catalog_number,
        "metadata": metadata,
        "state": state_of(sources, error),
        "reason": error,
        "made": _made(sources, history),
        "person": str(metadata.get("creator", "")),
        "method": str(fuse.get("method", "")),
        "date": min((one["taken_at"] for one in frames if one["taken_at"]), default=None),
        "width_px": record.get("width_px"),
        "height_px": record.get("height_px"),
        "crop_px": record.get("crop_px"),
        "crop_angle_deg": record.get("crop_angle_deg", 0.0),
        "orientation": record.get("orientation_applied", 1),
        "pixel_size_um": pixel_size_um,
        "pixel_size_uncertainty_um": record.get("pixel_size_uncertainty_um"),
        "pixel_size_from": _pixel_size_from(record),
        "frames": frames,
        "warnings": warnings_of(sources),
        "notes": notes_of(sources),
        "parameters": _parameters(sources, fuse),
        "history": history,
        "steps": steps_of(sources),
        "files": files_of(sources, record, page),
    }


def _pixel_size_from(record: Mapping[str, Any]) -> str:
    """Who says how large a px is: the sheet, or a file with a ruler."""
    if scale := record.get("scale"):
        return scale["file"]
    return "the sheet's column pixel_size_um" if record.get("pixel_size_um") else ""


def _parameters(sources: Sources, fuse: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Settings by step, as they were archived; of an earlier stack, what fusing recorded."""
    settings = sources.record(SETTINGS, "settings")
    if settings:
        return {step: dict(one) for step, one in settings.items() if isinstance(one, Mapping)}
    used = dict(fuse.get("parameters", {}))
    return {"fuse": {"method": fuse.get("method"), **used}} if fuse else {}


def _made(sources: Sources, history: list[dict[str, Any]]) -> str | None:
    """When the master was made: by its log, else by the archive; ISO 8601."""
    for step in ("master", "ledger"):
        if step in sources.logs and (ended := sources.log(step).ended):
            return ended
    if history:
        return str(history[0]["when"])
    if LEDGER in sources.files:
        changed = sources.files[LEDGER].stat().st_mtime
        return datetime.fromtimestamp(changed, UTC).isoformat(timespec="seconds")
    return None
