"""Raws of any size for the benchmarks: the demonstration photographs as a camera's DNGs."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from hardware.virtual.dng import Facts, dng_bytes
from hardware.virtual.sensor import BLACK, NEUTRAL, WHITE

PHOTOGRAPHS = Path(__file__).resolve().parents[2] / "config" / "demo" / "pcb-jpeg"
FACTS = Facts(
    "Holostack", "Benchmark", "1", "none", 50.0, 8.0, 0.01, 100, "2026:01:01 12:00:00", ""
)
# Of the sensor: which colour each place of a 2 x 2 block sees.
RGGB = ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2))


def make_raws(folder: Path, count: int, width_px: int, height_px: int) -> list[Path]:
    """Write `count` frames of one size, a little shifted against each other."""
    folder.mkdir(parents=True)
    photographs = sorted(PHOTOGRAPHS.glob("*.jpg"))
    rng = np.random.default_rng(1)
    grain = rng.normal(0, 40, (height_px, width_px)).astype(np.float32)
    paths = []
    for k in range(count):
        # The photographs there and back, so that neighbours always resemble each other.
        turn = k % (2 * len(photographs) - 2)
        which = min(turn, 2 * len(photographs) - 2 - turn)
        picture = cv2.imread(str(photographs[which]), cv2.IMREAD_COLOR)[..., ::-1]
        picture = cv2.resize(picture, (width_px, height_px), interpolation=cv2.INTER_CUBIC)
        light = (np.roll(picture, (k % 5, -(k % 3)), (0, 1)) / np.float32(255)) ** 2.2
        mosaic = np.roll(grain, k, 0)
        for row, column, colour in RGGB:
            place = np.s_[row::2, column::2]
            mosaic[place] += BLACK + light[(*place, colour)] * NEUTRAL[colour] * (WHITE - BLACK)
        values = np.clip(np.rint(mosaic), 0, WHITE).astype(np.uint16)
        paths.append(folder / f"frame_{k + 1:04d}.dng")
        paths[-1].write_bytes(dng_bytes(values, FACTS))
    return paths
