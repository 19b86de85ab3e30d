"""Whose turn it is: stacks go through their steps one after the other, not hundreds side by side.

What is ready to be done in a night is the first step of every stack, and later ones of a few. A
stack that was begun takes disk until it is archived, and a step that wants several processors waits
as long as single ones are taken by others' first steps. So those stacks go on that are begun, and
another begins only where they leave processors free.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Job = TypeVar("Job")
Stack = tuple[str, str]


@dataclass
class Turns(Generic[Job]):
    """Jobs of stacks that are not begun yet, in the order in which they have their turn.

    Kept from look to look: of ten thousand that wait, only those are sorted in that came since.

    Attributes
    ----------
    place : where a job stands in the order; None for one that is bound by no turn
    threads : how many threads the steps of a stack have work for
    may_begin : whether a stack may begin beside those that are begun, threads left aside
    """

    place: Callable[[Job], tuple[int, int] | None]
    stack_of: Callable[[Job], Stack]
    threads: Callable[[Stack], int]
    may_begin: Callable[[Stack, Set[Stack]], bool] = lambda stack, begun: True
    queue: list[tuple[tuple[int, int], int, Job]] = field(default_factory=list)
    waiting: set[Job] = field(default_factory=set)

    def offered(
        self, ready: Set[Job], running: Set[Stack], is_begun: Callable[[Job], bool], cores: int
    ) -> list[Job]:
        """Jobs whose turn it is: one at least where any is ready and none is running.

        Parameters
        ----------
        ready : jobs that nothing is missing for
        running : stacks that a step is at work on
        is_begun : whether something was done in this run that a job goes on with
        cores : processors that the run may take
        """
        at_once, begun = [], set(running)
        for job in ready - self.waiting:
            place = self.place(job)
            if place is None:
                at_once.append(job)
            elif is_begun(job):
                at_once.append(job)
                begun.add(self.stack_of(job))
            else:
                insort(self.queue, (place, id(job), job))
                self.waiting.add(job)
        return at_once + list(self._of_new_stacks(ready, begun, cores))

    def _of_new_stacks(self, ready: Set[Job], begun: set[Stack], cores: int) -> Iterator[Job]:
        """Those that wait, as far as there is room, and forget those that wait no more."""
        taken = sum(min(self.threads(stack), cores) for stack in begun)
        gone = self.waiting - ready
        if gone:
            self.waiting -= gone
            self.queue = [one for one in self.queue if one[2] not in gone]
        for _, _, job in self.queue:
            stack = self.stack_of(job)
            if stack not in begun:
                # One more than there are processors: while a step ends, the next is ready.
                if begun and (taken > cores or not self.may_begin(stack, begun)):
                    return
                taken += min(self.threads(stack), cores)
                begun.add(stack)
            yield job
