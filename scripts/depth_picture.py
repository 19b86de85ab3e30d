"""Draw a delivered depth map small and in colours, and say in the picture what they mean.

The words are the JPEG's comment. A map that cannot be read has a black picture that says so.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from imaging.frames import tiff
from imaging.pictures.depth_view import depth_view
from records.files import read_record, refuse_outputs, replacing
from records.log import warn
from records.machine import reason_of
from step import run

LONG_EDGE_PX = 400
QUALITY = 85


def main(argv: list[str]) -> None:
    """Write the picture."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "out")
    try:
        unit = read_record(options.record, "master")["depth"]["unit"]
        picture, lowest, highest = depth_view(tiff.read_image(options.depth), LONG_EDGE_PX)
        caption = in_colours(lowest, highest, unit)
    except Exception as error:
        caption = reason_of(error)
        warn(caption)
        picture = np.zeros((LONG_EDGE_PX // 2, LONG_EDGE_PX, 3), np.uint8)
    with replacing(options.out) as partial:
        Image.fromarray(picture).save(partial, quality=QUALITY, comment=caption.encode())


def in_colours(lowest: float, highest: float, unit: str) -> str:
    """What the colours of a picture mean; `unit` is that of the record, um or frame."""
    if np.isnan(lowest):
        return "depth: not known"
    digits = 0 if highest - lowest >= 10 or unit != "um" else 1
    name = "µm" if unit == "um" else "frames from the first"
    return f"depth: blue {lowest:.{digits}f}, yellow {highest:.{digits}f} {name}, black not known"


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--depth", type=Path, required=True, help="depth map beside the master")
    parser.add_argument("--record", type=Path, required=True, help="the master's record")
    parser.add_argument("--out", type=Path, required=True, help="picture to write, JPEG")
    return parser


if __name__ == "__main__":
    run(main)
