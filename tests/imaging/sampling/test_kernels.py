"""A kernel is compiled anew when a kernel of another file that it calls has changed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
# Which cells of a tile a frame covers is found by a kernel of another file.
WIDEN = """
import numpy as np
from imaging.fusion.value_range import widen_range
from imaging.sampling.coverage import Outline
least, most = np.full((3, 4, 4), 255, np.uint8), np.zeros((3, 4, 4), np.uint8)
tile = np.ones((3, 12, 12), np.float32)
widen_range(tile, 2, Outline(np.eye(3), 8, 8), 0, 0, least, most)
print(most.max(), widen_range.stats.cache_hits)
"""


def widest(scripts: Path) -> list[str]:
    environment = {"PYTHONPATH": str(scripts), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", WIDEN], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.slow
def test_a_change_in_another_file_is_seen(tmp_path):
    scripts = tmp_path / "scripts"
    shutil.copytree(
        SCRIPTS / "imaging", scripts / "imaging", ignore=shutil.ignore_patterns("__pycache__")
    )
    assert widest(scripts)[0] == "255"
    coverage = scripts / "imaging" / "sampling" / "coverage.py"
    text = coverage.read_text(encoding="utf-8")
    nothing = text.replace("    low, high = -1e9, 1e9\n", "    return 1.0, 0.0\n")
    coverage.write_text(nothing, encoding="utf-8")
    assert coverage.read_text(encoding="utf-8") != text
    assert widest(scripts)[0] == "0"
    kept = list((scripts / "imaging" / "__pycache__").glob("kernels-*"))
    assert len(kept) == 1


@pytest.mark.slow
def test_machine_code_is_kept_between_runs(tmp_path):
    scripts = tmp_path / "scripts"
    shutil.copytree(
        SCRIPTS / "imaging", scripts / "imaging", ignore=shutil.ignore_patterns("__pycache__")
    )
    assert widest(scripts) == ["255", "Counter()"]
    hits = widest(scripts)
    assert hits[0] == "255"
    assert hits[1] != "Counter()"
