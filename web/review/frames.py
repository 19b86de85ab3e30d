"""The frames of a stack as a list to choose from: by its ledger, before that by its raw folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from imaging.errors import ImagingError
from imaging.frames import formats
from imaging.frames.inspection import inspect
from records.errors import RecordError
from records.layout import LEDGER, RAW, REFUSED
from records.ledger.numbering import in_camera_order
from records.ledger.raw_folder import contents
from records.ledger.table import USED, read_ledger
from web.review.names import Stack, inside


@dataclass(frozen=True)
class ListedFrame:
    """A file that is, or could be, a frame.

    Attributes
    ----------
    frame : its number in this list, from 1
    file : its path in the raw folder
    status : `used`, `rejected` as the ledger has it, or `new` where there is none yet
    reason : why it is rejected
    width_px, height_px : as stored; 0 where not known
    orientation : 1 to 8, as Exif counts: how the master will be turned upright
    """

    frame: int
    file: str
    status: str
    reason: str = ""
    width_px: int = 0
    height_px: int = 0
    orientation: int = 1


def frames_of(stack: Stack) -> list[ListedFrame]:
    """All that a stack's raw folder has for frames, used ones first in the order of the stack."""
    for name in (LEDGER, REFUSED):
        ledger = inside(stack.folder / name, stack.folder)
        if ledger is not None:
            entries = [e for e in read_ledger(ledger) if e.status == USED or e.format]
            entries.sort(key=lambda entry: (entry.frame is None, entry.frame or 0))
            return [
                ListedFrame(
                    *(number, entry.file, entry.status, entry.reason or ""),
                    *(entry.width_px or 0, entry.height_px or 0, entry.orientation or 1),
                )
                for number, entry in enumerate(entries, start=1)
            ]
    raw = stack.folder / RAW
    if not raw.is_dir():
        return []
    names = in_camera_order(name for name in contents(raw) if formats.is_picture(raw / name))
    if not names:
        return []
    looked = _looked(raw / names[0])
    return [
        ListedFrame(number, name, "new", "", *looked) for number, name in enumerate(names, start=1)
    ]


@lru_cache(64)
def _looked(path: Path) -> tuple[int, int, int]:
    try:
        looked = inspect(path)
    except (ImagingError, RecordError, OSError):
        return 0, 0, 1
    return looked.width_px, looked.height_px, looked.orientation


def orientation_of(frames: Sequence[ListedFrame]) -> int:
    """How the master of frames will be turned upright: as their first says, which all follow."""
    return frames[0].orientation if frames else 1
