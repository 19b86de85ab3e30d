"""Step 3: convert all frames of a stack with the same software and the same parameters."""

from __future__ import annotations

from step import run

import argparse
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import BoundedSemaphore

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames import photographs
from imaging.frames.colour import light_curve
from imaging.frames.conversion import Conversion, by_settings, write_frame
from imaging.frames.inspection import inspect
from imaging.pictures.file_types import FILE_TYPES
from records.errors import RecordError
from records.files import refuse_outputs, replacing
from records.known_frames import BLAKE3, HASHES, new_hash
from records.layout import WHITE
from records.ledger.kept_copies import bring
from records.ledger.table import LISTED, Entry, used_frames
from records.ledger.unchanged import proven_raw
from records.ledger.white_frame import refuse_unlike
from records.locks import stack_of, writing
from records.log import listed, progress, software, warn
from records.metadata.exif import read_capture
from records.provenance import inputs
from records.provenance.made import own_folder
from records.provenance.noted import refuse_unlike_note
from records.provenance.quick_digests import quick_digests
from records.record import write_record
from records.sheet.settings import add_settings
from records.text import escaped

# Of a frame's samples, that a white frame may make white without a word.
MOST_CLIPPED = 0.001


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
    quick = quick_digests(options.ledger)
    proven_raw(options.raw, frames[0].file, frames[0].sha256, frames[0].frame, quick)
    is_photo = frames[0].format in photographs.FORMATS
    first = options.raw / frames[0].file
    conversion = by_settings(first, frames if is_photo else None, vars(options))
    flatten, white_record = flattening(frames[0], conversion, options)
    for warning in conversion.warnings:
        warn(warning)
    ending = FILE_TYPES[options.format].ending
    names = [f"{Path(entry.file).stem}.{ending}" for entry in frames]
    if len({name.casefold() for name in names}) < len(names):
        raise RecordError("two frames have the same name but for their endings; rename one of them")
    if strangers := own_folder(options.tiff, names):
        left = listed((str(options.tiff / name) for name in strangers), 1)
        warn(f"{left}: not made by this step, left there")

    clipped: list[str] = []
    developing = BoundedSemaphore(options.threads)

    def convert(entry: Entry, name: str) -> dict[str, object]:
        source = proven_raw(options.raw, entry.file, entry.sha256, entry.frame, quick)
        with developing:
            pixels = conversion.develop(source)
            if flatten and flatten(pixels) > MOST_CLIPPED:
                clipped.append(entry.file)
        with replacing(options.tiff / name) as partial_file:
            how = options.format, options.jpeg_quality, new_hash(options.known_by)
            written = write_frame(partial_file, pixels, conversion.icc, *how)
        known = {"frame": entry.frame, "file": entry.file, "tiff": name}
        return known | written.as_record()

    done = []
    # One more than there are processors: a frame that waits for the disk keeps none waiting.
    with ThreadPoolExecutor(options.threads + 1) as pool:
        for record in pool.map(convert, frames, names):
            done.append(record)
            progress(f"frame {len(done)} of {len(frames)}: {record['file']}")
    if clipped:
        whose = listed(map(escaped, sorted(clipped)), LISTED)
        warn(
            f"by the white frame more than {MOST_CLIPPED:.1%} of {whose} became white, which "
            "shading had kept darker; expose less where that matters"
        )
    write_record(
        options.out,
        "convert",
        {
            "folder": os.path.relpath(options.tiff, options.out.parent),
            "width_px": frames[0].width_px,
            "height_px": frames[0].height_px,
            **conversion.record,
            **white_record,
            "format": options.format,
            "frames": done,
            inputs.MADE_FROM: sources,
            "software": software(),
        },
    )


def flattening(
    first: Entry, conversion: Conversion, options: argparse.Namespace
) -> tuple[Callable[[NDArray[np.uint16]], float] | None, dict[str, object]]:
    """What takes dust and shading out of a frame, where a white frame is given, and its record."""
    wanted, stack = options.white_frame, options.out.parent.parent
    if wanted is None:
        bring(stack, WHITE, None)
        return None, {}
    # Only who has a white frame waits for scipy to be loaded.
    from imaging.sensor import white_frame

    if not wanted.is_file():
        raise RecordError(f"white frame {wanted}: no such file")
    name = escaped(wanted.name)
    try:
        looked = inspect(wanted)
        size = looked.width_px, looked.height_px
        refuse_unlike(name, size, looked.kind == "raw", read_capture(wanted), first)
        # What a stack is converted with is its own copy.
        path, sha256 = bring(stack, WHITE, wanted) or (wanted, "")
        white = white_frame.white_frame(conversion.develop(path), light_curve(conversion.icc))
    except ImagingError as error:
        raise ImagingError(f"white frame {name}: {error}") from None
    progress(f"white frame {name}: dust and shading are taken out of every frame by it")
    about = {"file": f"{WHITE}/{path.name}", "sha256": sha256, **white.as_record()}
    return partial(white_frame.flatten, white=white), {"white_frame": about}


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="the stack's raw folder")
    parser.add_argument("--ledger", type=Path, required=True, help="frames.csv")
    parser.add_argument("--tiff", type=Path, required=True, help="folder for the converted frames")
    parser.add_argument("--out", type=Path, required=True, help="convert.json to write")
    parser.add_argument(
        "--white-frame", type=Path, help="picture of an evenly lit white field, copied to white/"
    )
    parser.add_argument(
        "--known-by",
        choices=HASHES,
        default=BLAKE3,
        help="hash of the frames that is recorded; that of a record to compare with",
    )
    add_settings(parser, "convert")
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    run(main)
