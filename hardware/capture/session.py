"""Capture of one stack: move, settle, expose, fetch, verify, record, until it is complete."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hardware.bench.axis import Axis
from hardware.bench.config import CameraConfig
from hardware.cameras.camera import Camera, LooksAt
from hardware.capture import journal as journals
from hardware.capture.card import collect, release
from hardware.capture.exposure import AGAIN, Exposures, clear_incoming, never, read_back
from hardware.capture.journal import StackFolder
from hardware.capture.stillness import stands_still
from hardware.errors import AskedToEnd, CannotWriteError, RailError, RigError
from hardware.optics import Plan
from hardware.sentence import Sentence
from records import log
from records.ending import reason_of
from records.locks import writing


@dataclass(frozen=True)
class Taken:
    """A frame that is in: its number, place and file; `seconds` from the move to it to its record.

    `left` frames of the session are missing after it.
    """

    frame: int
    position_um: float
    path: Path
    seconds: float
    left: int


def nobody(taken: Taken) -> None:
    """For a session at which nobody looks."""


def capture(
    stack: StackFolder,
    plan: Plan,
    axis: Axis,
    camera: Camera,
    wanted: CameraConfig,
    rig: dict[str, Any],
    progress: Callable[[str], None],
    card: Path | None = None,
    rail_checked: bool = False,
    ends: Callable[[], bool] = never,
    taken: Callable[[Taken], None] = nobody,
    warn: Callable[[str], None] = log.warn,
) -> dict[str, Any]:
    """Capture what is missing of a stack.

    Parameters
    ----------
    wanted
        How the camera is used; its settings are set, read back, and watched. Exposures of a
        camera of kind `card` give no files; they are collected when all are made.
    rig
        Facts for the record; resuming needs the same.
    progress
        Gets one line per frame and event.
    card
        Folder of the memory card, once all frames are released.
    rail_checked
        A person vouches for the rail's position on resuming.
    ends
        Whether the session is to end before its next frame; asked before each, it may wait.
    taken
        Gets each frame that is in.
    warn
        Gets what a person should see of what may be wrong.

    Returns
    -------
    The record, as capture.json has it.

    Raises
    ------
    RigError : whatever stops it; the same call goes on from the first missing frame
    RecordError : another writes into the stack, and who
    """
    positions = plan.positions_um()
    axis.refuse_stack(positions)
    stack.raw.mkdir(parents=True, exist_ok=True)
    with writing(stack.raw.parent):
        stack.incoming().mkdir(exist_ok=True)
        camera.apply(wanted.settings)
        if isinstance(camera, LooksAt):
            camera.look_at(f"{stack.specimen}/{stack.view}")
        about = {
            "specimen": stack.specimen,
            "view": stack.view,
            "plan": {
                "start_um": plan.start_um,
                "end_um": plan.end_um,
                "step_um": plan.step_um,
                "frames": plan.frames,
            },
            "rig": {
                **rig,
                "rail": asdict(axis.rail.identity()),
                "camera": asdict(camera.identity()),
            },
            "settings": read_back(camera, wanted.settings),
        }
        record = journals.begin(stack, about)
        clear_incoming(stack, record)
        there = {entry["frame"] for entry in (*record["frames"], *record.get("released", []))}
        missing = {k: um for k, um in enumerate(positions, start=1) if k not in there}
        if there and missing:
            text = f"{len(there)} of {plan.frames} frames are there; going on"
            progress(Sentence("going_on", text, there=len(there), frames=plan.frames))
            if not rail_checked:
                _refuse_moved(axis, record, next(iter(missing.values())))
        journals.keep(stack, record)
        _refuse_without_room(stack, len(missing) * wanted.bytes_per_frame)
        exposures = Exposures(stack, record, camera, wanted, progress, ends, warn)
        on_card = wanted.kind == "card"
        with _interruption_noted(exposures, missing), _same_command_goes_on():
            try:
                if on_card:
                    release(exposures, axis, plan, missing)
                else:
                    _take(exposures, axis, plan, missing, taken)
            finally:
                # Whatever ended the session, nothing may go on moving.
                with contextlib.suppress(RigError):
                    axis.rail.stop()
        if on_card:
            collect(exposures, card)
        # What came unasked is kept, as what an interrupted session leaves is.
        clear_incoming(stack, record)
        journals.finish(stack, record)
        progress(Sentence("complete", f"{plan.frames} frames complete", frames=plan.frames))
        with contextlib.suppress(OSError):
            stack.incoming().rmdir()
    return record


@contextlib.contextmanager
def _same_command_goes_on() -> Iterator[None]:
    """Say so of a rail or disk that failed; of a jog, which must not be repeated, nobody does."""
    try:
        yield
    except (RailError, CannotWriteError) as error:
        raise type(error)(f"{error} {AGAIN}") from error


@contextlib.contextmanager
def _interruption_noted(exposures: Exposures, missing: dict[int, float]) -> Iterator[None]:
    """Put into the record that a person or a kill ended the session, and before which frame."""
    try:
        yield
    except (AskedToEnd, KeyboardInterrupt) as reason:
        stack, record = exposures.stack, exposures.record
        taken = {entry["frame"] for entry in (*record["frames"], *record.get("released", []))}
        why = reason_of(reason) if isinstance(reason, KeyboardInterrupt) else "its starter is gone"
        exposures.note(min(missing.keys() - taken, default=0), f"interrupted ({why})")
        journals.keep(stack, record)
        raise


def _take(
    exposures: Exposures,
    axis: Axis,
    plan: Plan,
    missing: dict[int, float],
    taken: Callable[[Taken], None],
) -> None:
    """Take the missing frames (number → µm), in order."""
    stack, record = exposures.stack, exposures.record
    lasted_s = 0.0
    for i, (frame, asked_um) in enumerate(missing.items(), start=1):
        exposures.refuse_to_go_on()
        began = time.monotonic()
        _refuse_without_room(stack, 2 * exposures.wanted.bytes_per_frame)
        reported_um = axis.approach(asked_um, plan.direction())
        path, facts = exposures.expose(frame)
        _warn_if_still(exposures, frame, path)
        position = {"frame": frame, "asked_um": asked_um, "reported_um": reported_um}
        journals.add(stack, record, position, path, facts)
        frame_s, left = time.monotonic() - began, len(missing) - i
        lasted_s += frame_s
        left_s = lasted_s / i * left
        exposures.progress(
            f"frame {frame} of {plan.frames} at {reported_um:.1f} µm, "
            f"{int(left_s // 60)}:{int(left_s % 60):02d} left"
        )
        file = next(entry["file"] for entry in record["frames"] if entry["frame"] == frame)
        taken(Taken(frame, reported_um, stack.raw / file, frame_s, left))
    if missing:
        exposures.settle()


def _warn_if_still(exposures: Exposures, frame: int, path: Path) -> None:
    """Tell when a frame shows nothing new: a warning only, as the view may be empty."""
    names = {entry["frame"]: entry["file"] for entry in exposures.record["frames"]}
    if frame - 1 in names and stands_still(
        exposures.stack.raw / names[frame - 1], path, exposures.wanted.file
    ):
        text = f"frame {frame} shows nothing new: does the carriage stand still?"
        exposures.warn(text)
        exposures.note(frame, text)


def _refuse_moved(axis: Axis, record: dict[str, Any], target_um: float) -> None:
    """Refuse to go on where the count cannot be that of the interrupted session."""
    last_um = [*record.get("released", []), *record["frames"]][-1]["reported_um"]
    slack_um = axis.travel.backlash_um + axis.travel.tolerance_um
    low_um, high_um = min(last_um, target_um) - slack_um, max(last_um, target_um) + slack_um
    here_um = axis.position_um()
    if not low_um <= here_um <= high_um:
        raise RigError(
            f"rail: it reports {here_um:.1f} µm, but was left between {low_um:.1f} and "
            f"{high_um:.1f} µm. If it was moved on purpose and its count is right, run again "
            "with --rail-checked. If its count is wrong: find out where it stands, declare it "
            f"(`python -m hardware here`), then `python -m hardware goto {last_um:.1f}` and run "
            "again."
        )


def _refuse_without_room(stack: StackFolder, needed: int) -> None:
    free = shutil.disk_usage(stack.raw).free
    if free < needed:
        raise RigError(
            f"disk: {free / 1e9:.2f} GB are free for {stack.raw}, {needed / 1e9:.2f} GB are "
            f"needed. Make room. {AGAIN}"
        )
