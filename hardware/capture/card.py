"""Which file on a memory card belongs to which release.

A card says nothing of positions, only of order: there must be exactly as many frames as
releases, and they are taken in the order of their time. A release during which the session was
killed may or may not have exposed a frame; the number of files tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardware.errors import CameraError, RigError
from hardware.frames import DeliveredFrame, inspect


@dataclass(frozen=True)
class Found:
    """A frame on the card."""

    path: Path
    facts: DeliveredFrame


def frames_on(card: Path, kind: str) -> list[Found]:
    """Every frame of `kind` on the card, in the order of time, then of name."""
    if not card.is_dir():
        raise RigError(f"card: {card} is no folder. Where is the card mounted?")
    found = []
    for path in sorted(card.rglob("*")):
        if not path.is_file() or path.name.startswith("."):
            continue
        try:
            facts = inspect(path)
        except CameraError:
            continue  # Not a frame: a card holds other things as well.
        if facts.kind == kind:
            found.append(Found(path, facts))
    return sorted(found, key=lambda one: (str(one.facts.exif.get("taken_at", "")), one.path.name))


def match(
    found: list[Found], released: list[dict[str, Any]], doubtful: list[int]
) -> dict[int, Found]:
    """Frame number → file.

    Parameters
    ----------
    found
        Frames on the card, in order.
    released
        Entries of the journal, in the order of release.
    doubtful
        Frames that were released twice if the first time went through.
    """
    numbers = [entry["frame"] for entry in released]
    surplus = len(found) - len(numbers)
    if surplus not in (0, len(doubtful)):
        raise RigError(
            f"card: it holds {len(found)} frames, but {len(numbers)} were released. Take off "
            "what does not belong to this stack (or a broken double), or shoot again with an "
            "empty card; which frame is missing cannot be known."
        )
    exposed = sorted([*numbers, *doubtful]) if surplus else sorted(numbers)
    # Of two frames with one number the second counts: its release is the one recorded.
    return dict(zip(exposed, found, strict=True))
