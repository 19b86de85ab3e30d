"""Was a frame taken after its release? Told by the camera's own clock, however that is set.

The times that a camera writes are whole seconds of a clock of its own: what counts is by how much
it is ahead of ours, which is the same for every frame that belongs to its release. A frame that a
body kept from before (libgphoto2 #1124) is as much older as the release that it belongs to: by
the time between two releases, whatever that is. A clock that was set is off by the same every time.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

# Seconds are cut off, and a shutter opens a while after its release.
SLACK_S = 1.5
# A frame later than the others by more than this is no slow shutter: the others are too old.
LATER_S = 10.0
# Releases so differently far apart tell a clock that was set from frames that were kept.
APART_S = 2 * SLACK_S
REMEMBERED = 9


@dataclass(frozen=True)
class _Refused:
    """A frame that did not fit; `apart_s` is how long before its release the last one was."""

    ahead_s: float
    apart_s: float | None


class CameraClock:
    """How far the camera's clock is ahead of ours, learned from the frames.

    Parameters
    ----------
    ahead_s : as an earlier session of the stack had it; None where nothing is known
    """

    def __init__(self, ahead_s: float | None = None) -> None:
        self._ahead_s = [] if ahead_s is None else [ahead_s]
        self._own = False
        self._released_at: float | None = None
        self._refused: _Refused | None = None

    def ahead_s(self) -> float | None:
        """By how much the camera's clock is ahead, None where nothing is known."""
        return median(self._ahead_s) if self._ahead_s else None

    def learned(self) -> bool:
        """Whether a frame of this session told it."""
        return self._own

    def is_older(self, ahead_s: float) -> bool:
        """Whether a frame belongs to a release before, by what is known; nothing is learned."""
        known_s = self.ahead_s()
        return known_s is not None and known_s - ahead_s > SLACK_S

    def older_by_s(self, ahead_s: float, released_at: float) -> float:
        """By how many seconds a frame is older than its release; 0 where it belongs to it.

        Negative where the frame is that much later than those before it: then they are the older
        ones. Off by the same twice, while the releases were differently far apart, the camera's
        clock was set, and the frame belongs to its release.

        Parameters
        ----------
        ahead_s : the frame's time minus that of its release
        released_at : the release, by our clock
        """
        before, self._released_at = self._released_at, released_at
        apart_s = None if before is None else released_at - before
        known_s = self.ahead_s()
        older_s = 0.0 if known_s is None else known_s - ahead_s
        if -LATER_S <= older_s <= SLACK_S:
            self._take(ahead_s)
            return 0.0
        if _was_set(self._refused, _Refused(ahead_s, apart_s)):
            self._ahead_s.clear()
            self._take(ahead_s)
            return 0.0
        self._refused = _Refused(ahead_s, apart_s)
        return older_s

    def _take(self, ahead_s: float) -> None:
        self._ahead_s = [*self._ahead_s, ahead_s][-REMEMBERED:]
        self._own, self._refused = True, None


def _was_set(before: _Refused | None, now: _Refused) -> bool:
    """Whether two frames are off by the same though their releases were differently far apart."""
    if before is None or before.apart_s is None or now.apart_s is None:
        return False
    differently = abs(now.apart_s - before.apart_s) > APART_S
    return differently and abs(now.ahead_s - before.ahead_s) <= SLACK_S
