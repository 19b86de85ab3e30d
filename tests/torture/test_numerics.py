"""What must hold of numbers whatever the picture: through ledger, convert, align and fuse as run.

Where rounding is all that may differ, it is by one of 65535.
"""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

import align
import convert
import fuse
import ledger
from imaging.frames import colour, tiff
from imaging.sampling.geometry import corner_distance
from records.record import read_record, write_record
from tests.torture.trials import ROOT, SHORT, tell

ICC = colour.profile("adobe-rgb")
METHODS = ("holostack", "pyramid", "weighted", "depthmap")


def written(folder: Path, pictures) -> None:
    """Frames with a number each, so that no two files have the same bytes."""
    folder.mkdir(parents=True)
    for number, pixels in enumerate(pictures, start=1):
        text = {"description": f"frame {number}"}
        tiff.write_image(folder / f"f_{number:03d}.tif", pixels, ICC, text=text)


def fused(
    folder: Path, pictures, *, method="holostack", where_they_lie=False, **of_align
) -> np.ndarray:
    """The fused image of frames, by the scripts themselves.

    `where_they_lie` takes the frames as they are: what aligning measures depends, by thousandths of
    a px, on where its own grids begin.
    """
    written(folder / "raw", pictures)
    frames, stack = folder / "frames.csv", folder / "stack"
    maps = {name: stack / f"{name}.tif" for name in ("fused", "depth", "confidence", "source")}
    with contextlib.redirect_stderr(io.StringIO()):
        ledger.main(["--raw", str(folder / "raw"), "--out", str(frames)])
        convert.main(
            ["--raw", str(folder / "raw"), "--ledger", str(frames), "--tiff", str(folder / "tiff")]
            + ["--out", str(stack / "convert.json")]
        )
        align.main(
            ["--convert", str(stack / "convert.json"), "--out", str(stack / "transforms.json")]
            + [f"--{name}={value}" for name, value in of_align.items()]
        )
        if where_they_lie:
            lie_still(stack / "transforms.json")
        fuse.main(
            ["--transforms", str(stack / "transforms.json"), "--ledger", str(frames)]
            + [f"--{name}={path}" for name, path in maps.items()]
            + ["--out", str(stack / "fuse.json"), f"--method={method}"]
        )
    return tiff.read_image(maps["fused"])


def lie_still(transforms: Path) -> None:
    """Put no motion and no change of light in place of what was measured."""
    record = read_record(transforms, "transforms")
    for row in record["frames"]:
        row["matrix"], row["gain"] = np.eye(3).tolist(), [1.0, 1.0, 1.0]
    write_record(transforms, "transforms", record)


def scene(height=160, width=224, seed=4) -> np.ndarray:
    """Detail of every size, as a specimen has it: (H, W, 3) uint16."""
    noise = np.random.default_rng(seed).normal(size=(3, height, width))
    layers = [
        ndimage.gaussian_filter(noise, (0, s, s)) * s * w for s, w in ((1, 5), (4, 3), (12, 2))
    ]
    picture = sum(layers)
    picture = 32768 + 5000 * picture / picture.std()
    return np.ascontiguousarray(np.clip(picture, 500, 65000).round().transpose(1, 2, 0), np.uint16)


def bracketed(frames=5, **of_scene) -> list[np.ndarray]:
    """Frames of a slope: each is sharp in a strip of rows, unsharp in the others."""
    sharp = scene(**of_scene).astype(np.float64)
    rows = np.linspace(0, frames - 1, len(sharp))
    blurs = [ndimage.gaussian_filter(sharp, (s, s, 0)) for s in np.arange(frames) * 1.5 + 0.01]
    pictures = []
    for number in range(frames):
        away = np.clip(np.abs(rows - number), 0, frames - 1)
        low = np.floor(away).astype(int)
        part = (away - low)[:, None, None]
        upper = np.minimum(low + 1, frames - 1)
        at = np.arange(len(sharp))
        stacked = np.stack(blurs)
        mixed = stacked[low, at] * (1 - part) + stacked[upper, at] * part
        pictures.append(mixed.round().astype(np.uint16))
    return pictures


def difference(a, b) -> int:
    return int(np.abs(a.astype(np.int64) - b.astype(np.int64)).max())


@pytest.mark.parametrize(
    ("count", "method"),
    [(1, "holostack"), (7, "holostack"), (2, "pyramid"), (2, "weighted"), (2, "depthmap")],
)
def test_copies_of_a_frame_give_the_frame_bit_for_bit(tmp_path, count, method):
    picture = scene()
    assert np.array_equal(fused(tmp_path, [picture] * count, method=method), picture)


@pytest.mark.parametrize("method", METHODS)
def test_what_is_constant_in_all_frames_stays_constant(tmp_path, method):
    pictures = bracketed(5)
    for picture in pictures:
        picture[:, 150:] = (30_001, 20_002, 10_003)
    # Farther from the texture than the widest blur of it; evening the frames' light is meant to
    # change values.
    found = fused(tmp_path, pictures, method=method, brightness="off")[:, 200:]
    assert np.array_equal(found, np.full_like(found, (30_001, 20_002, 10_003)))


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_frames_does_not_matter(tmp_path, method):
    pictures = bracketed(5)
    forth = fused(tmp_path / "a", pictures, method=method, where_they_lie=True)
    back = fused(tmp_path / "b", pictures[::-1], method=method, where_they_lie=True)
    assert difference(forth, back) <= 1


TURNS = {
    "upside down": np.flipud,
    "mirrored": np.fliplr,
    "a quarter": np.rot90,
    "half a turn": lambda picture: np.rot90(picture, 2),
    "transposed": lambda picture: np.swapaxes(picture, 0, 1),
}


@pytest.mark.parametrize("turn", TURNS)
def test_flips_and_turns_commute(tmp_path, turn):
    pictures = bracketed(3)
    straight = fused(tmp_path / "a", pictures, method="weighted", where_they_lie=True)
    turned = [np.ascontiguousarray(TURNS[turn](picture)) for picture in pictures]
    found = fused(tmp_path / "b", turned, method="weighted", where_they_lie=True)
    assert difference(found, TURNS[turn](straight)) <= 1


@pytest.mark.parametrize("method", ["holostack", "pyramid", "depthmap"])
def test_transposing_commutes_and_flipping_differs_by_the_pyramids_grid(tmp_path, method):
    # Every level of a pyramid keeps every second px, counted from the first: a flipped picture has
    # other levels. How much that is stands in the report; 4 % of the range would be a fault.
    pictures = bracketed(5)
    straight = fused(tmp_path / "a", pictures, method=method, where_they_lie=True)
    for turn in ("transposed", "upside down"):
        turned = [np.ascontiguousarray(TURNS[turn](picture)) for picture in pictures]
        found = fused(tmp_path / turn, turned, method=method, where_they_lie=True)
        most = difference(found, TURNS[turn](straight))
        mean = float(np.abs(found.astype(float) - TURNS[turn](straight)).mean())
        tell(f"numerics · {method} {turn}: at most {most}, {mean:.1f} in the mean, of 65535")
        assert most <= (1 if turn == "transposed" else 0.04 * 65535)


def test_motions_are_the_same_in_the_other_order_and_upside_down(tmp_path):
    pictures = bracketed(5)
    extent = pictures[0].shape[:2]
    moved = [ndimage.shift(p, (0.4 * k, -0.7 * k, 0), order=3, mode="mirror") for k, p in
             enumerate(pictures)]  # fmt: skip
    fused(tmp_path / "a", moved)
    fused(tmp_path / "b", moved[::-1])
    fused(tmp_path / "c", [np.ascontiguousarray(picture[::-1]) for picture in moved])
    straight, back, flipped = (motions(tmp_path / name) for name in "abc")
    flip = np.array([[1, 0, 0], [0, -1, extent[0] - 1], [0, 0, 1.0]])
    reversed_px = max(corner_distance(a, b, extent) for a, b in zip(straight, back[::-1]))
    flipped_px = max(corner_distance(a, flip @ b @ flip, extent) for a, b in zip(straight, flipped))
    tell(f"numerics · motions differ by {reversed_px:.3f} px reversed, {flipped_px:.3f} px flipped")
    assert reversed_px < 0.1
    assert flipped_px < 0.1


def motions(folder: Path) -> list[np.ndarray]:
    record = read_record(folder / "stack" / "transforms.json", "transforms")
    return [np.array(row["matrix"]) for row in record["frames"]]


def test_8_bits_in_16_have_no_bands_and_no_new_levels(tmp_path):
    # A slope of one 8-bit level in 4 px, and texture at the rim to be aligned by.
    picture = scene(160, 1024)
    slope = (np.arange(1024) // 4)[None, :, None] * 257
    picture[20:140] = slope
    eight = (picture // 257 * 257).astype(np.uint16)
    assert difference(fused(tmp_path, [eight] * 3), eight) <= 1


def test_a_slope_of_16_bits_keeps_every_level(tmp_path):
    picture = scene(160, 1024)
    picture[20:140] = (20_000 + np.arange(1024))[None, :, None]
    found = fused(tmp_path, [picture] * 3)
    assert difference(found[60:100, 100:900], picture[60:100, 100:900]) <= 1


@pytest.mark.parametrize("extent", [(16, 16), (16, 301), (301, 16), (17, 31), (33, 101)], ids=str)
def test_small_and_odd_sizes(tmp_path, extent):
    pictures = bracketed(3, height=extent[0], width=extent[1])
    found = fused(tmp_path, pictures)
    assert found.shape == pictures[0].shape


@pytest.mark.parametrize("extent", [(1, 1), (1, 64), (15, 64)], ids=str)
def test_what_is_too_small_is_a_sentence(tmp_path, extent):
    pixels = np.random.default_rng(2).integers(0, 65536, (*extent, 3), np.uint16)
    with pytest.raises(Exception, match="a frame has 16 px or more each way"):
        fused(tmp_path, [pixels, pixels[::-1] // 2])


def test_500_frames_take_the_memory_of_few(tmp_path):
    """Peak memory of the same stack with 20 and with 500 frames."""
    if SHORT:
        pytest.skip("the long form has it")
    peaks = {}
    for count in (20, 500):
        pictures = bracketed(5, height=240, width=320)
        written(tmp_path / f"{count}" / "raw", [pictures[k * 5 // count] for k in range(count)])
        peaks[count] = peak_mb(tmp_path / f"{count}")
    tell(f"numerics · 20 frames take {peaks[20]:.0f} MB, 500 take {peaks[500]:.0f} MB")
    # Between two runs of the same stack lie up to 90 MB, by what threads and compiler do at a time.
    all_frames = 500 * pictures[0].nbytes / 1e6
    assert peaks[500] < peaks[20] + all_frames / 2


def test_150_megapixels(tmp_path):
    """Two frames of that size: what each step takes at most."""
    if SHORT:
        pytest.skip("the long form has it")
    tile = bracketed(2, height=1000, width=1000)
    for number, part in enumerate(tile, start=1):
        (tmp_path / "raw").mkdir(exist_ok=True)
        path = tmp_path / "raw" / f"f_{number}.tif"
        with tiff.create_image(path, (10_000, 15_000, 3), ICC) as image:
            for row in range(0, 10_000, 1000):
                image.write(row, np.ascontiguousarray(np.tile(part, (1, 15, 1))))
    tell(f"numerics · two frames of 150 megapixels take {peak_mb(tmp_path):.0f} MB")


def peak_mb(folder: Path) -> float:
    """Peak memory of all four steps, each in a process of its own, of frames that are there."""
    maps = [f"--{name}={folder / name}.tif" for name in ("fused", "depth", "confidence", "source")]
    steps = {
        "ledger": ["--raw", "raw", "--out", "frames.csv"],
        "convert": ["--raw", "raw", "--ledger", "frames.csv", "--tiff", "tiff"]
        + ["--out", "stack/convert.json"],
        "align": ["--convert", "stack/convert.json", "--out", "stack/transforms.json"],
        "fuse": ["--transforms", "stack/transforms.json", "--ledger", "frames.csv", *maps]
        + ["--out", "stack/fuse.json"],
    }
    peaks = []
    for name, options in steps.items():
        code = (
            f"import sys, {name}; {name}.main(sys.argv[1:])\n"
            "print(open('/proc/self/status').read())"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, *options],
            cwd=folder,
            env={"PYTHONPATH": str(ROOT / "scripts"), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        peaks.append(int(re.search(r"VmHWM:\s+(\d+)", done.stdout)[1]) / 1024)
    return max(peaks)
