"""Records with all that their readers ask for, and what a test has otherwise."""

from __future__ import annotations

from collections.abc import Sequence

UPRIGHT = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
SHA256 = "ab" * 32


def converted(files: Sequence[str], **otherwise: object) -> dict[str, object]:
    """`convert.json` of these files."""
    frames = [
        {"frame": k, "file": name, "tiff": f"{name.rpartition('.')[0]}.tif"}
        for k, name in enumerate(files, 1)
    ]
    return {"folder": "../tiff", "width_px": 96, "height_px": 64, "frames": frames, **otherwise}


def aligned(files: Sequence[str], **otherwise: object) -> dict[str, object]:
    """`transforms.json` of these files, none of which moved."""
    content = converted(files)
    own = {"status": "used", "matrix": UPRIGHT, "gain": [1.0, 1.0, 1.0]}
    content["frames"] = [{**frame, **own} for frame in content["frames"]]
    nothing = {"warnings": [], "sensor_defects_px": [], "sensor_dust": []}
    return {**content, "reference": 1, **nothing, **otherwise}


def receipt(**otherwise: object) -> dict[str, object]:
    """`archive.json`."""
    about = {"object": "holostack:A-1/top", "version": "v1", "path": "aa/bb/cc/A-1"}
    return {**about, "inventory_sha256": SHA256, **otherwise}


def master(**otherwise: object) -> dict[str, object]:
    """The record of a master."""
    size = {"width_px": 96, "height_px": 64, "pixel_size_um": None, "frames": 3}
    about = {"specimen": "A-1", "view": "top", "file": "A-1_top.tif", "sha256": SHA256}
    words = {"pixel_sha256": SHA256, "technique": "Focus stacking", "metadata": {}}
    return {**about, **size, **words, **otherwise}
