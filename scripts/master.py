"""Step 5: crop the fused image, turn it upright and write the archival master with its record.

The depth map goes beside it, cropped and turned alike, with NaN where the depth is not known.
"""

from __future__ import annotations

from step import run

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imaging.frames import tiff
from imaging.frames.tiff_header import Entry
from imaging.fusion.agreement import LEAST_CONFIDENCE
from imaging.fusion.depth_map import known_depth
from imaging.pictures.crop import Crop, degrees, parse_crop, upright
from imaging.pictures.read_back import holds
from imaging.pictures.turned import box_of, cut, turn_depth
from imaging.sampling.coverage import common_area
from records.errors import RecordError
from records.files import refuse_outputs
from records.layout import SCALE
from records.ledger import depth
from records.ledger.focusing import add_rises
from records.ledger.kept_copies import bring
from records.ledger.table import read_ledger, used_frames
from records.ledger.unchanged import keep_stamps, proven_raw, stamp
from records.locks import stack_of, writing
from records.log import progress, warn
from records.metadata.description import add_words
from records.metadata.exif import Capture, read_capture
from records.metadata.exif_tags import (
    changed_in_ascii,
    credits,
    exif_entries,
    image_description,
    text_tags,
)
from records.metadata.xmp import PROGRAM, build_packet
from records.program import VERSION
from records.provenance import inputs
from records.provenance.inputs import Made
from records.provenance.master import depth_map_of, put_in_place, refuse_if_changed, remove
from records.provenance.quick_digests import quick_digests
from records.record import write_record
from records.sheet.consistency import OF_A_RULER
from records.sheet.settings import add_cells, add_settings

UM_PER_INCH = 25400.0
SOFTWARE = f"{PROGRAM} {VERSION}"
# What is read of what fusing made.
PICTURES = ("fused", "depth", "confidence", "source")
RETOUCHED = ", retouched by hand"
TURNED = ", turned by {} degrees"
# What a master's record says of its retouching, of the record of that step.
TOLD = ("base", "strokes", "people", "painted_px", "painted_share")


def main(argv: list[str]) -> None:
    """Write a master, its depth map and the record of how they were made."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "master", "out")
    with writing(stack_of(options.out)):
        make(options)


def make(options: argparse.Namespace) -> None:
    """Do the work, while nothing else writes into the stack."""
    for one in (options.master, depth_map_of(options.master)):
        refuse_if_changed(one, options.out)
    records = (options.ledger, options.convert, options.transforms, options.fuse)
    sources = inputs.made_from(*records, *([options.retouch] if options.retouch else []))
    converted = inputs.read_made(options.convert, "convert", options.ledger)
    aligned = inputs.read_made(options.transforms, "transforms", options.convert)
    fused = inputs.read_made(options.fuse, "fuse", options.transforms, options.ledger)
    maps = {name: path for name in PICTURES if (path := getattr(options, name))}
    inputs.refuse_changed(inputs.maps_made(fused, maps))
    retouched = read_retouch(options)
    reference = next(
        entry for entry in used_frames(options.ledger) if entry.frame == aligned["reference"]
    )
    quick = quick_digests(options.ledger)
    raw = proven_raw(options.raw, reference.file, reference.sha256, reference.frame, quick)
    # Before the pictures are in memory, which the ruler's then leaves.
    scale = pixel_size_of(options, aligned)
    capture = read_capture(raw)
    metadata = dict(options.metadata)
    of_camera = credits(capture, metadata)
    metadata |= of_camera
    used = [row for row in aligned["frames"] if row["status"] == "used"]
    count = len(used)
    technique = (
        f"Focus stacking: {count} frames, fused by Holostack with method {fused['method']}"
        if count > 1
        else "Single frame, taken over by Holostack"
    )
    if retouched:
        technique += RETOUCHED
    with tiff.open_rows(options.retouched if retouched else options.fused) as picture:
        shape, icc = picture.extent, picture.icc
        common = common_area(np.array([row["matrix"] for row in used]), shape)
        crop = parse_crop(options.crop, common, shape)
        pixels = cut(picture, crop)
    if crop.angle_deg:
        technique += TURNED.format(degrees(crop.angle_deg))
    orientation = reference.orientation or 1
    pixels = upright(pixels, orientation)
    pixel_size = scale["pixel_size_um"]
    resolution_ppi = UM_PER_INCH / pixel_size if pixel_size else None
    who = options.specimen, options.view
    texts = text_tags(
        capture,
        metadata,
        image_description(*who, technique, metadata),
        SOFTWARE,
        artist=options.artist == "on",
    )
    otherwise = changed_in_ascii(metadata, artist=options.artist == "on")
    for name, text in otherwise.items():
        written = f"it has {text!r}" if text else "it is left out"
        warn(f"the TIFF tag {name} holds ASCII alone: {written}; XMP has the sheet's own letters")
    created = capture.taken_at
    record = {
        "specimen": options.specimen,
        "view": options.view,
        **write_picture(
            options.master,
            pixels,
            icc=icc,
            resolution_ppi=resolution_ppi,
            text=texts,
            exif_ifd=[Entry(*entry) for entry in exif_entries(capture)],
            xmp=build_packet(*who, technique, metadata, SOFTWARE, created),
        ),
        "width_px": pixels.shape[1],
        "height_px": pixels.shape[0],
        **crop.record,
        "orientation_applied": orientation,
        **scale,
        "colour_space": converted["colour_space"],
        "frames": count,
        "reference_frame": aligned["reference"],
        "technique": technique,
        "software": SOFTWARE,
        **({"created": created} if created else {}),
        **({"retouched": retouched} if retouched else {}),
        "metadata": metadata,
        "metadata_of_camera": sorted(of_camera),
        **({"in_ascii": otherwise} if otherwise else {}),
        inputs.MADE_FROM: sources,
        "depth": deliver_depth(options, used, crop, orientation, resolution_ppi, metadata, capture),
    }
    write_record(options.out, "master", record)
    stack = options.master.parents[1]
    name = options.master.relative_to(stack).as_posix()
    keep_stamps(stack, {name: stamp(options.master)}, "archival/")
    progress(
        f"master of {record['width_px']} x {record['height_px']} px from {count} "
        f"frame{'s' * (count > 1)}"
    )


def pixel_size_of(options: argparse.Namespace, aligned: Mapping[str, Any]) -> dict[str, Any]:
    """The size of a px as the sheet states it, or as it is measured on the ruler that it names.

    Where a master is made again, what was measured then holds.
    """
    if options.measured is not None:
        return options.measured
    if options.scale_frame is None:
        bring(options.raw.parent, SCALE, None)
        return {"pixel_size_um": options.pixel_size_um}
    # Only who has a ruler waits for what reads it.
    from scale import scale_of

    return scale_of(options, read_ledger(options.ledger), aligned)


def read_retouch(options: argparse.Namespace) -> dict[str, Any]:
    """What the master says of its retouching; nothing where the fused image is as it was fused."""
    if not options.retouch:
        return {}
    known = inputs.read_made(
        options.retouch, "retouch", options.fuse, options.transforms, options.convert
    )
    inputs.refuse_changed([Made(options.retouched, known["sha256"]["retouched"], "retouch")])
    return {key: known[key] for key in TOLD if key in known}


def deliver_depth(
    options: argparse.Namespace,
    used: Sequence[Mapping[str, Any]],
    crop: Crop,
    orientation: int,
    resolution_ppi: float | None,
    metadata: Mapping[str, str],
    capture: Capture,
) -> dict[str, object] | None:
    """Write the depth map beside the master; gives what the record says of it.

    A single frame has no depth, and None is said of it; a map of an earlier run goes.
    """
    target = depth_map_of(options.master)
    if options.depth is None or len(used) < 2:
        remove(target)
        return None
    numbers = [row["frame"] for row in used]
    positions_um = depth.focus_positions(options.ledger, numbers)
    direction = options.direction or depth.direction_by(options.rises, positions_um)
    scale = depth.depth_scale(numbers, [row["file"] for row in used], positions_um, direction)
    inverses = [np.linalg.inv(np.array(row["matrix"])) for row in used]
    with (
        tiff.open_rows(options.depth) as z,
        tiff.open_rows(options.confidence) as sure,
        tiff.open_rows(options.source) as frame,
    ):
        box = box_of(crop, z.extent)
        positions = positions_um or numbers
        known = known_depth(z, sure, frame, box, numbers, positions, inverses)
    if crop.angle_deg:
        # What is one surface differs by no more than one frame from the next.
        step = float(np.abs(np.diff(positions)).max())
        known = turn_depth(known, box[:2], crop, step)
    known -= np.float32(scale.zero_position)
    known *= np.float32(scale.sign)
    pixels = np.ascontiguousarray(upright(known, orientation))
    technique = f"Depth map of the focus stack, {len(used)} frames, by Holostack"
    return {
        **write_picture(
            target,
            pixels,
            resolution_ppi=resolution_ppi,
            text=text_tags(
                Capture(date_time_original=capture.date_time_original),
                metadata,
                [depth.description(scale)],
                SOFTWARE,
                artist=False,
            ),
            xmp=build_packet(
                options.specimen, options.view, technique, metadata, SOFTWARE, capture.taken_at
            ),
        ),
        "media_type": "image/tiff",
        "sample_format": "float32",
        **scale.as_record(),
        "least_confidence": LEAST_CONFIDENCE,
        "known_share": round(float(np.isfinite(pixels).mean()), 4),
    }


def write_picture(target: Path, pixels: NDArray, **tags: Any) -> dict[str, object]:  # noqa: ANN401
    """Write a picture for ever, read back; gives what the record says of its file."""

    def write(partial: Path) -> None:
        tiff.write_image(partial, pixels, **tags)
        if not holds(partial, pixels):
            raise RecordError(f"{target}: what was written does not read back; check the disk")

    return {
        "file": target.name,
        **put_in_place(target, write),
        "bytes": target.stat().st_size,
        "pixel_sha256": tiff.pixel_digest(pixels),
    }


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("fused", "fuse", "transforms", "convert", "ledger", "raw"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("depth", "confidence", "source"):
        parser.add_argument(
            f"--{name}", type=Path, help="map of step fuse; without these no depth map is delivered"
        )
    parser.add_argument("--retouched", type=Path, help="the fused image as a person retouched it")
    parser.add_argument("--retouch", type=Path, help="retouch.json, the record of that")
    add_cells(parser, "direction", "pixel_size_um", "scale_frame", *OF_A_RULER)
    parser.add_argument("--scale-file", type=Path, help="where scale_frame lies, if elsewhere")
    parser.add_argument("--scale-sha256", help="of that; another makes the master again")
    parser.add_argument(
        "--measured", type=json.loads, help="what a record says of a ruler that was measured, JSON"
    )
    add_rises(parser)
    parser.add_argument("--specimen", required=True, help="its folder")
    parser.add_argument("--view", required=True)
    add_settings(parser, "master")
    add_words(parser)
    parser.add_argument("--master", type=Path, required=True, help="TIFF to write")
    parser.add_argument("--out", type=Path, required=True, help="its record to write, JSON")
    return parser


if __name__ == "__main__":
    run(main)
