"""A master with a depth map that is a known relief, as step master leaves both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.frames import tiff
from imaging.frames.colour import profile
from records.files import sha256_file
from records.ledger.depth import depth_scale
from records.record import write_record
from tests.records import whole

# A px on the object, and the distance of two frames.
PIXEL_UM, STEP_UM = 2.5, 40.0


def hill(shape: tuple[int, int] = (150, 220), height_um: float = 900.0) -> NDArray[np.float32]:
    """A round hill on a plane, (H, W) float32, µm, with a hole where nothing is known."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    off = np.hypot(y - shape[0] / 2, x - shape[1] / 2) / (0.45 * shape[0])
    heights = height_um * (0.5 + 0.5 * np.cos(np.pi * np.minimum(off, 1)))
    heights[20:40, 30:60] = np.nan
    return heights.astype(np.float32)


def write_relief(folder: Path, heights: NDArray[np.float32], **told: object) -> Path:
    """Write `archival/A-1_top.tif`, its depth map and record, and the ledger; gives the master."""
    master = folder / "archival" / "A-1_top.tif"
    master.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(3)
    rows = rng.integers(0, 65536, (*heights.shape, 3)).astype(np.uint16)
    tiff.write_image(master, rows, profile("adobe-rgb"))
    depth = master.with_name("A-1_top_depth.tif")
    tiff.write_image(depth, heights)
    positions = [k * STEP_UM for k in range(24)]
    scale = depth_scale(range(1, 25), [f"{k}.dng" for k in range(24)], positions, "toward")
    record = whole.master() | {
        "specimen": "A-1",
        "view": "top",
        "file": master.name,
        "sha256": sha256_file(master),
        "width_px": heights.shape[1],
        "height_px": heights.shape[0],
        "pixel_size_um": PIXEL_UM,
        "technique": "Focus stacking: 24 frames",
        "metadata": {"creator": "A. Person", "rights": "All of them"},
        "depth": {
            **{"file": depth.name, "sha256": sha256_file(depth)},
            **{"pixel_sha256": tiff.pixel_digest(heights), **scale.as_record()},
        },
    }
    for name, value in told.items():
        of = record if name in record else record["depth"]
        of[name] = value
    write_record(master.with_suffix(".json"), "master", record)
    return master
