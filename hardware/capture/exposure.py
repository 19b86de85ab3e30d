"""One good frame: settings held, released, fetched, whole, new; all else is set aside.

After a failure the camera is started afresh and asked once more. What a delivered frame is held
to stands in `Exposures.refuse_unfit`, for a frame by cable and for one from a card. Nothing that a
camera delivered is thrown away, and which of two files is the frame is never guessed.

A file belongs to its release. Releases and the frames that came are counted in the record; what
comes outside a release is set aside, and so is a frame that was taken before its release by the
camera's own clock: a body may keep one, even over a reconnect, and give it out for the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hardware.bench.config import CameraConfig
from hardware.cameras.camera import Camera, Tells
from hardware.cameras.names import differing
from hardware.capture import journal as journals
from hardware.capture.camera_clock import APART_S, CameraClock
from hardware.capture.journal import StackFolder
from hardware.errors import AskedToEnd, CameraBusyError, CameraError, RigError
from hardware.frames import DeliveredFrame, inspect
from records import log
from records.files import set_aside

AGAIN = "Then run the same command again: it goes on from the first missing frame."
BUSY_WAITS_S = (0.5, 1, 2, 4, 8, 15)
# Before the third release, so that it is farther from the second than that from the first.
KEPT_WAIT_S = 2 * APART_S


def never() -> bool:
    """For a session that nobody asks to end."""
    return False


@dataclass
class Exposures:
    """The exposures of one session.

    `record` is its journal, `wanted` how the camera is used, `ends` whether it was asked to end,
    `warn` gets what a person should see.
    """

    stack: StackFolder
    record: dict[str, Any]
    camera: Camera
    wanted: CameraConfig
    progress: Callable[[str], None]
    ends: Callable[[], bool] = never
    warn: Callable[[str], None] = log.warn
    exposed_at: float = -1e9
    released_at: float = 0.0
    clock: CameraClock = field(init=False)

    def __post_init__(self) -> None:
        """Take up what an earlier session counted, and knew of the camera's clock."""
        there = len(self.record["frames"])
        self.record.setdefault("releases", {"made": there, "came": there})
        self.clock = CameraClock(self.record.get("camera_clock_ahead_s"))

    def refuse_to_go_on(self) -> None:
        """AskedToEnd where the session is to end before its next frame."""
        if self.ends():
            raise AskedToEnd(f"stopped between two frames, as what started it is gone. {AGAIN}")

    def expose(self, frame: int) -> tuple[Path, DeliveredFrame]:
        """One good frame; after a failure the camera is started afresh and asked once more.

        Where that gives out a frame that the camera kept, it is asked a third time.
        """
        for attempt in (1, 2, 3):
            try:
                if attempt == 3:
                    time.sleep(KEPT_WAIT_S)
                if attempt > 1:
                    self.camera.recover()
                self.set_strays_aside()
                files = self.release(frame)
                path, facts = self._the_frame(files)
                self._refuse_older(path, facts)
                self.refuse_unfit(path, facts)
                return path, facts
            except CameraError as error:
                clear_incoming(self.stack, self.record, str(error))
                if attempt == 3 or (attempt == 2 and not isinstance(error, _KeptFrameError)):
                    raise CameraError(f"{error} {AGAIN}") from error
                self.progress(f"frame {frame}: {error} Trying once more.")
                self.note(frame, str(error))
        raise AssertionError

    def release(self, frame: int) -> list[Path]:
        """Expose, waiting while the camera is busy."""
        time.sleep(max(0.0, self.exposed_at + self.wanted.recycle_s - time.monotonic()))
        for wait_s in (*BUSY_WAITS_S, None):
            try:
                self.record["releases"]["made"] += 1
                journals.keep(self.stack, self.record)
                self.exposed_at, self.released_at = time.monotonic(), time.time()
                return self.camera.shoot(self.stack.incoming(), frame)
            except CameraBusyError:
                self.record["releases"]["made"] -= 1
                if wait_s is None:
                    raise
                time.sleep(wait_s)
            except OSError as error:
                raise RigError(
                    f"frame {frame}: cannot write: {error}. Make room. {AGAIN}"
                ) from error
        raise AssertionError

    def _the_frame(self, files: list[Path]) -> tuple[Path, DeliveredFrame]:
        """The one file that is the frame; companions are set aside, two frames refused.

        Of two, one may be of a release before: its time tells.
        """
        frames, broken = {}, []
        for path in files:
            try:
                facts = inspect(path)
            except CameraError as error:
                broken.append(error)
                continue
            if facts.kind == self.wanted.file and facts.sha256 not in frames:
                frames[facts.sha256] = (path, facts)
        self.record["releases"]["came"] += len(frames) or min(len(broken), 1)
        if len(frames) > 1:
            late = [one for one in frames.values() if self._is_older(one[1])]
            for path, facts in late if len(late) < len(frames) else []:
                put_aside(self.stack, self.record, path, "was taken before this release")
                del frames[facts.sha256]
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

    def _refuse_older(self, path: Path, facts: DeliveredFrame) -> None:
        """Refuse a frame that was taken before its release, or shows that others were.

        Raises
        ------
        CameraError : it is older than its release: another may be good
        RigError : the frames of this session before it are the older ones
        """
        ahead_s = self._ahead_s(facts)
        if ahead_s is None:
            return
        older_s = self.clock.older_by_s(ahead_s, self.released_at)
        if older_s < 0 and self.clock.learned():
            self.record["void"] = (
                "the frames before frame "
                f"{len(self.record['frames']) + 1} are by {-older_s:.0f} s older than their "
                "releases: the camera gave out what it had kept, and their positions are wrong"
            )
            put_aside(self.stack, self.record, path, "the frames before it are older than it")
            raise RigError(
                f"camera: {self.record['void']}. Switch it off and on, move "
                f"{self.stack.raw.parent} aside and begin anew."
            )
        if older_s:
            relation = "before" if older_s > 0 else "later than"
            raise _KeptFrameError(
                f"camera: by its own clock, {path.name} was taken {abs(older_s):.0f} s {relation} "
                "its release: it gives out frames that it kept."
            )
        ahead_s = self.clock.ahead_s()
        self.record["camera_clock_ahead_s"] = None if ahead_s is None else round(ahead_s, 1)

    def _is_older(self, facts: DeliveredFrame) -> bool:
        ahead_s = self._ahead_s(facts)
        return ahead_s is not None and self.clock.is_older(ahead_s)

    def _ahead_s(self, facts: DeliveredFrame) -> float | None:
        """By how much a frame's own time is ahead of its release; None where it tells none."""
        taken_at = facts.exif.get("taken_at")
        if taken_at is None or not self.camera.keeps_time:
            return None
        taken = datetime.fromisoformat(str(taken_at)).replace(tzinfo=UTC)
        return taken.timestamp() - self.released_at

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
        """RigError where settings or size are not the first frame's, or not those asked for.

        Also where the body does something by itself that it did not: somebody moved a switch.
        """
        changed = differing(self.camera.settings(), self.wanted.settings)
        if isinstance(self.camera, Tells):
            changed += [sentence.rstrip(".") for sentence in self.camera.automatics()]
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

    def settle(self) -> None:
        """Take what still comes after the last frame; note where frames and releases differ."""
        self.set_strays_aside(last=True)
        made, came = self.record["releases"]["made"], self.record["releases"]["came"]
        if made != came:
            text = f"{made} releases were made and {came} frames came; the others are set aside"
            self.warn(text)
            self.note(0, text)

    def set_strays_aside(self, last: bool = False) -> None:
        """Take what came outside a release from the camera, and keep it as no frame."""
        for path in self.camera.strays(self.stack.incoming(), last):
            counted = self.record["releases"]
            late = counted["came"] < counted["made"] and self._may_be_frame(path)
            counted["came"] += late
            reason = "came after its release was given up" if late else "came between two exposures"
            put_aside(self.stack, self.record, path, reason)

    def _may_be_frame(self, path: Path) -> bool:
        try:
            return inspect(path).kind == self.wanted.file
        except CameraError:
            return False

    def note(self, frame: int, what: str) -> None:
        """Put an event into the record."""
        event = {"frame": frame, "at": journals.now(), "what": what}
        self.record.setdefault("events", []).append(event)


class _KeptFrameError(CameraError):
    """What came is not of this release: the camera gave out what it had kept."""


def read_back(camera: Camera, wanted: dict[str, str]) -> dict[str, str]:
    """Settings as the camera has them; CameraError where one is not as wanted."""
    now = camera.settings()
    for sentence in differing(now, wanted):
        raise CameraError(
            f"camera: {sentence}. Is the dial on the body in the way (mode M), or the lens ring?"
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
