"""One page paints a stack at a time; others are told who, and only look.

A page holds the pen while it is heard of. This process holds a lock file beside the strokes
meanwhile, so that a server in another process is kept out too.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from records.layout import PEN
from records.locks import held, myself

LOCK = Path(PEN).name
# A page tells every three seconds that it is there; one that was closed without a word is gone.
SILENT_S = 10.0


class Pen:
    """Who may paint in one stack.

    Parameters
    ----------
    folder : the stack's folder `retouch`
    now : s that rise
    """

    def __init__(self, folder: Path, now: Callable[[], float] = time.monotonic) -> None:
        self._lock_file = folder / LOCK
        self._now = now
        self._lock = threading.Lock()
        self._page = ""
        self._heard = 0.0
        self._holding = ExitStack()

    def is_with(self, page: str, take: bool = False) -> bool:
        """Whether a page, which tells that it is there, may paint.

        Parameters
        ----------
        take : also where another page holds the pen: a person says so there

        Raises
        ------
        RecordError : another process holds the lock, and which
        """
        with self._lock:
            now = self._now()
            is_free = not self._page or now - self._heard > SILENT_S
            if page != self._page and not (is_free or take):
                return False
            if not self._page:
                what = f"{self._lock_file.parent.parent}: is retouched"
                self._holding.enter_context(held(self._lock_file, myself("python -m web"), what))
            self._page, self._heard = page, now
            return True

    def put_down(self, page: str) -> None:
        """A page that held it ends."""
        with self._lock:
            if page == self._page:
                self._page = ""
                self._holding.close()
