"""A stack captured on the virtual rig, whose truth is known, through the whole workflow."""

from __future__ import annotations

import json

import numpy as np
import pytest
import yaml

from hardware.cameras.virtual import Bench, VirtualCamera
from imaging import colour, tiff
from tests.workflow.conftest import ROOT, Tree

RIG = yaml.safe_load((ROOT / "config" / "rig.yaml").read_text())
# Linear Adobe RGB (1998) to linear sRGB, by the published primaries.
TO_SRGB = np.array([[1.39836, -0.39836, 0.0], [0.0, 1.0, 0.0], [0.0, -0.04293, 1.04293]])


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    tree = Tree(tmp_path_factory.mktemp("captured"))
    tree.write_sheet("VIRTUAL-1,top,config/rig.yaml", columns="specimen,view,rig")
    run = tree.snakemake("specimens/VIRTUAL-1/top/archival/VIRTUAL-1_top.json")
    assert run.returncode == 0, run.stdout + run.stderr
    return tree


@pytest.fixture(scope="module")
def truth(captured):
    """Sharp image in linear light and depth in µm, as the reference frame sees them."""
    stack = captured.stack("VIRTUAL-1")
    reference = json.loads((stack / "stack" / "transforms.json").read_text())["reference"]
    shot = json.loads((stack / "capture.json").read_text())["frames"][reference - 1]
    optics, seen = RIG["optics"], RIG["virtual"]
    pixel_um = optics["sensor_width_mm"] * 1000 / optics["sensor_width_px"]
    bench = Bench(
        seen["seed"],
        seen["width_px"],
        seen["height_px"],
        pixel_um,
        optics["magnification"],
        optics["pupil_ratio"],
        seen["relief_um"],
        seen["epoch"],
    )
    camera = VirtualCamera(bench, lambda: 0.0)
    camera.apply(RIG["camera"]["settings"])
    return camera.truth(shot["reported_um"])


def test_every_frame_is_in_the_ledger_with_its_position(captured):
    stack = captured.stack("VIRTUAL-1")
    shots = json.loads((stack / "capture.json").read_text())["frames"]
    assert len(shots) == 16
    assert len(list((stack / "raw").iterdir())) == 16
    fuse = json.loads((stack / "stack" / "fuse.json").read_text())
    assert fuse["depth_unit"] == "um"


def test_the_depth_map_is_right_to_a_step_of_the_rail(captured, truth):
    stack = captured.stack("VIRTUAL-1") / "stack"
    depth = tiff.read_image(stack / "depth.tif")
    sure = tiff.read_image(stack / "confidence.tif") > 0.5 * 65535
    sure[:16] = sure[-16:] = sure[:, :16] = sure[:, -16:] = False
    error = np.abs(depth - truth[1])[sure]
    assert sure.mean() > 0.3
    assert np.median(error) < 0.3 * RIG["stack"]["step_um"]
    assert np.quantile(error, 0.95) < RIG["stack"]["step_um"]


def test_the_fused_image_has_the_colours_of_the_scene(captured, truth):
    fused = tiff.read_image(captured.stack("VIRTUAL-1") / "stack" / "fused.tif")
    curves = colour.light_curve(colour.profile("adobe-rgb"))
    light = np.stack([curves[c][fused[..., c]] for c in range(3)], -1) @ TO_SRGB.T
    inner = np.s_[100:-100, 150:-150]
    found, wanted = light[inner].mean((0, 1)), truth[0][inner].mean((0, 1))
    ratio = found / wanted
    assert np.abs(ratio / ratio.mean() - 1).max() < 0.03


def test_a_finished_capture_is_not_shot_again(captured):
    assert captured.planned("specimens/VIRTUAL-1/top/capture.json") == set()
    raws = {path: path.stat().st_mtime_ns for path in captured.stack("VIRTUAL-1").glob("raw/*")}
    (captured.stack("VIRTUAL-1") / "capture.json").unlink()
    assert captured.snakemake("capture").returncode == 0
    assert {path: path.stat().st_mtime_ns for path in raws} == raws
