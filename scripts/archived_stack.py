"""An archived stack as those are told of it who take pictures over: by tables and by manifests."""

from __future__ import annotations

import math
from pathlib import Path

from imaging.pictures.head import size_px
from records.archive.holding import Holding
from records.handover.stack import Picture, Stack, address_of
from records.layout import SHEET_ROW, maker_of
from records.ledger.table import used_frames
from records.metadata import description
from records.metadata.media_type import media_type


def read_stack(holding: Holding, root: Path, pattern: str | None) -> Stack:
    """What an object's newest version says, the newest words of its description.

    Parameters
    ----------
    root : of the archive
    pattern : of the pictures' web addresses, `media.address` of the configuration
    """
    record = holding.master()
    row = description.published(holding.record(SHEET_ROW, "sheet"))
    specimen, view = str(record["specimen"]), str(record["view"])
    words = {**description.newest(record, row), **row}
    master = f"archival/{record['file']}"
    whole = (record["width_px"], record["height_px"])
    measured = _number(row.get("resolved_um", ""))
    pictures = []
    for path in (master, *sorted(one for one in holding.state if one.startswith("derivatives/"))):
        file, digest = holding.file(path), holding.state[path]
        size = whole if path == master else size_px(file)
        # A stereo pair has two pictures beside one another, a surface has no px.
        is_scaled = path == master or maker_of(path) == "derive"
        scale = max(whole) / max(size) if size and is_scaled else None
        pixel_size = record.get("pixel_size_um")
        unsure = record.get("pixel_size_uncertainty_um")
        pictures.append(
            Picture(
                path=path,
                is_master=path == master,
                content=file.relative_to(root).as_posix(),
                sha256=digest,
                size_bytes=file.stat().st_size,
                media_type=media_type(path) or "",
                size_px=size,
                pixel_size_um=pixel_size * scale if pixel_size and scale else None,
                address=address_of(pattern, specimen, view, file.name, digest),
                measured_um=measured if scale else None,
                uncertainty_um=unsure * scale if unsure and pixel_size and scale else None,
            )
        )
    frames = used_frames(holding.file("frames.csv"))
    cameras = sorted({frame.camera for frame in frames if frame.camera})
    moments = sorted(frame.taken_at for frame in frames if frame.taken_at)
    return Stack(
        holding.inventory.identifier,
        specimen,
        view,
        words,
        str(record.get("technique", "")),
        " | ".join(cameras),
        moments[0] if moments else "",
        tuple(pictures),
    )


def _number(cell: str) -> float | None:
    """A number above 0 of an archived cell, which anyone may have written."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if 0.0 < value < math.inf else None
