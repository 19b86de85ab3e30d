"""What must agree over the frames of a stack: how the configuration, people and the ledger call it.

A picture's file need not name what was set on the camera; a check of what no file names compared
nothing, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from records.ledger.table import USED, Entry

# As the configuration names it, and as people call it.
PROPERTIES = {
    "format": "format",
    "camera": "camera",
    "lens": "lens",
    "size": "pixel size",
    "aperture": "aperture",
    "iso": "ISO",
    "exposure": "shutter",
    "white_balance": "white balance",
    "colour": "colour space",
}
# A fused image needs frames of one size, and of one colour space; all else may differ if a
# person says so.
MAY_DIFFER = tuple(name for name in PROPERTIES if name not in ("size", "colour"))
# Columns of the ledger under another name.
_COLUMN = {"aperture": "aperture_f", "exposure": "exposure_s"}


def value_of(entry: Entry, name: str) -> object:
    """A property of a frame; None where it is not known.

    Parameters
    ----------
    name : one of `PROPERTIES`
    """
    if name == "size":
        return entry.width_px, entry.height_px
    return getattr(entry, _COLUMN.get(name, name))


def unknown(entries: Sequence[Entry]) -> tuple[str, ...]:
    """What no frame's file names, as people call it.

    Parameters
    ----------
    entries : rows of a ledger; rejected ones count for nothing
    """
    used = [entry for entry in entries if entry.status == USED]
    if not used:
        return ()
    return tuple(
        PROPERTIES[name]
        for name in MAY_DIFFER
        if all(value_of(entry, name) is None for entry in used)
    ) + (() if any(entry.taken_at for entry in used) else ("time",))
