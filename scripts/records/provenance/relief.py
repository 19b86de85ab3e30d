"""Whether a master's depth map is a relief: heights in µm, known to rise towards the camera."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from records.errors import RecordError
from records.known_frames import BLAKE3, SHA256
from records.ledger.depth import known_direction
from records.provenance.inputs import Made, refuse_changed
from records.record import told_name

FORMAT = "holostack-height/1"


def read_relief(
    record: Path, known: Mapping[str, Any], *, in_proportion: bool
) -> tuple[Path, Mapping[str, Any]]:
    """The depth map of a master and what its record says of it, after checking both.

    Parameters
    ----------
    record, known : of the master: its file, beside the map, and what it says
    in_proportion : whether the size of a px must be known too

    Raises
    ------
    RecordError
        There is no map, it is not what was recorded, or its heights are not known in µm: what is
        missing, and where to say it.
    """
    depth = known.get("depth")
    what = f"{known['specimen']} {known['view']}"
    if not depth:
        raise RecordError(
            f"{what}: has no depth map, as a stack of one frame has none; leave the derivative out "
            "for it, by null in a column derive.NAME of the sheet"
        )
    if depth.get("unit") != "um":
        raise RecordError(
            f"{what}: how far apart its frames are is not known, so that heights are not known in "
            "µm; fill in the sheet's column step_um, or name a list in positions"
        )
    if known_direction(known) is None:
        raise RecordError(
            f"{what}: whether focus moved toward the camera or away is not known, so that hills "
            "cannot be told from hollows; fill in the sheet's column direction"
        )
    if in_proportion and not known.get("pixel_size_um"):
        raise RecordError(
            f"{what}: the size of a pixel is not known, so that width and height have no "
            "proportion; fill in the sheet's column pixel_size_um"
        )
    path = record.with_name(told_name(depth["file"], record))
    by = BLAKE3 if BLAKE3 in depth else SHA256
    refuse_changed([Made(path, depth[by], "master", record, hash=by)])
    return path, depth


def told_of(known: Mapping[str, Any], depth: Mapping[str, Any]) -> dict[str, object]:
    """What a file of heights says of itself: unit, direction, origin, and what it is made of."""
    return {
        "format": FORMAT,
        "what": "height map",
        "unit": "um",
        "larger_is": depth["larger_is"],
        "zero": depth["zero"],
        "zero_frame": depth["zero_frame"],
        "zero_file": depth["zero_file"],
        "unknown": "NaN",
        "origin": "the middle of the first px, top left; rows go down, columns go right",
        "pixel_size_um": known.get("pixel_size_um"),
        "master": known["file"],
        "master_sha256": known["sha256"],
        "depth_sha256": depth["sha256"],
    }
