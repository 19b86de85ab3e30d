"""The newest picture of what lies under the camera, and whether anybody looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

# Who has not asked for so long looks no more: the camera is let rest.
LOOKS_S = 3.0


@dataclass(frozen=True)
class Picture:
    """A JPEG of the specimen.

    Attributes
    ----------
    number : grows from picture to picture
    position_um : where the rail stood; None where that is not known
    source : `live` by the camera's preview, `shot` a test shot, `frame` a frame of a stack
    """

    number: int
    jpeg: bytes
    position_um: float | None
    source: str


class Live:
    """Pictures as they come, for as many as look. Every method may be called from any thread.

    Parameters
    ----------
    whole : within it the thread that signals interrupt is not interrupted
    """

    def __init__(self, whole: Callable[[], AbstractContextManager[None]]) -> None:
        self._whole = whole
        self._came = threading.Condition()
        self._picture: Picture | None = None
        self._asked_at = -LOOKS_S

    def show(self, jpeg: bytes, position_um: float | None, source: str) -> None:
        """Take a picture as the newest."""
        with self._whole(), self._came:
            number = self._picture.number + 1 if self._picture is not None else 1
            self._picture = Picture(number, jpeg, position_um, source)
            self._came.notify_all()

    def newest(self, after: int, wait_s: float) -> Picture | None:
        """The newest picture with a number above `after`, waited for; None if none came."""
        until = time.monotonic() + wait_s
        with self._whole(), self._came:
            while True:
                self._asked_at = time.monotonic()
                if self._picture is not None and self._picture.number > after:
                    return self._picture
                left_s = until - time.monotonic()
                if left_s <= 0:
                    return None
                self._came.wait(min(left_s, LOOKS_S / 2))

    def is_looked_at(self) -> bool:
        """Whether anybody has asked within the last seconds."""
        return time.monotonic() - self._asked_at < LOOKS_S
