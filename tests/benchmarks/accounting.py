"""How much of a step no further processor shortens, accounted on a machine of any size.

The step runs with more threads than there are processors, and every few ms is counted how many of
them run or are ready to. All are slowed alike, so that as many are ready at a time as would run on
a machine that has a processor for each: what is worked while n are ready takes an n-th of its CPU
seconds there. Other programs' load changes none of that.

Not seen is what many processors share: memory's bandwidth, caches, the disk.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

INTERVAL_S = 0.004
TASKS = Path("/proc/self/task")
SCRIPTS = f"{os.sep}scripts{os.sep}"
# Of no kernel itself is this the place.
KERNELS = "kernels.py"


@dataclass(frozen=True)
class Account:
    """What a step took, as it was accounted.

    Attributes
    ----------
    cpu_s : of all threads
    alone_s : of these, while no other thread was ready
    wall_s : by the clock where each of the threads has a processor
    held_up_in : what of `wall_s` is lost to threads without work, by the places in Holostack's code
        where those were that had some
    """

    cpu_s: float
    alone_s: float
    wall_s: float
    held_up_in: Mapping[str, float]

    def __add__(self, other: Account) -> Account:
        places = {**self.held_up_in}
        for place, seconds in other.held_up_in.items():
            places[place] = places.get(place, 0.0) + seconds
        return Account(
            self.cpu_s + other.cpu_s,
            self.alone_s + other.alone_s,
            self.wall_s + other.wall_s,
            places,
        )


def account(command: Sequence[str], environment: Mapping[str, str], threads: int) -> Account:
    """Run a step's command, `python step.py …` with so many threads, and account for it.

    Linux alone tells enough.
    """
    with tempfile.NamedTemporaryFile(suffix=".json") as told:
        subprocess.run(
            [command[0], __file__, told.name, str(threads), *command[1:]],
            env={**os.environ, **environment},
            capture_output=True,
            check=True,
        )
        return Account(**json.loads(Path(told.name).read_text(encoding="utf-8")))


class _Watch(threading.Thread):
    """Looks at all other threads of this process every few ms."""

    def __init__(self, threads: int) -> None:
        super().__init__(daemon=True)
        self.threads = threads
        self.stopped = threading.Event()
        self.cpu_s = self.alone_s = self.wall_s = time.process_time()
        self.held_up_in: dict[str, float] = defaultdict(float)
        self.held_up_in["Python starts"] = self.alone_s

    def run(self) -> None:
        """Until it is stopped."""
        own = threading.get_native_id()
        before = self.cpu_s
        while not self.stopped.wait(INTERVAL_S):
            ready = _ready(own)
            used = time.process_time() - time.thread_time()
            ran, before = used - before, used
            self.cpu_s += ran
            self.wall_s += ran / max(len(ready), 1)
            if len(ready) < 2:
                self.alone_s += ran
            at_a_time = max(len(ready), 1)
            lost = max(ran / at_a_time - ran / self.threads, 0.0)
            for place in [_place(thread) for thread in ready] or ["elsewhere"]:
                self.held_up_in[place] += lost / at_a_time


def _ready(own: int) -> list[int]:
    """The other threads that run, or would if there was a processor for them."""
    ready = []
    for task in TASKS.iterdir():
        try:
            state = (task / "stat").read_text().rpartition(") ")[2][0]
        except OSError:
            continue
        if state == "R" and int(task.name) != own:
            ready.append(int(task.name))
    return ready


def _place(native: int) -> str:
    """Innermost function of Holostack's that a thread is in."""
    names = {one.native_id: one.ident for one in threading.enumerate()}
    frame: FrameType | None = sys._current_frames().get(names.get(native) or 0)
    while frame is not None:
        code = frame.f_code
        if SCRIPTS in code.co_filename and not code.co_filename.endswith(KERNELS):
            name = code.co_filename.rpartition(SCRIPTS)[2]
            return f"{name} {code.co_name}" if code.co_name != "<module>" else "imports"
        frame = frame.f_back
    return "elsewhere"


def main(argv: list[str]) -> None:
    """Run a script in this process and write its account."""
    told, threads, script, *words = argv
    sys.argv = [script, *words]
    sys.path[0] = str(Path(script).parent)
    watch = _Watch(int(threads))
    watch.start()

    # A step ends this process itself, and has what was asked for called.
    @atexit.register
    def tell() -> None:
        watch.stopped.set()
        watch.join()
        found = Account(watch.cpu_s, watch.alone_s, watch.wall_s, watch.held_up_in)
        Path(told).write_text(json.dumps(vars(found)), encoding="utf-8")

    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
