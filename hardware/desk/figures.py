"""Figures and small pictures of a capture's frames, made beside it: the capture never waits.

Their thread gives way to whatever else has work, so that 24 MP raws come in as fast as without.
"""

from __future__ import annotations

import os
import queue
import threading
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hardware.bench.judging import of_frame, range_sentence
from hardware.desk.live import Live
from hardware.desk.slate import Slate
from hardware.errors import CameraError

# Of 19: behind what fetches frames and drives the rail, and what works on stacks.
NICE = 10
# Where their pictures are, as the state has it.
FRAMES = "/frames/"


class _Frame(NamedTuple):
    frame: int
    position_um: float
    path: Path
    is_new: bool


class Figures:
    """Judges the frames of one capture in a thread of its own.

    Parameters
    ----------
    pictures : by their addresses; the frames' are put there
    """

    def __init__(
        self, slate: Slate, live: Live, pictures: dict[str, bytes], stack: str, frames: int
    ) -> None:
        self._slate = slate
        self._live = live
        self._pictures = pictures
        self._stack = stack
        self._frames = frames
        self._energies: dict[int, NDArray[np.float32]] = {}
        self._came: queue.SimpleQueue[_Frame | None] = queue.SimpleQueue()
        self._left = False
        self._thread = threading.Thread(target=self._work, name="figures", daemon=True)
        self._thread.start()

    def add(self, frame: int, position_um: float, path: Path, is_new: bool = True) -> None:
        """Have a frame judged; a new one is shown as the newest picture."""
        self._came.put(_Frame(frame, position_um, path, is_new))

    def end(self) -> None:
        """No more come; those that came are still judged."""
        self._came.put(None)

    def leave(self) -> None:
        """Show nothing more: another capture is shown now."""
        self._left = True
        self._came.put(None)

    def _work(self) -> None:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        while (came := self._came.get()) is not None and not self._left:
            try:
                self._judge(came)
            except (CameraError, OSError) as error:
                self._slate.tell(f"frame {came.frame}: no figures: {error}", "warning")

    def _judge(self, came: _Frame) -> None:
        judged = of_frame(came.path)
        address = f"{FRAMES}{self._stack}/{came.frame}.jpg"
        self._energies[came.frame] = judged.energy
        sentence = self._of_range()
        with self._slate.writing() as parts:
            # Another capture may have taken its place in this moment.
            if self._left:
                return
            self._pictures[address] = judged.jpeg
            parts["capture"]["range"] = sentence
            for entry in parts["capture"]["taken"]:
                if entry["frame"] == came.frame:
                    entry.update(
                        sharpness=round(judged.sharpness, 4),
                        clipped_percent=round(judged.clipped_percent, 3),
                        picture=address,
                    )
        if came.is_new:
            self._live.show(judged.jpeg, came.position_um, "frame")

    def _of_range(self) -> str:
        """Whether the range is too short, by the frames from the first on without a gap."""
        energies: list[NDArray[np.float32]] = []
        while (frame := len(energies) + 1) in self._energies:
            energies.append(self._energies[frame])
        return range_sentence(energies, len(energies) == self._frames)
