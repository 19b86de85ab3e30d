"""Surfaces of a stack, read by programs that know nothing of Holostack."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image
from scipy.ndimage import map_coordinates

import mesh
import remake
from imaging.pictures.derivative import scale
from records.errors import RecordError
from records.files import sha256_file
from records.ledger.table import Entry, write_ledger
from tests.scripts.relief import PIXEL_UM, STEP_UM, hill, write_relief

VALIDATOR = Path(sys.prefix) / "web" / "node_modules" / "gltf-validator"
VALIDATE = """
const [module, file] = process.argv.slice(1);
require(module).validateBytes(new Uint8Array(require("fs").readFileSync(file)))
  .then((report) => console.log(JSON.stringify(report)));
"""


def make(folder, ending, *options, **told):
    """Write the surface of a hill; its path."""
    master = write_relief(folder, hill(), **told)
    shot = [Entry(k + 1, f"{k}.dng", "used", None, "0" * 64, 1, "DNG") for k in range(24)]
    known = [replace(entry, focus_um=k * STEP_UM) for k, entry in enumerate(shot)]
    write_ledger(known, folder / "frames.csv")
    out = folder / "derivatives" / f"A-1_top_mesh.{ending}"
    words = {"master": master, "record": master.with_suffix(".json"), "out": out}
    words |= {"ledger": folder / "frames.csv", "format": ending}
    mesh.main([*(f"--{name}={one}" for name, one in words.items()), *options])
    return out


def px_of(points_um):
    """Row and column of the map that points lie on, with fractions."""
    rows, columns = hill().shape
    column = points_um[:, 0] / PIXEL_UM + columns / 2 - 0.5
    return np.stack([rows / 2 - points_um[:, 1] / PIXEL_UM - 0.5, column])


def at_px(picture, points_um):
    """What a picture has at the px that points lie on."""
    places = px_of(points_um)
    assert np.abs(places - np.rint(places)).max() < 1e-3
    return picture[tuple(np.rint(places).astype(int))]


def content_of(glb):
    """The JSON of a GLB and its binary part, by the lengths that it gives."""
    data = glb.read_bytes()
    (length,) = struct.unpack("<I", data[12:16])
    return json.loads(data[20 : 20 + length]), data[28 + length :]


def test_the_khronos_validator_finds_nothing_wrong_with_a_glb(tmp_path):
    node = shutil.which("node")
    if node is None or not VALIDATOR.is_dir():
        pytest.skip("node or npm's gltf-validator is not here; envs/run.py says why")
    out = make(tmp_path, "glb")
    ran = subprocess.run([node, "-e", VALIDATE, VALIDATOR, out], capture_output=True, text=True)
    report = json.loads(ran.stdout)
    # A picture is of any size; all graphics of the last fifteen years take it.
    known = [one for one in report["issues"]["messages"] if one["code"] != "IMAGE_NPOT_DIMENSIONS"]
    assert known == []
    assert report["info"]["totalTriangleCount"] > 100
    assert report["info"]["resources"][1]["image"]["width"] == 220


def test_trimesh_reads_a_glb_in_metres_and_its_points_in_um(tmp_path):
    scene = trimesh.load(make(tmp_path, "glb"))
    (surface,) = scene.geometry.values()
    wide, high, deep = scene.extents * 1e6
    assert np.allclose((wide, high), (219 * PIXEL_UM, 149 * PIXEL_UM))
    assert abs(deep - 900) <= STEP_UM / 2
    assert np.abs(surface.vertices[:, 2] - at_px(hill(), surface.vertices)).max() < 0.01
    assert surface.visual.material.baseColorTexture.size == (220, 150)


def test_trimesh_reads_the_same_surface_from_a_ply_with_its_colours(tmp_path):
    surface = trimesh.load(make(tmp_path, "ply"), process=False)
    assert np.abs(surface.vertices[:, 2] - at_px(hill(), surface.vertices)).max() < 0.01
    (same,) = trimesh.load(make(tmp_path, "glb"), process=False).geometry.values()
    assert np.array_equal(surface.faces, same.faces)
    picture = np.asarray(scale(tmp_path / "archival" / "A-1_top.tif", None, "srgb")) >> 8
    colours = surface.visual.vertex_colors[:, :3]
    assert np.array_equal(colours, at_px(picture, surface.vertices))


def test_the_surface_lies_within_half_a_step_of_the_map_unless_told_otherwise(tmp_path):
    coarse, fine = make(tmp_path / "a", "ply"), make(tmp_path / "b", "ply", "--error-um=2")
    for path, error_um in ((coarse, STEP_UM / 2), (fine, 2)):
        surface = trimesh.load(path, process=False)
        points, _ = trimesh.sample.sample_surface(surface, 20000, seed=1)
        off = np.abs(points[:, 2] - map_coordinates(hill(), px_of(points), order=1))
        # Within a cell of the map, two triangles and a curved patch differ by so much.
        assert np.nanmax(off) <= error_um + 1.0
        assert np.isfinite(off).mean() > 0.9
        assert f"error_um: {float(error_um)}\n".encode() in path.read_bytes()
    assert coarse.stat().st_size < fine.stat().st_size


def test_what_is_unknown_is_a_hole(tmp_path):
    surface = trimesh.load(make(tmp_path, "ply"), process=False)
    middle = surface.triangles_center
    column, row = middle[:, 0] / PIXEL_UM + 110 - 0.5, 75 - middle[:, 1] / PIXEL_UM - 0.5
    assert not ((column > 29.5) & (column < 59.5) & (row > 19.5) & (row < 39.5)).any()


def test_a_glb_names_its_master_unit_and_rights_and_holds_the_picture_as_asked_for(tmp_path):
    out = make(tmp_path, "glb", "--long-edge-px=100", "--quality=70")
    content, binary = content_of(out)
    asset = content["asset"]
    assert asset["copyright"] == "All of them"
    assert asset["extras"]["creator"] == "A. Person"
    assert asset["extras"]["description"] == (
        "A-1 top; Surface in µm, from its depth map: Focus stacking: 24 frames"
    )
    assert asset["extras"]["unit"] == "um"
    assert asset["extras"]["larger_is"] == "nearer to the camera"
    assert asset["extras"]["master_sha256"] == sha256_file(tmp_path / "archival" / "A-1_top.tif")
    view = content["bufferViews"][content["images"][0]["bufferView"]]
    start = view["byteOffset"]
    with Image.open(io.BytesIO(binary[start : start + view["byteLength"]])) as picture:
        assert (picture.format, picture.size) == ("JPEG", (100, 68))


def test_a_surface_is_made_again_from_an_archived_stack_to_the_same_bytes(tmp_path):
    out = make(tmp_path, "glb", "--long-edge-px=100")
    before = out.read_bytes()
    out.unlink()
    master = tmp_path / "archival" / "A-1_top.tif"
    settings = {"format": "glb", "long_edge_px": 100, "quality": 90}
    logs = tmp_path / "logs"
    remake.make_derivative(master, master.with_suffix(".json"), out, settings, logs)
    assert out.read_bytes() == before
    assert (logs / "mesh_mesh.glb.log").is_file()


@pytest.mark.parametrize("ending", ["glb", "ply"])
def test_equal_masters_give_equal_bytes(tmp_path, ending):
    first, again = (make(tmp_path / name, ending).read_bytes() for name in ("a", "b"))
    assert first == again


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"depth": None}, "A-1 top: has no depth map, as a stack of one frame has none"),
        ({"unit": "frame"}, "heights are not known in µm; fill in the sheet's column step_um"),
        ({"direction": "unknown"}, "hills cannot be told from hollows; .* column direction"),
        ({"pixel_size_um": None}, "have no proportion; fill in the sheet's column pixel_size_um"),
    ],
)
def test_without_true_proportions_there_is_none_and_a_sentence_says_what_to_do(
    tmp_path, told, said
):
    with pytest.raises(RecordError, match=said):
        make(tmp_path, "glb", **told)
    assert not (tmp_path / "derivatives" / "A-1_top_mesh.glb").exists()
