"""Was a frame taken after its release? Told by the camera's own clock, however that is set.

The times that a camera writes are whole seconds of a clock of its own: what counts is by how much
it is ahead of ours, which is the same for every frame that belongs to its release. A frame that a
body kept from before (libgphoto2 #1124) is as much older as the release that it belongs to.
"""

from __future__ import annotations

from statistics import median

# Seconds are cut off, and a shutter opens a while after its release.
SLACK_S = 1.5
# A frame later than the others by more than this is no slow shutter: the others are too old.
LATER_S = 10.0
# Nobody sets a clock by less; frames of the releases before are hardly older.
SET_BY_S = 60.0
REMEMBERED = 9


class CameraClock:
    """How far the camera's clock is ahead of ours, learned from the frames.

    Parameters
    ----------
    ahead_s : as an earlier session of the stack had it; None where nothing is known
    """

    def __init__(self, ahead_s: float | None = None) -> None:
        self._ahead_s = [] if ahead_s is None else [ahead_s]
        self._own = False
        self._refused_s: float | None = None

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

    def older_by_s(self, ahead_s: float) -> float:
        """By how many seconds a frame is older than its release; 0 where it belongs to it.

        `ahead_s` is the frame's time minus that of its release. Negative where the frame is that
        much later than those before it: then they are the older ones. Twice the same, by much or
        as the first of a session, says that the camera's clock was set.
        """
        known_s = self.ahead_s()
        older_s = 0.0 if known_s is None else known_s - ahead_s
        if -LATER_S <= older_s <= SLACK_S:
            self._take(ahead_s)
            return 0.0
        again = self._refused_s is not None and abs(self._refused_s - ahead_s) <= SLACK_S
        if again and (not self._own or abs(older_s) > SET_BY_S):
            self._ahead_s.clear()
            self._take(ahead_s)
            return 0.0
        self._refused_s = ahead_s
        return older_s

    def _take(self, ahead_s: float) -> None:
        self._ahead_s = [*self._ahead_s, ahead_s][-REMEMBERED:]
        self._own, self._refused_s = True, None
