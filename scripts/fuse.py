"""Step 4b: fuse the aligned frames of a stack into one image, with its depth and source maps."""

from __future__ import annotations

import argparse
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np

from align import profile_of
from imaging import tiff
from imaging.depth import carry_depth, measure_focus
from imaging.errors import ImagingError
from imaging.frame import Frame, brightness_curves
from imaging.fusion import fuse
from imaging.maps import confidence_rows, depth_rows, source_rows, write_map
from imaging.sharpness import noise_variance
from records.ledger import used_frames
from step import progress, replacing, run

METHODS = ("holostack", "pyramid")


def main(argv: list[str]) -> None:
    """Fuse the frames that `transforms.json` names."""
    options = arguments().parse_args(argv)
    aligned = json.loads(options.transforms.read_text(encoding="utf-8"))
    rows = [row for row in aligned["frames"] if row["status"] == "used"]
    if not rows:
        raise ImagingError(f"{options.transforms}: no frame is left to fuse")
    folder = options.transforms.parent / aligned["folder"]
    icc = profile_of(folder / rows[0]["tiff"])
    frames = [
        Frame(folder / row["tiff"], np.linalg.inv(np.array(row["matrix"])),
              brightness_curves(icc, np.array(row["gain"])))
        for row in rows
    ]
    shape = (aligned["height_px"], aligned["width_px"])
    variance = noise_variance(frames)
    count = len(frames)
    focus = measure_focus(frames, shape, variance, options.threads,
                          lambda k: progress(f"finding focus: frame {k} of {count}"))
    depth = carry_depth(focus)
    numbers = [row["frame"] for row in rows]
    positions = focus_positions(options.ledger, numbers)
    unit = "frame" if positions is None else "um"
    maps = {
        options.depth: (depth_rows(depth, shape, positions or numbers), np.float32,
                        f"depth, {unit}"),
        options.confidence: (confidence_rows(focus, shape), np.uint16,
                             "confidence of the depth, 0 none to 65535 full"),
        options.source: (source_rows(depth, focus, shape, numbers), np.uint16,
                         "number of the frame in focus"),
    }
    for path, (strips, dtype, description) in maps.items():
        with replacing(path) as partial:
            write_map(partial, strips, shape, dtype, description)
    with replacing(options.fused) as partial:
        with tiff.create_image(partial, (*shape, 3), icc) as image:
            fuse(frames, shape, variance, image.write, power=options.power,
                 depth=depth if options.method == "holostack" else None, reach=options.reach,
                 threads=options.threads,
                 report=lambda k: progress(f"fusing: frame {k} of {count}"))
        digest = tiff.pixel_digest(partial)
    with replacing(options.out) as partial:
        record = {
            "method": options.method,
            "parameters": {"power": options.power, "reach": options.reach},
            "frames": numbers,
            "depth_unit": unit,
            "noise_standard_deviation": round(float(np.sqrt(variance)), 6),
            "pixel_sha256": {
                "fused": digest,
                **{name: tiff.pixel_digest(getattr(options, name))
                   for name in ("depth", "confidence", "source")},
            },
            "software": {name: version(name) for name in ("numpy", "numba", "tifffile")},
        }
        partial.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transforms", type=Path, required=True, help="transforms.json")
    parser.add_argument("--ledger", type=Path, required=True, help="frames.csv, for positions")
    parser.add_argument("--fused", type=Path, required=True, help="fused image to write, TIFF")
    parser.add_argument("--depth", type=Path, required=True, help="depth map to write, TIFF")
    parser.add_argument("--confidence", type=Path, required=True, help="confidence map, TIFF")
    parser.add_argument("--source", type=Path, required=True, help="source-frame map, TIFF")
    parser.add_argument("--out", type=Path, required=True, help="fuse.json to write")
    parser.add_argument("--method", choices=METHODS, default="holostack")
    parser.add_argument("--power", type=int, default=6)
    parser.add_argument("--reach", type=float, default=3.0, help="frames either side of the focus")
    parser.add_argument("--threads", type=int, default=1)
    return parser


def focus_positions(ledger: Path, frames: list[int]) -> list[float] | None:
    """Focus of each frame in µm, None unless all are known."""
    known = {entry.frame: entry.focus_um for entry in used_frames(ledger)}
    positions = [known.get(frame) for frame in frames]
    return None if None in positions else positions


if __name__ == "__main__":
    run(main)
