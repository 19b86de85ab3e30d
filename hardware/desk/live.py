"""The newest picture of what lies under the camera, and whether anybody looks.

Pictures are taken while somebody looks: between two things by the thread that drives the rig, and
while the rail is on its way by another, for the camera is free then.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from hardware.errors import RigError

# Who has not asked for so long looks no more: the camera is let rest.
LOOKS_S = 3.0
# No more pictures than this: two processors have stacks to work on, too.
EVERY_S = 1 / 16
# The same bytes again tell that nothing moved: as a sign of life, that suffices so often.
SAME_EVERY_S = 0.5
# After a preview that failed.
REST_S = 2.0
# For a preview under way to end.
PREVIEW_S = 15.0


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


class Previewing:
    """Takes previews while somebody looks.

    Parameters
    ----------
    preview : takes one, JPEG
    place : where the rail stands, µm; None where that is not known
    failed : is told why a preview was not to be had
    """

    def __init__(
        self,
        live: Live,
        preview: Callable[[], bytes],
        place: Callable[[], float | None],
        failed: Callable[[str], None],
    ) -> None:
        self._live = live
        self._preview = preview
        self._place = place
        self._failed = failed
        self._next_at = 0.0
        self._last: tuple[bytes, float | None] = (b"", None)
        self._shown_at = 0.0

    def is_due(self) -> bool:
        """Whether a preview is to be taken now."""
        return self._live.is_looked_at() and time.monotonic() >= self._next_at

    def wait_s(self) -> float | None:
        """How long until the next is due; None where nobody looks."""
        if not self._live.is_looked_at():
            return None
        return max(0.0, self._next_at - time.monotonic())

    def take(self) -> None:
        """Take one and show it; after a failure none is due for a while."""
        began = time.monotonic()
        self._next_at = began + EVERY_S
        try:
            taken = self._preview(), self._place()
        except (RigError, OSError) as error:
            self._next_at = time.monotonic() + REST_S
            self._failed(str(error))
            return
        if taken == self._last and began - self._shown_at < SAME_EVERY_S:
            return
        self._last, self._shown_at = taken, began
        self._live.show(*taken, "live")

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Take previews from another thread meanwhile: the one here has the rail to drive."""
        done = threading.Event()

        def take_on() -> None:
            # What a picture takes is part of the time until the next.
            while not done.wait(max(0.005, self._next_at - time.monotonic())):
                if self.is_due():
                    self.take()
                else:
                    done.wait(EVERY_S)

        thread = threading.Thread(target=take_on, name="live", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join(PREVIEW_S)
