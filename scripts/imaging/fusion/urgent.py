"""Work that goes before what waits in a pool already, in the pool's own threads.

A pool takes its work in the order in which it was given. What the rest will wait for, given late,
would come last; threads of its own would be more than there are processors for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

Item = TypeVar("Item")


class Urgent:
    """Urgent work of a pool: its other work calls `help` before it begins."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._waiting: deque[tuple[Future[None], Callable[[], None]]] = deque()

    def each(self, work: Callable[[Item], None], items: Iterable[Item]) -> None:
        """Have the work done for each item, in any order, and wait for it."""
        begun = []
        for item in items:
            done: Future[None] = Future()
            begun.append(done)
            self._waiting.append((done, partial(work, item)))
            # For when no other work begins.
            self._pool.submit(self.help)
        for done in begun:
            done.result()

    def help(self) -> None:
        """Do what is urgent and nobody does yet."""
        while self._waiting:
            try:
                done, work = self._waiting.popleft()
            except IndexError:
                return
            try:
                work()
                done.set_result(None)
            except BaseException as error:
                done.set_exception(error)
