"""What a capture session recorded of each frame: `capture.json`, as the ledger reads it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from records.errors import RecordError
from records.record import read_record
from records.shapes import BY_HAND, FOCUS_MOTOR, LENS, RAIL


@dataclass(frozen=True)
class Shot:
    """A frame as the capture session recorded it; `focus_um` None where it knew no position."""

    file: str
    sha256: str | None
    focus_um: float | None


def read_shots(path: Path | str) -> list[Shot]:
    """The frames of a session in their order, with the position that the rail reported.

    Where it reported none, the position that it was asked for stands.

    Raises
    ------
    RecordError : no such file, not a record of a session, or of one that is not complete
    """
    record = read_record(Path(path), "capture")
    frames = record.get("frames")
    if not isinstance(frames, list) or not frames:
        raise RecordError(f"{path}: not a record of a capture session; it must have `frames`")
    if record.get("status", "complete") != "complete":
        raise RecordError(
            f"{path}: the capture session is {record['status']}, {len(frames)} frames so far; "
            "run the step `capture` again, it goes on where it stopped"
        )
    shots = [_shot(frame, f"{path}, frame {k}") for k, frame in enumerate(frames, start=1)]
    names = [shot.file for shot in shots]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RecordError(f"{path}: names {', '.join(twice)} more than once")
    return shots


def moved_by(capture: Path) -> str | None:
    """How a session moved focus, `rail` or perhaps `lens`; None without its record."""
    if not capture.is_file():
        return None
    rig = read_record(capture, "capture").get("rig")
    rail = rig.get("rail") if isinstance(rig, dict) else None
    if not isinstance(rail, dict):
        return None
    return LENS if rail.get("model") in (FOCUS_MOTOR, BY_HAND) else RAIL


def _shot(frame: Any, place: str) -> Shot:  # noqa: ANN401
    name = frame.get("file") if isinstance(frame, dict) else None
    if not isinstance(name, str) or not name:
        raise RecordError(f"{place}: the file's name is missing")
    focus = frame.get("reported_um")
    focus = frame.get("asked_um") if focus is None else focus
    if focus is not None and (
        isinstance(focus, bool) or not isinstance(focus, int | float) or not math.isfinite(focus)
    ):
        raise RecordError(f"{place} ({name}): focus position {focus!r} is not a number")
    return Shot(name, frame.get("sha256"), None if focus is None else float(focus))
