"""The numbers of a frame's red, green and blue as they were measured or stored, for judging one.

Of a raw these are the sensor's, black and white level beside them, before anything is developed:
what is clipped there is lost, whatever a developed picture shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rawpy
from numpy.typing import NDArray

from imaging.frames import camera_colour, photographs
from imaging.frames.colour import SPACES
from imaging.frames.inspection import is_photograph_file
from imaging.frames.raw_reading import named, opened

FULL = 65535


@dataclass(frozen=True)
class Channels:
    """A frame at half its size.

    Attributes
    ----------
    planes : (h, w) uint16 of red, green and blue; of a Bayer sensor one px of each quartet (of its
        two greens the first), of a photograph every second px of every second row
    black, white : values of no light, of each channel, and of all that can be told
    is_linear : whether values go with the light; those of a photograph are encoded for viewing
    to_srgb : (3, 3) float32 from values above black to linear sRGB, white balance included; the
        identity for a photograph
    """

    planes: tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.uint16]]
    black: tuple[int, int, int]
    white: int
    is_linear: bool
    to_srgb: NDArray[np.float32]

    def view(self, longest_px: int) -> NDArray[np.uint8]:
        """A small picture for looking at: (h, w, 3) sRGB, its longer side at most `longest_px`."""
        height, width = self.planes[1].shape
        size = -(-max(height, width) // longest_px)
        light = np.stack([_means(plane, size) for plane in self.planes], axis=-1)
        black = np.array(self.black, np.float32)
        light = (light - black) / (self.white - black)
        if not self.is_linear:
            return (np.clip(light * 255, 0, 255) + 0.5).astype(np.uint8)
        light = np.clip(np.minimum(light, 1) @ self.to_srgb.T, 0, 1)
        table = camera_colour.curve(SPACES["srgb"])
        return (table[(light * FULL).astype(np.uint16)] >> 8).astype(np.uint8)


def read(path: Path) -> Channels:
    """The channels of a raw or a photograph.

    Raises
    ------
    ImagingError : it cannot be read; with the file's name
    """
    if is_photograph_file(path):
        pixels = photographs.read(path).pixels[::2, ::2]
        planes = pixels[..., 0], pixels[..., 1], pixels[..., 2]
        return Channels(planes, (0, 0, 0), FULL, False, np.eye(3, dtype=np.float32))
    with named(path), opened(path) as raw:
        return _of_quartets(raw) if _has_quartets(raw) else _by_libraw(raw)


def _has_quartets(raw: rawpy.RawPy) -> bool:
    pattern = raw.raw_pattern
    return (
        raw.raw_type == rawpy.RawType.Flat
        and pattern is not None
        and pattern.shape == (2, 2)
        and raw.num_colors == 3
        and {0, 1, 2} <= {*pattern.ravel().tolist()}
    )


def _of_quartets(raw: rawpy.RawPy) -> Channels:
    pattern, values = raw.raw_pattern, raw.raw_image_visible
    rows, columns = values.shape[0] // 2, values.shape[1] // 2
    planes, black = [], []
    for colour in range(3):
        row, column = (int(place) for place in np.argwhere(pattern == colour)[0])
        planes.append(values[row::2, column::2][:rows, :columns].copy())
        black.append(int(raw.black_level_per_channel[colour]))
    return Channels(
        (planes[0], planes[1], planes[2]),
        (black[0], black[1], black[2]),
        int(raw.white_level),
        True,
        _to_srgb(raw),
    )


def _by_libraw(raw: rawpy.RawPy) -> Channels:
    """Of a sensor without quartets, LibRaw's own half-size picture in the camera's colours."""
    # Of 16 bits, whatever rawpy's types say.
    pixels: NDArray = raw.postprocess(
        half_size=True,
        output_color=rawpy.ColorSpace.raw,
        gamma=(1.0, 1.0),
        output_bps=16,
        user_wb=[1.0] * 4,
        no_auto_bright=True,
        adjust_maximum_thr=0.0,
        user_flip=0,
    )
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    red, green, blue = (pixels[..., min(k, pixels.shape[2] - 1)] for k in range(3))
    return Channels((red, green, blue), (0, 0, 0), FULL, True, _to_srgb(raw))


def _to_srgb(raw: rawpy.RawPy) -> NDArray[np.float32]:
    if raw.num_colors == 1:
        return np.eye(3, dtype=np.float32)
    known = [raw.camera_whitebalance, raw.daylight_whitebalance, [1.0, 1.0, 1.0]]
    balance = np.array(next(one[:3] for one in known if min(one[:3]) > 0), np.float32)
    matrix = raw.color_matrix[:, :3]
    matrix = matrix if matrix.any() else np.eye(3, dtype=np.float32)
    return (matrix * (balance / balance.min())).astype(np.float32)


def _means(plane: NDArray[np.uint16], size: int) -> NDArray[np.float32]:
    """Means of squares of `size` px; what is left over at the far edges is not shown."""
    rows, columns = (max(1, side // size) for side in plane.shape)
    whole = plane[: rows * size, : columns * size]
    # The rows first: numpy sums long rows far more quickly than small squares.
    parts = np.add.reduceat(whole, np.arange(0, len(whole), size), axis=0, dtype=np.uint32)
    sums = np.add.reduceat(parts, np.arange(0, whole.shape[1], size), axis=1, dtype=np.uint64)
    means = sums / (min(size, plane.shape[0]) * min(size, plane.shape[1]))
    return means.astype(np.float32)
