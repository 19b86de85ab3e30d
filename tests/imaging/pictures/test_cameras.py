"""Points of a specimen land in the picture where the files of other programs put them."""

from __future__ import annotations

import io
import json
import zipfile
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from imaging.pictures.cameras import Camera, camera_files, camera_of, packed
from imaging.pictures.crop import Crop, upright

# 4 µm a px, 60 mm away; the axis off the middle, as of a crop that is.
CAMERA = Camera(1576, 1182, 15_000.0, (800.25, 580.5), (49.0, 42.0, 61_100.0), 4.0)
POINT = np.array([1849.0, -1158.0, 1600.0])
# From the axis 1800 µm to the right and 1200 µm down, 59.5 mm away.
SEEN = 800.25 + 1800 * 15_000 / 59_500, 580.5 + 1200 * 15_000 / 59_500


@pytest.fixture
def files():
    return camera_files(CAMERA, "A-1_top.jpg")


def test_by_colmaps_text_model_a_point_is_where_it_is_seen(files):
    """https://colmap.github.io/format.html: T is of world to camera, quaternions begin with w."""
    number, model, width, height, fx, fy, cx, cy = files["colmap/cameras.txt"].split()
    assert (number, model, width, height) == ("1", "PINHOLE", "1576", "1182")
    first, points = files["colmap/images.txt"].splitlines()
    image, *numbers, of_camera, name = first.split()
    assert (image, of_camera, name, points) == ("1", "1", "A-1_top.jpg", "")
    w, x, y, z, *moved = map(float, numbers)
    in_camera = Rotation.from_quat([x, y, z, w]).apply(POINT) + moved
    assert in_camera[2] == pytest.approx(59_500)
    u = float(fx) * in_camera[0] / in_camera[2] + float(cx)
    v = float(fy) * in_camera[1] / in_camera[2] + float(cy)
    assert (u, v) == pytest.approx(SEEN, abs=1e-3)
    assert files["colmap/points3D.txt"] == ""


def test_agisofts_calibration_has_the_axis_from_the_middle(files):
    known = {one.tag: one.text for one in ET.fromstring(files["metashape.xml"].encode())}
    assert known["projection"] == "frame"
    assert float(known["f"]) == 15_000
    assert (float(known["cx"]), float(known["cy"])) == (12.25, -10.5)
    assert [float(known[name]) for name in ("k1", "k2", "k3", "p1", "p2")] == [0.0] * 5


def test_by_meshrooms_file_a_point_is_where_it_is_seen(files):
    known = json.loads(files["meshroom.sfm"])
    (inner,), (pose,), (view,) = known["intrinsics"], known["poses"], known["views"]
    assert view["path"] == "A-1_top.jpg"
    assert (view["intrinsicId"], view["poseId"]) == (inner["intrinsicId"], pose["poseId"])
    focal = float(inner["focalLength"]) / float(inner["sensorWidth"]) * float(inner["width"])
    transform = pose["pose"]["transform"]
    rotation = np.array(transform["rotation"], float).reshape(3, 3).T
    x, y, z = rotation @ (POINT - np.array(transform["center"], float))
    offset = np.array(inner["principalPoint"], float)
    place = np.array([x, y]) / z * focal + offset + [1576 / 2, 1182 / 2]
    assert place == pytest.approx(SEEN, abs=1e-2)


def test_equal_files_are_packed_into_equal_bytes(files):
    content = {name: text.encode() for name, text in files.items()}
    assert packed(content) == packed(dict(content))
    with zipfile.ZipFile(io.BytesIO(packed(content))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == content


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("angle_deg", [0.0, 12.5])
def test_the_axis_is_where_the_px_in_the_middle_of_a_frame_goes(orientation, angle_deg):
    """Of a frame of 41 x 31 px, its crop, turned upright, and shown at half its size."""
    crop = Crop((12, 3, 20, 24), angle_deg)
    stored = np.linalg.solve(crop.matrix, [20.0, 15.0, 1.0])[:2]
    marked = np.zeros((24, 20))
    marked[tuple(np.rint(stored[::-1]).astype(int))] = 1
    (row, column) = np.argwhere(upright(marked, orientation) == 1)[0]
    size = upright(marked, orientation).shape[::-1]
    shown = size[0] // 2, size[1] // 2
    master = Crop((0, 0, 41, 31))
    camera = camera_of(60_000.0, 900.0, 4.0, (31, 41), (master, crop), orientation, shown)
    # A px is one wide; turned, it lies up to half of one beside.
    near = 0.5 if angle_deg else 1e-9
    assert np.abs(2 * np.array(camera.axis_px) - [column + 0.5, row + 0.5]).max() <= near
    assert camera.focal_px == pytest.approx(60_000 / 4 / 2)
    # The master is the whole frame, in whose middle the axis is, and the origin.
    assert camera.centre_um == pytest.approx((0, 0, 60_900), abs=1e-6)
    assert camera.pixel_um == 8.0
