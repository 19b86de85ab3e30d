"""Step 4c on small made stacks: what is painted, what is told of it, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import retouch
from imaging.frames import tiff
from imaging.frames.colour import profile
from records.archive.earlier import earlier_master
from records.errors import RecordError
from records.files import sha256_file
from records.ledger.table import USED, Entry, write_ledger
from records.record import read_record, write_record
from records.retouching import strokes
from records.retouching.digests import source_digest
from records.retouching.strokes import Brush, Source, Stroke, Strokes
from tests.scripts.stack_folder import pixels_of, two_versions

ROWS, COLUMNS = 60, 80
STILL = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
# Frame px → reference px: three px to the right, so that the first three columns have none of it.
MOVED = [[1.0, 0.0, 3.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]


def pixels(seed: int) -> NDArray[np.uint16]:
    return np.random.default_rng(seed).integers(9000, 50000, (ROWS, COLUMNS, 3), np.uint16)


def write_picture(path: Path, seed: int) -> dict[str, str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    tiff.write_image(path, pixels(seed), profile("srgb"))
    return {"sha256": sha256_file(path), "pixel_sha256": tiff.pixel_digest(path)}


@pytest.fixture()
def stack(tmp_path: Path) -> Path:
    folder = tmp_path / "A" / "top"
    names = ["f1.tif", "f2.tif"]
    made = [write_picture(folder / "tiff" / name, k) for k, name in enumerate(names)]
    write_ledger(
        [Entry(k + 1, name, USED, sha256="0" * 64) for k, name in enumerate(names)],
        folder / "frames.csv",
    )
    rows = [{"frame": k + 1, "file": n, "tiff": n} for k, n in enumerate(names)]
    size = {"folder": "../tiff", "width_px": COLUMNS, "height_px": ROWS}
    write_record(
        folder / "stack/convert.json",
        "convert",
        {**size, "frames": [row | one for row, one in zip(rows, made)]},
    )
    aligned = {
        **size,
        "reference": 1,
        "frames": [
            row | {"status": "used", "matrix": matrix, "gain": [1.0] * 3, "sha256": one["sha256"]}
            for row, matrix, one in zip(rows, (STILL, MOVED), made)
        ],
        "warnings": [],
        "sensor_defects_px": [],
        "sensor_dust": [],
    }
    write_record(folder / "stack/transforms.json", "transforms", aligned)
    fused = write_picture(folder / "stack/fused.tif", 10)
    slab = write_picture(folder / "stack/slabs/slab_001.tif", 11)
    write_record(
        folder / "stack/fuse.json",
        "fuse",
        {
            "pixel_sha256": {"fused": fused["pixel_sha256"]},
            "sha256": {"fused": fused["sha256"], "slabs/slab_001": slab["sha256"]},
        },
    )
    method = write_picture(folder / "stack/methods/pyramid.tif", 12)
    write_record(
        folder / "stack/methods/pyramid.json",
        "fuse",
        {name: {"fused": digest} for name, digest in method.items()},
    )
    return folder


def stroke(stack: Path, name: str, source: Source, mode: str = "pixels") -> Stroke:
    known = replace(source, sha256=source_digest(stack, source))
    brush = Brush(20.0, 1.0, 1.0)
    path = ((float(20 + 10 * int(name[1:])), 30.0),)
    return Stroke(name, known, mode, False, brush, path, "Ada", f"2026-01-0{name[1:]}", "a halo")


SOURCES = {
    0: Source("frame", frame=1),
    11: Source("slab", slab=1),
    12: Source("method", method="pyramid"),
    10: Source("fused"),
}


def run(stack: Path, *options: str) -> dict[str, Any]:
    made = stack / "stack"
    retouch.main(
        [
            *("--fused", str(made / "fused.tif"), "--fuse", str(made / "fuse.json")),
            *("--transforms", str(made / "transforms.json")),
            *("--convert", str(made / "convert.json"), "--ledger", str(stack / "frames.csv")),
            *("--retouched", str(made / "retouched.tif"), "--painted", str(made / "painted.tif")),
            *("--out", str(made / "retouch.json"), *options),
        ]
    )
    return read_record(made / "retouch.json", "retouch")


def paint(stack: Path, *painted: Stroke) -> dict[str, Any]:
    path = stack / "retouch" / "strokes.json"
    strokes.write(path, Strokes(COLUMNS, ROWS, painted))
    return run(stack, "--strokes", str(path))


@pytest.mark.parametrize(("seed", "source"), SOURCES.items())
def test_px_of_each_kind_of_source_are_copied_exactly(
    stack: Path, seed: int, source: Source
) -> None:
    paint(stack, stroke(stack, "s1", source))
    made = tiff.read_image(stack / "stack/retouched.tif")
    assert np.array_equal(made[25:36, 25:36], pixels(seed)[25:36, 25:36])
    assert np.array_equal(made[:, 45:], pixels(10)[:, 45:])
    assert tiff.read_icc(stack / "stack/retouched.tif") == profile("srgb")


def test_a_moved_frame_lies_as_it_was_aligned_and_what_it_does_not_cover_is_left(
    stack: Path,
) -> None:
    left = replace(stroke(stack, "s1", Source("frame", frame=2)), path_px=((0.0, 30.0),))
    paint(stack, left)
    made = tiff.read_image(stack / "stack/retouched.tif")
    assert np.array_equal(made[28:33, :3], pixels(10)[28:33, :3])
    assert np.array_equal(made[28:33, 3:8], pixels(1)[28:33, 0:5])


def test_what_was_painted_is_kept_as_a_map_and_restoring_takes_it_back(stack: Path) -> None:
    painted = [stroke(stack, f"s{k}", SOURCES[12]) for k in (1, 4)]
    record = paint(stack, *painted)
    shown = tiff.read_image(stack / "stack/painted.tif")
    changed = (tiff.read_image(stack / "stack/retouched.tif") != pixels(10)).any(axis=2)
    assert not changed[shown == 0].any()
    assert (shown[30, [30, 60]] == 255).all()
    assert record["painted_px"] == np.count_nonzero(shown)
    # A wider one, since the rim of a brush takes back as little as it paints.
    back = stroke(stack, "s4", Source("fused"), "restore")
    back = replace(back, brush=Brush(40.0, 1.0, 1.0))
    record = paint(stack, painted[0], replace(painted[1], id="s3"), back)
    shown = tiff.read_image(stack / "stack/painted.tif")
    assert shown[30, 30] == 255 and not shown[:, 45:].any()
    assert record["painted_px"] == np.count_nonzero(shown)
    made = tiff.read_image(stack / "stack/retouched.tif")
    assert np.array_equal(made[:, 45:], pixels(10)[:, 45:])


def test_the_record_tells_who_when_and_why(stack: Path) -> None:
    record = paint(stack, stroke(stack, "s1", SOURCES[0]), stroke(stack, "s2", SOURCES[12]))
    assert record["people"] == [
        {
            "person": "Ada",
            "strokes": 2,
            "first": "2026-01-01",
            "last": "2026-01-02",
            "reasons": ["a halo"],
        }
    ]
    assert [source["kind"] for source in record["sources"]] == ["frame", "method"]
    assert (record["base"], record["strokes"]) == ("fused", 2)
    assert record["sha256"]["retouched"] == sha256_file(stack / "stack/retouched.tif")
    assert record["made_from"]["strokes.json"] == sha256_file(stack / "retouch/strokes.json")


def test_the_same_strokes_give_the_same_bytes(stack: Path) -> None:
    painted = [
        stroke(stack, "s1", Source("frame", frame=2), "detail"),
        replace(stroke(stack, "s2", SOURCES[11]), match=True),
        stroke(stack, "s3", SOURCES[12], "heal"),
    ]
    first = paint(stack, *painted)["sha256"]
    for name in ("retouched.tif", "painted.tif", "retouch.json"):
        (stack / "stack" / name).unlink()
    assert paint(stack, *painted)["sha256"] == first


def brought_back(stack: Path) -> list[str]:
    """A picture from elsewhere as `external.py` takes it in; gives the options of it."""
    picture = stack / "retouch/external.tif"
    made = read_record(stack / "stack/fuse.json", "fuse")["pixel_sha256"]["fused"]
    told = {"person": "C", "finished_with": "GIMP", "when": "2026", "fused_pixel_sha256": made}
    known = {**write_picture(picture, 20), **told, "width_px": COLUMNS, "height_px": ROWS}
    write_record(picture.with_suffix(".json"), "external", known)
    return [f"--external={picture}", f"--external-record={picture.with_suffix('.json')}"]


def test_a_picture_from_elsewhere_must_be_vouched_for_and_of_this_fused_image(stack: Path) -> None:
    options = brought_back(stack)
    with pytest.raises(RecordError, match="has no record of who finished it; take it in by"):
        run(stack, options[0])
    record = stack / "retouch/external.json"
    known = read_record(record, "external")
    write_record(record, "external", known | {"fused_pixel_sha256": "0" * 64})
    with pytest.raises(RecordError, match="was finished on another fused image than"):
        run(stack, *options)
    write_record(record, "external", known)
    write_picture(stack / "retouch/external.tif", 21)
    with pytest.raises(RecordError, match=r"external\.tif: is not what step external made"):
        run(stack, *options)


def test_an_image_that_came_back_is_painted_on_and_restored_to(stack: Path) -> None:
    record = run(stack, *brought_back(stack))
    assert record["base"] == "external" and record["strokes"] == 0
    assert np.array_equal(tiff.read_image(stack / "stack/retouched.tif"), pixels(20))


def change_gain(record: dict[str, Any]) -> None:
    record["frames"][1]["gain"] = [1.1, 1.0, 1.0]


def change_dust(record: dict[str, Any]) -> None:
    record["sensor_dust"] = [{"x_px": 1, "y_px": 1, "cell_px": 4, "loss": [[0.1]]}]


@pytest.mark.parametrize("change", [change_gain, change_dust])
def test_strokes_from_px_that_are_others_now_stop_the_step_and_are_named(
    stack: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    second = stroke(stack, "s2", Source("frame", frame=2))
    kept = stroke(stack, "s1", SOURCES[12])
    transforms = stack / "stack/transforms.json"
    record = read_record(transforms, "transforms")
    change(record)
    write_record(transforms, "transforms", record)
    with pytest.raises(RecordError, match=r"1 strokes? .*frame 2: s2\).*confirm or drop"):
        paint(stack, kept, second)
    assert not (stack / "stack/retouched.tif").exists()
    assert paint(stack, kept)["strokes"] == 1


def test_a_source_that_is_gone_is_told(stack: Path) -> None:
    painted = stroke(stack, "s1", SOURCES[11])
    record = read_record(stack / "stack/fuse.json", "fuse")
    del record["sha256"]["slabs/slab_001"]
    write_record(stack / "stack/fuse.json", "fuse", record)
    with pytest.raises(RecordError, match="tells of no slab 1"):
        paint(stack, painted)


def test_a_source_whose_file_was_changed_is_refused(stack: Path) -> None:
    painted = stroke(stack, "s1", SOURCES[12])
    write_picture(stack / "stack/methods/pyramid.tif", 13)
    with pytest.raises(RecordError, match=r"pyramid.tif: is not what step method made"):
        paint(stack, painted)


def test_strokes_on_an_image_of_another_size_are_refused(stack: Path) -> None:
    path = stack / "strokes.json"
    strokes.write(path, Strokes(COLUMNS + 1, ROWS, ()))
    with pytest.raises(RecordError, match="81 x 60 px, but it now has 80 x 60"):
        run(stack, "--strokes", str(path))


def version(stack: Path, name: str, root: Path, identifier: str) -> Stroke:
    """A dab from a version of the archive, in the middle of where its master was cut out."""
    told = earlier_master(root, identifier, name)
    source = Source("version", version=name, sha256=told.pixel_sha256)
    return replace(stroke(stack, "s1", SOURCES[10]), source=source, path_px=((20.0, 26.0),))


@pytest.mark.slow
def test_versions_of_the_archive_lie_where_their_masters_were_cut_out(
    stack: Path, tmp_path: Path, demo: Path
) -> None:
    root = tmp_path / "archive"
    identifier = two_versions(tmp_path / "tree", demo, root)
    path = stack / "retouch" / "strokes.json"
    where = (f"--strokes={path}", f"--archive={root}", f"--object={identifier}")
    # Of the fused image at 5, 6; the first stood upright after a quarter of a turn.
    laid = {"v1": np.rot90(pixels_of(31, (30, 40))), "v2": pixels_of(32, (40, 30))}
    for name, expected in laid.items():
        strokes.write(path, Strokes(COLUMNS, ROWS, (version(stack, name, root, identifier),)))
        record = run(stack, *where)
        made = tiff.read_image(stack / "stack/retouched.tif")
        assert np.array_equal(made[21:32, 15:26], expected[15:26, 10:21])
        assert record["sources"][0]["version"] == name
    with pytest.raises(RecordError, match="name the archive that holds it by --archive"):
        run(stack, where[0])
    master = earlier_master(root, identifier, "v2").path
    other = replace(version(stack, "v2", root, identifier).source, sha256="0" * 64)
    strokes.write(
        path,
        Strokes(COLUMNS, ROWS, (replace(version(stack, "v2", root, identifier), source=other),)),
    )
    with pytest.raises(RecordError, match=r"px that are others now \(version v2: s1\)"):
        run(stack, *where)
    strokes.write(path, Strokes(COLUMNS, ROWS, (version(stack, "v2", root, identifier),)))
    master.chmod(0o644)
    master.write_bytes(master.read_bytes()[:-1] + b"x")
    with pytest.raises(RecordError, match="is not what step archive made"):
        run(stack, *where)
