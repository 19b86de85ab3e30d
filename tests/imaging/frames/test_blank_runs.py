"""Runs of blank sectors in a file."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.frames.blank_runs import blank_runs

NOISE = np.random.default_rng(1).integers(1, 255, 20_480, np.uint8).tobytes()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (NOISE, []),
        (NOISE[:1024] + bytes(19_000), [(1024, 20_024, 0)]),
        (NOISE[:1024] + b"\xff" * 512, [(1024, 1536, 255)]),
        (NOISE[:4096] + bytes(4096) + NOISE[8192:], [(4096, 8192, 0)]),
        (NOISE[:1022] + bytes(4000), [(1024, 5022, 0)]),
        (NOISE[:900] + bytes(9000), []),
        (NOISE[:4096] + bytes(4000) + NOISE[8096:], []),
        (bytes(4096), []),
        (b"", []),
    ],
)
def test_runs_begin_and_end_with_sectors(tmp_path, content, found):
    path = tmp_path / "a"
    path.write_bytes(content)
    assert [(run.start, run.end, run.value) for run in blank_runs(path)] == found
