"""A capture at the desk: its frames, their figures and pictures, the time left, as they come."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from hardware.bench.config import StackConfig
from hardware.bench.planning import planned
from hardware.bench.rig import Rig
from hardware.capture.journal import StackFolder, frames_there
from hardware.capture.session import Taken
from hardware.capture.stack import Watching, capture_at
from hardware.desk.figures import FRAMES, Figures
from hardware.desk.live import Live
from hardware.desk.slate import Slate

# As a session says of each frame.
IS_IN = re.compile(r"frame \d+ of \d+ ")


class Shooting:
    """One capture.

    Parameters
    ----------
    pictures : by their addresses; those of the frames are put there
    between : is called before each frame, and may wait; whether the capture is to end
    """

    def __init__(
        self, slate: Slate, live: Live, pictures: dict[str, bytes], between: Callable[[], bool]
    ) -> None:
        self._slate = slate
        self._live = live
        self._pictures = pictures
        self._between = between
        self._seconds: list[float] = []
        self._figures: Figures | None = None

    def leave(self) -> None:
        """Show nothing more: another capture is shown now."""
        if self._figures is not None:
            self._figures.leave()
        for address in [name for name in list(self._pictures) if name.startswith(FRAMES)]:
            self._pictures.pop(address, None)

    def shoot(
        self,
        rig: Rig,
        stack: StackFolder,
        given: StackConfig,
        card: Path | None,
        rail_checked: bool,
    ) -> None:
        """Capture what is missing of a stack; as `stack.capture_at`."""
        wanted, name = planned(rig.config, given), f"{stack.specimen}/{stack.view}"
        self._slate.tell(wanted.note())
        for line in wanted.ends_of_others(name):
            self._slate.tell(line, "warning")
        there = frames_there(stack)
        with self._slate.writing() as parts:
            parts["capture"] = {
                "stack": name,
                "frames": wanted.plan.frames,
                "taken": [_entry(frame, um) for frame, (um, _) in there.items()],
                "seconds_left": wanted.plan.seconds,
                "range": "",
            }
        # The start of a thread that is interrupted may leave it waiting for ever.
        with self._slate.whole():
            self._figures = Figures(
                self._slate, self._live, self._pictures, name, wanted.plan.frames
            )
        for frame, (position_um, path) in there.items():
            self._figures.add(frame, position_um, path, is_new=False)
        watching = Watching(
            progress=self._progress,
            warn=lambda text: self._slate.tell(text, "warning"),
            taken=self._taken,
            ends=self._between,
        )
        try:
            capture_at(rig, stack, wanted, watching, card, rail_checked)
        finally:
            self._figures.end()

    def _progress(self, text: str) -> None:
        # Those that are in are seen; a hundred lines of them would drive out what is to be read.
        if not IS_IN.match(text):
            self._slate.tell(text)

    def _taken(self, taken: Taken) -> None:
        self._seconds.append(taken.seconds)
        with self._slate.writing() as parts:
            parts["capture"]["taken"].append(_entry(taken.frame, taken.position_um))
            parts["capture"]["seconds_left"] = round(median(self._seconds) * taken.left, 1)
        if self._figures is not None:
            self._figures.add(taken.frame, taken.position_um, taken.path)


def _entry(frame: int, position_um: float) -> dict[str, Any]:
    figures = dict.fromkeys(("sharpness", "clipped_percent"))
    return {"frame": frame, "position_um": position_um, **figures, "picture": ""}
