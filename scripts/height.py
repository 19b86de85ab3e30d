"""Step 6: make a height map in µm from a master's depth map, for programs of measurement.

In float32, NaN where the height is not known, or in 16 bits, 0 where it is not. ImageDescription
says unit, direction and origin, and how to read a value; GDAL's tags say the same.
"""

from __future__ import annotations

from step import run

import argparse
from pathlib import Path

from imaging.pictures.heights import write_height_map
from records.files import refuse_outputs, replacing
from records.locks import stack_of, writing
from records.log import progress
from records.provenance.master import read_verified
from records.provenance.noted import note
from records.provenance.relief import read_relief, told_of
from records.provenance.tags import tags_of
from records.sheet.derivatives import HEEDED
from records.sheet.settings import add_settings

UM_PER_INCH = 25400.0


def main(argv: list[str]) -> None:
    """Write one height map."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "out")
    with writing(stack_of(options.out)):
        make(options)


def make(options: argparse.Namespace) -> None:
    """Do the work, while nothing else writes into the stack."""
    record = read_verified(options.record, options.master)
    path, depth = read_relief(options.record, record, in_proportion=False)
    size = record["pixel_size_um"]
    tags = tags_of(options.record, record, "Height map in µm, from its depth map")
    with replacing(options.out) as partial:
        facts = write_height_map(
            path,
            partial,
            options.format,
            told_of(record, depth) | {"shows": tags.texts["description"]},
            UM_PER_INCH / size if size else None,
            tags.xmp,
            tags.texts,
        )
        note(options.out, partial, {options.master.name: record["sha256"]})
    progress(f"{options.out.name}: heights from {facts['least_um']:g} to {facts['most_um']:g} µm")


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--master", type=Path, required=True, help="its depth map lies beside it")
    parser.add_argument("--record", type=Path, required=True, help="the master's record")
    parser.add_argument("--out", type=Path, required=True, help="height map to write, TIFF")
    add_settings(parser, "derive", only=HEEDED["height"], instead={"format": "height"})
    return parser


if __name__ == "__main__":
    run(main)
