"""One good frame: settings held, released, fetched, whole, new; all else is set aside.

After a failure the camera is started afresh and asked once more. What a delivered frame is held
to stands in `Exposures.refuse_unfit`, for a frame by cable and for one from a card. Nothing that a
camera delivered is thrown away, and which of two files is the frame is never guessed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardware.bench.config import CameraConfig
from hardware.cameras.camera import Camera
from hardware.cameras.names import same
from hardware.capture import journal as journals
from hardware.capture.journal import StackFolder
from hardware.errors import AskedToEnd, CameraBusyError, CameraError, RigError
from hardware.frames import DeliveredFrame, inspect
from records.files import copy_new, set_aside

AGAIN = "Then run the same command again: it goes on from the first missing frame."
BUSY_WAITS_S = (0.5, 1, 2, 4, 8, 15)


def never() -> bool:
    """For a session that nobody asks to end."""
    return False


@dataclass
class Exposures:
    """The exposures of one session.

    `record` is its journal, `wanted` how the camera is used, `ends` whether it was asked to end.
    """

    stack: StackFolder
    record: dict[str, Any]
    camera: Camera
    wanted: CameraConfig
    progress: Callable[[str], None]
    ends: Callable[[], bool] = never
    exposed_at: float = -1e9

    def refuse_to_go_on(self) -> None:
        """AskedToEnd where the session is to end before its next frame."""
        if self.ends():
            raise AskedToEnd(f"stopped between two frames, as what started it is gone. {AGAIN}")

    def expose(self, frame: int) -> tuple[Path, DeliveredFrame]:
        """One good frame; after a failure the camera is started afresh and asked once more."""
        for attempt in (1, 2):
            self._set_strays_aside()
            try:
                if attempt == 2:
                    self.camera.recover()
                files = self.release(frame)
                path, facts = self._the_frame(files)
                self.refuse_unfit(path, facts)
                return path, facts
            except CameraError as error:
                clear_incoming(self.stack, self.record, str(error))
                if attempt == 2:
                    raise CameraError(f"{error} {AGAIN}") from error
                self.progress(f"frame {frame}: {error} Trying once more.")
                self.note(frame, str(error))
        raise AssertionError

    def release(self, frame: int) -> list[Path]:
        """Expose, waiting while the camera is busy."""
        time.sleep(max(0.0, self.exposed_at + self.wanted.recycle_s - time.monotonic()))
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

    def _the_frame(self, files: list[Path]) -> tuple[Path, DeliveredFrame]:
        """The one file that is the frame; companions are set aside, two frames refused."""
        frames, broken = {}, []
        for path in files:
            try:
                facts = inspect(path)
            except CameraError as error:
                broken.append(error)
                continue
            if facts.kind == self.wanted.file and facts.sha256 not in frames:
                frames[facts.sha256] = (path, facts)
        if not frames:
            reason = "; ".join(map(str, broken)) or f"no {self.wanted.file} file came"
            raise CameraError(f"camera: {reason}.")
        if len(frames) > 1:
            names = ", ".join(path.name for path, _ in frames.values())
            clear_incoming(self.stack, self.record, "more than one frame came for one release")
            raise RigError(
                f"camera: {len(frames)} frames came for one release ({names}); which is which "
                f"cannot be known, they are in {self.stack.unassigned()}. {AGAIN}"
            )
        path, facts = next(iter(frames.values()))
        for other in files:
            if other != path and other.exists():
                put_aside(self.stack, self.record, other, "came beside the frame")
        return path, facts

    def refuse_unfit(self, path: Path, facts: DeliveredFrame) -> None:
        """Every check of a frame that was delivered, by cable or from a card.

        Raises
        ------
        CameraError : another exposure may be good: by cable the frame is taken once more; from a
            card it cannot be, and the session ends
        RigError : every other frame would fail alike: the session ends, to be gone on with
        """
        self.refuse_repeated(path, facts)
        self.refuse_changed(path, facts)

    def refuse_repeated(self, path: Path, facts: DeliveredFrame) -> None:
        """CameraError where the file is that of an earlier frame."""
        for entry in self.record["frames"]:
            if entry["sha256"] == facts.sha256:
                raise CameraError(
                    f"camera: {path.name} is the same file as frame {entry['frame']}. Does the "
                    "camera deliver old frames, or does the carriage stand still?"
                )

    def refuse_changed(self, path: Path, facts: DeliveredFrame) -> None:
        """RigError where settings or size are not the first frame's, or not those asked for."""
        changed = []
        now = self.camera.settings()
        for name, wanted in self.wanted.settings.items():
            if name in now and not same(name, now[name], wanted):
                changed.append(f"{name} was {wanted}, is {now[name]}")
        if self.record["frames"]:
            first = self.record["frames"][0]
            size_and_exif = {
                "width_px": facts.width_px,
                "height_px": facts.height_px,
                **facts.exif,
            }
            for name, value in size_and_exif.items():
                if name != "taken_at" and first.get(name, value) != value:
                    changed.append(f"{name} was {first[name]}, is {value}")
        if changed:
            put_aside(self.stack, self.record, path, "settings changed: " + "; ".join(changed))
            raise RigError(
                f"camera: settings changed during the capture: {'; '.join(changed)}. The frame "
                f"is in {self.stack.unassigned()}. Set it back. {AGAIN}"
            )

    def _set_strays_aside(self) -> None:
        for path in self.camera.strays():
            copy = copy_new(path, self.stack.incoming() / path.name)
            put_aside(self.stack, self.record, copy, "came between two exposures")

    def note(self, frame: int, what: str) -> None:
        """Put an event into the record."""
        event = {"frame": frame, "at": journals.now(), "what": what}
        self.record.setdefault("events", []).append(event)


def read_back(camera: Camera, wanted: dict[str, str]) -> dict[str, str]:
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


def clear_incoming(
    stack: StackFolder, record: dict[str, Any], reason: str = "left by an interrupted session"
) -> None:
    """Keep files that are not recorded, though they are no frames."""
    for path in sorted(stack.incoming().iterdir()):
        put_aside(stack, record, path, reason)


def put_aside(stack: StackFolder, record: dict[str, Any], path: Path, reason: str) -> None:
    """Keep a file that is no frame, and say why it is none."""
    target = set_aside(path, stack.unassigned())
    record["unassigned"].append({"file": target.name, "reason": reason})
    journals.keep(stack, record)
