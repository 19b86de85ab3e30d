"""A folder into which another program saves frames: Canon EOS Utility, Nikon Camera Control Pro.

The folder is only read: what is a frame is copied, and nothing in it is renamed or removed.
It is polled, as notices of the system come with a file's first byte.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from hardware.cameras.camera import CameraIdentity, longest_wait_s
from hardware.errors import CameraError, DoubtfulReleaseError
from hardware.frames import DeliveredFrame, inspect
from records.files import copy_new, sha256_file


class HotFolder:
    """Waits for the files of each exposure.

    Parameters
    ----------
    folder
        Watched with its subfolders, as EOS Utility makes one per day.
    kind
        `raw` or `jpeg`: which file is the frame.
    release
        Presses the shutter, or asks a person to.
    timeout_s
        Longest time from release to a whole frame.
    quiet_s
        A file is whole when its size has stood still this long and it decodes; the same
        time is given to a companion or a second frame to show up.
    """

    keeps_time = True

    def __init__(
        self,
        folder: Path,
        kind: str,
        release: Callable[[], None],
        timeout_s: float = 60.0,
        quiet_s: float = 1.0,
        poll_s: float = 0.5,
    ) -> None:
        if not folder.is_dir():
            raise CameraError(
                f"camera: hot folder {folder} does not exist. Name the folder into which the "
                "camera program saves (camera.folder)."
            )
        self._folder = folder
        self._kind = kind
        self._release = release
        self._timeout_s = timeout_s
        self._quiet_s = quiet_s
        self._poll_s = poll_s
        # Of the last frame: a camera on no cable tells it nowhere else.
        self._exposure_s = 0.0
        self._known = set(self._files())

    def identity(self) -> CameraIdentity:
        """The folder; which camera it was stands in the frames."""
        return CameraIdentity("hot folder")

    def apply(self, wanted: dict[str, str]) -> None:
        """Settings are made in the camera program; the frames are checked against each other."""
        if wanted:
            raise CameraError(
                "camera: a hot folder cannot set "
                + ", ".join(sorted(wanted))
                + "; set it in the camera program and leave camera.settings empty"
            )

    def settings(self) -> dict[str, str]:
        """None can be read."""
        return {}

    def strays(self, incoming: Path, last: bool = False) -> list[Path]:
        """Files that came since the last exposure ended, copied once they stand still."""
        new = self._new()
        if new:
            new = self._settled(new, time.monotonic() + self._timeout_s)
        self._known.update(new)
        return [self._copied(path, incoming) for path in new]

    def shoot(self, incoming: Path, frame: int) -> list[Path]:
        """Release, wait for a whole frame and for what comes beside it, copy all."""
        # Where the rail cannot tell whether it fired, the file that comes, or does not, tells.
        with contextlib.suppress(DoubtfulReleaseError):
            self._release()
        timeout_s = longest_wait_s(self._timeout_s, self._exposure_s)
        until = time.monotonic() + timeout_s
        while True:
            new = self._settled(self._new(), until)
            frames = {path: facts for path in new if (facts := self._frame(path)) is not None}
            if frames:
                break
            if time.monotonic() > until:
                self._known.update(new)
                seen = ", ".join(path.name for path in new) or "nothing"
                raise CameraError(
                    f"camera: no whole {self._kind} frame came into {self._folder} within "
                    f"{timeout_s:.0f} s of the release; what came: {seen}. Does the "
                    "camera program save there, and as raw?"
                )
            time.sleep(self._poll_s)
        self._known.update(new)
        self._exposure_s = max(float(one.exif.get("exposure_s", 0)) for one in frames.values())
        copies = []
        for path in new:
            copies.append(self._copied(path, incoming))
            if path in frames and sha256_file(copies[-1]) != frames[path].sha256:
                raise CameraError(
                    f"camera: {path.name} changed while it was copied, or the copy is not what "
                    f"was read in {self._folder}. Is the frame still being written, or the "
                    "network drive at fault?"
                )
        return copies

    def recover(self) -> None:
        """Nothing to start afresh; the next exposure is waited for anew."""

    def close(self) -> None:
        """Nothing to let go of."""

    def _files(self) -> list[Path]:
        files = (path for path in self._folder.rglob("*") if path.is_file())
        return sorted(path for path in files if not path.name.startswith("."))

    def _new(self) -> list[Path]:
        return [path for path in self._files() if path not in self._known]

    def _settled(self, new: list[Path], until: float) -> list[Path]:
        """New files once none has grown or been added for `quiet_s`; empty ones left out."""
        if not new:
            return []
        sizes, since = _sizes(new), time.monotonic()
        while time.monotonic() - since < self._quiet_s:
            time.sleep(min(self._poll_s, self._quiet_s))
            now = _sizes(self._new())
            if now != sizes:
                sizes, since = now, time.monotonic()
            if time.monotonic() > until:
                break
        return [path for path, size in sizes.items() if size > 0]

    def _copied(self, path: Path, incoming: Path) -> Path:
        copy = incoming / path.name
        if copy.exists():
            copy = incoming / f"{path.parent.name}_{path.name}"
        return copy_new(path, copy)

    def _frame(self, path: Path) -> DeliveredFrame | None:
        try:
            facts = inspect(path)
        except (CameraError, OSError):
            return None
        return facts if facts.kind == self._kind else None


def _sizes(paths: list[Path]) -> dict[Path, int]:
    sizes = {}
    for path in paths:
        try:
            sizes[path] = path.stat().st_size
        except FileNotFoundError:
            continue  # The other program renamed its temporary file.
    return sizes
