"""Score fused pictures to the very edge of what all frames cover: sharpness, colour and seams.

Run from the checkout, with a folder of frames for each stack:

    PYTHONPATH=scripts python tests/benchmarks/rim.py FOLDER [FOLDER ...]

Of real stacks there is no truth to measure against. At each distance from an edge, and in each
block along it, the fused picture is held against the frame that is sharpest there, in that frame's
own geometry and light; what is found is given beside the same far inside, where no frame ends.

Where nothing but noise is, the sharpest frame is the noisiest, often the reference, which is not
interpolated, and a fused picture with less noise seems blurred. So sharpness is given once more of
those blocks alone in which detail stands out of noise. Made scenes (--scenes) have a truth: there
it is the slope of the fused picture's detail over the truth's, which noise does not move.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from measure import grey_of
from numpy.typing import NDArray
from quality import OURS, align_command, fuse_command, load, prepare
from real import converted
from scenes import KINDS, kept

from imaging.frames.converted import read_profile
from imaging.fusion.blending import write_aligned
from imaging.fusion.frame import Frame
from imaging.sampling.coverage import common_area

# Px from the edge, first and past the last; the last band is far inside.
BANDS = ((0, 1), (1, 2), (2, 4), (4, 8), (8, 16), (16, 32))
INSIDE = (40, 72)
BESIDE = BANDS.index((16, 32))
# Px along the edge of a block, and rows over which its sharpest frame is told.
BLOCK_PX = 32
JUDGED_ROWS = 8
# Detail stands out where the second sharpest frame has so many times the energy of the blurriest.
# It is the second, for the sharpest is told by the noise as well that it is then measured with.
# Noise alone differs by 2.5 times: the reference is not interpolated. Of fewer blocks nothing is
# said.
STANDS_OUT, LEAST_BLOCKS = 4.0, 8
SIDES = ("top", "bottom", "left", "right")
OUT = ("fused_out", "sharpest_out")


@dataclass(frozen=True)
class Rim:
    """What a band along an edge has, against the frame that is sharpest in each of its blocks.

    Attributes
    ----------
    fused, sharpest : energy of detail along the edge, summed over blocks
    fused_out, sharpest_out, blocks_out : the same of blocks whose detail stands out, and how many
    colour : mean square of the difference of blocks' means of a row, values 0..1
    seam : mean square of what the step from row to row of such means has that the frame's has not
    """

    fused: float
    sharpest: float
    fused_out: float
    sharpest_out: float
    blocks_out: int
    colour: float
    seam: float


def stood_on(picture: NDArray, side: str) -> NDArray:
    """A picture (H, W, 3) turned so that row k lies k px from `side`."""
    turned = {
        "top": picture,
        "bottom": picture[::-1],
        "left": picture.swapaxes(0, 1),
        "right": picture[:, ::-1].swapaxes(0, 1),
    }[side]
    return turned[: INSIDE[1]]


def _blocks(values: NDArray) -> NDArray:
    """(rows, n, BLOCK_PX, ...) of (rows, columns, ...)."""
    count = values.shape[1] // BLOCK_PX
    return values[:, : count * BLOCK_PX].reshape(
        values.shape[0], count, BLOCK_PX, *values.shape[2:]
    )


def _fine(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each row's own detail, (rows, columns - 2); no row knows of its neighbours."""
    grey = grey_of(np.ascontiguousarray(picture))
    return grey[:, 1:-1] - 0.5 * (grey[:, :-2] + grey[:, 2:])


def _detail_along(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Energy of each row's own detail in blocks, (rows, n)."""
    return (_blocks(_fine(picture)) ** 2).mean(2)


def score_side(
    fused: NDArray[np.float32], frames: list[NDArray[np.float32]], bands: tuple = (*BANDS, INSIDE)
) -> list[Rim]:
    """Rims of one side, for each band; pictures as `stood_on` gives them, values 0..1."""
    own = _detail_along(fused)
    of_frames = np.stack([_detail_along(frame) for frame in frames])
    count = own.shape[1]
    means = _blocks(fused)[:, :count].mean(2)
    frame_means = np.stack([_blocks(frame)[:, :count].mean(2) for frame in frames])
    rims = []
    for first, last in bands:
        # Over some rows, so that chance does not choose the frame.
        upper = min(first, max(last - JUDGED_ROWS, 0))
        judged = of_frames[:, upper : max(last, upper + JUDGED_ROWS)].mean(1)
        best, every = judged.argmax(0), np.arange(count)
        second = np.argsort(judged, axis=0)[-2] if len(frames) > 1 else best
        own_rows = of_frames[second, first:last, every].mean(1)
        out = own_rows >= STANDS_OUT * judged.min(0)
        sharpest = of_frames[best, :, every].T
        light = frame_means[best, :, every].swapaxes(0, 1)
        off = means - light
        steps = np.diff(off, axis=0, prepend=off[:1])
        rows = slice(first, last)
        rims.append(
            Rim(
                float(own[rows].mean(0).sum()),
                float(sharpest[rows].mean(0).sum()),
                float(own[rows][:, out].mean(0).sum()),
                float(sharpest[rows][:, out].mean(0).sum()),
                int(out.sum()),
                float((off[rows] ** 2).mean()),
                float((steps[max(first, 1) : max(last, 2)] ** 2).mean()),
            )
        )
    return rims


def common_of(work: Path) -> tuple[int, int, int, int]:
    """What all frames of an aligned folder cover: x, y, width, height."""
    record = json.loads((work / "stack/transforms.json").read_text(encoding="utf-8"))
    matrices = [row["matrix"] for row in record["frames"] if row["status"] == "used"]
    return common_area(np.array(matrices), (record["height_px"], record["width_px"]))


def aligned_frames(work: Path) -> tuple[list[NDArray[np.float32]], tuple[int, int, int, int]]:
    """The frames of an aligned folder in the fused picture's geometry and light; the common area.

    Pictures are (h, w, 3) of the common area, values 0..1.
    """
    record = json.loads((work / "stack/transforms.json").read_text(encoding="utf-8"))
    shape = (record["height_px"], record["width_px"])
    rows = [row for row in record["frames"] if row["status"] == "used"]
    x, y, width, height = common_of(work)
    folder = work / "stack" / record["folder"]
    pictures = []
    for row in rows:
        path = folder / row["tiff"]
        whole = np.empty((*shape, 3), np.uint16)

        def write(first: int, strip: NDArray[np.uint16], whole: NDArray = whole) -> None:
            whole[first : first + len(strip)] = strip

        inverse = np.linalg.inv(np.array(row["matrix"]))
        write_aligned(Frame(path, inverse, read_profile(path), tuple(row["gain"])), shape, write)
        pictures.append(whole[y : y + height, x : x + width].astype(np.float32) / 65535)
    return pictures, (x, y, width, height)


def score(fused: NDArray[np.float32], frames: list[NDArray[np.float32]]) -> dict[str, list[Rim]]:
    """Rims of all sides of a picture of the common area."""
    return {
        side: score_side(stood_on(fused, side), [stood_on(frame, side) for frame in frames])
        for side in SIDES
    }


def sharpness(rims: list[Rim], inside: list[Rim]) -> float:
    """Amplitude of detail against the sharpest frames', over the same far inside."""

    def kept(some: list[Rim]) -> float:
        return float(
            np.sqrt(sum(rim.fused for rim in some) / max(sum(rim.sharpest for rim in some), 1e-12))
        )

    return kept(rims) / kept(inside)


def sharpness_out(rims: list[Rim], beside: list[Rim]) -> str:
    """As `sharpness`, of blocks whose detail stands out, and how many; a dash where too few do."""

    def of(some: list[Rim]) -> tuple[float, int]:
        fused, sharpest = (sum(getattr(rim, name) for rim in some) for name in OUT)
        return float(np.sqrt(fused / max(sharpest, 1e-12))), sum(rim.blocks_out for rim in some)

    (near, count), (far, count_beside) = of(rims), of(beside)
    if min(count, count_beside) < LEAST_BLOCKS:
        return f"– ({count})"
    return f"{near / far:.2f} ({count})"


def table_row(name: str, found: dict[str, list[Rim]]) -> str:
    """A line of the table: sharpness by distance, the worst side, colour and seams."""
    inside = [rims[-1] for rims in found.values()]
    bands = [sharpness([rims[k] for rims in found.values()], inside) for k in range(len(BANDS))]
    near = {side: sharpness(rims[:3], [rims[-1]]) for side, rims in found.items()}
    worst = min(near, key=near.__getitem__)

    def levels(values: list[float]) -> str:
        return f"{255 * np.sqrt(np.mean(values)):.2f}"

    near_rims = [rim for rims in found.values() for rim in rims[:3]]
    cells = [
        *(f"{value:.2f}" for value in bands),
        sharpness_out(
            [rims[0] for rims in found.values()], [rims[BESIDE] for rims in found.values()]
        ),
        f"{near[worst]:.2f} {worst}",
        f"{levels([rim.colour for rim in near_rims])} / {levels([rim.colour for rim in inside])}",
        f"{levels([rim.seam for rim in near_rims])} / {levels([rim.seam for rim in inside])}",
    ]
    return f"| {name} | {' | '.join(cells)} |"


HEAD = (
    "| stack | "
    + " | ".join(f"{first}–{last} px" for first, last in BANDS)
    + " | 0–1 beside 16–32 px where detail stands out (blocks) | worst side, 0–4 px"
    + " | colour 0–4 px / inside | seam 0–4 px / inside |\n|"
    + "---|" * (len(BANDS) + 5)
)


def kept_of_truth(
    fused: NDArray[np.float32], truth: NDArray[np.float32], bands: tuple = (*BANDS, INSIDE)
) -> NDArray[np.float64]:
    """Products of detail along all edges, (bands, 2): fused by truth, and truth by itself."""
    found = np.zeros((len(bands), 2))
    for side in SIDES:
        # The ends of an edge belong to the edges beside it.
        ours, theirs = (_fine(stood_on(one, side))[:, BLOCK_PX:-BLOCK_PX] for one in (fused, truth))
        for k, (first, last) in enumerate(bands):
            part = theirs[first:last]
            found[k] += (ours[first:last] * part).mean(), (part * part).mean()
    return found


def run_scenes(options: argparse.Namespace, work: Path) -> None:
    """Print how much of the truth's detail is kept at each distance, of all scenes together."""
    head = [f"{first}–{last} px" for first, last in (*BANDS, INSIDE)]
    print(f"| made scenes | {' | '.join(head)} |\n|{'---|' * (len(head) + 1)}")
    products = {method: np.zeros((len(head), 2)) for method in options.methods}
    for seed in options.seeds:
        for kind in options.scenes:
            made, folder, paths = kept(options.keep or work, kind, seed, (360, 480), 14, 1.1)
            prepare(folder, paths, made.truth.shape[:2])
            subprocess.run(align_command(folder), check=True, capture_output=True)
            x, y, width, height = common_of(folder)
            for method in options.methods:
                fused = folder / f"{method}.tif"
                subprocess.run(fuse_command(folder, fused, method), check=True, capture_output=True)
                picture = load(fused).astype(np.float32) / 65535
                both = (one[y : y + height, x : x + width] for one in (picture, made.truth))
                products[method] += kept_of_truth(*both)
    for method, found in products.items():
        slopes = found[:, 0] / found[:, 1]
        print(f"| {method} | " + " | ".join(f"{slope:.3f}" for slope in slopes) + " |")


def write_corners(pictures: dict[str, NDArray], path: Path, side: int = 60, zoom: int = 4) -> None:
    """Each picture's corners and middles of its edges at 400 %, one row for each picture."""
    lines = []
    for picture in pictures.values():
        rows, columns = picture.shape[:2]
        places = [
            (y, x)
            for y in (0, (rows - side) // 2, rows - side)
            for x in (0, (columns - side) // 2, columns - side)
            if (y, x) != ((rows - side) // 2, (columns - side) // 2)
        ]
        cuts = [picture[y : y + side, x : x + side] for y, x in places]
        line = np.hstack([cv2.copyMakeBorder(cut, 1, 1, 1, 1, cv2.BORDER_CONSTANT) for cut in cuts])
        lines.append(np.rint(np.clip(line, 0, 1) * 255).astype(np.uint8))
    sheet = np.vstack(lines)
    sheet = cv2.resize(sheet, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_NEAREST)
    cv2.imwrite(str(path), sheet[..., ::-1])


def main(argv: list[str]) -> None:
    """Print a table with a line for every stack and method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="folders of frames")
    parser.add_argument("--scenes", nargs="*", choices=KINDS, default=[])
    parser.add_argument("--seeds", nargs="+", type=int, default=[101])
    parser.add_argument("--keep", type=Path, help="folder that keeps scenes for the next run")
    parser.add_argument("--methods", nargs="+", choices=OURS, default=["holostack"])
    parser.add_argument("--crops", type=Path, help="folder for edges at 400 %%")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        if options.scenes:
            run_scenes(options, Path(name))
        if options.folders:
            print(HEAD)
        for folder in options.folders:
            work = Path(name) / folder.name
            converted(folder, work)
            subprocess.run(align_command(work), check=True, capture_output=True)
            frames, (x, y, width, height) = aligned_frames(work)
            for method in options.methods:
                fused = work / f"{method}.tif"
                subprocess.run(fuse_command(work, fused, method), check=True, capture_output=True)
                picture = load(fused)[y : y + height, x : x + width].astype(np.float32) / 65535
                print(table_row(f"{folder.name}, {method}", score(picture, frames)), flush=True)
                if options.crops:
                    options.crops.mkdir(parents=True, exist_ok=True)
                    write_corners({method: picture}, options.crops / f"{folder.name}-{method}.png")


if __name__ == "__main__":
    main(sys.argv[1:])
