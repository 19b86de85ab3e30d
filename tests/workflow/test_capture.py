"""The default run's virtual stack, whose truth is known; and captures as steps of a workflow."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import cv2
import numpy as np
import pytest
import tifffile
import trimesh
import yaml
from PIL import Image

import mesh
import review
from hardware.bench.kinds import virtual_bench
from hardware.bench.rigfile import read_rig
from hardware.virtual.camera import VirtualCamera
from hardware.virtual.lens import truth as seen_by
from imaging.frames import colour, tiff
from tests.hardware.test_kill import small_rig
from tests.workflow.conftest import ROOT, Tree

STACK = "DEMO-VIRTUAL", "top"
RANGE = "specimen,view,rig,start_um,end_um"
RIG = read_rig(ROOT / "config" / "rig.yaml")
# Linear Adobe RGB (1998) to linear sRGB, by the published primaries.
TO_SRGB = np.array([[1.39836, -0.39836, 0.0], [0.0, 1.0, 0.0], [0.0, -0.04293, 1.04293]])


@pytest.fixture(scope="module")
def truth(default_run):
    """Sharp image in linear light and depth in µm, as the reference frame sees them."""
    stack = default_run.stack(*STACK)
    reference = json.loads((stack / "stack" / "transforms.json").read_text())["reference"]
    shot = json.loads((stack / "capture.json").read_text())["frames"][reference - 1]
    camera = VirtualCamera(virtual_bench(RIG), lambda: 0.0)
    camera.apply(RIG.camera.settings)
    return camera.truth(shot["reported_um"])


def test_every_frame_is_in_the_ledger_with_its_position(default_run):
    stack = default_run.stack(*STACK)
    shots = json.loads((stack / "capture.json").read_text())["frames"]
    assert len(shots) == 18
    # The virtual rig that ships has its memory in the data tree, and writes nowhere else.
    assert (default_run.folder / ".rig" / "virtual-rig.marks.json").is_file()
    assert len(list((stack / "raw").iterdir())) == 18
    fuse = json.loads((stack / "stack" / "fuse.json").read_text())
    assert fuse["depth_unit"] == "um"


def test_the_depth_map_is_right_to_a_step_of_the_rail(default_run, truth):
    stack = default_run.stack(*STACK) / "stack"
    depth = tiff.read_image(stack / "depth.tif")
    sure = tiff.read_image(stack / "confidence.tif") > 0.5 * 65535
    sure[:16] = sure[-16:] = sure[:, :16] = sure[:, -16:] = False
    error = np.abs(depth - truth[1])[sure]
    assert sure.mean() > 0.3
    assert np.median(error) < 0.3 * RIG.stack.step_um
    assert np.quantile(error, 0.95) < RIG.stack.step_um


def test_the_surface_is_right_in_height_to_a_step_of_the_rail_and_in_width(
    default_run, truth, tmp_path
):
    stack = default_run.stack(*STACK)
    master = stack / "archival" / "DEMO-VIRTUAL_top.json"
    out = tmp_path / "mesh.ply"
    words = {"master": master.with_suffix(".tif"), "record": master, "out": out, "format": "ply"}
    words["ledger"] = stack / "frames.csv"
    mesh.main([f"--{name}={one}" for name, one in words.items()])
    surface = trimesh.load(out, process=False)
    # Evenly over the surface: corners crowd at the rims of holes.
    points, _ = trimesh.sample.sample_surface(surface, 20000, seed=1)
    record = json.loads(master.read_text())
    x, y, width, height = record["crop_px"]
    column = np.rint(points[:, 0] / record["pixel_size_um"] + width / 2 - 0.5).astype(int) + x
    row = np.rint(height / 2 - points[:, 1] / record["pixel_size_um"] - 0.5).astype(int) + y
    error = np.abs(points[:, 2] + record["depth"]["zero_position"] - truth[1][row, column])
    assert np.median(error) < 0.1 * RIG.stack.step_um
    assert np.quantile(error, 0.95) < RIG.stack.step_um
    known = np.isfinite(tiff.read_image(stack / "archival" / "DEMO-VIRTUAL_top_depth.tif"))
    columns = np.flatnonzero(known.any(0))
    # Every second px is looked at.
    wide = (columns[-1] - columns[0]) * record["pixel_size_um"]
    assert abs(surface.extents[0] - wide) <= 2 * record["pixel_size_um"]


def test_the_fused_image_has_the_colours_of_the_scene(default_run, truth):
    fused = tiff.read_image(default_run.stack(*STACK) / "stack" / "fused.tif")
    curves = colour.light_curve(colour.profile("adobe-rgb"))
    light = np.stack([curves[c][fused[..., c]] for c in range(3)], -1) @ TO_SRGB.T
    inner = np.s_[100:-100, 150:-150]
    found, wanted = light[inner].mean((0, 1)), truth[0][inner].mean((0, 1))
    ratio = found / wanted
    assert np.abs(ratio / ratio.mean() - 1).max() < 0.03


def test_a_finished_capture_is_not_shot_again(default_run, tmp_path):
    tree = Tree(tmp_path / "run")
    # As before anything was archived.
    without = shutil.ignore_patterns("archive", "archive.json", "results")
    shutil.copytree(default_run.folder, tree.folder, symlinks=True, ignore=without)
    record = tree.stack(*STACK) / "capture.json"
    wanted = str(record.relative_to(tree.folder))
    assert "Nothing to be done" in tree.snakemake("--dry-run", "--", wanted).stdout
    raws = {path: path.stat().st_mtime_ns for path in tree.stack(*STACK).glob("raw/*")}
    assert len(raws) == 18
    record.unlink()
    assert tree.snakemake("capture").returncode == 0
    assert record.is_file()
    assert {path: path.stat().st_mtime_ns for path in raws} == raws
    # Depth as data, by its name alone: the run that is there needs nothing else.
    (tree.folder / "config").mkdir()
    rows = (ROOT / "config" / "specimens.csv").read_text("utf-8").splitlines(keepends=True)
    (tree.folder / "config" / "specimens.csv").write_text("".join(rows[:2]), "utf-8")
    rocking = "{format: rocking-gif, views: 3, long_edge_px: 400, made: asked}"
    named = f"height: {{format: height}}, mesh: {{format: glb, made: asked}}, rocking: {rocking}"
    for name in ("central", "orthographic"):
        named += f", {name}: {{format: {name}, quality: 95, made: asked}}"
    (tree.folder / "config" / "config.yaml").write_text(f"derive: {{{named}}}\n")
    made = [
        f"derivatives/DEMO-VIRTUAL_top_{name}"
        for name in (
            *("height.tiff", "mesh.glb", "rocking.gif"),
            *("central.central.jpg", "orthographic.orthographic.jpg"),
        )
    ]
    heights, surface, swing, *projections = files = [tree.stack(*STACK) / name for name in made]
    run = tree.snakemake("--", *(str(one.relative_to(tree.folder)) for one in files))
    assert run.returncode == 0, run.stdout + run.stderr
    assert surface.read_bytes()[:4] == b"glTF"
    # Its page has one beside it on which it is turned.
    page = tree.folder / "results" / "review" / "DEMO-VIRTUAL" / "top" / "stack.json"
    words = {"stack": record.parent, "archive": tree.folder / "archive", "out": page}
    words |= {"logs": tree.folder / "logs", "results": tree.folder / "results"}
    words |= {"tiles": "none", "frames-px": 0}
    review.main(["stack", *(f"--{name}={one}" for name, one in words.items())])
    assert json.loads(page.read_text())["surface_page"] == "surface.html"
    assert base64.b64encode(surface.read_bytes()) in page.with_name("surface.html").read_bytes()
    depth = tiff.read_image(record.with_name("archival") / "DEMO-VIRTUAL_top_depth.tif")
    assert np.array_equal(tifffile.imread(heights), depth, equal_nan=True)
    # There and back; its frames were gone, and are again.
    with Image.open(swing) as moving:
        assert (moving.n_frames, moving.width) == (4, 400)
    assert not (tree.stack(*STACK) / "tiff").exists()
    said = (tree.folder / "logs" / "/".join(STACK) / "stereo_rocking.gif.log").read_text()
    assert "view 2 of 3, from +0.00 degrees" in said
    # From where the reference frame was shot, and by parallel rays, a point lies up to 8 px apart.
    for picture, distance_um in zip(projections, (None, 1e10)):
        assert np.quantile(off_px(tree.stack(*STACK), picture, distance_um), 0.9) < 0.3


def off_px(stack, picture, distance_um):
    """How far parts of a picture lie off what a lens sees from a distance; its own if None."""
    reference = json.loads((stack / "stack" / "transforms.json").read_text())["reference"]
    shot = json.loads((stack / "capture.json").read_text())["frames"][reference - 1]
    camera = VirtualCamera(virtual_bench(RIG), lambda: 0.0)
    camera.apply(RIG.camera.settings)
    lens, bench = camera.lens(), camera._bench
    if distance_um:
        lens = replace(lens, working_distance_um=distance_um)
    size = bench.width_px, bench.height_px
    sharp, _ = seen_by(camera._subject(), lens, shot["reported_um"], *size)
    record = json.loads((stack / "archival" / "DEMO-VIRTUAL_top.json").read_text())
    x, y, width, height = record["crop_px"]
    with Image.open(picture) as opened:
        shown = (np.asarray(opened) / 255.0) ** 2.2
    assert shown.shape == (height, width, 3)
    made, wanted = (
        np.sqrt(light.sum(-1)).astype(np.float32)
        for light in (shown, sharp[y : y + height, x : x + width])
    )
    window = cv2.createHanningWindow((128, 128), cv2.CV_32F)
    parts = [
        np.s_[top : top + 128, left : left + 128]
        for top in range(100, height - 228, 128)
        for left in range(100, width - 228, 128)
    ]
    found = [cv2.phaseCorrelate(wanted[part], made[part], window) for part in parts]
    off = [np.hypot(*shift) for shift, sure in found if sure > 0.3]
    assert len(off) > len(parts) / 2
    return off


@pytest.fixture
def small(tmp_path):
    """A tree whose two stacks are to be shot on one small rig, their step left to the plan."""
    rig = small_rig(tmp_path)
    config = yaml.safe_load(rig.read_text())
    del config["stack"]
    rig.write_text(yaml.safe_dump(config))
    tree = Tree(tmp_path / "tree")
    tree.folder.mkdir()
    tree.write_sheet(f"V-1,top,{rig},0,700", f"V-2,top,{rig},100,300", columns=RANGE)
    return tree


def test_two_stacks_of_one_rig_are_shot_one_after_the_other(small):
    run = small.snakemake("capture")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "V-1 top: capture: note: from 0.0 µm (by the sheet or --start-um) to 700.0 µm" in (
        run.stderr
    )
    assert "2 of 2 stacks are captured" in run.stderr
    assert "archived" not in run.stderr
    plans = [
        json.loads((small.stack(name) / "capture.json").read_text())["plan"]
        for name in ("V-1", "V-2")
    ]
    assert plans == [
        {"start_um": 0.0, "end_um": 700.0, "step_um": 98.6, "frames": 9},
        {"start_um": 100.0, "end_um": 300.0, "step_um": 98.6, "frames": 4},
    ]


@pytest.mark.parametrize("way", ["Ctrl-C", "Snakemake alone is killed"])
def test_a_capture_that_is_ended_goes_on_by_the_same_command(small, way):
    """A terminal sends Ctrl-C to Snakemake and to the capture alike; a kill, to one of them."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")),
            *("--workflow-profile", str(ROOT / "profiles" / "default"), "--cores", "1"),
            *("--directory", str(small.folder), "specimens/V-1/top/capture.json"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    raw = small.stack("V-1") / "raw"
    until = time.monotonic() + 60
    while not (raw.is_dir() and len(list(raw.iterdir())) >= 2) and time.monotonic() < until:
        time.sleep(0.02)
    if way == "Ctrl-C":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.kill()
    assert process.wait(timeout=60) != 0
    if way != "Ctrl-C":
        # At once: the capture may still be at its frame.
        run = small.snakemake("specimens/V-1/top/capture.json")
        assert run.returncode == 0, run.stdout + run.stderr
        record = json.loads((small.stack("V-1") / "capture.json").read_text())
        (event,) = record["events"]
        assert event["what"] == "interrupted (its starter is gone)"
        assert 2 <= event["frame"] <= 9
        assert [frame["frame"] for frame in record["frames"]] == list(range(1, 10))
        assert not (small.stack("V-1") / "unassigned").exists()
        assert not (small.stack("V-1") / ".incoming").exists()
        return
    there = {path.name: path.stat().st_mtime_ns for path in raw.iterdir()}
    assert 2 <= len(there) < 9
    assert not (small.stack("V-1") / "capture.json").exists()
    run = small.snakemake("specimens/V-1/top/capture.json")
    assert run.returncode == 0, run.stdout + run.stderr
    assert len(list(raw.iterdir())) == 9
    assert {name: (raw / name).stat().st_mtime_ns for name in there} == there
