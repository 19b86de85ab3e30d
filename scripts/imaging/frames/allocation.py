"""Environment of a step that takes and frees hundreds of MB for every frame.

The GNU C library hands such memory back to the system, which clears every page of it anew: a tenth
of the time in which a raw is developed. Told so before it starts, a process keeps what it frees.
See mallopt(3); other C libraries take no notice.
"""

from __future__ import annotations

KEEP_FREED_MEMORY = {
    # Memory of one thread is of use to all.
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(1 << 40),
}
