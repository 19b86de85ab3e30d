"""Raw frames, developed alike for a stack.

Everything that LibRaw would decide frame by frame is decided once, from one frame, and handed to
all: white balance, black level, white level. Automatic brightness, the automatic white level and
rotation are off.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rawpy
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames import camera_colour, colour, demosaicing
from imaging.frames.bayer import is_plain_bayer
from imaging.frames.bayer_pattern import bayer_pattern
from imaging.frames.raw_reading import named, opened

# Done here, of raws that hold the plain values of a Bayer sensor.
DIRECTIONAL = "DIRECTIONAL"
# What all others are demosaiced with in its stead.
OTHERWISE = "AHD"
# The others are those compiled into the wheels of rawpy; some more need LibRaw's GPL packs.
DEMOSAIC = (DIRECTIONAL, OTHERWISE, "AAHD", "DHT", "DCB", "PPG", "VNG", "LINEAR")
HIGHLIGHTS = {"clip": rawpy.HighlightMode.Clip, "blend": rawpy.HighlightMode.Blend}
# The spaces that LibRaw has. Another is reached from its widest, in linear light.
_OUTPUT = {
    "srgb": rawpy.ColorSpace.sRGB,
    "adobe-rgb": rawpy.ColorSpace.Adobe,
    "prophoto": rawpy.ColorSpace.ProPhoto,
}
_WIDEST = "prophoto"
NO_MATRIX = (
    "the raws have no colour matrix, and LibRaw knows none of this camera: colours are those of "
    "its sensor, not true ones. Measure a matrix by a colour target (docs/targets.md) and set "
    "convert.camera_matrix"
)
NO_BALANCE = (
    "no white balance is written in the raws; {taken} is taken. If the picture is tinted, set "
    "convert.white_balance to the multipliers of a grey card"
)


@dataclass(frozen=True)
class Development:
    """All that decides the pixels of a developed raw.

    Attributes
    ----------
    demosaic : one of `DEMOSAIC`; `DIRECTIONAL` only of raws that can be
    highlights : `clip` or `blend`
    colour_space : one of `colour.SPACES`
    white_balance : multipliers of red, green, blue and the second green; 1 for a monochrome sensor
    white_balance_from : `camera`, `daylight`, `none` or `config`: whose they are
    black_level : of each of the four sensor colours, in sensor units
    white_level : sensor units
    camera_matrix : from the camera's balanced red, green and blue to linear sRGB, row by row, where
        a person's own takes the place of LibRaw's
    doubts : what a person should know of it; not recorded, and no part of what decides pixels
    """

    demosaic: str
    highlights: str
    colour_space: str
    white_balance: tuple[float, ...]
    white_balance_from: str
    black_level: tuple[int, ...]
    white_level: int
    camera_matrix: tuple[float, ...] | None = None
    doubts: tuple[str, ...] = field(default=(), compare=False)

    def as_record(self) -> dict[str, object]:
        """The same as plain values, for a JSON record; what is not there is left out."""
        values = {name: value for name, value in asdict(self).items() if value is not None}
        del values["doubts"]
        return values


def decide(
    path: Path,
    demosaic: str = "AHD",
    highlights: str = "clip",
    colour_space: str = "adobe-rgb",
    white_balance: str | tuple[float, ...] = "camera",
    camera_matrix: tuple[float, ...] | None = None,
) -> Development:
    """Decide how a stack is developed, from one of its frames.

    Parameters
    ----------
    demosaic : one of `DEMOSAIC`; of what is no plain Bayer raw, `OTHERWISE` takes the place of
        `DIRECTIONAL`: of X-Trans, monochrome and demosaiced raws, and wherever LibRaw itself does
        not take the values as they stand
    white_balance : `camera` (as shot), `daylight` (of LibRaw's matrix), `none`, or three or four
        multipliers. Where the camera wrote none, daylight is taken; where there is no matrix
        either, none. `white_balance_from` tells which it was. A monochrome sensor has none to
        balance.
    camera_matrix : nine numbers in place of LibRaw's matrix; a monochrome sensor needs none

    Raises
    ------
    ImagingError : LibRaw cannot read the frame; with the file's name
    """
    with named(path), opened(path) as raw:
        black = tuple(int(v) for v in raw.black_level_per_channel)
        white = int(raw.white_level)
        candidates = {"camera": raw.camera_whitebalance, "daylight": raw.daylight_whitebalance}
        monochrome = raw.num_colors == 1
        knows_colours = monochrome or bool(raw.color_matrix.any())
        if camera_matrix and raw.num_colors > 3:
            raise ImagingError("its sensor has four colours, of which a camera_matrix says nothing")
        if demosaic == DIRECTIONAL and not is_plain_bayer(raw, black, white):
            demosaic = OTHERWISE
    source, chosen = "none", [1.0, 1.0, 1.0, 1.0]
    if monochrome:
        pass
    elif isinstance(white_balance, str):
        order = {"camera": ("camera", "daylight"), "daylight": ("daylight",), "none": ()}
        for name in order[white_balance]:
            if all(v > 0 for v in candidates[name][:3]):
                source, chosen = name, list(candidates[name])
                break
    else:
        source, chosen = "config", list(white_balance)
    if len(chosen) == 3 or chosen[3] == 0:
        chosen = [*chosen[:3], chosen[1]]
    multipliers = tuple(round(float(v), 6) for v in chosen)
    own = None if monochrome else camera_matrix
    doubts = []
    if not knows_colours and own is None:
        doubts.append(NO_MATRIX)
    if white_balance == "camera" and source != "camera" and not monochrome:
        by_matrix = source == "daylight" and knows_colours
        taken = "that of daylight by the camera's matrix" if by_matrix else "none"
        doubts.append(NO_BALANCE.format(taken=taken))
    return Development(
        demosaic, highlights, colour_space, multipliers, source, black, white, own, tuple(doubts)
    )


def develop(path: Path, development: Development) -> NDArray[np.uint16]:
    """Develop one raw frame, in the sensor's orientation.

    Returns
    -------
    (H, W, 3) uint16 in the colour space of `development`; all three alike for a monochrome sensor

    Raises
    ------
    ImagingError : LibRaw cannot read or decode the frame; with the file's name
    """
    with named(path), opened(path) as raw:
        if development.demosaic == DIRECTIONAL:
            return _develop_here(raw, development)
        pixels = _developed_by_libraw(raw, development)
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        pixels = np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, axis=2)
    return pixels


def _developed_by_libraw(raw: rawpy.RawPy, development: Development) -> NDArray:
    """(H, W, 3) or (H, W, 1), of 16 bits, whatever rawpy's types say."""
    pixels: NDArray = raw.postprocess(**libraw_options(development))
    space, own = development.colour_space, development.camera_matrix
    if space in _OUTPUT and own is None:
        return pixels
    curve = camera_colour.curve(colour.SPACES[space])
    if pixels.ndim == 2 or pixels.shape[2] != 3:
        return curve[pixels]
    there = camera_colour.between(_WIDEST, space) if own is None else _own_matrix(own, space)
    camera_colour.render(pixels, camera_colour.Rendering(there, curve))
    return pixels


def _own_matrix(nine: tuple[float, ...], space: str) -> NDArray[np.float32]:
    return camera_colour.matrix(np.array(nine, np.float32).reshape(3, 3), space)


def libraw_options(development: Development) -> dict[str, Any]:
    """What LibRaw is told, so that it decides nothing by a frame of its own.

    Of a space that it has not, that is for linear light in its widest one; where a matrix takes
    the place of its own, for the camera's colours.
    """
    space = colour.SPACES[development.colour_space]
    has_it = development.colour_space in _OUTPUT and development.camera_matrix is None
    output = _OUTPUT[development.colour_space if has_it else _WIDEST]
    if development.camera_matrix is not None:
        output = rawpy.ColorSpace.raw
    return {
        "demosaic_algorithm": rawpy.DemosaicAlgorithm[development.demosaic],
        "highlight_mode": HIGHLIGHTS[development.highlights],
        "output_color": output,
        "gamma": (space.power, space.slope) if has_it else (1.0, 1.0),
        "output_bps": 16,
        "user_wb": list(development.white_balance),
        "user_black": 0,
        "user_cblack": list(development.black_level),
        # LibRaw takes this level as it is after the black has been subtracted.
        "user_sat": development.white_level - min(development.black_level),
        "no_auto_bright": True,
        "adjust_maximum_thr": 0.0,
        "user_flip": 0,
    }


def _develop_here(raw: rawpy.RawPy, development: Development) -> NDArray[np.uint16]:
    pattern = bayer_pattern(raw)
    if pattern is None:
        raise ImagingError(
            "its sensor values are of another kind than those of the stack's first frame, which "
            "are a Bayer sensor's; was it written by another program?"
        )
    blend = development.highlights == "blend"
    white = development.white_level - min(development.black_level)
    scale, end = camera_colour.scales(development.white_balance, white, blend)
    row, column = (int(place) for place in np.argwhere(pattern == 0)[0])
    space, own = development.colour_space, development.camera_matrix
    return demosaicing.demosaic(
        raw.raw_image_visible,
        (row, column),
        np.array(development.black_level, np.int32)[pattern],
        scale[pattern],
        camera_colour.Rendering(
            _own_matrix(own, space) if own else camera_colour.matrix(raw.color_matrix, space),
            camera_colour.curve(colour.SPACES[space]),
            end,
        ),
    )


def sensor_values(path: Path) -> NDArray[np.uint16]:
    """What the sensor measured, not demosaiced: (H, W), or (H, W, colours) of a linear raw.

    Raises
    ------
    ImagingError : LibRaw cannot read the frame; with the file's name
    """
    with named(path), opened(path) as raw:
        return raw.raw_image_visible.copy()
