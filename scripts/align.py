"""Step 4a: find how each frame of a stack lies to the reference frame; writes numbers only."""

from __future__ import annotations

from step import run

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from imaging.alignment.detail import Detail, read_detail
from imaging.alignment.findings import Finding, misgivings, sharpness_of, unusable
from imaging.alignment.sensor_faults import SensorSearch
from imaging.alignment.stack import Alignment, UnrelatedFrames, align_stack
from imaging.alignment.turned import turned_frames
from imaging.errors import ImagingError
from imaging.frames.converted import read_profile
from imaging.sampling.geometry import corner_distance
from records.files import refuse_outputs
from records.known_frames import KNOWN_BY
from records.locks import stack_of, writing
from records.log import listed, of_each_kind, progress, warn
from records.provenance import inputs
from records.record import read_record, told_folder, write_record
from records.sheet.settings import add_settings

REFERENCES = ("first", "middle", "last")
# More frames than this are counted in one message, not listed.
LISTED = 6
# What the record says of a frame as that of its conversion does.
CARRIED = ("frame", "file", "tiff", *KNOWN_BY)


def main(argv: list[str]) -> None:
    """Align the frames that `convert.json` names and write `transforms.json`."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "out")
    with writing(stack_of(options.out)):
        make(options)


def make(options: argparse.Namespace) -> None:
    """Do the work, while nothing else writes into the stack."""
    sources = inputs.made_from(options.convert)
    converted = read_record(options.convert, "convert")
    frames = converted["frames"]
    files = [frame["file"] for frame in frames]
    made = inputs.frames_made(frames, told_folder(converted["folder"], options.convert))
    paths = [one.path for one in made]
    # Once each, however often it is read, and just before, so that the disk is read once.
    prove = cache(lambda k: inputs.refuse_changed([made[k]]))
    prove(0)
    icc = read_profile(paths[0])
    reference = reference_position(options.reference, [frame["frame"] for frame in frames])
    evened = options.brightness == "on"
    limit_stops = options.brightness_limit_stops if evened else np.inf

    search = SensorSearch(paths, icc) if options.mend_sensor == "on" else None

    def load(k: int) -> Detail:
        prove(k)
        return search.read(k) if search else read_detail(paths[k], icc)

    try:
        alignment = align_stack(
            load,
            len(frames),
            reference,
            options.model,
            options.threads,
            lambda k: progress(f"frame {k + 1} of {len(frames)}: {files[k]}"),
            # The frame that a person chose by its number is theirs to answer for.
            limit_stops if options.reference in REFERENCES else np.inf,
        )
    except UnrelatedFrames as error:
        raise ImagingError(
            "these frames do not show the same scene as the rest of the stack: "
            f"{', '.join(files[k] for k in error.frames)}; "
            "take them out of the raw folder, or shoot the stack again"
        ) from None
    turned = turned_frames(load, alignment)
    failed = unusable(alignment, turned, options.max_residual_px, limit_stops)
    refuse_failed(failed, files, options.failed)
    used = [k for k in range(len(frames)) if k not in failed]
    findings = misgivings(alignment, used, reference, options.brightness_limit_stops, evened)
    say(findings, files)
    content = record(alignment, converted, failed, evened) | {
        "model": options.model,
        inputs.MADE_FROM: sources,
        "warnings": [
            {
                "code": finding.code,
                "frames": [frames[k]["frame"] for k in finding.frames],
                "message": sentence(finding, files),
                "evidence": dict(finding.evidence),
            }
            for finding in [*(failed[k] for k in sorted(failed)), *findings]
        ],
        "sensor_defects_px": [],
        "sensor_dust": [],
    }
    if search:
        defects, specks = search.faults(alignment, used, options.threads)
        if len(defects):
            progress(f"defective px of the sensor: {len(defects)}; they are filled before fusing")
        if specks:
            progress(f"specks of dust on the sensor: {len(specks)}; their light is given back")
        content["sensor_defects_px"] = defects.tolist()
        content["sensor_dust"] = [speck.as_record() for speck in specks]
    write_record(options.out, "transforms", content)


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


def sentence(finding: Finding, files: Sequence[str]) -> str:
    """A finding as a person reads it, with the names of its frames."""
    names = " and ".join(files[k] for k in finding.frames)
    return f"{names} {finding.text}" if names else finding.text


def told(findings: Sequence[Finding], files: Sequence[str]) -> list[tuple[str, str]]:
    """Code and sentence of each finding."""
    return [(finding.code, sentence(finding, files)) for finding in findings]


def say(findings: Sequence[Finding], files: Sequence[str]) -> None:
    """Warn of the first finding of each kind; of several alike, all stand in the log."""
    for line in of_each_kind(told(findings, files)):
        warn(line)
    say_all(findings, files)


def say_all(findings: Sequence[Finding], files: Sequence[str]) -> None:
    """Put into the log alone every finding of which there are several alike."""
    count = Counter(finding.code for finding in findings)
    for code, line in told(findings, files):
        if count[code] > 1:
            progress(f"{code}: {line}")


def refuse_failed(failed: Mapping[int, Finding], files: Sequence[str], what: str) -> None:
    """Stop at failed frames unless config says to leave them out; either way name them."""
    findings = [failed[k] for k in sorted(failed)]
    say_all(findings, files)
    reasons = "; ".join(of_each_kind(told(findings, files)))
    if reasons and what == "stop":
        which = "it" if len(failed) == 1 else listed((files[k] for k in sorted(failed)), LISTED)
        raise ImagingError(
            f"{reasons}; take {which} out of the raw folder, or leave such frames out with "
            "align.failed: exclude"
        )
    if len(failed) == len(files):
        raise ImagingError(f"no frame can be used: {reasons}")
    if reasons:
        warn(f"left out: {reasons}")


def record(
    alignment: Alignment, converted: Mapping, failed: Mapping[int, Finding], evened: bool
) -> dict[str, object]:
    """What `transforms.json` holds of the geometry and brightness of a stack."""
    frames = converted["frames"]
    used = [k for k in range(len(frames)) if k not in failed]
    sharpness = sharpness_of(alignment, used)
    rows = []
    for k, (frame, matrix) in enumerate(zip(frames, alignment.transforms)):
        motion = corner_distance(matrix, np.eye(3), alignment.shape)
        gain = alignment.gains[k] if evened else np.ones(3)
        rows.append(
            {
                **{key: frame[key] for key in CARRIED if key in frame},
                "status": "failed" if k in failed else "used",
                "reason": failed[k].text if k in failed else None,
                # Digits beyond these depend on the processor, and move no px by a millionth.
                "matrix": [[round(value, 10) for value in row] for row in matrix.tolist()],
                "gain": [round(value, 6) for value in gain.tolist()],
                "sharpness": round(sharpness[k], 4) if k in sharpness else None,
                "correlation": round(float(alignment.correlations[k]), 4),
                "residual_px": round(float(alignment.residuals_px[k]), 4),
                "uncertainty_px": round(float(alignment.uncertainties_px[k]), 3),
                "uncertainty_beside_px": round(float(alignment.uncertainties_beside_px[k]), 3),
                "largest_motion_px": round(motion, 3),
            }
        )
    still = alignment.still
    return {
        "matrix_maps": "frame px to reference px, px centres at integers",
        "reference": frames[alignment.reference]["frame"],
        **{key: converted[key] for key in ("folder", "width_px", "height_px")},
        "still_areas": still and {"cell_px": still.cell, "runs": still.runs()},
        "frames": rows,
    }


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--convert", type=Path, required=True, help="convert.json")
    parser.add_argument("--out", type=Path, required=True, help="transforms.json to write")
    add_settings(parser, "align")
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    run(main)
