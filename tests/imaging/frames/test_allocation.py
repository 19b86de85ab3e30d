"""What a step frees is not cleared by the system again each time that it is taken."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from imaging.frames.allocation import KEEP_FREED_MEMORY, KEEP_FREED_STRIPS

# Takes so many bytes three times and frees them, again and again, in a thread; prints how many
# pages were cleared.
TAKE = """
import resource, sys, threading
import numpy as np
def take(times):
    for _ in range(times):
        [np.ones(int(sys.argv[1]), np.uint8) for _ in range(3)]
def cleared():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def run():
    take(2)
    before = cleared()
    take(20)
    print(cleared() - before)
thread = threading.Thread(target=run)
thread.start(), thread.join()
"""


@pytest.mark.parametrize(
    ("kept", "size_bytes"), [(KEEP_FREED_MEMORY, 100 << 20), (KEEP_FREED_STRIPS, 20 << 20)]
)
def test_memory_that_is_freed_is_taken_again_as_it_is(kept, size_bytes):
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("another C library takes no notice")
    command = [sys.executable, "-c", TAKE, str(size_bytes)]
    plain, keeping = (
        int(subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout)
        for env in (dict(os.environ), {**os.environ, **kept})
    )
    # A page may be 4 kB or 2 MB: compared is what is cleared without the settings.
    assert 10 * keeping < plain
