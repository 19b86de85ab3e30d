"""Where a picture that is seen from aside moves: to its own right, by heights, within its crop."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imaging.pictures.crop import Box, Crop, cosine_and_sine

# Exif 2.32, tag Orientation: where the upright picture's right lies in the stored one, x and y.
_RIGHT = {
    **{1: (1, 0), 2: (-1, 0), 3: (-1, 0), 4: (1, 0)},
    **{5: (0, 1), 6: (0, -1), 7: (0, -1), 8: (0, 1)},
}


def rightward(crop: Crop, orientation: int) -> NDArray[np.float64]:
    """Where the right of an upright crop lies in the picture it is of: (2,) float64, x and y.

    Parameters
    ----------
    orientation : 1 to 8, as Exif counts, by which the crop is turned upright
    """
    return crop.matrix[:2, :2] @ np.array(_RIGHT[orientation], np.float64)


def shifts_px(
    heights_um: Sequence[float], middle_um: float, angle_deg: float, pixel_size_um: float
) -> list[float]:
    """How far what lies at each height moves to the right when it is seen from an angle.

    Parameters
    ----------
    heights_um : larger is nearer to the camera
    middle_um : the height that stays where it is
    angle_deg : from straight above; positive as seen from the right, when near things move left
    pixel_size_um : of a px on the object
    """
    cosine, sine = cosine_and_sine(angle_deg)
    return [-sine / cosine * (height - middle_um) / pixel_size_um for height in heights_um]


def crop_seen(crop: Crop, area: Box, shifts: Sequence[float], right: NDArray[np.float64]) -> Crop:
    """What of a crop every frame shows, however far it is shifted to either side.

    A straight crop loses what lies beyond that area; one that is turned loses the longest shift at
    both of its ends.

    Parameters
    ----------
    area : that every shifted frame shows
    shifts : the longest to either side, of each frame
    right : (2,) of `rightward`
    """
    x, y, width, height = crop.box
    if crop.angle_deg:
        margin = int(np.ceil(max(abs(shift) for shift in shifts)))
        across = margin if abs(right @ crop.matrix[:2, 0]) > 0.5 else 0
        down = margin - across
        box = (x + across, y + down, width - 2 * across, height - 2 * down)
        return Crop(box, crop.angle_deg)
    left, top, wide, high = area
    first_x, first_y = max(x, left), max(y, top)
    last_x, last_y = min(x + width, left + wide), min(y + height, top + high)
    return Crop((first_x, first_y, last_x - first_x, last_y - first_y))
