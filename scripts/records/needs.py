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
# Other processors are slower, disks are shared, and programs of others take longer.
TIME_MARGIN = 8.0
# A job that was ended for want of memory or time is asked for so much more the next time.
MORE_EACH_TIME = 1.6
# Of a job on a cluster, for the two Snakemakes that start its steps, and minutes to load them.
# Steps that may be at work side by side, whose memory is added up, have it together.
JOB_MB, JOB_MIN = 360, 1
SIDE_BY_SIDE = {"qc": 2, "master": 2, "derive": 3}
# Below this, a second thread waits for the first most of the time.
ONE_THREAD_PX = 4e6
# Where nothing is known of a stack's frames: those of a camera of 24 Mpx, and how many.
USUAL_PX, USUAL_FRAMES = 24e6, 50


@dataclass(frozen=True)
class Size:
    """How large a stack is.

    Attributes
    ----------
    px : of a frame
    frames : how many there are
    developed : the way of demosaicing its raws, or PHOTOGRAPH
    """

    px: float = USUAL_PX
    frames: int = USUAL_FRAMES
    developed: str = ""


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


# How the frames of a stack are developed, where they are no raws.
PHOTOGRAPH = "photograph"
# Measured peaks, MB, with 1 | 2 | 4 threads; processor time of 24 Mpx x 4, s.
NEEDS = {
    # 2 Mpx: 40; as large whatever it copies.
    "import_raws": Need(40, frame_s=0.02),
    # 2 Mpx: 66, of JPEG 114; 24 Mpx: 117 | 203, 0.9 s; of JPEG 117 | 120, of TIFF 107 | 127.
    "ledger": Need(105, 0, 2.3, frame_s=0.03, threads=2),
    # 2 Mpx: 158; 24 Mpx: 452 | 692 | 887 on two processors, 4.6 s.
    "convert": Need(131, 3.4, 10, frame_s=0.05, threads=4),
    # 2 Mpx: 237; 6 Mpx: – | 406; 24 Mpx: 284 | 456 | 349, 3.3 s: by what is found in the pictures.
    "align": Need(340, 2, 1, frame_s=0.06, threads=4),
    # 2 Mpx: 204; 24 Mpx: 930 | 940 | 1122, 9.5 s; where all lies beside rims – | 1090.
    "fuse": Need(140, 33, 2.7, frame_s=0.1, threads=4),
    "method": Need(140, 33, 2.7, frame_s=0.1, threads=4),
    "retouch": Need(140, 30, once_s=0.3, threads=2),
    # 2 Mpx: 150; 24 Mpx: 326, where nothing is found 182; 1.4 s.
    "qc": Need(135, 8, once_s=0.06),
    # 2 Mpx: 149; 24 Mpx: 404, 2.2 s.
    "master": Need(126, 11.6, once_s=0.1),
    # The largest, web: 2 Mpx: 102; 24 Mpx: 173, 1.1 s.
    "derive": Need(96, 3.3, once_s=0.05),
    # 24 Mpx: in float32 70, in 16 bits 111, 0.9 s.
    "height": Need(70, 1.9, once_s=0.05),
    # 24 Mpx, 424,000 triangles: GLB 216, with the whole picture 399, PLY 378; 4.6 s.
    "mesh": Need(190, 9, once_s=0.2),
    # As fuse; nine views.
    "stereo": Need(160, 33, 2.7, frame_s=1.2, once_s=0.5, threads=4),
    # 2 Mpx: 122; 24 Mpx: 235 | 368, 4.1 s; of JPEG, in which barcodes are looked for, – | 581.
    "archive": Need(112, 0, 10, frame_s=0.05, threads=2),
    # 2 Mpx: 248; 24 Mpx: 267 | 384, 2.3 s.
    "review": Need(220, 0, 3.3, frame_s=0.03, threads=2),
    "layers": Need(150, 160, frame_s=0.2),
}
# Converting otherwise than by DIRECTIONAL: photographs (JPEG 618 | 702, TIFF 412 | 580), or raws
# by LibRaw, of 24 Mpx: AHD, PPG and LINEAR 678 | 871, VNG 678 | 727, DHT 967 | 1208,
# DCB 1254 | 1734, AAHD 1617 | 2460.
_AHD = Need(131, 12, 11, frame_s=0.15, threads=4)
CONVERT = {
    PHOTOGRAPH: Need(131, 14, 6, frame_s=0.03, threads=4),
    **dict.fromkeys(("AHD", "PPG", "LINEAR", "VNG"), _AHD),
    "DHT": Need(131, 18, 17, frame_s=0.2, threads=4),
    "DCB": Need(131, 20, 27, frame_s=0.15, threads=4),
    "AAHD": Need(131, 27, 35, frame_s=0.3, threads=4),
}


def _need(step: str, size: Size) -> Need:
    return CONVERT.get(size.developed, NEEDS[step]) if step == "convert" else NEEDS[step]


def threads(step: str, size: Size) -> int:
    """How many threads a step has work for."""
    return NEEDS[step].threads if size.px > ONE_THREAD_PX else 1


def measured_mb(step: str, size: Size, threads: int) -> float:
    """What a step was measured to take of memory, MB."""
    need = _need(step, size)
    return need.base_mb + size.px * (need.bytes_px + need.bytes_px_thread * threads) / 1e6


def memory_mb(step: str, size: Size, threads: int, attempt: int = 1) -> int:
    """How much memory a step is to be given, MB; `attempt` counts from 1."""
    asked = measured_mb(step, size, threads) * MEMORY_MARGIN
    return math.ceil(asked * MORE_EACH_TIME ** (attempt - 1))


def job_mb(step: str) -> int:
    """How much more memory a step is to be given in a job on a cluster, MB."""
    return JOB_MB // SIDE_BY_SIDE.get(step, 1)


def runtime_min(step: str, size: Size, threads: int, attempt: int = 1) -> int:
    """How long a step may take, minutes; `attempt` counts from 1."""
    need, mpx = _need(step, size), size.px / 1e6
    # Half of the work is taken to be done by one thread at a time, which is more than is.
    share = 0.5 + 0.5 / threads
    busy_s = mpx * (need.frame_s * size.frames + need.once_s) * share
    asked_s = (need.start_s + busy_s) * TIME_MARGIN * MORE_EACH_TIME ** (attempt - 1)
    return math.ceil(asked_s / 60)
