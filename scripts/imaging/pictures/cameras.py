"""Where a picture in central perspective was taken from, in the files of programs that ask for it.

Each is written as its program's own page has it: COLMAP's text model (cameras.txt, images.txt,
points3D.txt; px count from the picture's corner), Agisoft's calibration XML (cx and cy from the
middle) and AliceVision's SfMData of Meshroom, version 1.2.3 (principal point from the middle,
focal length and sensor in mm). All of them look along the camera's z, with y down.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from imaging.pictures.crop import Crop, upright_place

# The earliest day that a ZIP can name: equal contents give equal bytes.
NO_DAY = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Camera:
    """A camera without distortion that looks straight down.

    Attributes
    ----------
    width, height : of the picture, px
    focal_px : distance of the centre of perspective in px of the picture
    axis_px : where the axis meets the picture: x, y from its top left corner
    centre_um : of perspective: x to the right, y up, z towards the camera
    pixel_um : size of a px in the plane at `distance_um`
    """

    width: int
    height: int
    focal_px: float
    axis_px: tuple[float, float]
    centre_um: tuple[float, float, float]
    pixel_um: float

    @property
    def focal_35mm(self) -> int:
        """The focal length that gives as wide a view on a film of 36 mm, as Exif has it, mm."""
        return round(36 * self.focal_px / max(self.width, self.height))


def camera_of(
    distance_um: float,
    focus_um: float,
    pixel_size_um: float,
    shape: tuple[int, int],
    crops: tuple[Crop, Crop],
    orientation: int,
    shown: tuple[int, int],
) -> Camera:
    """The camera of a picture in central perspective.

    Parameters
    ----------
    distance_um : of the centre of perspective from the plane in focus of the reference frame
    focus_um : height of that plane, as the depth map counts
    pixel_size_um : of a px of that frame
    shape : (rows, columns) of that frame, in whose middle the axis is
    crops : of the master, whose middle is the origin, and of the picture
    orientation : by which both are turned upright, as Exif counts
    shown : width and height of the picture, which may be scaled down
    """
    middle = np.array([(shape[1] - 1) / 2, (shape[0] - 1) / 2, 1.0])

    def axis_in(crop: Crop) -> tuple[tuple[float, float], tuple[float, float]]:
        stored = np.linalg.solve(crop.matrix, middle)[:2] + 0.5
        place = upright_place((float(stored[0]), float(stored[1])), crop.size, orientation)
        width, height = crop.size if orientation < 5 else crop.size[::-1]
        return place, (width, height)

    (master_x, master_y), (master_width, master_height) = axis_in(crops[0])
    (x, y), (width, height) = axis_in(crops[1])
    across, down = shown[0] / width, shown[1] / height
    return Camera(
        *shown,
        focal_px=distance_um / pixel_size_um * max(shown) / max(width, height),
        axis_px=(x * across, y * down),
        centre_um=(
            (master_x - master_width / 2) * pixel_size_um,
            (master_height / 2 - master_y) * pixel_size_um,
            focus_um + distance_um,
        ),
        pixel_um=pixel_size_um * max(width, height) / max(shown),
    )


def camera_files(camera: Camera, picture: str) -> dict[str, str]:
    """The files by their paths.

    Parameters
    ----------
    picture : name of its file
    """
    return {
        "colmap/cameras.txt": _colmap_cameras(camera),
        "colmap/images.txt": _colmap_images(camera, picture),
        "colmap/points3D.txt": "",
        "metashape.xml": _metashape(camera),
        "meshroom.sfm": _meshroom(camera, picture),
    }


def packed(files: Mapping[str, bytes]) -> bytes:
    """Files as a ZIP without compression; equal files give equal bytes."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, NO_DAY), content)
    return whole.getvalue()


def _colmap_cameras(camera: Camera) -> str:
    focal, (x, y) = camera.focal_px, camera.axis_px
    return f"1 PINHOLE {camera.width} {camera.height} {focal:.4f} {focal:.4f} {x:.4f} {y:.4f}\n"


def _colmap_images(camera: Camera, picture: str) -> str:
    # Half a turn about x: of COLMAP's camera y goes down, and z away. T = -R C.
    x, y, z = camera.centre_um
    # The second line of an image has its points: none.
    return f"1 0 1 0 0 {0.0 - x:.4f} {y:.4f} {z:.4f} 1 {picture}\n\n"


def _metashape(camera: Camera) -> str:
    x, y = camera.axis_px[0] - camera.width / 2, camera.axis_px[1] - camera.height / 2
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<calibration>",
        "  <projection>frame</projection>",
        f"  <width>{camera.width}</width>",
        f"  <height>{camera.height}</height>",
        f"  <f>{camera.focal_px:.4f}</f>",
        f"  <cx>{x:.4f}</cx>",
        f"  <cy>{y:.4f}</cy>",
        *(f"  <{name}>0</{name}>" for name in ("k1", "k2", "k3", "p1", "p2")),
        "</calibration>",
    ]
    return "\n".join([*lines, ""])


def _meshroom(camera: Camera, picture: str) -> str:
    offset = camera.axis_px[0] - camera.width / 2, camera.axis_px[1] - camera.height / 2
    mm_per_px = camera.pixel_um / 1000
    size = {"width": str(camera.width), "height": str(camera.height)}
    content = {
        "version": ["1", "2", "3"],
        "views": [
            {"viewId": "1", "poseId": "1", "intrinsicId": "1", "path": picture, **size}
            | {"metadata": {}}
        ],
        "intrinsics": [
            {
                "intrinsicId": "1",
                **size,
                # A film in the plane in focus: of a camera, only the ratio counts.
                "sensorWidth": f"{camera.width * mm_per_px:.6f}",
                "sensorHeight": f"{camera.height * mm_per_px:.6f}",
                "serialNumber": "",
                "type": "pinhole",
                "initializationMode": "calibrated",
                "initialFocalLength": f"{camera.focal_px * mm_per_px:.6f}",
                "focalLength": f"{camera.focal_px * mm_per_px:.6f}",
                "pixelRatio": "1",
                "pixelRatioLocked": "true",
                "principalPoint": [f"{one:.4f}" for one in offset],
                "distortionParams": [],
                "locked": "true",
            }
        ],
        "poses": [
            {
                "poseId": "1",
                "pose": {
                    "transform": {
                        "rotation": ["1", "0", "0", "0", "-1", "0", "0", "0", "-1"],
                        "center": [f"{one:.4f}" for one in camera.centre_um],
                    },
                    "locked": "0",
                },
            }
        ],
    }
    return json.dumps(content, indent=1) + "\n"
