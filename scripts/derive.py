"""Step 6: make a picture for use from a master, which is only read."""

from __future__ import annotations

from step import run

import argparse
from pathlib import Path

from imaging.errors import ImagingError
from imaging.pictures.derivative import save, scale
from records.files import refuse_outputs, replacing
from records.locks import stack_of, writing
from records.log import progress
from records.provenance.master import read_verified
from records.provenance.noted import note
from records.provenance.tags import tags_of
from records.sheet.derivatives import HEEDED
from records.sheet.settings import add_settings


def main(argv: list[str]) -> None:
    """Write one derivative."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "out")
    with writing(stack_of(options.out)):
        make(options)


def make(options: argparse.Namespace) -> None:
    """Do the work, while nothing else writes into the stack."""
    record = read_verified(options.record, options.master)
    image = scale(options.master, options.long_edge_px, options.colour_space)
    factor = max(record["width_px"], record["height_px"]) / max(image.width, image.height)
    pixel_size = record["pixel_size_um"]
    size = pixel_size * factor if pixel_size else None
    if options.scale_bar == "on":
        if size is None:
            raise ImagingError(
                "a scale bar needs the pixel size; fill in the sheet's column "
                "pixel_size_um, or switch the bar off for this derivative"
            )
        # What draws and writes need not be loaded by who asks for no bar.
        from imaging.pictures.scale_bar import add_scale_bar

        image = add_scale_bar(image, size)
    tags = tags_of(options.record, record)
    per_mm = 1000.0 / size if size else None
    with replacing(options.out) as partial:
        save(image, partial, options.format, options.quality, tags.xmp, per_mm, tags.texts)
        note(options.out, partial, {options.master.name: record["sha256"]})
    progress(f"{options.out.name}: {image.width} x {image.height} px")


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--master", type=Path, required=True)
    parser.add_argument("--record", type=Path, required=True, help="the master's record")
    parser.add_argument("--out", type=Path, required=True, help="picture to write")
    add_settings(parser, "derive", only=HEEDED["derive"])
    return parser


if __name__ == "__main__":
    run(main)
