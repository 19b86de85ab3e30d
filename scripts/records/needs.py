"""What each step needs of a machine: memory, processors and time, by the size of a stack.

The numbers are measured: peak memory and processor time as the system accounted them (the last line
of a step's log), on stacks of 2 Mpx x 6 and 24 Mpx x 4 and x 8 of raws, with one thread and with
four; tests/benchmarks/needs.py measures them again and holds them against what is asked here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# What is asked is more than was measured, for pictures and libraries that take more.
MEMORY_MARGIN = 1.15
# Other processors are slower, and disks are shared.
TIME_MARGIN = 4.0
# A job that was ended for want of memory or time is asked for so much more the next time.
MORE_EACH_TIME = 1.6
# Of a job on a cluster, for the two Snakemakes that start its steps; and to load them.
JOB_MB, JOB_MIN = 360, 1
# Below this, a second thread waits for the first most of the time.
ONE_THREAD_PX = 4e6
# Where nothing is known of a stack's frames: those of a camera of 24 Mpx, and how many.
USUAL_PX, USUAL_FRAMES = 24e6, 50


@dataclass(frozen=True)
class Size:
    """How large a stack is: its frames, and the pixels of one."""

    px: float = USUAL_PX
    frames: int = USUAL_FRAMES


@dataclass(frozen=True)
class Need:
    """What a step takes.

    Attributes
    ----------
    base_mb : of memory, for Python and its libraries
    bytes_px : and for each pixel of a frame
    bytes_px_thread : and for each pixel and thread
    start_s : of time, to load what it needs
    frame_s : of one processor's time, for a Mpx of each frame
    once_s : for a Mpx of the stack's picture
    threads : it has work for at most
    """

    base_mb: float
    bytes_px: float = 0.0
    bytes_px_thread: float = 0.0
    start_s: float = 2.0
    frame_s: float = 0.0
    once_s: float = 0.0
    threads: int = 1


NEEDS = {
    "import_raws": Need(40, frame_s=0.05),
    "ledger": Need(150, 2, 4, frame_s=0.1, threads=2),
    "convert": Need(130, 4, 18, frame_s=0.3, threads=4),
    "align": Need(150, 8, frame_s=0.2, threads=4),
    "fuse": Need(180, 26, 1, frame_s=0.5, once_s=0.5, threads=4),
    "method": Need(180, 26, 1, frame_s=0.5, once_s=0.5, threads=4),
    "retouch": Need(180, 10, once_s=1.0, threads=2),
    "qc": Need(150, 4, once_s=0.5),
    "master": Need(190, 10, once_s=0.5),
    "derive": Need(90, 4, once_s=0.3),
    "archive": Need(150, 10, frame_s=0.1, once_s=0.5, threads=2),
    "review": Need(150, 12, frame_s=0.2, once_s=1.0, threads=2),
    "layers": Need(150, 160, frame_s=0.5),
}


def threads(step: str, size: Size) -> int:
    """How many threads a step has work for."""
    return NEEDS[step].threads if size.px > ONE_THREAD_PX else 1


def measured_mb(step: str, size: Size, threads: int) -> float:
    """What a step was measured to take of memory, MB."""
    need = NEEDS[step]
    return need.base_mb + size.px * (need.bytes_px + need.bytes_px_thread * threads) / 1e6


def memory_mb(step: str, size: Size, threads: int, attempt: int = 1) -> int:
    """How much memory a step is to be given, MB; `attempt` counts from 1."""
    asked = measured_mb(step, size, threads) * MEMORY_MARGIN
    return math.ceil(asked * MORE_EACH_TIME ** (attempt - 1))


def runtime_min(step: str, size: Size, threads: int, attempt: int = 1) -> int:
    """How long a step may take, minutes; `attempt` counts from 1."""
    need, mpx = NEEDS[step], size.px / 1e6
    # Half of the work is taken to be done by one thread at a time, which is more than is.
    share = 0.5 + 0.5 / threads
    busy_s = mpx * (need.frame_s * size.frames + need.once_s) * share
    asked_s = (need.start_s + busy_s) * TIME_MARGIN * MORE_EACH_TIME ** (attempt - 1)
    return math.ceil(asked_s / 60)
