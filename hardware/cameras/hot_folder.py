"""A folder into which another program saves frames: Canon EOS Utility, Nikon Camera Control Pro.

The folder is only read: what is a frame is copied, and nothing in it is renamed or removed.
It is polled, as notices of the system come with a file's first byte.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from hardware.cameras.camera import CameraIdentity
from hardware.errors import CameraError
from hardware.frames import inspect
from records.files import copy_new


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

    def strays(self) -> list[Path]:
        """Files that came since the last exposure ended, once they stand still."""
        new = self._new()
        if new:
            new = self._settled(new, time.monotonic() + self._timeout_s)
        self._known.update(new)
        return new

    def shoot(self, incoming: Path, frame: int) -> list[Path]:
        """Release, wait for a whole frame and for what comes beside it, copy all."""
        self._release()
        until = time.monotonic() + self._timeout_s
        while True:
            new = self._settled(self._new(), until)
            if any(self._is_frame(path) for path in new):
                break
            if time.monotonic() > until:
                self._known.update(new)
                seen = ", ".join(path.name for path in new) or "nothing"
                raise CameraError(
                    f"camera: no whole {self._kind} frame came into {self._folder} within "
                    f"{self._timeout_s:.0f} s of the release; what came: {seen}. Does the "
                    "camera program save there, and as raw?"
                )
            time.sleep(self._poll_s)
        self._known.update(new)
        copies = []
        for path in new:
            copy = incoming / path.name
            if copy.exists():
                copy = incoming / f"{path.parent.name}_{path.name}"
            copies.append(copy_new(path, copy))
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

    def _is_frame(self, path: Path) -> bool:
        try:
            return inspect(path).kind == self._kind
        except (CameraError, OSError):
            return False


def _sizes(paths: list[Path]) -> dict[Path, int]:
    sizes = {}
    for path in paths:
        try:
            sizes[path] = path.stat().st_size
        except FileNotFoundError:
            continue  # The other program renamed its temporary file.
    return sizes
