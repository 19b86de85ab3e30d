"""Capture a stack at a rig that is open: what the command and the bench do alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from hardware.bench.marks import change_marks
from hardware.bench.planning import Planned
from hardware.bench.posing import turn_to_view
from hardware.bench.rig import Rig
from hardware.capture.after import command_after
from hardware.capture.exposure import never
from hardware.capture.journal import StackFolder
from hardware.capture.session import Taken, capture, nobody
from records import log

# Of fewer frames the first, with its long way and its settings, says too much.
TELLING_FRAMES = 3


@dataclass(frozen=True)
class Watching:
    """Who looks on: told of events, warnings and frames, and asked whether to end before each."""

    progress: Callable[[str], None] = log.progress
    warn: Callable[[str], None] = log.warn
    taken: Callable[[Taken], None] = nobody
    ends: Callable[[], bool] = never


def capture_at(
    rig: Rig,
    stack: StackFolder,
    wanted: Planned,
    watching: Watching,
    card: Path | None = None,
    rail_checked: bool = False,
) -> dict[str, Any]:
    """Capture what is missing of a stack; the rig remembers whose ends these are, and the pace.

    Parameters
    ----------
    card, rail_checked : as `session.capture` has them

    Returns
    -------
    The record, as capture.json has it.

    Raises
    ------
    RigError, RecordError : as `session.capture`
    """
    config, seconds = rig.config, list[float]()

    def taken(frame: Taken) -> None:
        seconds.append(frame.seconds)
        watching.taken(frame)

    name = f"{stack.specimen}/{stack.view}"
    change_marks(config, **wanted.served(name))
    try:
        with command_after(config, name, watching.warn):
            angle_deg = turn_to_view(rig, stack.view)
            posed = {} if angle_deg is None else {"pose_deg": angle_deg}
            return capture(
                stack,
                wanted.plan,
                rig.axis,
                rig.camera(),
                config.camera,
                config.record | posed,
                watching.progress,
                card,
                rail_checked,
                watching.ends,
                taken,
                watching.warn,
            )
    finally:
        if len(seconds) >= TELLING_FRAMES:
            change_marks(config, seconds_per_frame=round(median(seconds), 2))
