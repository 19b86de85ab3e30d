"""Step 6: make pictures of a stack that its frames show and its master does not, by fusing it anew.

For a stereo pair, an anaglyph or a rocking picture each frame is shifted in proportion to its
height for every view, and all are fused again as the master was; a view from straight above is the
fused image, bit for bit. For a picture in one projection, each has the size that goes with it.
"""

from __future__ import annotations

from step import run

import argparse
import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

from developed import at_hand
from imaging.errors import ImagingError
from imaging.frames import tiff
from imaging.fusion.aligned import frames_of
from imaging.fusion.frame import Frame
from imaging.fusion.methods import Settings, fuse
from imaging.fusion.near_end import End
from imaging.fusion.parallax import area_seen, shifted
from imaging.fusion.projection import Pupil, central, placed, pupil_of, scales_of
from imaging.fusion.stack import measure
from imaging.pictures.aside import crop_seen, rightward, shifts_px
from imaging.pictures.cameras import Camera, camera_files, camera_of, packed
from imaging.pictures.crop import Crop, upright
from imaging.pictures.derivative import save, scale
from imaging.pictures.stereo import ANAGLYPH, GIF, WEBP, anaglyph, pair, write_rocking
from imaging.pictures.turned import cut
from records.errors import RecordError
from records.files import refuse_outputs, replacing
from records.ledger.depth import depth_scale, focus_positions
from records.locks import stack_of, writing
from records.log import progress, warn
from records.provenance import inputs
from records.provenance.master import read_verified
from records.provenance.noted import note
from records.provenance.relief import read_relief
from records.provenance.tags import tags_of
from records.record import read_record, told_folder
from records.sheet.derivatives import HEEDED
from records.sheet.settings import add_settings, section
from records.unfinished import beside

ROCKING = (GIF, WEBP)
CENTRAL, ORTHOGRAPHIC, PACKED = "central", "orthographic", "photogrammetry"
FROM_ONE_PLACE = "Fused anew in central perspective from the place of the reference frame"
# One picture each, and how it is made, in words for its file.
PROJECTIONS = {
    CENTRAL: FROM_ONE_PLACE,
    PACKED: FROM_ONE_PLACE,
    ORTHOGRAPHIC: "Fused anew by parallel rays, each frame in the size that it has",
}
# Zero parallax lies in the middle of the depths between these shares of the map.
ENDS_PERCENT = (2, 98)
# Of the depth map, every so many rows tell where that is.
EVERY_ROWS = 8
# Narrower than this, too little is left of a picture.
LEAST_PX = 16


def main(argv: list[str]) -> None:
    """Write one picture of several views."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "out")
    with writing(stack_of(options.out)):
        make(options)


def make(options: argparse.Namespace) -> None:
    """Do the work, while nothing else writes into the stack."""
    record = read_verified(options.record, options.master)
    depth_map, _ = read_relief(options.record, record, in_proportion=True)
    fused = inputs.read_made(options.fuse, "fuse", options.transforms, options.ledger)
    if fused["method"] == "external":
        raise RecordError(
            f"{options.fuse}: another program fused this stack, which is not run for further "
            "views; leave the derivative out, by null in a column derive.NAME of the sheet"
        )
    if record.get("retouched"):
        warn("views are fused of the frames: what was retouched by hand is not in them")
    aligned = read_record(options.transforms, "transforms")
    rows = [row for row in aligned["frames"] if row["status"] == "used"]
    home = told_folder(aligned["folder"], options.transforms)
    stack = options.transforms.parents[1]
    with (
        at_hand(stack, rows, home, options.out, options.threads) as folder,
        beside(options.out.with_name(f"{options.out.name}.views")) as work,
    ):
        inputs.refuse_changed(inputs.frames_made(rows, folder), options.threads)
        frames = frames_of(aligned, rows, folder)
        shape = (aligned["height_px"], aligned["width_px"])
        numbers, files = [row["frame"] for row in rows], [row["file"] for row in rows]
        positions = focus_positions(options.ledger, numbers) or ()
        known = depth_scale(numbers, files, positions, record["depth"]["direction"])
        heights = [known.sign * (one - known.zero_position) for one in positions]
        place = None
        if options.format in PROJECTIONS:
            focus = heights[numbers.index(aligned["reference"])]
            views, crop, pupil = projected(
                options, record, frames, shape, np.array(heights) - focus
            )
            if options.format != ORTHOGRAPHIC and np.isfinite(pupil.distance_um):
                place = functools.partial(
                    camera_of,
                    *(pupil.distance_um, focus, record["pixel_size_um"], shape),
                    *((Crop.of(record), crop), record["orientation_applied"]),
                )
        else:
            views, crop = from_aside(options, record, frames, shape, heights, middle_of(depth_map))
        made = fuse_views(options, record, fused, views, shape, positions, crop, work)
        with replacing(options.out) as partial:
            write(options, record, made, partial, place)
            note(options.out, partial, {options.master.name: record["sha256"]})


def from_aside(
    options: argparse.Namespace,
    record: Mapping[str, Any],
    frames: Sequence[Frame],
    shape: tuple[int, int],
    heights: Sequence[float],
    middle: float,
) -> tuple[list[tuple[str, list[Frame]]], Crop]:
    """The frames of every view from the left to the right, each with its words; the crop of all.

    Parameters
    ----------
    record : of the master
    shape : (rows, columns) of a frame
    heights, middle : of the frames' focus, and that which stays where it is, µm
    """
    pixel_size = record["pixel_size_um"]
    crop, right = Crop.of(record), rightward(Crop.of(record), record["orientation_applied"])
    most = shifts_px(heights, middle, options.angle_deg / 2, pixel_size)
    crop = crop_seen(crop, area_seen(frames, most, right, shape), most, right)
    if min(crop.size) < LEAST_PX:
        raise ImagingError(
            f"seen from {options.angle_deg / 2:g} degrees aside, no part of the picture is in all "
            "frames; make angle_deg of this derivative smaller"
        )
    count = options.views if options.format in ROCKING else 2
    views = []
    for k in range(count):
        angle = options.angle_deg * (k / (count - 1) - 0.5)
        seen = shifted(frames, shifts_px(heights, middle, angle, pixel_size), right)
        views.append((f"view {k + 1} of {count}, from {angle:+.2f} degrees", seen))
    return views, crop


def projected(
    options: argparse.Namespace,
    record: Mapping[str, Any],
    frames: Sequence[Frame],
    shape: tuple[int, int],
    heights: NDArray[np.float64],
) -> tuple[list[tuple[str, list[Frame]]], Crop, Pupil]:
    """The frames of the one view in a projection, with its words, its crop, and where the lens is.

    Parameters
    ----------
    record : of the master
    shape : (rows, columns) of a frame
    heights : of the frames' focus above the reference frame's, µm
    """
    words, scales = "by parallel rays", np.ones(len(frames))
    pupil = pupil_of(scales_of(frames), heights)
    if options.format == PACKED and np.isinf(pupil.distance_um):
        raise ImagingError(
            "frames do not differ in size, as through a telecentric lens: there is no camera that "
            "programs of photogrammetry could be told; use the format orthographic"
        )
    if options.format != ORTHOGRAPHIC:
        scales = central(heights, pupil)
        words = f"from {pupil.distance_um / 1000:.2f} +- {pupil.error_um / 1000:.2f} mm"
        if np.isinf(pupil.distance_um):
            words = "from afar: frames do not differ in size, as through a telecentric lens"
    seen = placed(frames, scales, shape)
    still, right = [0.0] * len(seen), np.array([1.0, 0.0])
    crop = crop_seen(Crop.of(record), area_seen(seen, still, right, shape), still, right)
    return [(words, seen)], crop, pupil


def fuse_views(
    options: argparse.Namespace,
    record: Mapping[str, Any],
    fused: Mapping[str, Any],
    views: Sequence[tuple[str, Sequence[Frame]]],
    shape: tuple[int, int],
    positions: Sequence[float],
    crop: Crop,
    work: Path,
) -> list[Path]:
    """Fuse every view; gives their files, cropped and upright.

    Parameters
    ----------
    record, fused : of the master, and of the fusion that it is of
    views : words and frames of each
    shape : (rows, columns) of a frame
    positions : of the frames, as the ledger has them
    work : folder for the files
    """
    settings = settings_of_fusion(fused)
    near = End(fused["near_end"]) if fused["near_end"] else None
    paths = []
    for k, (words, seen) in enumerate(views):
        measured, told = measure(
            seen,
            shape,
            settings.carrying,
            options.threads,
            positions=positions,
            near=near,
            prefer=settings.prefers_near,
        )
        del told
        whole, path = work / "fused.tif", work / f"view-{k + 1:02}.tif"
        fuse(measured, settings, whole, options.threads, lambda done: None)
        with tiff.open_rows(whole) as picture:
            pixels = np.ascontiguousarray(
                upright(cut(picture, crop), record["orientation_applied"])
            )
            tiff.write_image(path, pixels, picture.icc)
        whole.unlink()
        paths.append(path)
        progress(f"{words}: sha256 of its px {tiff.pixel_digest(pixels)[:16]}")
    return paths


def settings_of_fusion(fused: Mapping[str, Any]) -> Settings:
    """The settings of a fusion by its record, without slabs."""
    known: dict[str, Any] = {key: one.get("default") for key, one in section("fuse").items()}
    known |= fused["parameters"] | {"method": fused["method"], "slab_frames": 0}
    return Settings(**known)


def middle_of(depth_map: Path) -> float:
    """The height in the middle of a relief, µm."""
    with tiff.open_rows(depth_map) as plane:
        rows = range(0, plane.extent[0], EVERY_ROWS)
        values = np.concatenate([plane.read(row, row + 1).ravel() for row in rows])
    values = values[np.isfinite(values)]
    if not values.size:
        raise ImagingError(
            f"{depth_map}: no height is known, so that there are no views from aside"
        )
    return float(np.percentile(values, ENDS_PERCENT).mean())


def write(
    options: argparse.Namespace,
    record: Mapping[str, Any],
    views: Sequence[Path],
    out: Path,
    place: Callable[[tuple[int, int]], Camera] | None = None,
) -> None:
    """Write what is made of the views.

    Parameters
    ----------
    place : of a picture in central perspective: gives where it was taken from by its size
    """
    made = PROJECTIONS.get(options.format) or (
        f"Seen from {len(views)} sides within {options.angle_deg:g} degrees, each fused anew"
    )
    tags = tags_of(options.record, record, made)
    # All that a screen shows at once, or one after another.
    is_rocking = options.format in ROCKING
    # A moving picture has no place for a profile, and is taken for sRGB.
    space = "srgb" if is_rocking else options.colour_space
    scaled = [scale(one, options.long_edge_px, space).copy_memory() for one in views]
    if is_rocking:
        write_rocking(scaled, out, options.format, options.quality, tags.xmp, tags.texts)
    else:
        per_mm = 1000.0 * shrunk(views[0], scaled[0]) / record["pixel_size_um"]
        joined = scaled[0] if len(scaled) == 1 else _joined(scaled, options.format)
        camera = place((joined.width, joined.height)) if place else None
        focal_35mm = camera.focal_35mm if camera else None
        jpeg = views[0].with_suffix(".jpg") if options.format == PACKED else out
        save(joined, jpeg, "jpeg", options.quality, tags.xmp, per_mm, tags.texts, focal_35mm)
        if camera and options.format == PACKED:
            name = f"{record['specimen']}_{record['view']}.jpg"
            files = {one: text.encode() for one, text in camera_files(camera, name).items()}
            out.write_bytes(packed({name: jpeg.read_bytes(), **files}))
    progress(
        f"{options.out.name}: {len(views)} "
        f"view{'s' * (len(views) > 1)} of {scaled[0].width} x {scaled[0].height} px"
    )


def shrunk(view: Path, shown: pyvips.Image) -> float:
    """How long a px of a view is in what is shown of it, which may be scaled down.

    A view is cropped more closely than the master: its own size counts.
    """
    with tiff.open_rows(view) as rows:
        return max(shown.width, shown.height) / max(rows.extent)


def _joined(views: Sequence[pyvips.Image], format: str) -> pyvips.Image:
    left, right = views
    if format != ANAGLYPH:
        return pair(left, right, format)
    icc = left.get("icc-profile-data")
    pixels = anaglyph(left.numpy(), right.numpy(), icc)
    image = pyvips.Image.new_from_array(pixels).copy(interpretation="rgb16")
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", icc)
    return image


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--master", type=Path, required=True, help="its depth map lies beside it")
    parser.add_argument("--record", type=Path, required=True, help="the master's record")
    parser.add_argument("--transforms", type=Path, required=True, help="transforms.json")
    parser.add_argument("--ledger", type=Path, required=True, help="frames.csv, for positions")
    parser.add_argument("--fuse", type=Path, required=True, help="fuse.json, how it was fused")
    parser.add_argument("--out", type=Path, required=True, help="picture to write")
    add_settings(parser, "derive", only=HEEDED["stereo"], instead={"format": "stereo-parallel"})
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    run(main)
