"""Step 6: make a surface in µm from a master and its depth map: a GLB with the picture, or a PLY.

It has holes where the depth is not known, but for those smaller than a measurement, and few
triangles where it is flat. Width, depth and
height are in proportion, so that the size of a px and the distance of two frames must be known.
"""

from __future__ import annotations

from step import run

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from imaging.frames import tiff
from imaging.pictures.derivative import save, scale
from imaging.pictures.glb import glb_bytes
from imaging.pictures.ply import ply_bytes
from imaging.pictures.surface import MEASURED_PX, Surface, surface_of
from records.errors import RecordError
from records.files import refuse_outputs, replacing
from records.ledger.depth import focus_positions
from records.ledger.table import used_frames
from records.locks import stack_of, writing
from records.log import progress
from records.provenance.master import read_verified
from records.provenance.noted import note
from records.provenance.relief import read_relief, told_of
from records.provenance.tags import tags_of
from records.sheet.derivatives import HEEDED
from records.sheet.settings import add_settings

GLB, PLY = "glb", "ply"


def main(argv: list[str]) -> None:
    """Write one mesh."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "out")
    if options.format not in (GLB, PLY):
        raise RecordError(f"format is {options.format!r}, but must be {GLB} or {PLY}")
    with writing(stack_of(options.out)):
        make(options)


def make(options: argparse.Namespace) -> None:
    """Do the work, while nothing else writes into the stack."""
    record = read_verified(options.record, options.master)
    path, depth = read_relief(options.record, record, in_proportion=True)
    error_um = options.error_um or half_a_step(options.ledger)
    with tiff.open_rows(path) as plane:
        surface = surface_of(plane, record["pixel_size_um"], error_um)
    told = told_of(record, depth) | {
        "what": "surface",
        "unknown": f"holes, closed where they are {MEASURED_PX} px wide at most and their rims lie "
        f"in a plane to error_um: {surface.closed} of the px looked at",
        "origin": "x and y 0 in the middle of the master, x to the right, y up, z to the camera",
        "error_um": error_um,
        "specimen": record["specimen"],
        "view": record["view"],
    }
    # A GLB has a place of its own for rights, and none for others.
    told |= tags_of(options.record, record, "Surface in µm, from its depth map").words
    with replacing(options.out) as partial:
        partial.write_bytes(of_format(options, surface, record, told, partial.parent))
        note(options.out, partial, {options.master.name: record["sha256"]})
    wide, high, deep = np.ptp(surface.points_um, axis=0)
    progress(
        f"{options.out.name}: {len(surface.faces)} triangles, {wide:.0f} x {high:.0f} x {deep:.0f} "
        f"µm, to {error_um:g} µm"
    )


def of_format(
    options: argparse.Namespace,
    surface: Surface,
    record: Mapping[str, Any],
    told: Mapping[str, object],
    folder: Path,
) -> bytes:
    """The mesh in the format asked for; the picture for it is written into a folder."""
    image = scale(options.master, options.long_edge_px, "srgb")
    if options.format == PLY:
        return ply_bytes(surface, (np.asarray(image) >> 8).astype(np.uint8), told)
    picture = folder / "picture.jpg"
    save(image, picture, "jpeg", options.quality, None, None)
    name = f"{record['specimen']} {record['view']}"
    return glb_bytes(surface, picture.read_bytes(), name, told, str(told.get("rights", "")))


def half_a_step(ledger: Path) -> float:
    """Half the mean distance of two frames, µm, to a tenth: finer than that depth is not sure."""
    frames = [entry.frame for entry in used_frames(ledger) if entry.frame]
    positions = focus_positions(ledger, frames)
    if not positions or len(positions) < 2:
        raise RecordError(f"{ledger}: does not say how far apart its frames are; give --error-um")
    apart = float(np.abs(np.diff(positions)).mean())
    return max(round(apart / 2, 1), 0.1)


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--master", type=Path, required=True, help="its depth map lies beside it")
    parser.add_argument("--record", type=Path, required=True, help="the master's record")
    parser.add_argument("--ledger", type=Path, required=True, help="frames.csv, for the step")
    parser.add_argument("--out", type=Path, required=True, help="mesh to write")
    add_settings(parser, "derive", only=HEEDED["mesh"], instead={"format": GLB})
    return parser


if __name__ == "__main__":
    run(main)
