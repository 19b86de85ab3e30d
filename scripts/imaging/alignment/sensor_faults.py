"""What is the sensor's own in a stack that is aligned: fusion would show it once per frame.

It is looked for in some frames while they are read for registration, so that these are read once.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.detail import Detail, prepare
from imaging.alignment.light import Light, binning_for, coarser, read_light
from imaging.alignment.stack import Alignment
from imaging.sensor import dust
from imaging.sensor.defects import (
    RING_PX,
    Spots,
    SpotSearch,
    likely_defects,
    look_at,
    searched_frames,
    sensor_defects,
)


class SensorSearch:
    """Reads the frames of a stack for registration, and keeps what tells of the sensor.

    Parameters
    ----------
    paths : converted frames
    icc : their profile
    """

    def __init__(self, paths: Sequence[Path], icc: bytes | None) -> None:
        self._paths, self._icc = paths, icc
        self._spots: dict[int, Spots] = {}
        self._lights: dict[int, NDArray[np.float32]] = {}
        # Those that are searched where all frames are used.
        self._searched = searched_frames(len(paths))
        self._chosen = searched_frames(len(paths), dust.SEARCHED)

    def read(self, k: int) -> Detail:
        """The detail of a frame; from any thread."""
        return prepare(self._read(k, k in self._searched, k in self._chosen))

    def faults(
        self, alignment: Alignment, used: Sequence[int], threads: int
    ) -> tuple[NDArray[np.int32], list[dust.Speck]]:
        """Find defective px and dust, outside of what stands still in the frames.

        Parameters
        ----------
        used : positions of the frames that are used; of these, what was not read yet is read
        threads : the result does not depend on it

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
            # Threads are busy with dust while spots are compared.
            lights = pool.map(self._stand_out, chosen if moves else ())
            spots = list(pool.map(self._spots_of, searched))
            suspects = likely_defects(spots, alignment.shape, alignment.transforms[searched])
            looks = pool.map(
                lambda k: look_at(self._paths[k], suspects), used if len(suspects.places) else ()
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

    def _read(self, k: int, spots: bool, light: bool) -> Light:
        """Read a frame, and keep its spots and its light if they are wanted and not known yet."""
        search = SpotSearch() if spots and k not in self._spots else None
        look = search.look if search else None
        found = read_light(self._paths[k], self._icc, look, RING_PX)
        if search:
            self._spots[k] = search.spots()
        if light and k not in self._lights:
            # Cells are no finer than px of what is read for registration.
            cell, small = binning_for(found.shape, dust.CELLS), found
            while small.binning < cell:
                small = coarser(small)
            self._lights[k] = small.luminance
        return found

    def _spots_of(self, k: int) -> Spots:
        if k not in self._spots:
            self._read(k, spots=True, light=False)
        return self._spots[k]

    def _stand_out(self, k: int) -> NDArray[np.float32]:
        if k not in self._lights:
            self._read(k, spots=False, light=True)
        return dust.stand_out(self._lights[k])
