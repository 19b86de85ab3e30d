"""What was worked out is kept in memory, as far as there is room; nothing is left on a disk."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

T = TypeVar("T")


class Kept:
    """The things that were asked for last; every method may be called from any thread.

    Parameters
    ----------
    most_bytes : of all that is kept; what alone is larger is not kept
    """

    def __init__(self, most_bytes: int) -> None:
        self._most, self._bytes = most_bytes, 0
        self._lock = threading.Lock()
        self._things: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()
        self._made: dict[Hashable, threading.Lock] = {}

    @property
    def bytes(self) -> int:
        """Of what is kept now."""
        return self._bytes

    def get(self, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
        """What is kept under a key, else made: once, however many ask for it at once.

        Parameters
        ----------
        key : of a thing that never changes
        size : bytes of what was made
        """
        while True:
            with self._lock:
                if key in self._things:
                    self._things.move_to_end(key)
                    return self._things[key][0]  # type: ignore[return-value]
                making = self._made.get(key)
                if making is None:
                    making = self._made[key] = threading.Lock()
                    making.acquire()
                    break
            # Another thread makes it; where that fails, this one tries.
            with making:
                pass
        try:
            thing = make()
            self._keep(key, thing, size(thing))
            return thing
        finally:
            with self._lock:
                del self._made[key]
            making.release()

    def _keep(self, key: Hashable, thing: object, size: int) -> None:
        with self._lock:
            if size > self._most:
                return
            self._things[key] = thing, size
            self._bytes += size
            while self._bytes > self._most:
                _, (_, left) = self._things.popitem(last=False)
                self._bytes -= left
