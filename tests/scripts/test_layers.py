"""A stack as a layered TIFF: read back by the library that others use, and as a plain picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psdtags
import pytest
import tifffile

import layers
from imaging.errors import ImagingError
from imaging.frames import tiff
from imaging.frames.colour import profile
from imaging.retouching.layers import refuse_too_large
from records.files import sha256_file
from records.record import write_record

ROWS, COLUMNS = 30, 41
STILL = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
# Three px to the right, so that the first three columns have none of it.
MOVED = [[1.0, 0.0, 3.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
ICC = profile("adobe-rgb")


def pixels(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(9000, 50000, (ROWS, COLUMNS, 3), np.uint16)


@pytest.fixture
def stack(tmp_path) -> Path:
    """Two frames, the second moved, in focus left and right; a fused image of both."""
    folder = tmp_path / "A" / "top"
    for name in ("tiff", "stack"):
        (folder / name).mkdir(parents=True)
    rows = []
    for number, matrix in ((1, STILL), (2, MOVED)):
        path = folder / "tiff" / f"f{number}.tif"
        tiff.write_image(path, pixels(number), ICC)
        rows.append(
            {"frame": number, "file": path.name, "tiff": path.name, "status": "used"}
            | {"matrix": matrix, "gain": [1.0] * 3, "sha256": sha256_file(path)}
        )
    aligned = {"folder": "../tiff", "width_px": COLUMNS, "height_px": ROWS, "reference": 1}
    aligned |= {"frames": rows, "sensor_defects_px": [], "sensor_dust": [], "warnings": []}
    write_record(folder / "stack/transforms.json", "transforms", aligned)
    tiff.write_image(folder / "stack/fused.tif", pixels(9), ICC)
    source = np.where(np.arange(COLUMNS) < 20, 1, 2).astype(np.uint16)
    tiff.write_image(folder / "stack/source.tif", np.tile(source, (ROWS, 1)))
    fused = {"frames": [1, 2], "parameters": {"slab_frames": 0, "slab_overlap": 2}}
    digests = {n: sha256_file(folder / f"stack/{n}.tif") for n in ("fused", "source")}
    write_record(
        folder / "stack/fuse.json", "fuse", fused | {"sha256": digests, "pixel_sha256": {}}
    )
    return folder


def run(stack: Path, *more: str) -> Path:
    out = stack / "stack" / "layers.tif"
    made = stack / "stack"
    pictures = [f"--{name}={made / name}.tif" for name in ("fused", "source")]
    records = [f"--{name}={made / name}.json" for name in ("fuse", "transforms")]
    layers.main([*pictures, *records, f"--out={out}", *more])
    return out


def test_layers_hold_the_very_px_and_masks_and_the_plain_picture_is_the_fused(stack):
    out = run(stack)
    assert np.array_equal(tifffile.imread(out), pixels(9))
    with tifffile.TiffFile(out) as file:
        assert file.pages[0].tags[34675].value == ICC
    read = psdtags.TiffImageSourceData.fromtiff(out).layers
    assert [one.name for one in read] == ["fused image", "frame 1", "frame 2"]
    assert [bool(one.flags & 2) for one in read] == [False, True, True], "bit 1: hidden"
    for layer, seed in zip(read[:2], (9, 1)):
        colours = {one.channelid: one.data for one in layer.channels}
        assert np.array_equal(np.stack([colours[k] for k in range(3)], axis=2), pixels(seed))
    left = {one.channelid: one.data for one in read[1].channels}
    assert np.array_equal(left[-2], np.repeat([[65535] * 20 + [0] * 21], ROWS, axis=0))
    moved = {one.channelid: one.data for one in read[2].channels}
    assert np.array_equal(moved[0][:, 3:], pixels(2)[:, :-3, 0])
    assert np.array_equal(moved[-1], np.repeat([[0] * 3 + [65535] * 38], ROWS, axis=0))


def test_frames_are_chosen_by_number_or_left_out(stack):
    titles = lambda out: [one.name for one in psdtags.TiffImageSourceData.fromtiff(out).layers]  # noqa: E731
    assert titles(run(stack, "--frames=2")) == ["fused image", "frame 2"]
    assert titles(run(stack, "--frames=none")) == ["fused image"]
    with pytest.raises(ImagingError, match="'7' is no frame that is used; they are 1 to 2"):
        run(stack, "--frames=1,7")


def test_the_frames_that_most_of_the_picture_is_from_are_chosen_in_order_of_focus():
    source = np.repeat(np.arange(1, 13, dtype=np.uint16), range(12, 0, -1))[None]
    assert layers.choose("auto", range(1, 13), source, has_slabs=False) == list(range(1, 9))
    assert layers.choose("auto", range(1, 13), source, has_slabs=True) == []


def test_what_would_pass_4_gb_is_refused_before_any_work():
    refuse_too_large((4000, 6000), 27, "layers.tif")
    with pytest.raises(ImagingError, match=r"28 layers of 6000 x 4000 px .* up to 27 fit"):
        refuse_too_large((4000, 6000), 28, "layers.tif")
