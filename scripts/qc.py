"""Step 5: check the fused image, and look for what is wrong though every step succeeded.

Reads the records and maps of a stack, changes no pixel, and writes what it found with figures,
thresholds and small pictures. docs/qc.md tells what each code means and what to do.
"""

from __future__ import annotations

from step import run

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.checks.checklist import check
from imaging.checks.evidence import MOST_PICTURES, write_crop
from imaging.checks.fused_stack import FusedStack
from imaging.frames import tiff
from imaging.fusion.focus_cells import open_cells
from imaging.fusion.near_end import End, end_by_direction
from records.files import refuse_outputs, replacing
from records.layout import MAPS
from records.ledger import depth
from records.ledger.focusing import add_moved_by, add_rises
from records.ledger.table import used_frames
from records.locks import stack_of, writing
from records.log import warn
from records.provenance import inputs
from records.provenance.made import own_folder
from records.record import read_record, write_record
from records.reports import qc
from records.shapes import LENS
from records.sheet.acknowledged import parse_acknowledged
from records.sheet.settings import add_cells, add_settings, settings_of

# Of what fusing makes, all that is read here.
READ = tuple(name for name in MAPS if name != "depth")


def main(argv: list[str]) -> None:
    """Check one stack."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "pictures", "out")
    with writing(stack_of(options.out)):
        make(options)


def make(options: argparse.Namespace) -> None:
    """Do the work, while nothing else writes into the stack."""
    acknowledged = parse_acknowledged(options.acknowledge or "")
    sources = inputs.made_from(options.fuse, options.transforms, options.ledger)
    aligned = read_record(options.transforms, "transforms")
    fused = inputs.read_made(options.fuse, "fuse", options.transforms, options.ledger)
    maps = {name: options.fuse.with_name(f"{name}.tif") for name in READ}
    inputs.refuse_changed(inputs.maps_made(fused, maps))
    entries = {entry.frame: entry for entry in used_frames(options.ledger)}
    stack = read_stack(maps, aligned, stated_near(options, aligned))
    limits = settings_of(options, "qc")
    findings, not_judged = check(stack, limits)
    said = qc.of_alignment(aligned) + qc.of_ledger([entries[number] for number in stack.numbers])
    found = [qc.row(f.code, f.message, f.frames, f.evidence, f.places) for f in findings]
    rows = said + found
    for row in rows:
        row["acknowledged"] = acknowledged.get(row["code"])
    reference = entries.get(aligned["reference"])
    write_pictures(rows, stack.fused, (reference and reference.orientation) or 1, options.pictures)
    record = {
        "frames": len(stack.numbers),
        "thresholds": limits,
        "not_judged": not_judged,
        "findings": rows,
        inputs.MADE_FROM: sources,
    }
    write_record(options.out, "qc", record)
    # Steps ledger and align have said theirs.
    if shown := qc.to_show({"findings": found}):
        warn(qc.in_a_line(shown))


def stated_near(options: argparse.Namespace, aligned: Mapping) -> End | None:
    """The nearer end by how focus is said to have moved.

    None where magnification cannot contradict: positions are not known, so that focus may have been
    moved in the lens, or it is known that it was.
    """
    numbers = [frame["frame"] for frame in aligned["frames"] if frame["status"] == "used"]
    positions = depth.focus_positions(options.ledger, numbers)
    if positions is None or options.moved_by == LENS:
        return None
    return end_by_direction(options.direction or depth.direction_by(options.rises, positions))


def read_stack(maps: Mapping[str, Path], aligned: Mapping, stated: End | None) -> FusedStack:
    """What was made of a stack, by what fusing made, name → file, and what is said of it."""
    frames = [frame for frame in aligned["frames"] if frame["status"] == "used"]
    shape = (aligned["height_px"], aligned["width_px"])
    energy, light = open_cells(maps["energy"], maps["light"], shape, len(frames))
    return FusedStack(
        shape,
        [frame["frame"] for frame in frames],
        np.array([frame["matrix"] for frame in frames]),
        np.stack(list(energy)),
        energy.size_px,
        light,
        maps["fused"],
        maps["source"],
        maps["confidence"],
        uncertain_px(frames),
        [frame.get("uncertainty_px") for frame in frames],
        stated,
    )


def uncertain_px(frames: Sequence[Mapping]) -> NDArray[np.float64] | None:
    """How far each frame's place beside the next one is uncertain; None where it is not told."""
    told = [frame.get("uncertainty_beside_px") for frame in frames]
    return None if None in told else np.array(told, np.float64)


def write_pictures(rows: list[dict], fused: Path, orientation: int, folder: Path) -> None:
    """Write crops of the places that findings name, and their names into these."""
    for number, row in enumerate(rows, start=1):
        places = row["places_px"][:MOST_PICTURES]
        row["pictures"] = [f"{number:02d}_{row['code']}_{k}.jpg" for k in range(1, len(places) + 1)]
    own_folder(folder, [name for row in rows for name in row["pictures"]])
    with tiff.open_rows(fused) as picture:
        for row in rows:
            for name, place in zip(row["pictures"], row["places_px"]):
                with replacing(folder / name) as partial:
                    write_crop(picture, place, orientation, partial)


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transforms", type=Path, required=True, help="transforms.json")
    parser.add_argument(
        "--fuse", type=Path, required=True, help="fuse.json, beside fused image, maps and cells"
    )
    parser.add_argument("--ledger", type=Path, required=True, help="frames.csv")
    add_settings(parser, "qc")
    add_cells(parser, "acknowledge", "direction")
    add_rises(parser)
    add_moved_by(parser)
    parser.add_argument("--pictures", type=Path, required=True, help="folder of crops to write")
    parser.add_argument("--out", type=Path, required=True, help="qc.json to write")
    return parser


if __name__ == "__main__":
    run(main)
