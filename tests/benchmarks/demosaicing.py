"""How near each demosaicing comes to the truth, and what it costs.

    python3 envs/run.py python tests/benchmarks/demosaicing.py --shared ../shared/data

Truths are photographs made smaller by 2 to 4 in linear light, so that every px has all three
colours, of each the sharpest 512 x 512 px; a drawing in strong colours; rings as fine as px allow.
A virtual sensor sees them through a Bayer filter, without noise and with that of a good and of a
poor exposure. What each demosaicing makes of that is compared in the camera's own colours, with the
curve of sRGB: PSNR in dB, all channels together. The last line is the worst a demosaicing does on
any truth, against AHD.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import rawpy
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from raws import FACTS, RGGB, make_raws  # noqa: E402

from hardware.virtual.dng import dng_bytes  # noqa: E402
from hardware.virtual.sensor import (  # noqa: E402
    BLACK,
    FULL_WELL_ELECTRONS,
    NEUTRAL,
    READ_NOISE_ELECTRONS,
    WHITE,
)
from imaging.frames import camera_colour, colour, demosaicing  # noqa: E402
from imaging.frames import raws as developing  # noqa: E402

SIDE = 512
# Of the full well, what the brightest px fills; 0 is without noise.
EXPOSURES = {"without noise": 0.0, "ISO 100": 1.0, "ISO 800": 1 / 8}
# File, and how many times smaller it becomes.
PHOTOGRAPHS = {
    "pins": ("stack-pcb-usb/pcb_004.jpg", 2),
    "button": ("stack-pcb-button/pcb_004.JPG", 2),
    "algae": ("stack-algae/img_3.png", 4),
    "midge": ("stack-amber-midge-jpg/0003.jpg", 2),
    "far": ("negative-unrelated-frames/misaligned1.jpg", 2),
    "near": ("negative-unrelated-frames/misaligned2.jpg", 2),
    "room": ("negative-unrelated-frames/misaligned3.jpg", 2),
    "aloe": ("gt-sources/aloeL.jpg", 2),
    "motorcycle": ("gt-sources/motorcycle_left.png", 2),
    "ring": ("stack-ring/step2.jpg", 2),
    "flies": ("stack-amber-flies/flies_0004.jpg", 2),
    "dome": ("stack-sphere-rpi/image08.jpg", 2),
    "beetle": ("stack-beetle-flicker/DSC_0360.jpg", 2),
}
CANON = "raw/canon_eos6d_lossy_linear.dng"
DEMO = ROOT / "config" / "demo" / "pcb-jpeg" / "pcb_003.jpg"
SRGB = colour.SPACES["srgb"]


def photograph(path: Path, times: int) -> NDArray[np.float64]:
    """The sharpest part of a photograph made smaller: linear light, (h, w, 3), even sides."""
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    return sharpest(smaller(colour.decode(SRGB, pixels[..., ::-1] / 255.0), times))


def smaller(light: NDArray[np.float64], times: int) -> NDArray[np.float64]:
    """Means of squares of px."""
    rows, columns = (side // times for side in light.shape[:2])
    blocks = light[: rows * times, : columns * times].reshape(rows, times, columns, times, 3)
    return blocks.mean((1, 3))


def sharpest(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """The part, of at most `SIDE`, in which there is most detail."""
    rows, columns = (min(SIDE, side // 2 * 2) for side in light.shape[:2])
    detail = np.abs(cv2.Laplacian(colour.encode(SRGB, light)[..., 1], cv2.CV_64F))
    sums = np.pad(detail.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    there = sums[rows:, columns:] - sums[:-rows, columns:]
    there += sums[:-rows, :-columns] - sums[rows:, :-columns]
    row, column = np.unravel_index(there.argmax(), there.shape)
    return light[row : row + rows, column : column + columns]


def drawing(seed: int = 3) -> NDArray[np.float64]:
    """Fields, lines and letters in strong colours."""
    rng, side = np.random.default_rng(seed), 4 * SIDE
    canvas = np.full((side, side, 3), 140, np.uint8)
    for _ in range(220):
        corners = rng.integers(0, side, (rng.integers(3, 6), 2))
        centre = corners.mean(0)
        corners = (corners - centre) * rng.uniform(0.05, 0.6) + centre
        cv2.fillPoly(canvas, [corners.astype(np.int32)], rng.uniform(20, 250, 3).tolist())
    for _ in range(60):
        one, other = (tuple(map(int, place)) for place in rng.integers(0, side, (2, 2)))
        cv2.line(canvas, one, other, rng.uniform(20, 250, 3).tolist(), int(rng.integers(4, 14)))
    for _ in range(40):
        place, size = tuple(map(int, rng.integers(0, side, 2))), rng.uniform(1.2, 3)
        ink, width = rng.uniform(20, 250, 3).tolist(), int(rng.integers(4, 9))
        cv2.putText(canvas, "Holostack 1234", place, 0, size, ink, width)
    return smaller(colour.decode(SRGB, canvas / 255.0), 4)


def rings() -> NDArray[np.float64]:
    """Rings that become finer outwards, nearly grey."""
    row, column = np.mgrid[: 4 * SIDE, : 4 * SIDE] / (4 * SIDE) - 0.5
    light = 0.5 + 0.45 * np.cos(0.9 * np.pi * SIDE * (row**2 + column**2))
    return smaller(light[..., None] * [1.0, 0.9, 0.8], 4)


def truths(shared: Path | None) -> dict[str, NDArray[np.float64]]:
    """All truths by their names; without the shared data, those that can be had."""
    found = {"demo": photograph(DEMO, 2)}
    if shared:
        for name, (path, times) in PHOTOGRAPHS.items():
            found[name] = photograph(shared / path, times)
        with rawpy.imread(str(shared / CANON)) as raw:
            camera = raw.postprocess(
                output_color=rawpy.ColorSpace.raw,
                gamma=(1, 1),
                output_bps=16,
                use_camera_wb=True,
                no_auto_bright=True,
                user_flip=0,
            )
        found["linear raw"] = sharpest(camera / 65535.0)
    return found | {"drawing": drawing(), "rings": rings()}


def mosaic_of(light: NDArray[np.float64], exposure: float, seed: int) -> NDArray[np.uint16]:
    """What a sensor measures through its Bayer filter."""
    mosaic = np.empty(light.shape[:2])
    for row, column, channel in RGGB:
        mosaic[row::2, column::2] = light[row::2, column::2, channel] * NEUTRAL[channel]
    if exposure:
        rng, well = np.random.default_rng(seed), FULL_WELL_ELECTRONS * exposure
        noise = READ_NOISE_ELECTRONS * rng.standard_normal(mosaic.shape)
        mosaic = (rng.poisson(mosaic * well) + noise) / well
    return np.clip(np.rint(mosaic * (WHITE - BLACK) + BLACK), 0, WHITE).astype(np.uint16)


def camera_colours(mosaic: NDArray[np.uint16], name: str, path: Path) -> NDArray[np.uint16]:
    """A mosaic demosaiced and balanced, in the camera's colours."""
    balance = [*(1 / NEUTRAL), 1.0]
    if name == developing.DIRECTIONAL:
        scale, _ = camera_colour.scales(balance, WHITE - BLACK, blend=False)
        of_places = scale[np.array([[0, 1], [1, 2]])]
        return demosaicing.demosaic(mosaic, (0, 0), np.full((2, 2), BLACK, np.int32), of_places)
    path.write_bytes(dng_bytes(mosaic, FACTS))
    with rawpy.imread(str(path)) as raw:
        return raw.postprocess(
            demosaic_algorithm=rawpy.DemosaicAlgorithm[name],
            output_color=rawpy.ColorSpace.raw,
            gamma=(1, 1),
            output_bps=16,
            user_wb=balance,
            user_black=0,
            user_cblack=[BLACK] * 4,
            user_sat=WHITE - BLACK,
            no_auto_bright=True,
            adjust_maximum_thr=0.0,
            user_flip=0,
        )


def decibels(found: NDArray[np.uint16], light: NDArray[np.float64]) -> float:
    """PSNR of what is seen; LibRaw's algorithms leave some px at the border undone."""
    seen = colour.encode(SRGB, found / 65535.0) - colour.encode(SRGB, np.clip(light, 0, 1))
    return float(-10 * np.log10(np.mean(seen[8:-8, 8:-8] ** 2)))


def seconds(names: list[str], folder: Path, width_px: int, height_px: int) -> dict[str, float]:
    """Of the processors, to develop one frame with each; the better of two."""
    (path,) = make_raws(folder / "frames", 1, width_px, height_px)
    took = {}
    for name in names * 2:
        development = replace(developing.decide(path), demosaic=name)
        start = time.process_time()
        developing.develop(path, development)
        took[name] = min(took.get(name, np.inf), time.process_time() - start)
    return took


def main() -> None:
    """Print a table for each exposure, and what each demosaicing takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, help="folder of the real stacks")
    parser.add_argument("--demosaic", nargs="*", default=list(developing.DEMOSAIC))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--width", type=int, default=6000)
    parser.add_argument("--height", type=int, default=4000)
    options = parser.parse_args()
    names = list(dict.fromkeys([*options.demosaic, developing.OTHERWISE]))
    scenes = truths(options.shared)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "frame.dng"
        for title, exposure in EXPOSURES.items():
            print(f"\n{title:14}" + "".join(f"{name:>12}" for name in names))
            scores = np.array(
                [
                    [decibels(camera_colours(mosaic, name, path), light) for name in names]
                    for light in scenes.values()
                    for mosaic in [mosaic_of(light, exposure, options.seed)]
                ]
            )
            against = scores - scores[:, [names.index(developing.OTHERWISE)]]
            rows = [*scores, scores.mean(0), against.min(0)]
            for scene, row in zip([*scenes, "mean", "worst"], rows, strict=True):
                print(f"{scene:14}" + "".join(f"{value:12.2f}" for value in row), flush=True)
        took = seconds(names, Path(folder), options.width, options.height)
        print(f"\n{'CPU s a frame':14}" + "".join(f"{took[name]:12.2f}" for name in names))


if __name__ == "__main__":
    main()
