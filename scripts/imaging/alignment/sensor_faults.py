"""What is the sensor's own in a stack that is aligned: fusion would show it once per frame."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.light import binning_for, read_luminance
from imaging.alignment.stack import Alignment
from imaging.sensor import dust
from imaging.sensor.defects import (
    likely_defects,
    look_at,
    read_spots,
    searched_frames,
    sensor_defects,
)


def sensor_faults(
    paths: Sequence[Path],
    icc: bytes | None,
    alignment: Alignment,
    used: Sequence[int],
    threads: int,
) -> tuple[NDArray[np.int32], list[dust.Speck]]:
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
    searched = [used[k] for k in searched_frames(len(used))]
    chosen = [used[k] for k in searched_frames(len(used), dust.SEARCHED)]
    transforms = alignment.transforms[chosen]
    cell = binning_for(alignment.shape, dust.CELLS)
    moves = dust.moves_enough(transforms, alignment.shape, cell)
    with ThreadPoolExecutor(threads) as pool:
        # All that is read whole at once: while spots are compared, threads read for dust.
        reading = [pool.submit(read_spots, paths[k]) for k in searched]
        lights = pool.map(
            lambda k: dust.stand_out(read_luminance(paths[k], icc, cell)), chosen if moves else ()
        )
        spots = [one.result() for one in reading]
        suspects = likely_defects(spots, alignment.shape, alignment.transforms[searched])
        looks = pool.map(
            lambda k: look_at(paths[k], suspects), used if len(suspects.places) else ()
        )
        specks = dust.find_specks(list(lights), transforms, cell, threads)
        seen = list(looks)
    defects = sensor_defects(suspects.places, np.array(seen), alignment.transforms[used])
    if still := alignment.still:
        # What was burned into the frames is no fault of the sensor, and not to be mended.
        defects = defects[~still.covers(*defects.T)]
        centres = np.array([speck.centre_px for speck in specks], int).reshape(-1, 2)
        specks = [speck for speck, hid in zip(specks, still.covers(*centres.T)) if not hid]
    return defects, specks
