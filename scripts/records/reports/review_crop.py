"""The page on which a crop is drawn without a server: what it tells of a stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from records.layout import FUSE, LEDGER
from records.ledger.table import USED, read_ledger
from records.record import read_record

CROP_PAGE, CROP_PICTURE = "preview.html", "whole.jpg"
# As a ledger's reason begins where the sheet leaves a frame out.
_LEFT_OUT = "excluded"


def crop_page_of(
    stack: Path, master: Mapping[str, Any], size: tuple[int, int], methods: Sequence[str]
) -> dict[str, Any]:
    """What the page shows, as the preview of a server has it.

    Parameters
    ----------
    stack : its folder
    master : its record
    size : width and height of the fused image
    methods : of fusion that can be chosen

    Raises
    ------
    RecordError : ledger or record of the fusion cannot be read
    """
    entries = [one for one in read_ledger(stack / LEDGER) if one.status == USED or one.format]
    entries.sort(key=lambda entry: (entry.frame is None, entry.frame or 0))
    angle = master.get("crop_angle_deg", 0.0)
    return {
        "stack": f"{stack.parent.name}/{stack.name}",
        "specimen": stack.parent.name,
        "view": stack.name,
        "width_px": size[0],
        "height_px": size[1],
        "orientation": master["orientation_applied"],
        "picture": CROP_PICTURE,
        "frames": [
            {
                "frame": number,
                "file": entry.file,
                "status": entry.status,
                "reason": entry.reason or "",
                "picture": "",
            }
            for number, entry in enumerate(entries, start=1)
        ],
        "methods": list(methods),
        "method": read_record(stack / FUSE, "fuse")["method"],
        "crop": [*master["crop_px"], *([angle] if angle else [])],
        "exclude": [
            number
            for number, entry in enumerate(entries, start=1)
            if (entry.reason or "").startswith(_LEFT_OUT)
        ],
    }
