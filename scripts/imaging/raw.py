"""Development of raw frames by LibRaw, alike for every frame of a stack.

Everything that LibRaw would decide frame by frame is decided once, from one frame, and handed to
all: white balance, black level, white level. Automatic brightness, the automatic white level and
rotation are off.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import rawpy
from numpy.typing import NDArray

from imaging import colour
from imaging.errors import ImagingError

# Those compiled into the wheels of rawpy; the others need LibRaw's GPL packs.
DEMOSAIC = ("AHD", "AAHD", "DHT", "DCB", "PPG", "VNG", "LINEAR")
HIGHLIGHTS = {"clip": rawpy.HighlightMode.Clip, "blend": rawpy.HighlightMode.Blend}
_OUTPUT = {
    "srgb": rawpy.ColorSpace.sRGB,
    "adobe-rgb": rawpy.ColorSpace.Adobe,
    "prophoto": rawpy.ColorSpace.ProPhoto,
}


@dataclass(frozen=True)
class Development:
    """All that decides the pixels of a developed raw.

    Attributes
    ----------
    demosaic : one of `DEMOSAIC`
    highlights : `clip` or `blend`
    colour_space : one of `colour.SPACES`
    white_balance : multipliers of red, green, blue and the second green
    white_balance_from : `camera`, `daylight`, `none` or `config`: whose they are
    black_level : of each of the four sensor colours, in sensor units
    white_level : sensor units
    """

    demosaic: str
    highlights: str
    colour_space: str
    white_balance: tuple[float, float, float, float]
    white_balance_from: str
    black_level: tuple[int, int, int, int]
    white_level: int

    def as_record(self) -> dict[str, object]:
        """The same as plain values, for a JSON record."""
        return asdict(self)


def _open(path: Path) -> rawpy.RawPy:
    try:
        raw = rawpy.imread(str(path))
        raw.unpack()
        return raw
    except rawpy.LibRawError as error:
        reason = error.args[0].decode() if error.args else type(error).__name__
        raise ImagingError(f"{path.name}: LibRaw cannot read it ({reason})") from None


def decide(
    path: Path,
    demosaic: str = "AHD",
    highlights: str = "clip",
    colour_space: str = "adobe-rgb",
    white_balance: str | tuple[float, ...] = "camera",
) -> Development:
    """Decide how a stack is developed, from one of its frames.

    Parameters
    ----------
    white_balance : `camera` (as shot), `daylight` (of LibRaw's matrix), `none`, or three or four
        multipliers. Where the camera wrote none, daylight is taken; where there is no matrix
        either, none. `white_balance_from` tells which it was.

    Raises
    ------
    ImagingError : LibRaw cannot read the frame
    """
    with _open(path) as raw:
        black = tuple(int(v) for v in raw.black_level_per_channel)
        white = int(raw.white_level)
        candidates = {"camera": raw.camera_whitebalance, "daylight": raw.daylight_whitebalance}
    if isinstance(white_balance, str):
        order = {"camera": ("camera", "daylight"), "daylight": ("daylight",), "none": ()}
        source, chosen = "none", [1.0, 1.0, 1.0, 1.0]
        for name in order[white_balance]:
            if all(v > 0 for v in candidates[name][:3]):
                source, chosen = name, list(candidates[name])
                break
    else:
        source, chosen = "config", list(white_balance)
    if len(chosen) == 3 or chosen[3] == 0:
        chosen = [*chosen[:3], chosen[1]]
    multipliers = tuple(round(float(v), 6) for v in chosen)
    return Development(demosaic, highlights, colour_space, multipliers, source, black, white)


def develop(path: Path, development: Development) -> NDArray[np.uint16]:
    """Develop one raw frame, in the sensor's orientation.

    Returns
    -------
    (H, W, 3) uint16 in the colour space of `development`

    Raises
    ------
    ImagingError : LibRaw cannot read or decode the frame
    """
    space = colour.SPACES[development.colour_space]
    with _open(path) as raw:
        try:
            return raw.postprocess(
                demosaic_algorithm=rawpy.DemosaicAlgorithm[development.demosaic],
                highlight_mode=HIGHLIGHTS[development.highlights],
                output_color=_OUTPUT[development.colour_space],
                gamma=(space.power, space.slope),
                output_bps=16,
                user_wb=list(development.white_balance),
                user_black=0,
                user_cblack=list(development.black_level),
                # LibRaw takes this level as it is after the black has been subtracted.
                user_sat=development.white_level - min(development.black_level),
                no_auto_bright=True,
                adjust_maximum_thr=0.0,
                user_flip=0,
            )
        except rawpy.LibRawError as error:
            reason = error.args[0].decode() if error.args else type(error).__name__
            raise ImagingError(f"{path.name}: LibRaw cannot develop it ({reason})") from None
