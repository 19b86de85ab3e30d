"""The step fuse: every method gives a picture and its maps; a person's mistakes are named."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

import align
import fuse
from imaging.errors import ImagingError
from imaging.frames.tiff import pixel_digest, read_image, write_image
from records.errors import RecordError
from records.ledger.table import USED, Entry, write_ledger

SHAPE = (200, 260)
COPY_MIDDLE = (
    f'"{sys.executable}" -c "import shutil, sys; '
    'shutil.copy(sys.argv[3], sys.argv[1])" {output} {frames}'
)


@pytest.fixture(scope="module")
def stacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An aligned stack of five frames, each sharp in one band."""
    folder = tmp_path_factory.mktemp("stack")
    rng = np.random.default_rng(1)
    truth = sum(
        ndimage.gaussian_filter(rng.standard_normal((*SHAPE, 3)), (s, s, 0)) * s
        for s in (0.9, 3.0, 10.0)
    )
    truth = np.clip(0.45 + 0.1 * truth / truth.std(), 0, 1)
    frames = []
    for k in range(5):
        image = truth.copy()
        for band in range(5):
            cut = np.s_[:, 52 * band : 52 * band + 52]
            sigma = 1.2 * abs(band - k)
            image[cut] = ndimage.gaussian_filter(truth, (sigma, sigma, 0))[cut]
        frames.append(f"{k}.tif")
        write_image(folder / frames[-1], np.rint(image * 65535).astype(np.uint16))
    write_image(folder / "truth.tif", np.rint(truth * 65535).astype(np.uint16))
    (folder / "convert.json").write_text(
        json.dumps(
            {
                "folder": ".",
                "width_px": SHAPE[1],
                "height_px": SHAPE[0],
                "frames": [
                    {"frame": k + 1, "file": name, "tiff": name} for k, name in enumerate(frames)
                ],
            }
        )
    )
    write_ledger(
        [
            Entry(k + 1, name, USED, sha256="0" * 64, focus_um=20.0 * k)
            for k, name in enumerate(frames)
        ],
        folder / "frames.csv",
    )
    align.main(
        [
            "--convert",
            str(folder / "convert.json"),
            "--out",
            str(folder / "transforms.json"),
            "--reference",
            "1",
        ]
    )
    return folder


def run(stacked: Path, out: Path, *options: str) -> tuple[np.ndarray, dict]:
    maps = [
        part
        for name in ("fused", "depth", "confidence", "source")
        for part in (f"--{name}", str(out / f"{name}.tif"))
    ]
    fuse.main(
        [
            "--transforms",
            str(stacked / "transforms.json"),
            "--ledger",
            str(stacked / "frames.csv"),
            *maps,
            "--out",
            str(out / "fuse.json"),
            *options,
        ]
    )
    return read_image(out / "fused.tif"), json.loads((out / "fuse.json").read_text())


def psnr(image: np.ndarray, stacked: Path) -> float:
    truth = read_image(stacked / "truth.tif")
    return -10 * np.log10(np.mean(((image - truth.astype(float)) / 65535) ** 2))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "least"),
    [("holostack", 33.0), ("pyramid", 33.0), ("weighted", 28.0), ("depthmap", 28.0)],
)
def test_every_method_is_sharp_throughout(stacked, tmp_path, method, least):
    image, record = run(stacked, tmp_path, "--method", method)
    assert psnr(image, stacked) > least
    assert record["method"] == method
    assert record["pixel_sha256"]["fused"] == pixel_digest(tmp_path / "fused.tif")


def test_an_image_alone_is_that_with_maps_and_its_record_names_nothing_else(stacked, tmp_path):
    image, record = run(stacked, tmp_path, "--method", "weighted")
    alone = tmp_path / "methods" / "weighted.tif"
    names = ("transforms.json", "frames.csv")
    words = [f"--{name.partition('.')[0]}={stacked / name}" for name in names]
    words[1] = words[1].replace("--frames", "--ledger")
    out = alone.with_suffix(".json")
    fuse.main([*words, f"--fused={alone}", f"--out={out}", "--method=weighted"])
    assert np.array_equal(read_image(alone), image)
    told = json.loads(out.read_text())
    assert told["pixel_sha256"] == {"fused": record["pixel_sha256"]["fused"]}
    assert (list(told["blake3"]), told["sha256"]) == (["fused"], {})
    assert sorted(path.name for path in alone.parent.iterdir()) == ["weighted.json", "weighted.tif"]


def test_depth_is_in_micrometres_where_positions_are_known(stacked, tmp_path):
    _, record = run(stacked, tmp_path)
    depth = read_image(tmp_path / "depth.tif")
    assert record["depth_unit"] == "um"
    for band in range(5):
        assert abs(np.median(depth[:, 52 * band + 15 : 52 * band + 37]) - 20.0 * band) < 8.0


def test_slabs_are_kept_as_files(stacked, tmp_path):
    image, _ = run(stacked, tmp_path, "--slab-frames", "3", "--slab-overlap", "1")
    assert [path.name for path in sorted((tmp_path / "slabs").glob("[!.]*"))] == [
        "slab_001.tif",
        "slab_002.tif",
    ]
    assert psnr(image, stacked) > 32.0


def test_another_program_gets_the_aligned_frames(stacked, tmp_path):
    image, _ = run(stacked, tmp_path, "--method", "external", "--command", COPY_MIDDLE)
    assert np.abs(image.astype(int) - read_image(stacked / "1.tif")).max() < 6000


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("enfuse") is None, reason="enfuse is not installed")
def test_enfuse_fuses_through_the_same_door(stacked, tmp_path):
    command = (
        "enfuse --hard-mask --contrast-weight=1 --exposure-weight=0 --saturation-weight=0 "
        "--output={output} {frames}"
    )
    image, record = run(stacked, tmp_path, "--method", "external", "--command", command)
    assert psnr(image, stacked) > 28.0
    assert record["parameters"]["command"] == command
    assert record["software"]["command"].startswith("enfuse ")


@pytest.mark.parametrize("method", ["holostack", "weighted", "depthmap"])
def test_threads_do_not_change_a_bit(stacked, tmp_path, method):
    one, _ = run(stacked, tmp_path, "--method", method)
    three, _ = run(stacked, tmp_path, "--method", method, "--threads", "3")
    assert np.array_equal(one, three)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--power", "9"], "fuse.power is 9, but must be a whole number from 1 to 8"),
        (["--slab-frames", "3", "--slab-overlap", "3"], "fuse.slab_overlap"),
        (["--method", "external"], "fuse.command"),
        (
            ["--method", "external", "--command", "no-such-program {frames} {output}"],
            "no-such-program cannot be run",
        ),
        (["--method", "external", "--command", "true {frames} {output}"], "no output"),
    ],
)
def test_mistakes_are_named(stacked, tmp_path, options, said):
    with pytest.raises((ImagingError, RecordError), match=said):
        run(stacked, tmp_path, *options)
    assert not (tmp_path / "fused.tif").exists()


def test_magnification_tells_the_near_end_of_what_a_rail_moved_and_of_nothing_else():
    rows = [
        {"matrix": np.diag([1 / m, 1 / m, 1.0]).tolist(), "uncertainty_px": 0.3}
        for m in (1.0, 1.01, 1.02, 1.03)
    ]
    positions = [0.0, 50.0, 100.0, 150.0]
    assert fuse.likely_near(rows, positions, (300, 400), "rail") == "first"
    assert fuse.likely_near(rows[::-1], positions, (300, 400), "rail") == "last"
    assert fuse.likely_near(rows, positions[::-1], (300, 400), "rail") == "first"
    for where, moved_by in ((None, "rail"), (positions, "lens"), (positions, None)):
        assert fuse.likely_near(rows, where, (300, 400), moved_by) is None
