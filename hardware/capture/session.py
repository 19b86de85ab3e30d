"""Capture of one stack: move, settle, expose, fetch, verify, record, until it is complete."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hardware.bench.axis import Axis
from hardware.bench.lock import held
from hardware.cameras.camera import Camera
from hardware.capture import journal as journals
from hardware.capture.card import frames_on, match
from hardware.capture.exposure import AGAIN, Exposures, Method, clear_incoming, read_back
from hardware.capture.journal import Stack
from hardware.capture.stillness import stands_still
from hardware.errors import RigError
from hardware.frames import DeliveredFrame, inspect
from hardware.optics import Plan


def capture(
    stack: Stack,
    plan: Plan,
    axis: Axis,
    camera: Camera,
    settings: dict[str, str],
    rig: dict[str, Any],
    method: Method,
    progress: Callable[[str], None],
) -> dict[str, Any]:
    """Capture what is missing of a stack.

    `settings` are camera settings by their common names: set, read back, and watched. `rig`
    are facts for the record, and resuming needs the same. `progress` is told one line per
    frame and event. Gives the record, as capture.json has it.
    """
    positions = plan.positions_um()
    axis.refuse_stack(positions)
    stack.raw.mkdir(parents=True, exist_ok=True)
    with held(stack.incoming() / "lock", f"stack {stack.specimen}/{stack.view}", "capture"):
        camera.apply(settings)
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
            "settings": read_back(camera, settings),
        }
        record = journals.begin(stack, about)
        clear_incoming(stack, record)
        taken = {entry["frame"] for entry in (*record["frames"], *record.get("released", []))}
        missing = [frame for frame in range(1, plan.frames + 1) if frame not in taken]
        if taken and missing:
            progress(f"{len(taken)} of {plan.frames} frames are there; going on")
            _check_rail(axis, record, positions, missing[0], method.rail_checked)
        journals.keep(stack, record)
        _refuse_without_room(stack, len(missing) * method.bytes_per_frame)
        exposures = Exposures(stack, record, camera, settings, method, progress)
        run = _Run(stack, record, axis, exposures, method, progress)
        try:
            if method.on_card:
                run.release(missing, positions)
            else:
                run.take(missing, positions)
        finally:
            # Whatever ended the session, nothing may go on moving.
            with contextlib.suppress(RigError):
                axis.rail.stop()
        if method.on_card:
            run.collect()
        # What came unasked is kept, as what an interrupted session leaves is.
        clear_incoming(stack, record)
        journals.finish(stack, record)
        progress(f"{plan.frames} frames complete")
        (stack.incoming() / "lock").unlink()
    with contextlib.suppress(OSError):
        stack.incoming().rmdir()
    return record


@dataclass
class _Run:
    """A session under way."""

    stack: Stack
    record: dict[str, Any]
    axis: Axis
    exposures: Exposures
    method: Method
    progress: Callable[[str], None]

    def take(self, missing: list[int], positions: list[float]) -> None:
        """Take the missing frames, in order."""
        direction = 1 if positions[-1] >= positions[0] else -1
        began = time.monotonic()
        for i, frame in enumerate(missing):
            asked_um = positions[frame - 1]
            _refuse_without_room(self.stack, 2 * self.method.bytes_per_frame)
            reported_um = self.axis.approach(asked_um, direction)
            path, facts = self.exposures.expose(frame)
            self._warn_if_still(frame, path)
            self._record(frame, asked_um, reported_um, path, facts)
            left_s = (time.monotonic() - began) / (i + 1) * (len(missing) - i - 1)
            self.progress(
                f"frame {frame} of {len(positions)} at {reported_um:.1f} µm, "
                f"{int(left_s // 60)}:{int(left_s % 60):02d} left"
            )

    def release(self, missing: list[int], positions: list[float]) -> None:
        """Release the missing frames, in order; their files stay on the card."""
        direction = 1 if positions[-1] >= positions[0] else -1
        for frame in missing:
            reported_um = self.axis.approach(positions[frame - 1], direction)
            if self.record.get("releasing") == frame:
                self.record.setdefault("doubtful", []).append(frame)
            self.record["releasing"] = frame
            journals.keep(self.stack, self.record)
            self.exposures.release(frame)
            self.record["releasing"] = None
            self.record.setdefault("released", []).append(
                {"frame": frame, "asked_um": positions[frame - 1], "reported_um": reported_um}
            )
            journals.keep(self.stack, self.record)
            self.progress(f"frame {frame} of {len(positions)} released at {reported_um:.1f} µm")

    def collect(self) -> None:
        """Take the frames from the card; each to the release whose turn it is."""
        released = self.record["released"]
        if self.method.card is None:
            raise RigError(
                f"camera: {len(released)} frames are released and on the card. Put the card into "
                "the computer and run the same command with --card and its folder."
            )
        found = frames_on(self.method.card, self.method.kind)
        taken = {entry["frame"] for entry in self.record["frames"]}
        files = match(found, released, self.record.get("doubtful", []))
        for entry in released:
            if entry["frame"] in taken:
                continue
            one = files[entry["frame"]]
            copy = self.stack.incoming() / one.path.name
            shutil.copy2(one.path, copy)
            facts = inspect(copy)
            self.exposures.refuse_repeated(copy, facts)
            self.exposures.refuse_changed(copy, facts)
            self._record(entry["frame"], entry["asked_um"], entry["reported_um"], copy, facts)
        self.progress(f"{len(files)} frames collected from {self.method.card}")

    def _warn_if_still(self, frame: int, path: Path) -> None:
        """Say when a frame shows nothing new: a warning only, as the view may be empty."""
        before = [entry for entry in self.record["frames"] if entry["frame"] == frame - 1]
        if not before:
            return
        if stands_still(self.stack.raw / before[0]["file"], path, self.method.kind):
            text = f"frame {frame} shows nothing new: does the carriage stand still?"
            self.progress(f"warning: {text}")
            self.exposures.note(frame, text)

    def _record(
        self, frame: int, asked_um: float, reported_um: float, path: Path, facts: DeliveredFrame
    ) -> None:
        told = dict(facts.exif)
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        entry = {
            "frame": frame,
            "file": self.stack.file_name(frame, path.suffix.lower()),
            "sha256": facts.sha256,
            "bytes": facts.bytes,
            "asked_um": asked_um,
            "reported_um": reported_um,
            "taken_at": told.pop("taken_at", now),
            "width_px": facts.width_px,
            "height_px": facts.height_px,
            **told,
            "camera_file": path.name,
        }
        journals.add(self.stack, self.record, entry, path)


def _check_rail(
    axis: Axis, record: dict[str, Any], positions: list[float], next_frame: int, vouched: bool
) -> None:
    """Refuse to go on where the count cannot be that of the interrupted session."""
    last = [*record.get("released", []), *record["frames"]][-1]["reported_um"]
    target = positions[next_frame - 1]
    slack = axis.travel.backlash_um + axis.travel.tolerance_um
    low, high = min(last, target) - slack, max(last, target) + slack
    here = axis.position_um()
    if not vouched and not low <= here <= high:
        raise RigError(
            f"rail: it reports {here:.1f} µm, but was left between {low:.1f} and {high:.1f} µm. "
            "If it was moved on purpose and its count is right, run again with --rail-checked. "
            "If its count is wrong: find out where it stands, declare it (`python -m hardware "
            f"here`), then `python -m hardware goto {last:.1f}` and run again."
        )


def _refuse_without_room(stack: Stack, needed: int) -> None:
    free = shutil.disk_usage(stack.raw).free
    if free < needed:
        raise RigError(
            f"disk: {free / 1e9:.2f} GB are free for {stack.raw}, {needed / 1e9:.2f} GB are "
            f"needed. Make room. {AGAIN}"
        )
