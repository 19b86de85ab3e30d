"""Environment of steps that take and free the same memory for every frame, or for every strip.

The GNU C library hands such memory back to the system, which clears every page of it anew: a tenth
of the time in which a raw is developed. Told so before it starts, a process keeps what it frees.
See mallopt(3); other C libraries take no notice.
"""

from __future__ import annotations

# What is as large as a frame comes and goes.
KEEP_FREED_MEMORY = {
    # Memory of one thread is of use to all.
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(1 << 40),
}
# What is as large as a strip comes and goes; planes as large as a frame stay until their end, and
# are handed back then: from the most that the C library takes as a threshold.
KEEP_FREED_STRIPS = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 40),
}
