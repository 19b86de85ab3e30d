"""The frames of a stack as its alignment recorded them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from imaging.frames.converted import read_profile
from imaging.fusion.frame import Frame
from imaging.sensor.dust import Speck


def frames_of(
    aligned: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    folder: Path,
    icc: bytes | None = None,
) -> list[Frame]:
    """The frames that are used, by their rows, as the alignment left them, in order.

    Parameters
    ----------
    aligned : content of `transforms.json`
    rows : of its frames, one at least
    folder : of the converted frames
    icc : their profile, where it is known; else it is read from the first
    """
    icc = icc or read_profile(folder / rows[0]["tiff"])
    defects = np.array(aligned["sensor_defects_px"], np.int32).reshape(-1, 2)
    dust = tuple(Speck.from_record(speck) for speck in aligned["sensor_dust"])
    return [
        Frame(
            folder / row["tiff"],
            np.linalg.inv(np.array(row["matrix"])),
            icc,
            tuple(row["gain"]),
            defects,
            dust,
        )
        for row in rows
    ]
