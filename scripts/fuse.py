"""Step 4b: fuse the aligned frames of a stack into one image, with its depth and source maps."""

from __future__ import annotations

from step import run

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from developed import at_hand
from imaging.errors import ImagingError
from imaging.frames import tiff
from imaging.fusion.agreement import LEAST_CONFIDENCE
from imaging.fusion.aligned import frames_of
from imaging.fusion.focus_cells import CellWriter
from imaging.fusion.frame import Frame
from imaging.fusion.maps import Map, draw_maps, write_map
from imaging.fusion.methods import NEAR, Settings, fuse
from imaging.fusion.near_end import End, end_by_direction
from imaging.fusion.perspective import near_end_by_perspective
from imaging.fusion.stack import Stack, Told, measure, measure_to_fuse, slab_starts
from records.files import digest_file, refuse_outputs, replacing, sha256_file
from records.known_frames import BLAKE3, SHA256, new_hash
from records.ledger import depth
from records.ledger.depth import focus_positions
from records.ledger.focusing import add_moved_by, add_rises
from records.locks import stack_of, writing
from records.log import listed, progress, software, warn
from records.provenance import inputs
from records.provenance.made import own_folder
from records.record import read_record, told_folder, write_record
from records.shapes import RAIL
from records.sheet.settings import add_cells, add_settings, settings_of

MAPS = ("depth", "confidence", "source")
CELLS = ("energy", "light")
# From so many threads on maps are written while the frames are fused: what they are made of waits
# in memory, and what a thread of its own asks for stays with it.
MAPS_BESIDE_FROM = 8


def main(argv: list[str]) -> None:
    """Fuse the frames that `transforms.json` names."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "fused", *MAPS, *CELLS, "out")
    with writing(stack_of(options.out)):
        make(options)


def make(options: argparse.Namespace) -> None:
    """Do the work, while nothing else writes into the stack."""
    aligned = read_record(options.transforms, "transforms")
    rows = [row for row in aligned["frames"] if row["status"] == "used"]
    if not rows:
        raise ImagingError(f"{options.transforms}: no frame is left to fuse")
    stack, home = options.transforms.parents[1], told_folder(aligned["folder"], options.transforms)
    with at_hand(stack, rows, home, options.fused, options.threads) as folder:
        fuse_frames(options, aligned, rows, folder)


def fuse_frames(
    options: argparse.Namespace,
    aligned: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    folder: Path,
) -> None:
    """Fuse frames.

    Parameters
    ----------
    aligned : content of `transforms.json`
    rows : its frames that are used
    folder : of the converted frames
    """
    settings = Settings(**settings_of(options, "fuse"))
    sources = inputs.made_from(options.transforms, options.ledger)
    numbers = [row["frame"] for row in rows]
    inputs.refuse_changed(inputs.frames_made(rows, folder), options.threads)
    frames = frames_of(aligned, rows, folder)
    shape = (aligned["height_px"], aligned["width_px"])
    positions = focus_positions(options.ledger, numbers)
    near = end_by_direction(options.direction or depth.direction_by(options.rises, positions))
    likely = None if near else likely_near(rows, positions, shape, options.moved_by)
    with measured_cells(options, shape, len(frames)) as cells:
        stack, tell = measure_to_fuse(
            frames,
            shape,
            settings.carrying,
            options.threads,
            frames_done("finding focus", frames),
            positions or numbers,
            cells,
            near,
            settings.prefers_near,
            likely,
        )
    if settings.prefer == NEAR and settings.prefers_near and stack.near is None:
        warn(
            "which end of this stack is near is not known, and its rims do not tell: no near thing "
            "is preferred; a direction in the sheet says it"
        )

    def deliver_maps(tell: Callable[[], Told]) -> None:
        if any(getattr(options, name) for name in MAPS):
            write_maps(draw_maps(tell(), numbers, positions), shape, options)

    with ThreadPoolExecutor(1) as beside:
        if options.threads < MAPS_BESIDE_FROM:
            deliver_maps(tell)
            delivering = None
        else:
            delivering = beside.submit(deliver_maps, tell)
        # Fusing has no use for it, and every plane counts in a job's memory.
        del tell
        slabs: list[Frame] = []
        if settings.slab_frames:
            slabs = fuse_slabs(stack, settings, options)
            report = frames_done("finding focus", slabs)
            stack, _ = measure(
                slabs,
                shape,
                settings.carrying,
                options.threads,
                report,
                near=stack.near,
                prefer=settings.prefers_near,
            )
        with replacing(options.fused) as partial:
            fuse(stack, settings, partial, options.threads, frames_done("fusing", stack.frames))
            if delivering is not None:
                delivering.result()
            digests = digests_of(partial, [one.path for one in slabs], options)
    libraries = software()
    if settings.method == "external":
        from imaging.fusion.external import describe_program

        libraries["command"] = describe_program(settings.command)
    write_record(
        options.out,
        "fuse",
        {
            "method": settings.method,
            "parameters": settings.used,
            "frames": numbers,
            "depth_unit": "frame" if positions is None else "um",
            "depth_threshold": LEAST_CONFIDENCE,
            "near_end": stack.near,
            "near_end_known_by": stack.near
            and ("direction" if near else "magnification" if likely else "rims"),
            "noise_standard_deviation": round(float(np.sqrt(stack.noise.colour)), 6),
            **digests,
            inputs.MADE_FROM: sources,
            "software": libraries,
        },
    )


def likely_near(
    rows: Sequence[Mapping[str, Any]],
    positions: Sequence[float] | None,
    shape: tuple[int, int],
    moved_by: str | None,
) -> End | None:
    """The nearer end by perspective; None where it tells nothing, or may be the lens's doing.

    A sheet's positions do not say what was moved, and lenses that are focused show the reverse.
    """
    if positions is None or moved_by != RAIL:
        return None
    uncertain_px = [row.get("uncertainty_px") for row in rows]
    return near_end_by_perspective(np.array([row["matrix"] for row in rows]), uncertain_px, shape)


def frames_done(work: str, frames: Sequence[Frame]) -> Callable[[int], None]:
    """What says how many frames are done."""
    return lambda done: progress(f"{work}: frame {done} of {len(frames)}")


@contextmanager
def measured_cells(
    options: argparse.Namespace, shape: tuple[int, int], frames: int
) -> Iterator[CellWriter | None]:
    """Give what takes the energy and light of every frame, if both are asked for."""
    if not (options.energy and options.light):
        yield None
        return
    with replacing(options.energy) as energy, replacing(options.light) as light:
        cells = CellWriter(energy, light, shape, frames)
        yield cells
        cells.close()


def write_maps(
    maps: Mapping[str, Map], shape: tuple[int, int], options: argparse.Namespace
) -> None:
    """Write those maps that are asked for, side by side."""

    def write_one(name: str) -> None:
        with replacing(getattr(options, name)) as partial:
            write_map(partial, maps[name], shape)

    with ThreadPoolExecutor(options.threads) as pool:
        list(pool.map(write_one, (name for name in maps if getattr(options, name))))


def fuse_slabs(stack: Stack, settings: Settings, options: argparse.Namespace) -> list[Frame]:
    """Fuse sub-stacks into files beside the fused image, for retouching; they are the new frames.

    Slabs of an earlier run with other settings are removed.
    """
    folder = options.fused.parent / "slabs"
    starts = slab_starts(len(stack.frames), settings.slab_frames, settings.slab_overlap)
    paths = [folder / f"slab_{k:03d}.tif" for k in range(1, len(starts) + 1)]
    if strangers := own_folder(folder, [path.name for path in paths]):
        left = listed((str(folder / name) for name in strangers), 1)
        warn(f"{left}: not made by this step, left there")
    for first, path in zip(starts, paths, strict=True):
        slab = stack.slab(first, settings.slab_frames)
        with replacing(path) as partial:
            fuse(slab, settings, partial, options.threads, frames_done("fusing", slab.frames))
    return [Frame(path, np.eye(3), stack.frames[0].icc) for path in paths]


def digests_of(
    fused: Path, slabs: Sequence[Path], options: argparse.Namespace
) -> dict[str, dict[str, str]]:
    """Of the fused image and maps the SHA-256 of their px and the BLAKE3 of their files.

    The files are only known by it up to the master. Strokes know slabs by the SHA-256 of their
    files.
    """
    made = {name: path for name in (*MAPS, *CELLS) if (path := getattr(options, name))}
    paths = {"fused": fused, **made}
    begun = new_hash(BLAKE3)
    with ThreadPoolExecutor(options.threads) as pool:
        pixels = pool.map(tiff.pixel_digest, paths.values())
        files = pool.map(lambda path: digest_file(path, begun), paths.values())
        of_slabs = pool.map(sha256_file, slabs)
        return {
            "pixel_sha256": dict(zip(paths, pixels)),
            BLAKE3: dict(zip(paths, files)),
            SHA256: {f"slabs/{path.stem}": one for path, one in zip(slabs, of_slabs)},
        }


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transforms", type=Path, required=True, help="transforms.json")
    parser.add_argument("--ledger", type=Path, required=True, help="frames.csv, for positions")
    parser.add_argument("--fused", type=Path, required=True, help="fused image to write, TIFF")
    parser.add_argument("--depth", type=Path, help="depth map to write, TIFF")
    parser.add_argument("--confidence", type=Path, help="confidence map, TIFF")
    parser.add_argument("--source", type=Path, help="source-frame map, TIFF")
    parser.add_argument("--energy", type=Path, help="energy of detail of every frame, TIFF")
    parser.add_argument("--light", type=Path, help="light of every frame, TIFF")
    parser.add_argument("--out", type=Path, required=True, help="fuse.json to write")
    add_cells(parser, "direction")
    add_rises(parser)
    add_moved_by(parser)
    add_settings(parser, "fuse")
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    run(main)
