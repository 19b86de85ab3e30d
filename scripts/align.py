"""Step 4a: find how each frame of a stack lies to the reference frame; writes numbers only."""

from __future__ import annotations

import argparse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.detail import binning_for, read_luminance, read_view
from imaging.alignment.findings import Finding, misgivings, sharpness_of, unusable
from imaging.alignment.stack import Alignment, UnrelatedFrames, align_stack
from imaging.alignment.turned import how_turned
from imaging.errors import ImagingError
from imaging.frames.converted import read_profile
from imaging.sampling.geometry import corner_distance
from imaging.sensor.defects import (
    likely_defects,
    read_spots,
    searched_frames,
    sensor_defects,
    shown_in,
)
from imaging.sensor.dust import CELLS, find_specks, moves_enough, stand_out
from records.files import read_record, refuse_outputs, write_record
from records.log import progress, warn
from records.sheet.settings import add_settings
from step import run

# A stack of which more match no other has another fault.
MOST_EXPLAINED = 5
REFERENCES = ("first", "middle", "last")


def main(argv: list[str]) -> None:
    """Align the frames that `convert.json` names and write `transforms.json`."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "out")
    converted = read_record(options.convert, "convert")
    folder = options.convert.parent / converted["folder"]
    frames = converted["frames"]
    paths = [folder / frame["tiff"] for frame in frames]
    icc = read_profile(paths[0])
    asked = reference_position(options.reference, [frame["frame"] for frame in frames])
    limit_stops = options.brightness_limit_stops if options.brightness == "on" else np.inf
    try:
        found = align_stack(
            lambda k: read_view(paths[k], icc),
            len(frames),
            asked,
            options.model,
            options.threads,
            lambda k: progress(f"frame {k + 1} of {len(frames)}: {frames[k]['file']}"),
            # The frame that a person chose by its number is theirs to answer for.
            limit_stops if options.reference in REFERENCES else np.inf,
        )
    except UnrelatedFrames as error:
        names = ", ".join(frames[k]["file"] for k in error.frames)
        raise ImagingError(
            f"these frames do not show the same scene as the rest of the stack: {names}; "
            "take them out of the raw folder, or shoot the stack again"
        ) from None
    shape = (converted["height_px"], converted["width_px"])
    turned = turned_frames(paths, icc, found)
    failed = unusable(found, turned, shape, options.max_residual_px, limit_stops)
    judge(failed, frames, options)
    used = [k for k in range(len(frames)) if k not in failed]
    findings = misgivings(
        found, used, asked, shape, options.brightness_limit_stops, options.brightness == "on"
    )
    for finding in findings:
        warn(f"{sentence(finding, frames)}")
    defects, dust = find_defects(paths, icc, found, used, shape, options)
    content = record(found, converted, failed, findings, options)
    content |= {"sensor_defects_px": defects, "sensor_dust": dust}
    write_record(options.out, "transforms", content)


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--convert", type=Path, required=True, help="convert.json")
    parser.add_argument("--out", type=Path, required=True, help="transforms.json to write")
    add_settings(parser, "align")
    parser.add_argument("--threads", type=int, default=1)
    return parser


def reference_position(reference: str | int, frames: list[int]) -> int:
    """Position in the stack of the reference frame."""
    if reference in REFERENCES:
        return {"first": 0, "middle": len(frames) // 2, "last": len(frames) - 1}[reference]
    if reference in frames:
        return frames.index(reference)
    raise ImagingError(
        f"align.reference is {reference}, but must be first, middle, last or a frame "
        f"from {frames[0]} to {frames[-1]}"
    )


def turned_frames(
    paths: list[Path], icc: bytes | None, found: Alignment
) -> dict[int, tuple[str, float]]:
    """Of the frames that match no other, those that are upside down or the like, and how."""
    turned = {}
    for k in [*found.failed, *found.strangers][:MOST_EXPLAINED]:
        near = min(found.members, key=lambda member: abs(member - k))
        if how := how_turned(read_view(paths[k], icc), read_view(paths[near], icc)):
            turned[k] = how
    return turned


def sentence(finding: Finding, frames: list[dict[str, object]]) -> str:
    """A finding as a person reads it, with the names of its frames."""
    names = " and ".join(str(frames[k]["file"]) for k in finding.frames)
    return f"{names} {finding.text}" if names else finding.text


def judge(
    failed: dict[int, Finding], frames: list[dict[str, object]], options: argparse.Namespace
) -> None:
    """Stop at failed frames unless config says to leave them out; either way name them."""
    said = "; ".join(sentence(failed[k], frames) for k in sorted(failed))
    if said and options.failed == "stop":
        raise ImagingError(
            f"{said}; take it out of the raw folder, or leave such frames out with "
            "align.failed: exclude"
        )
    if len(failed) == len(frames):
        raise ImagingError(f"no frame can be used: {said}")
    if said:
        warn(f"left out: {said}")


def find_defects(
    paths: list[Path],
    icc: bytes | None,
    found: Alignment,
    used: list[int],
    shape: tuple[int, int],
    options: argparse.Namespace,
) -> tuple[list[list[int]], list[dict[str, object]]]:
    """Defective px, [x, y] each, and dust of the sensor: fusion would show them once per frame."""
    if options.mend_sensor == "off":
        return [], []
    chosen = [used[k] for k in searched_frames(len(used))]
    transforms = found.transforms[chosen]
    cell = binning_for(shape, CELLS)
    lights: list[NDArray[np.float32]] = []
    with ThreadPoolExecutor(options.threads) as pool:
        spots = list(pool.map(lambda k: read_spots(paths[k]), chosen))
        places = likely_defects(spots, shape)
        shown = (
            [] if len(places) == 0 else list(pool.map(lambda k: shown_in(paths[k], places), used))
        )
        if moves_enough(transforms, shape, cell):
            lights = list(
                pool.map(lambda k: stand_out(read_luminance(paths[k], icc, cell)), chosen)
            )
    defects_at = sensor_defects(places, np.array(shown), found.transforms[used])
    specks = find_specks(lights, transforms, cell)
    if found.still is not None:
        # What was burned into the frames is no fault of the sensor, and not to be mended.
        defects_at = defects_at[~found.still.covers(*defects_at.T)]
        specks = [
            speck
            for speck in specks
            if not found.still.covers(*(np.array([at]) for at in speck.centre_px)).any()
        ]
    defects = defects_at.tolist()
    if defects:
        progress(f"defective px of the sensor: {len(defects)}; they are filled before fusing")
    if specks:
        progress(f"specks of dust on the sensor: {len(specks)}; their light is given back")
    return defects, [speck.as_record() for speck in specks]


def record(
    found: Alignment,
    converted: dict[str, object],
    failed: dict[int, Finding],
    findings: list[Finding],
    options: argparse.Namespace,
) -> dict[str, object]:
    """What `transforms.json` holds."""
    frames = converted["frames"]
    shape = (converted["height_px"], converted["width_px"])
    used = [k for k in range(len(frames)) if k not in failed]
    sharpness = sharpness_of(found, used, shape)
    rows = []
    for k, frame in enumerate(frames):
        motion = corner_distance(found.transforms[k], np.eye(3), shape)
        gain = found.gains[k] if options.brightness == "on" else np.ones(3)
        rows.append(
            {
                "frame": frame["frame"],
                "file": frame["file"],
                "tiff": frame["tiff"],
                "status": "failed" if k in failed else "used",
                "reason": failed[k].text if k in failed else None,
                # Digits beyond these depend on the processor, and move no px by a millionth.
                "matrix": [[round(float(v), 10) for v in row] for row in found.transforms[k]],
                "gain": [round(float(v), 6) for v in gain],
                "sharpness": round(sharpness[k], 4) if k in sharpness else None,
                "correlation": round(float(found.correlations[k]), 4),
                "residual_px": round(float(found.residuals_px[k]), 4),
                "largest_motion_px": round(motion, 3),
            }
        )
    return {
        "matrix_maps": "frame px to reference px, px centres at integers",
        "reference": frames[found.reference]["frame"],
        "model": options.model,
        "folder": converted["folder"],
        "width_px": converted["width_px"],
        "height_px": converted["height_px"],
        "warnings": [
            {
                "code": finding.code,
                "frames": [frames[k]["frame"] for k in finding.frames],
                "message": sentence(finding, frames),
                "evidence": dict(finding.evidence),
            }
            for finding in [*(failed[k] for k in sorted(failed)), *findings]
        ],
        "still_areas": None
        if found.still is None
        else {"cell_px": found.still.cell, "runs": found.still.runs()},
        "frames": rows,
    }


if __name__ == "__main__":
    run(main)
