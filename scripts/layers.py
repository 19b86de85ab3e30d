"""Write a stack as a layered TIFF, for those who finish it in Photoshop or the like.

At the bottom lies the fused image, over it the slabs and the frames that matter most (or those that
are named), aligned, switched off, each with a mask of where it is in focus. `external.py` takes
back what was made of it.
"""

from __future__ import annotations

from step import run

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from developed import at_hand
from imaging.errors import ImagingError
from imaging.frames import tiff
from imaging.fusion.aligned import frames_of
from imaging.fusion.stack import slab_starts
from imaging.retouching.sources import Aligned
from records.errors import RecordError
from records.files import refuse_outputs, replacing
from records.locks import stack_of, writing
from records.log import progress
from records.provenance import inputs
from records.provenance.noted import note
from records.record import read_record, told_folder

AUTO, NONE, ALL = "auto", "none", "all"
# Frames that are chosen where none are named; slabs take their place where there are any.
MOST_FRAMES = 8


def main(argv: list[str]) -> None:
    """Write the layered picture of a stack."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "out")
    with writing(stack_of(options.out)):
        make(options)


def make(options: argparse.Namespace) -> None:
    """Do the work, while nothing else writes into the stack."""
    try:
        # Its psdtags is installed for who asks for layers alone.
        from imaging.retouching.layers import Layer, refuse_too_large, write_layers
    except ImportError as error:
        raise RecordError(
            f"layers need {error.name}, which is not installed; call this by envs/run.py, or: "
            "pip install --require-hashes -r envs/requirements-layers.txt"
        ) from None
    fused = inputs.read_made(options.fuse, "fuse", options.transforms)
    aligned = read_record(options.transforms, "transforms")
    maps = {"fused": options.fused, "source": options.source}
    inputs.refuse_changed(inputs.maps_made(fused, maps))
    source = tiff.read_image(options.source)
    numbers = fused["frames"]
    slabs = slabs_of(fused, options.fused.parent / "slabs")
    chosen = choose(options.frames, numbers, source, has_slabs=bool(slabs))
    refuse_too_large(source.shape, 1 + len(slabs) + len(chosen), str(options.out))
    layers = [Layer("fused image", tiff.read_image(options.fused), is_shown=True)]
    for path, digest, frames in slabs:
        inputs.refuse_changed([inputs.Made(path, digest, "fuse")])
        name = f"{path.stem.replace('_', ' ')}, frames {frames[0]} to {frames[-1]}"
        layers.append(Layer(name, tiff.read_image(path), np.isin(source, frames)))
    home = told_folder(aligned["folder"], options.transforms)
    known = {row["frame"]: row for row in aligned["frames"]}
    rows = [known[number] for number in chosen]
    with at_hand(options.transforms.parents[1], rows, home, options.out) as folder:
        inputs.refuse_changed(inputs.frames_made(rows, folder))
        for row in rows:
            (frame,) = frames_of(aligned, [row], folder)
            with Aligned(frame, source.shape) as picture:
                patch = picture.read((0, 0, source.shape[1], source.shape[0]))
            valid = None if patch.valid.all() else patch.valid
            name = f"frame {row['frame']}"
            layers.append(Layer(name, patch.pixels, source == row["frame"], valid))
            progress(f"layers: {name} aligned")
    told = f"Focus stack, {len(numbers)} frames, as layers, by Holostack"
    with replacing(options.out) as partial:
        write_layers(partial, tiff.read_icc(options.fused), layers, told)
        # By its note it is known to be as it was made, not painted in.
        note(options.out, partial)
    progress(f"{options.out}: {len(layers)} layers, {options.out.stat().st_size / 1e6:.1f} MB")


def slabs_of(fused: dict, folder: Path) -> list[tuple[Path, str, list[int]]]:
    """The slabs of a stack by the record of its fusion: file, SHA-256, and their frames."""
    names = sorted(name for name in fused["sha256"] if name.startswith("slabs/"))
    if not names:
        return []
    settings, numbers = fused["parameters"], fused["frames"]
    count = settings["slab_frames"]
    starts = slab_starts(len(numbers), count, settings["slab_overlap"])
    return [
        (folder / f"{name.partition('/')[2]}.tif", fused["sha256"][name], numbers[k : k + count])
        for name, k in zip(names, starts, strict=True)
    ]


def choose(
    wanted: str, numbers: Sequence[int], source: NDArray[np.uint16], *, has_slabs: bool
) -> list[int]:
    """Which frames become layers, in order of focus.

    Parameters
    ----------
    wanted : `auto`, `none`, `all`, or numbers by commas
    numbers : of the frames that are used
    source : (H, W), number of the frame in focus
    has_slabs : then none are chosen where none are named
    """
    if wanted == ALL:
        return list(numbers)
    if wanted == NONE or (wanted == AUTO and has_slabs):
        return []
    if wanted == AUTO:
        counts = np.bincount(source.ravel(), minlength=max(numbers) + 1)
        most = sorted(numbers, key=lambda number: -counts[number])[:MOST_FRAMES]
        return [number for number in numbers if number in most]
    named = [part.strip() for part in wanted.split(",")]
    strange = [part for part in named if part not in set(map(str, numbers))]
    if strange:
        raise ImagingError(
            f"--frames {wanted}: {strange[0]!r} is no frame that is used; they are "
            f"{numbers[0]} to {numbers[-1]}, without what the ledger left out"
        )
    return [number for number in numbers if str(number) in named]


def arguments() -> argparse.ArgumentParser:
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fused", type=Path, required=True, help="fused image, TIFF")
    parser.add_argument("--source", type=Path, required=True, help="source-frame map, TIFF")
    parser.add_argument("--fuse", type=Path, required=True, help="fuse.json")
    parser.add_argument("--transforms", type=Path, required=True, help="transforms.json")
    parser.add_argument(
        "--frames",
        default=AUTO,
        help=f"numbers of frames by commas, all, none, or auto: the {MOST_FRAMES} that most of the "
        "picture is from, and none where there are slabs (default: %(default)s)",
    )
    parser.add_argument("--out", type=Path, required=True, help="layered TIFF to write")
    return parser


if __name__ == "__main__":
    run(main)
