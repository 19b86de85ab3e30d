"""What a frame says of light, focus and settings, judged by the numbers that it holds.

Of a raw these are the sensor's own: what is clipped there is lost. What is a whole frame, and what
is black, is the ledger's to say (`imaging.frames.inspection`); whether a range is long enough, by
the rule of the finished stack (`imaging.checks.focus_curves`).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hardware.bench.sharpness import Detail, detail
from hardware.errors import CameraError
from imaging.checks import focus_curves
from imaging.errors import ImagingError
from imaging.frames import channels
from imaging.frames.channels import Channels
from imaging.frames.raw_facts import DARK_PART

NAMES = ("red", "green", "blue")
BINS = 256
# Sensors of one kind differ by about so much in where they end, of the range from black to white.
NEAR_WHITE = 0.995
# A glint may be white; more than this of a channel is detail that is lost.
MOST_CLIPPED_PERCENT = 0.5
# The brightest of a picture but for this part, which is glints, ...
GLINTS = 0.001
# ... may reach an eighth of the range at least: three stops of light, and more noise, are given up.
LEAST_BRIGHT = 1 / 8
# Detail from px to px beside that over two px, at half the size of the frame: about 0.1 where all
# is smooth, and this where a point is spread over five px of the frame. Fewer tiles are chance.
LEAST_FINE = 0.3
LEAST_SHARP = 0.01
# As `qc.end_share` has it for the finished stack.
MOST_AT_END = 0.4
VIEW_PX, FRAME_PX = 960, 320
JPEG_QUALITY = 85
# From dull to sharp, also for eyes that see no red or no green (viridis: Smith, van der Walt).
RAMP = np.array(
    [(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)], np.float32
)
# Of the tiles all but so few are below the end of the ramp: a glint would make all others dull.
TOP = 0.98
# How much of the map's colour lies over the picture, where it is dull and where sharp.
COVERS = 0.35, 0.8


@dataclass(frozen=True)
class Judged:
    """A frame of a stack at a glance.

    Attributes
    ----------
    jpeg : small picture, at most `FRAME_PX`
    sharpness : see `Detail.number`, %
    clipped_percent : of the channel that has most
    energy : (h, w) float32, of its tiles: for `range_sentence`
    """

    jpeg: bytes
    sharpness: float
    clipped_percent: float
    energy: NDArray[np.float32]


@dataclass(frozen=True)
class Judgement:
    """A test frame.

    Attributes
    ----------
    histogram : by channel, `BINS` counts from black to white
    clipped_percent : by channel
    is_black : no light came in
    sharpness : see `Detail.number`, %
    jpeg : the picture, at most `VIEW_PX`
    sharpness_map : PNG of the same shape, colours from dull to sharp over the picture
    warnings : sentences
    """

    histogram: dict[str, list[int]]
    clipped_percent: dict[str, float]
    is_black: bool
    sharpness: float
    jpeg: bytes
    sharpness_map: bytes
    warnings: tuple[str, ...]

    def as_facts(self) -> dict[str, Any]:
        """What of it is text and numbers, for a page or as JSON."""
        return {
            "histogram": self.histogram,
            "clipped_percent": self.clipped_percent,
            "is_black": self.is_black,
            "sharpness": round(self.sharpness, 3),
            "warnings": list(self.warnings),
        }


def of_frame(path: Path) -> Judged:
    """Judge a frame of a stack, quickly.

    Raises
    ------
    CameraError : it cannot be read
    """
    seen = _read(path)
    measured = detail(scale_of(seen))
    clipped = max(_clipped_percent(seen, k) for k in range(3))
    return Judged(_jpeg(seen.view(FRAME_PX)), measured.number(), clipped, measured.energy)


def judge(path: Path, refused: str = "", settings: Sequence[str] = ()) -> Judgement:
    """Judge a test frame.

    Parameters
    ----------
    refused : why the ledger would refuse it, where it would
    settings : sentences on settings that are not as asked for

    Raises
    ------
    CameraError : it cannot be read
    """
    seen = _read(path)
    histogram = {name: _histogram(seen, k) for k, name in enumerate(NAMES)}
    clipped = {name: round(_clipped_percent(seen, k), 3) for k, name in enumerate(NAMES)}
    bright = [_bright(seen, k) for k in range(3)]
    is_black = max(bright) < DARK_PART
    measured = detail(scale_of(seen))
    picture = seen.view(VIEW_PX)
    warnings = [refused] if refused else []
    if not is_black:
        warnings += _of_light(clipped, bright)
        if is_sharp(seen, measured).mean() < LEAST_SHARP:
            warnings.append(
                "nothing in the picture is sharp: focus; else something shakes, or the aperture "
                "is so small that it blurs all"
            )
    return Judgement(
        histogram,
        clipped,
        is_black,
        measured.number(),
        _jpeg(picture),
        _map(picture, measured, max(seen.planes[1].shape) / max(picture.shape)),
        (*warnings, *settings),
    )


def range_sentence(energies: Sequence[NDArray[np.float32]], is_whole: bool = True) -> str:
    """What a stack's frames say of its range being too short; "" where it is long enough.

    Parameters
    ----------
    energies : `Judged.energy` of the frames in order
    is_whole : whether the last of them is the stack's last
    """
    if len(energies) < 3 or len({energy.shape for energy in energies}) != 1:
        return ""
    measured = focus_curves.ends(np.stack(energies)) or ()
    short = [
        f"{end.share:.0%} of the detail is sharpest in the {name} frame"
        for end, name in zip(measured, ("first", "last"), strict=False)
        if end.share > MOST_AT_END and end.rise > 1.0 and (is_whole or name == "first")
    ]
    if not short:
        return ""
    return f"the range is too short: {' and '.join(short)}, and does not fall off towards it"


def scale_of(seen: Channels) -> NDArray[np.float32]:
    """Green from 0 (black) to 1 (white), on a scale where noise is even, at half size."""
    plane, black = seen.planes[1], seen.black[1]
    levels = np.arange(1 << 16, dtype=np.float32)
    table = np.clip((levels - black) / max(1, seen.white - black), 0, 1)
    # The noise of counted light grows with its root, so that roots have it even [Anscombe 1948].
    if seen.is_linear:
        np.sqrt(table, out=table)
    scaled: NDArray[np.float32] = table.astype(np.float32)[plane]
    return scaled


def is_sharp(seen: Channels, measured: Detail) -> NDArray[np.bool_]:
    """Tiles that hold detail as fine as a picture in focus has."""
    coarse = detail(scale_of(seen), 2)
    fine: NDArray[np.bool_] = measured.clean > LEAST_FINE * coarse.clean
    return measured.certain() & fine


def _read(path: Path) -> Channels:
    try:
        return channels.read(path)
    except ImagingError as error:
        raise CameraError(f"camera: {error}") from error


def _of_light(clipped: dict[str, float], bright: Sequence[float]) -> list[str]:
    lost = [
        f"{share:.1f} % of {name}"
        for name, share in clipped.items()
        if share > MOST_CLIPPED_PERCENT
    ]
    if lost:
        return [f"clipped: {', '.join(lost)}; expose shorter, or soften the light"]
    if max(bright) < LEAST_BRIGHT:
        stops = int(np.log2(0.7 / max(bright)))
        return [
            f"too dark: but for glints, nothing is above {100 * max(bright):.1f} % of what the "
            f"camera can tell; {stops} stops more light would fit"
        ]
    return []


def _histogram(seen: Channels, k: int) -> list[int]:
    black, white = seen.black[k], seen.white
    counts = np.bincount(seen.planes[k].ravel(), minlength=1 << 16)
    levels = np.arange(len(counts), dtype=np.int64)
    bins = np.clip((levels - black) * BINS // max(1, white - black), 0, BINS - 1)
    return [int(count) for count in np.bincount(bins, counts, BINS)]


def _clipped_percent(seen: Channels, k: int) -> float:
    black, plane = seen.black[k], seen.planes[k]
    end = black + NEAR_WHITE * (seen.white - black)
    return 100.0 * float(np.count_nonzero(plane >= end)) / plane.size


def _bright(seen: Channels, k: int) -> float:
    """What all but glints of a channel stay below, as a part of its range."""
    black = seen.black[k]
    value = float(np.quantile(seen.planes[k][::3, ::3], 1 - GLINTS))
    return max(1e-6, (value - black) / max(1, seen.white - black))


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=JPEG_QUALITY)
    return stream.getvalue()


def _map(picture: NDArray[np.uint8], measured: Detail, shrunk: float) -> bytes:
    """Colours from dull to sharp over the picture in grey, which was shrunk so many times."""
    height, width = picture.shape[:2]
    root = np.sqrt(np.maximum(measured.clean, 0))
    part = np.minimum(root / max(float(np.quantile(root, TOP)), 1e-9), 1)
    tiles = Image.fromarray(np.float32(part), mode="F")
    # A tile is where it is in the picture; what is left over at the far edges has the last one's.
    rows, columns = (round(count * measured.tile_px / shrunk) for count in part.shape)
    smooth = np.asarray(tiles.resize((columns, rows), Image.Resampling.BILINEAR))
    down, across = (max(0, a - b) for a, b in zip((height, width), smooth.shape, strict=True))
    smooth = np.pad(smooth, ((0, down), (0, across)), mode="edge")[:height, :width]
    place = smooth * (len(RAMP) - 1)
    low = np.minimum(place.astype(int), len(RAMP) - 2)
    colour = RAMP[low] + (place - low)[..., None] * (RAMP[low + 1] - RAMP[low])
    grey = picture.mean(axis=2, keepdims=True)
    cover = (COVERS[0] + (COVERS[1] - COVERS[0]) * smooth)[..., None]
    over = np.uint8(grey * (1 - cover) + colour * cover)
    stream = io.BytesIO()
    Image.fromarray(over).save(stream, "PNG")
    return stream.getvalue()
