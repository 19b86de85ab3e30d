"""Step 3: convert all frames of a stack with the same software and the same parameters."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from threading import BoundedSemaphore

import numpy as np
import pyvips
import rawpy
from numpy.typing import NDArray
from PIL import Image

from imaging.errors import ImagingError
from imaging.frames import colour, colour_facts, levels, photographs, raws, tiff
from imaging.pictures.file_types import FILE_TYPES
from records.errors import RecordError
from records.files import refuse_outputs, replacing, write_record
from records.ledger.table import Entry, used_frames
from records.ledger.unchanged import proven_raw
from records.log import progress, warn
from records.provenance.made import own_folder
from records.sheet.settings import add_settings
from step import run


def main(argv: list[str]) -> None:
    """Convert the frames that the ledger names and record how."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "tiff", "out")
    frames = used_frames(options.ledger)
    # How all are developed is read from the first.
    proven_raw(options.raw, frames[0].file, frames[0].sha256, frames[0].frame)
    if frames[0].format not in photographs.FORMATS:
        develop, common = raw_converter(options, frames)
    else:
        develop, common = photo_converter(options, frames)
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
            pixels, icc = develop(source)
        with replacing(options.tiff / name) as partial:
            written = write_frame(partial, pixels, icc, options)
        return {
            "frame": entry.frame,
            "file": entry.file,
            "tiff": name,
            "pixel_sha256": tiff.pixel_digest(written),
        }

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
            **common,
            "format": options.format,
            "frames": done,
            "software": {
                "rawpy": rawpy.__version__,
                "libraw": ".".join(map(str, rawpy.libraw_version)),
                "libvips": ".".join(str(pyvips.version(part)) for part in range(3)),
                "numpy": np.__version__,
                "tifffile": version("tifffile"),
            },
        },
    )


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


def multipliers(white_balance: str) -> str | tuple[float, ...]:
    """A named white balance, or three or four multipliers."""
    if white_balance in ("camera", "daylight", "none"):
        return white_balance
    return tuple(map(float, white_balance.split(",")))


Develop = Callable[[Path], tuple[NDArray[np.uint16], bytes | None]]


def raw_converter(
    options: argparse.Namespace, frames: list[Entry]
) -> tuple[Develop, dict[str, object]]:
    """How raws are developed: decided from the first frame, the same for all."""
    development = raws.decide(
        options.raw / frames[0].file,
        options.demosaic,
        options.highlights,
        options.colour_space,
        multipliers(options.white_balance),
    )
    icc = colour.profile(options.colour_space)
    common = {
        "kind": "raw",
        "colour_space": colour.describe(icc),
        "profile_assumed": False,
        "development": development.as_record(),
    }
    return lambda path: (raws.develop(path, development), icc), common


def photo_converter(
    options: argparse.Namespace, frames: list[Entry]
) -> tuple[Develop, dict[str, object]]:
    """How pictures are taken over: values and profile kept, few bits in 16 scaled alike for all."""
    first = photographs.read(options.raw / frames[0].file).facts
    if first.colour.name == colour_facts.UNCALIBRATED:
        warn(
            "the frames' Exif says that their colours are not sRGB, and no profile says "
            "which they are; sRGB is assumed. If that is wrong, export them with a profile"
        )
    bits = options.significant_bits
    if bits == "auto":
        depth = levels.depth_of_frames(frames)
        bits = depth.bits
        if said := levels.describe(depth, len(frames)):
            warn(said)

    def take_over(path: Path) -> tuple[NDArray[np.uint16], bytes]:
        picture = photographs.read(path, bits)
        if not colour_facts.same_meaning(picture.facts.colour, first.colour):
            raise ImagingError(
                f"{path.name}: its colours are in {picture.facts.colour.name}, those of "
                f"{frames[0].file} in {first.colour.name}; all frames of a stack must have the same"
            )
        return picture.pixels, first.colour.icc

    common = {
        "kind": "photo",
        "colour_space": colour.describe(first.colour.icc),
        "profile_assumed": first.colour.assumed,
        "colour_of_source": first.colour.name,
        "bits_of_source": first.bits,
        "significant_bits": bits if first.bits == levels.FULL_BITS else first.bits,
    }
    return take_over, common


def write_frame(
    path: Path, pixels: NDArray[np.uint16], icc: bytes | None, options: argparse.Namespace
) -> NDArray[np.uint16] | NDArray[np.uint8]:
    """Write one converted frame in the format that was asked for; return what the file holds."""
    if options.format == "tiff":
        tiff.write_image(path, pixels, icc)
        return pixels
    eight_bits = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    Image.fromarray(eight_bits).save(
        path, "JPEG", quality=options.jpeg_quality, subsampling=0, icc_profile=icc
    )
    with Image.open(path) as kept:
        return np.asarray(kept)


if __name__ == "__main__":
    run(main)
