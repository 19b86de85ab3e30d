"""What is the sensor's own in a stack that is aligned: fusion would show it once per frame."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.light import binning_for, read_luminance
from imaging.alignment.stack import Alignment
from imaging.sensor.defects import (
    likely_defects,
    read_spots,
    searched_frames,
    sensor_defects,
    shown_in,
)
from imaging.sensor.dust import CELLS, Speck, find_specks, moves_enough, stand_out


def sensor_faults(
    paths: Sequence[Path],
    icc: bytes | None,
    alignment: Alignment,
    used: Sequence[int],
    threads: int,
) -> tuple[NDArray[np.int32], list[Speck]]:
    """Find defective px and dust, outside of what stands still in the frames.

    Parameters
    ----------
    paths : converted frames
    icc : their profile
    used : positions of the frames that are used

    Returns
    -------
    defects : (D, 2) x and y
    specks : of dust
    """
    chosen = [used[k] for k in searched_frames(len(used))]
    transforms = alignment.transforms[chosen]
    cell = binning_for(alignment.shape, CELLS)
    lights: list[NDArray[np.float32]] = []
    with ThreadPoolExecutor(threads) as pool:
        spots = list(pool.map(lambda k: read_spots(paths[k]), chosen))
        places = likely_defects(spots, alignment.shape)
        shown = list(pool.map(lambda k: shown_in(paths[k], places), used)) if len(places) else []
        if moves_enough(transforms, alignment.shape, cell):
            lights = list(
                pool.map(lambda k: stand_out(read_luminance(paths[k], icc, cell)), chosen)
            )
    defects = sensor_defects(places, np.array(shown), alignment.transforms[used])
    specks = find_specks(lights, transforms, cell)
    if still := alignment.still:
        # What was burned into the frames is no fault of the sensor, and not to be mended.
        defects = defects[~still.covers(*defects.T)]
        centres = np.array([speck.centre_px for speck in specks], int).reshape(-1, 2)
        specks = [speck for speck, hid in zip(specks, still.covers(*centres.T)) if not hid]
    return defects, specks
