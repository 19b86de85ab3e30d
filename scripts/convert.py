"""Step 3: convert all frames of a stack with the same software and the same parameters."""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import BoundedSemaphore

from imaging.frames import photographs
from imaging.frames.conversion import Conversion, of_photographs, of_raws, write_frame
from imaging.pictures.file_types import FILE_TYPES
from records.errors import RecordError
from records.files import refuse_outputs, replacing, sha256_file, write_record
from records.ledger.table import Entry, used_frames
from records.ledger.unchanged import proven_raw
from records.locks import stack_of, writing
from records.log import progress, software, warn
from records.provenance import inputs
from records.provenance.made import own_folder
from records.provenance.noted import refuse_unlike_note
from records.sheet.settings import add_settings
from step import run


def main(argv: list[str]) -> None:
    """Convert the frames that the ledger names and record how."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "tiff", "out")
    with writing(stack_of(options.out)):
        make(options)


def make(options: argparse.Namespace) -> None:
    """Do the work, while nothing else writes into the stack."""
    refuse_unlike_note(options.ledger, "ledger")
    frames = used_frames(options.ledger)
    sources = inputs.made_from(options.ledger)
    # How all are developed is read from the first.
    proven_raw(options.raw, frames[0].file, frames[0].sha256, frames[0].frame)
    conversion = conversion_of(frames, options)
    for warning in conversion.warnings:
        warn(warning)
    ending = FILE_TYPES[options.format].ending
    names = [f"{Path(entry.file).stem}.{ending}" for entry in frames]
    if len({name.casefold() for name in names}) < len(names):
        raise RecordError("two frames have the same name but for their endings; rename one of them")
    for stranger in own_folder(options.tiff, names):
        warn(f"{options.tiff / stranger}: not made by this step, left there")

    developing = BoundedSemaphore(options.threads)

    def convert(entry: Entry, name: str) -> dict[str, object]:
        source = proven_raw(options.raw, entry.file, entry.sha256, entry.frame)
        with developing:
            pixels = conversion.develop(source)
        with replacing(options.tiff / name) as partial:
            digest = write_frame(
                partial, pixels, conversion.icc, options.format, options.jpeg_quality
            )
            digests = {"pixel_sha256": digest, "sha256": sha256_file(partial)}
        return {"frame": entry.frame, "file": entry.file, "tiff": name, **digests}

    done = []
    # One more than there are processors: a frame that waits for the disk keeps none waiting.
    with ThreadPoolExecutor(options.threads + 1) as pool:
        for record in pool.map(convert, frames, names):
            done.append(record)
            progress(f"frame {len(done)} of {len(frames)}: {record['file']}")
    write_record(
        options.out,
        "convert",
        {
            "folder": os.path.relpath(options.tiff, options.out.parent),
            "width_px": frames[0].width_px,
            "height_px": frames[0].height_px,
            **conversion.record,
            "format": options.format,
            "frames": done,
            inputs.MADE_FROM: sources,
            "software": software(),
        },
    )


def conversion_of(frames: list[Entry], options: argparse.Namespace) -> Conversion:
    """How all frames are converted, by what the first is."""
    first = options.raw / frames[0].file
    if frames[0].format in photographs.FORMATS:
        bits = options.significant_bits
        return of_photographs(first, frames, None if bits == "auto" else bits)
    balance = multipliers(options.white_balance)
    return of_raws(first, options.demosaic, options.highlights, options.colour_space, balance)


def multipliers(white_balance: str) -> str | tuple[float, ...]:
    """A named white balance, or three or four multipliers."""
    if white_balance in ("camera", "daylight", "none"):
        return white_balance
    return tuple(map(float, white_balance.split(",")))


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="the stack's raw folder")
    parser.add_argument("--ledger", type=Path, required=True, help="frames.csv")
    parser.add_argument("--tiff", type=Path, required=True, help="folder for the converted frames")
    parser.add_argument("--out", type=Path, required=True, help="convert.json to write")
    add_settings(parser, "convert")
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    run(main)
