"""A small stack by hand, as steps leave it: master, fused image, a frame, a page's data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from imaging.frames import colour, tiff
from imaging.pictures.crop import Crop
from imaging.pictures.turned import cut
from records.record import write_record
from web.review.names import Stacks

ROOT = Path(__file__).resolve().parents[3]
SHA = "0" * 64
CROP = (4, 2, 40, 30)
HEIGHT, WIDTH = 36, 48


def picture(seed: int = 0) -> np.ndarray:
    """(H, W, 3) uint16, soft enough for a JPEG."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [x * 1300 + seed, y * 1700 + seed, (x + y) * 700 + seed]
    return np.stack(planes, axis=2).astype(np.uint16)


def stack(
    data: Path,
    specimen: str = "A-1",
    view: str = "top",
    orientation: int = 1,
    angle_deg: float = 0.0,
) -> Stacks:
    """Make a stack in a data folder; gives what knows of it."""
    folder = data / "specimens" / specimen / view
    (folder / "archival").mkdir(parents=True)
    (folder / "stack").mkdir()
    (folder / "tiff").mkdir()
    icc = colour.profile("srgb")
    fused, crop = picture(), Crop(CROP, angle_deg)
    tiff.write_image(folder / "stack/fused.tif", fused, icc)
    with tiff.open_rows(folder / "stack/fused.tif") as rows:
        master = cut(rows, crop)
    turned = np.ascontiguousarray(np.rot90(master, -1)) if orientation == 6 else master
    tiff.write_image(folder / f"archival/{specimen}_{view}.tif", turned, icc)
    tiff.write_image(folder / "tiff/one.tif", picture(900), icc)
    write_record(
        folder / f"archival/{specimen}_{view}.json",
        "master",
        {
            "specimen": specimen,
            "view": view,
            "file": f"{specimen}_{view}.tif",
            "sha256": SHA,
            "pixel_sha256": SHA,
            "width_px": turned.shape[1],
            "height_px": turned.shape[0],
            **crop.record,
            "orientation_applied": orientation,
            "frames": 1,
            "technique": "",
            "metadata": {},
        },
    )
    frame = {"frame": 7, "file": "one.dng", "tiff": "one.tif", "status": "used", "reason": None}
    write_record(
        folder / "stack/transforms.json",
        "transforms",
        {
            "reference": 7,
            "folder": "../tiff",
            "width_px": WIDTH,
            "height_px": HEIGHT,
            # A px to the right in the reference frame.
            "frames": [{**frame, "matrix": [[1, 0, 1], [0, 1, 0], [0, 0, 1]], "gain": [1, 1, 1]}],
            "warnings": [],
            "sensor_defects_px": [],
            "sensor_dust": [],
        },
    )
    return Stacks(data, ROOT)


def page(stacks: Stacks, specimen: str = "A-1", view: str = "top", **data: object) -> Path:
    """Leave the data of a stack's page as a run does; gives its folder."""
    folder = stacks.results / "review" / specimen / view
    folder.mkdir(parents=True)
    told = {"format": "holostack-review 1", "specimen": specimen, "view": view, **data}
    (folder / "stack.json").write_text(json.dumps(told))
    return folder
