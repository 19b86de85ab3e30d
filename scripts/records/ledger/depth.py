"""What the numbers of a depth map mean: unit, zero, and which way is up; in words for its file.

Larger is nearer to the camera wherever it is known how focus moved while the stack was shot. Where
it is not known, nothing is made up: values rise with the order of the frames, and file and record
say that the direction is unknown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from records.ledger.table import used_frames

TOWARD, AWAY, UNKNOWN = "toward", "away", "unknown"
LARGER_IS = {
    TOWARD: "nearer to the camera",
    AWAY: "nearer to the camera",
    UNKNOWN: "later in the stack; whether that is nearer to the camera is not known",
}
FORMAT = "holostack-depth/1"


class DepthScale(NamedTuple):
    """How a depth map's values follow from the positions of the frames.

    Attributes
    ----------
    unit : `um`, or `frame` where positions are not known: 1 is the distance of two frames
    direction : how focus moved from the first to the last frame: toward, away (from the camera)
        or unknown
    zero_frame, zero_file : the frame whose focus has depth 0
    zero_position : its position as the ledger has it, µm, or its number
    sign : a depth is sign * (position - zero_position)
    """

    unit: str
    direction: str
    zero_frame: int
    zero_file: str
    zero_position: float
    sign: int

    def as_record(self) -> dict[str, object]:
        """The same as plain values, in file and record alike."""
        return {
            "unit": self.unit,
            "larger_is": LARGER_IS[self.direction],
            "direction": self.direction,
            "zero": f"focus of frame {self.zero_frame}",
            "zero_frame": self.zero_frame,
            "zero_file": self.zero_file,
            "zero_position": self.zero_position,
            "unknown": "NaN",
        }


def depth_scale(
    numbers: Sequence[int],
    files: Sequence[str],
    positions_um: Sequence[float] | None,
    direction: str | None,
) -> DepthScale:
    """The scale of a stack's depth map.

    Parameters
    ----------
    numbers, files : of the frames that were fused, in order
    positions_um : of each of them, rising or falling; None where one is not known
    direction : toward or away, as focus moved from the first frame to the last; None if unknown
    """
    where = [float(number) for number in numbers] if positions_um is None else positions_um
    rising = 1 if where[-1] >= where[0] else -1
    return DepthScale(
        "frame" if positions_um is None else "um",
        direction or UNKNOWN,
        numbers[0],
        files[0],
        where[0],
        -rising if direction == AWAY else rising,
    )


def direction_by(rises: str | None, positions_um: Sequence[float] | None) -> str | None:
    """How focus moved from the first frame to the last, by the rail that it was moved with.

    Parameters
    ----------
    rises : toward or away: how focus moves where the rail's positions rise; None if unknown
    positions_um : of the frames; None where one is not known
    """
    if rises is None or positions_um is None or positions_um[0] == positions_um[-1]:
        return None
    falls = positions_um[-1] < positions_um[0]
    return {TOWARD: AWAY, AWAY: TOWARD}[rises] if falls else rises


def known_direction(record: Mapping) -> str | None:
    """The direction that a master's record tells, None where it is not known."""
    direction = (record.get("depth") or {}).get("direction")
    return None if direction == UNKNOWN else direction


def description(scale: DepthScale) -> str:
    """For the TIFF's ImageDescription: one line of JSON, ASCII."""
    return json.dumps({"format": FORMAT, "what": "depth map", **scale.as_record()})


def focus_positions(ledger: Path, frames: Sequence[int]) -> list[float] | None:
    """Focus of each frame in µm, None unless all are known."""
    known = {entry.frame: entry.focus_um for entry in used_frames(ledger)}
    positions = [position for frame in frames if (position := known.get(frame)) is not None]
    return positions if len(positions) == len(frames) else None
