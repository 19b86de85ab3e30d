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

from hardware import journal as journals
from hardware.axis import Axis
from hardware.cameras import Camera
from hardware.cameras.names import same
from hardware.card import frames_on, match
from hardware.errors import CameraBusyError, CameraError, RigError
from hardware.files import set_aside
from hardware.frames import Frame, inspect
from hardware.journal import Stack
from hardware.lock import held
from hardware.optics import Plan
from hardware.stillness import stands_still

AGAIN = "Then run the same command again: it goes on from the first missing frame."
BUSY_WAITS_S = (0.5, 1, 2, 4, 8, 15)


@dataclass(frozen=True)
class Method:
    """How frames are taken.

    kind : `raw` or `jpeg`, which of the camera's files is the frame.
    recycle_s : least time between two exposures (flash).
    rail_checked : a person vouches for the rail's position on resuming.
    on_card : exposures give no files; they are collected from `card` when all are made.
    """

    kind: str = "raw"
    recycle_s: float = 0.0
    bytes_per_frame: int = 50_000_000
    rail_checked: bool = False
    on_card: bool = False
    card: Path | None = None


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
            "settings": _read_back(camera, settings),
        }
        record = journals.begin(stack, about)
        _clear_incoming(stack, record)
        taken = {entry["frame"] for entry in (*record["frames"], *record.get("released", []))}
        missing = [frame for frame in range(1, plan.frames + 1) if frame not in taken]
        if taken and missing:
            progress(f"{len(taken)} of {plan.frames} frames are there; going on")
            _check_rail(axis, record, positions, missing[0], method.rail_checked)
        journals.keep(stack, record)
        _refuse_without_room(stack, len(missing) * method.bytes_per_frame)
        run = _Run(stack, record, axis, camera, settings, method, progress)
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
        journals.finish(stack, record)
        progress(f"{plan.frames} frames complete")
    shutil.rmtree(stack.incoming(), ignore_errors=True)
    return record


@dataclass
class _Run:
    """A session under way."""

    stack: Stack
    record: dict[str, Any]
    axis: Axis
    camera: Camera
    settings: dict[str, str]
    method: Method
    progress: Callable[[str], None]
    exposed_at: float = -1e9

    def take(self, missing: list[int], positions: list[float]) -> None:
        """Take the missing frames, in order."""
        direction = 1 if positions[-1] >= positions[0] else -1
        began = time.monotonic()
        for i, frame in enumerate(missing):
            asked_um = positions[frame - 1]
            _refuse_without_room(self.stack, 2 * self.method.bytes_per_frame)
            reported_um = self.axis.approach(asked_um, direction)
            path, facts = self._expose(frame)
            self._warn_if_still(frame, path)
            self._note(frame, asked_um, reported_um, path, facts)
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
            self._release(frame)
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
            self._refuse_repeated(copy, facts)
            self._refuse_changed(copy, facts)
            self._note(entry["frame"], entry["asked_um"], entry["reported_um"], copy, facts)
        self.progress(f"{len(files)} frames collected from {self.method.card}")

    def _expose(self, frame: int) -> tuple[Path, Frame]:
        """One good frame; after a failure the camera is started afresh and asked once more."""
        for attempt in (1, 2):
            self._set_strays_aside()
            try:
                files = self._release(frame)
                path, facts = self._the_frame(files)
                self._refuse_repeated(path, facts)
                break
            except CameraError as error:
                self._set_incoming_aside(str(error))
                if attempt == 2:
                    raise CameraError(f"{error} {AGAIN}") from error
                self.progress(f"frame {frame}: {error} Trying once more.")
                self._event(frame, str(error))
                self.camera.recover()
        self._refuse_changed(path, facts)
        return path, facts

    def _release(self, frame: int) -> list[Path]:
        """Expose, waiting while the camera is busy."""
        time.sleep(max(0.0, self.exposed_at + self.method.recycle_s - time.monotonic()))
        for wait_s in (*BUSY_WAITS_S, None):
            try:
                self.exposed_at = time.monotonic()
                return self.camera.shoot(self.stack.incoming(), frame)
            except CameraBusyError:
                if wait_s is None:
                    raise
                time.sleep(wait_s)
            except OSError as error:
                raise RigError(
                    f"frame {frame}: cannot write: {error}. Make room. {AGAIN}"
                ) from error
        raise AssertionError

    def _the_frame(self, files: list[Path]) -> tuple[Path, Frame]:
        """The one file that is the frame; companions are set aside, two frames refused."""
        frames, broken = {}, []
        for path in files:
            try:
                facts = inspect(path)
            except CameraError as error:
                broken.append(error)
                continue
            if facts.kind == self.method.kind and facts.sha256 not in frames:
                frames[facts.sha256] = (path, facts)
        if not frames:
            said = "; ".join(str(error) for error in broken) or f"no {self.method.kind} file came"
            raise CameraError(f"camera: {said}.")
        if len(frames) > 1:
            names = ", ".join(path.name for path, _ in frames.values())
            self._set_incoming_aside("more than one frame came for one release")
            raise RigError(
                f"camera: {len(frames)} frames came for one release ({names}); which is which "
                f"cannot be known, they are in {self.stack.unassigned()}. {AGAIN}"
            )
        path, facts = next(iter(frames.values()))
        for other in files:
            if other != path and other.exists():
                self._set_aside(other, "came beside the frame")
        return path, facts

    def _refuse_repeated(self, path: Path, facts: Frame) -> None:
        for entry in self.record["frames"]:
            if entry["sha256"] == facts.sha256:
                raise CameraError(
                    f"camera: {path.name} is the same file as frame {entry['frame']}. Does the "
                    "camera deliver old frames, or does the carriage stand still?"
                )

    def _refuse_changed(self, path: Path, facts: Frame) -> None:
        """Settings and size must be those of the first frame, settings those asked for."""
        changed = []
        now = self.camera.settings()
        for name, wanted in self.settings.items():
            if name in now and not same(name, now[name], wanted):
                changed.append(f"{name} was {wanted}, is {now[name]}")
        if self.record["frames"]:
            first = self.record["frames"][0]
            told = {"width_px": facts.width_px, "height_px": facts.height_px, **facts.told}
            for name, then in first.items():
                if name in told and name != "taken_at" and told[name] != then:
                    changed.append(f"{name} was {then}, is {told[name]}")
        if changed:
            self._set_aside(path, "settings changed: " + "; ".join(changed))
            raise CameraError(
                f"camera: settings changed during the capture: {'; '.join(changed)}. The frame "
                f"is in {self.stack.unassigned()}. Set it back. {AGAIN}"
            )

    def _warn_if_still(self, frame: int, path: Path) -> None:
        """Say when a frame shows nothing new: a warning only, as the view may be empty."""
        before = [entry for entry in self.record["frames"] if entry["frame"] == frame - 1]
        if not before:
            return
        if stands_still(self.stack.raw / before[0]["file"], path, self.method.kind):
            text = f"frame {frame} shows nothing new: does the carriage stand still?"
            self.progress(f"warning: {text}")
            self._event(frame, text)

    def _note(
        self, frame: int, asked_um: float, reported_um: float, path: Path, facts: Frame
    ) -> None:
        told = dict(facts.told)
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

    def _set_strays_aside(self) -> None:
        for path in self.camera.strays():
            copy = self.stack.incoming() / path.name
            shutil.copy2(path, copy)
            self._set_aside(copy, "came between two exposures")

    def _set_incoming_aside(self, reason: str) -> None:
        for path in sorted(self.stack.incoming().iterdir()):
            if path.name != "lock":
                self._set_aside(path, reason)

    def _set_aside(self, path: Path, reason: str) -> None:
        _set_aside(self.stack, self.record, path, reason)

    def _event(self, frame: int, what: str) -> None:
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        self.record.setdefault("events", []).append({"frame": frame, "at": now, "what": what})


def _set_aside(stack: Stack, record: dict[str, Any], path: Path, reason: str) -> None:
    target = set_aside(path, stack.unassigned())
    record["unassigned"].append({"file": target.name, "reason": reason})
    journals.keep(stack, record)


def _clear_incoming(stack: Stack, record: dict[str, Any]) -> None:
    """Files that an interrupted session had not recorded are kept, but are no frames."""
    for path in sorted(stack.incoming().iterdir()):
        if path.name != "lock":
            _set_aside(stack, record, path, "left by an interrupted session")


def _read_back(camera: Camera, wanted: dict[str, str]) -> dict[str, str]:
    """Settings as the camera has them; CameraError where one is not as wanted."""
    now = camera.settings()
    for name, value in wanted.items():
        if name in now and not same(name, now[name], value):
            if name == "format" and value.lower() == "raw":
                continue  # Cameras name their raws NEF, ARW, …: the frames are checked instead.
            raise CameraError(
                f"camera: {name} was set to {value}, but reads {now[name]}. Is the dial on the "
                "body in the way (mode M), or the lens ring?"
            )
    return now


def _check_rail(
    axis: Axis, record: dict[str, Any], positions: list[float], next_frame: int, vouched: bool
) -> None:
    """Refuse to go on where the count cannot be that of the interrupted session."""
    last = [*record.get("released", []), *record["frames"]][-1]["reported_um"]
    target = positions[next_frame - 1]
    slack = axis.backlash_um + axis.tolerance_um
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
