"""Whether a raw holds the plain values of a Bayer sensor, so that it can be demosaiced here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import rawpy

from imaging.frames import camera_colour
from imaging.frames.bayer_pattern import bayer_pattern

_EVEN = (1.0, 1.0, 1.0, 1.0)


def is_plain_bayer(raw: rawpy.RawPy, black: Sequence[int], white: int) -> bool:
    """Whether LibRaw takes a raw's values as they stand for a Bayer sensor's.

    It mends those of some cameras before it demosaics and turns those of others; which, is in its
    code alone. So it is asked for a picture of whole quartets, without any interpolation.
    """
    pattern = bayer_pattern(raw)
    if pattern is None:
        return False
    values = raw.raw_image_visible
    quartets = raw.postprocess(
        half_size=True,
        output_color=rawpy.ColorSpace.raw,
        gamma=(1.0, 1.0),
        output_bps=16,
        user_wb=list(_EVEN),
        user_black=0,
        user_cblack=list(black),
        user_sat=white - min(black),
        no_auto_bright=True,
        adjust_maximum_thr=0.0,
        user_flip=0,
    )
    height, width = (side // 2 for side in values.shape)
    if quartets.shape[:2] != tuple((side + 1) // 2 for side in values.shape):
        return False
    scale, _ = camera_colour.scales(_EVEN, white - min(black), blend=False)
    wanted = np.zeros((height, width, 3), np.int32)
    for row, column in np.ndindex(2, 2):
        which = int(pattern[row, column])
        light = values[row::2, column::2][:height, :width].astype(np.int32) - black[which]
        light = np.minimum(np.maximum(light, 0).astype(np.float32) * scale[which], 65535)
        wanted[..., which if which < 3 else 1] += light.astype(np.int32)
    wanted[..., 1] //= 2
    return np.array_equal(quartets[:height, :width], wanted)
