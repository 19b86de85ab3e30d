"""The frames of a stack on its page: from the ledger, and what alignment found of each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from records.layout import LEDGER, REFUSED, TRANSFORMS
from records.ledger.table import USED, Entry, read_ledger
from records.reports.review_sources import Sources


def frames_of(sources: Sources) -> list[dict[str, Any]]:
    """A row for each file of the raw folder, in order; empty before there is a ledger."""
    name = next((one for one in (LEDGER, REFUSED) if one in sources.files), None)
    if name is None:
        return []
    aligned = {
        frame["frame"]: frame
        for frame in sources.record(TRANSFORMS, "transforms").get("frames", [])
    }
    return [_row(entry, aligned.get(entry.frame, {})) for entry in read_ledger(sources.files[name])]


def _row(entry: Entry, aligned: Mapping[str, Any]) -> dict[str, Any]:
    is_left_out = entry.status == USED and aligned.get("status", USED) != USED
    return {
        "frame": entry.frame,
        "file": entry.file,
        "status": str(aligned["status"]) if is_left_out else entry.status,
        "reason": str((aligned.get("reason") if is_left_out else entry.reason) or ""),
        "position_um": entry.focus_um,
        "sharpness": aligned.get("sharpness"),
        "brightness": _brightness(aligned),
        "residual_px": aligned.get("residual_px"),
        "magnification": _magnification(aligned),
        "exposure_s": entry.exposure_s,
        "taken_at": entry.taken_at,
    }


def _brightness(aligned: Mapping[str, Any]) -> float | None:
    """Light of a frame, the reference frame's being 1."""
    gains = aligned.get("gain")
    return round(len(gains) / sum(gains), 4) if gains else None


def _magnification(aligned: Mapping[str, Any]) -> float | None:
    """Magnification of a frame, the reference frame's being 1."""
    matrix = aligned.get("matrix")
    if not matrix:
        return None
    area = matrix[0][0] * matrix[1][1] - matrix[0][1] * matrix[1][0]
    return round(1.0 / math.sqrt(area), 6) if area > 0 else None
