"""Step 4b: fuse the aligned frames of a stack into one image, with its depth and source maps."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames import tiff
from imaging.frames.converted import read_profile
from imaging.fusion.blending import CONTRAST_REACH_PX, blend, contrast_weights, depth_weights
from imaging.fusion.depth import Focus, carry_depth, measure_focus
from imaging.fusion.external import describe_program, run_program
from imaging.fusion.focus_cells import CellWriter
from imaging.fusion.frame import Frame
from imaging.fusion.maps import confidence_rows, depth_rows, source_rows, write_map
from imaging.fusion.methods import fuse
from imaging.fusion.sharpness import Noise, measure_noise
from imaging.sensor.dust import Speck
from records.files import read_record, refuse_outputs, replacing, write_record
from records.ledger.depth import focus_positions
from records.log import progress, warn
from records.provenance.made import own_folder
from records.sheet.settings import add_settings, settings_of
from step import run


def main(argv: list[str]) -> None:
    """Fuse the frames that `transforms.json` names."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "fused", "depth", "confidence", "source", "energy", "light", "out")
    parameters = settings_of(options, "fuse")
    aligned = read_record(options.transforms, "transforms")
    rows = [row for row in aligned["frames"] if row["status"] == "used"]
    if not rows:
        raise ImagingError(f"{options.transforms}: no frame is left to fuse")
    folder = options.transforms.parent / aligned["folder"]
    icc = read_profile(folder / rows[0]["tiff"])
    defects = np.array(aligned["sensor_defects_px"], np.int32).reshape(-1, 2)
    dust = tuple(Speck.from_record(speck) for speck in aligned["sensor_dust"])
    frames = [
        Frame(
            folder / row["tiff"],
            np.linalg.inv(np.array(row["matrix"])),
            icc,
            tuple(row["gain"]),
            defects,
            dust,
        )
        for row in rows
    ]
    shape = (aligned["height_px"], aligned["width_px"])
    numbers = [row["frame"] for row in rows]
    positions = focus_positions(options.ledger, numbers)
    with measured_cells(options, shape, len(frames)) as cells:
        found, focus = examine(frames, shape, options, positions or numbers, cells)
    unit = write_maps(focus, found.depth, shape, numbers, positions, options)
    # Fusing has no use for it, and every plane counts in a job's memory.
    del focus
    if options.slab_frames:
        frames = fuse_slabs(frames, shape, found, icc, options)
        found, _ = examine(frames, shape, options)
    with replacing(options.fused) as partial:
        fuse_to(partial, frames, shape, found, icc, options)
        digests = pixel_digests(partial, options)
    write_record(
        options.out,
        "fuse",
        {
            "method": parameters.pop("method"),
            "parameters": parameters,
            "frames": numbers,
            "depth_unit": unit,
            "noise_standard_deviation": round(float(np.sqrt(found.noise.colour)), 6),
            "pixel_sha256": digests,
            "software": software(options),
        },
    )


def pixel_digests(fused: Path, options: argparse.Namespace) -> dict[str, str]:
    """SHA-256 of the pixels of the fused image and of the maps."""
    paths = {
        "fused": fused,
        **{
            name: path
            for name in ("depth", "confidence", "source", "energy", "light")
            if (path := getattr(options, name))
        },
    }
    with ThreadPoolExecutor(options.threads) as pool:
        return dict(zip(paths, pool.map(tiff.pixel_digest, paths.values())))


def software(options: argparse.Namespace) -> dict[str, str]:
    """Versions of what fuses."""
    found = {name: version(name) for name in ("numpy", "numba", "tifffile")}
    if options.method == "external":
        found["command"] = describe_program(options.command)
    return found


@dataclass(frozen=True)
class Examined:
    """What is known of a stack before it is fused."""

    noise: Noise
    depth: NDArray[np.float32]


def examine(
    frames: list[Frame],
    shape: tuple[int, int],
    options: argparse.Namespace,
    positions: list[float] | None = None,
    cells: CellWriter | None = None,
) -> tuple[Examined, Focus]:
    """Measure noise, focus and depth of a stack.

    Parameters
    ----------
    positions : of the frames, evenly spaced if None
    cells : takes what every frame is like
    """
    noise = measure_noise(frames)
    focus = measure_focus(
        frames,
        shape,
        noise.luminance,
        options.threads,
        lambda k: progress(f"finding focus: frame {k} of {len(frames)}"),
        positions,
        cells,
    )
    if options.method != "depthmap":
        return Examined(noise, carry_depth(focus)), focus
    depth = carry_depth(focus, options.threshold, options.radius_px / 2, options.smoothing_px / 2)
    return Examined(noise, depth), focus


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
    focus: Focus,
    depth: NDArray[np.float32],
    shape: tuple[int, int],
    numbers: list[int],
    positions: list[float] | None,
    options: argparse.Namespace,
) -> str:
    """Write the maps of depth, confidence and source; gives the unit of depth."""
    unit = "frame" if positions is None else "um"
    maps = {
        options.depth: (
            depth_rows(depth, shape, positions or numbers),
            np.float32,
            f"depth, {unit}",
        ),
        options.confidence: (
            confidence_rows(focus, shape),
            np.uint16,
            "confidence of the depth, 0 none to 65535 full",
        ),
        options.source: (
            source_rows(depth, focus, shape, numbers),
            np.uint16,
            "number of the frame in focus",
        ),
    }

    def write_one(path: Path) -> None:
        with replacing(path) as partial:
            strips, dtype, description = maps[path]
            write_map(partial, strips, shape, dtype, description)

    with ThreadPoolExecutor(options.threads) as pool:
        list(pool.map(write_one, maps))
    return unit


def fuse_slabs(
    frames: list[Frame],
    shape: tuple[int, int],
    found: Examined,
    icc: bytes | None,
    options: argparse.Namespace,
) -> list[Frame]:
    """Fuse sub-stacks into files beside the fused image, for retouching; they are the new frames.

    Slabs of an earlier run with other settings are removed.
    """
    folder = options.fused.parent / "slabs"
    step = options.slab_frames - options.slab_overlap
    firsts = range(0, max(len(frames) - options.slab_overlap, 1), step)
    paths = [folder / f"slab_{k:03d}.tif" for k in range(1, len(firsts) + 1)]
    for stranger in own_folder(folder, [path.name for path in paths]):
        warn(f"{folder / stranger}: not made by this step, left there")
    slabs = []
    for first, path in zip(firsts, paths, strict=True):
        last = min(first + options.slab_frames, len(frames))
        part = Examined(found.noise, found.depth - np.float32(first))
        with replacing(path) as partial:
            fuse_to(partial, frames[first:last], shape, part, icc, options)
        slabs.append(Frame(path, np.eye(3), icc))
    return slabs


def fuse_to(
    path: Path,
    frames: list[Frame],
    shape: tuple[int, int],
    found: Examined,
    icc: bytes | None,
    options: argparse.Namespace,
) -> None:
    """Fuse frames into a TIFF by the method asked for."""
    if options.method == "external":
        run_program(options.command, path, frames, shape, icc)
        return

    def report(k: int) -> None:
        progress(f"fusing: frame {k} of {len(frames)}")

    with tiff.create_image(path, (*shape, 3), icc) as image:
        if options.method == "weighted":
            blend(
                frames,
                shape,
                contrast_weights(options.radius_px, options.power),
                options.radius_px + CONTRAST_REACH_PX,
                image.write,
                options.threads,
                report,
            )
        elif options.method == "depthmap":
            blend(
                frames, shape, depth_weights(found.depth), 0, image.write, options.threads, report
            )
        else:
            fuse(
                frames,
                shape,
                found.noise.colour,
                image.write,
                power=options.power,
                depth=found.depth if options.method == "holostack" else None,
                reach=options.reach,
                threads=options.threads,
                report=report,
            )


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transforms", type=Path, required=True, help="transforms.json")
    parser.add_argument("--ledger", type=Path, required=True, help="frames.csv, for positions")
    parser.add_argument("--fused", type=Path, required=True, help="fused image to write, TIFF")
    parser.add_argument("--depth", type=Path, required=True, help="depth map to write, TIFF")
    parser.add_argument("--confidence", type=Path, required=True, help="confidence map, TIFF")
    parser.add_argument("--source", type=Path, required=True, help="source-frame map, TIFF")
    parser.add_argument("--energy", type=Path, help="energy of detail of every frame, TIFF")
    parser.add_argument("--light", type=Path, help="light of every frame, TIFF")
    parser.add_argument("--out", type=Path, required=True, help="fuse.json to write")
    add_settings(parser, "fuse")
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    run(main)
