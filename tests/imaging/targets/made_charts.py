"""Pictures of colour targets that are what they should be, or off by what is asked for."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.virtual.dng import Facts, dng_bytes
from hardware.virtual.sensor import BLACK, NEUTRAL, WHITE
from imaging.frames import colour
from imaging.targets import lab
from imaging.targets.charts import PATCH, Chart

# Where a chart lies in a picture of 900 x 640 px: turned, and seen from aside.
CORNERS = np.array([[110.0, 95.0], [790.0, 70.0], [815.0, 540.0], [90.0, 565.0]])
SIZE = (900, 640)
FRAME_LIGHTNESS = 12.0


def encoded(values: NDArray[np.float64], space: str = "adobe-rgb") -> NDArray[np.uint16]:
    """L*a*b* as 16-bit values of a colour space."""
    light = lab.xyz_of_lab(values) @ np.linalg.inv(lab.colorants(colour.profile(space))).T
    shares = colour.encode(colour.SPACES[space], np.clip(light, 0.0, 1.0))
    return np.rint(shares * 65535.0).astype(np.uint16)


def chart_picture(
    chart: Chart,
    off: NDArray[np.float64] | None = None,
    space: str = "adobe-rgb",
    corners: NDArray[np.float64] = CORNERS,
    size: tuple[int, int] = SIZE,
) -> NDArray[np.uint16]:
    """A picture of a chart in a dark frame.

    Parameters
    ----------
    off : (N, 3) what is added to the true L*a*b* of each patch
    """
    colours = chart.lab if off is None else chart.lab + off
    picture = np.empty((size[1], size[0], 3), np.uint16)
    picture[:] = encoded(np.array([FRAME_LIGHTNESS, 0.0, 0.0]), space)
    plane = cv2.getPerspectiveTransform(
        chart.outline().astype(np.float32), corners.astype(np.float32)
    )
    half = PATCH / 2
    square = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    for centre, ink in zip(chart.centres(), encoded(colours, space), strict=True):
        quad = cv2.perspectiveTransform((centre + square)[None], plane)[0]
        cv2.fillPoly(picture, [np.rint(quad).astype(np.int32)], [int(value) for value in ink])
    return picture


def chart_raw(
    path: Path,
    chart: Chart,
    exposure: float = 0.9,
    sees: NDArray[np.float64] | None = None,
    taken_at: str = "2026-03-14 10:00:00",
) -> Path:
    """A DNG of a chart, as a camera whose file says that it sees as sRGB does.

    Parameters
    ----------
    exposure : what white is, of the sensor's range
    sees : (3, 3) what the camera makes of linear sRGB in truth
    """
    icc = colour.profile("prophoto")
    xyz = lab.linear(chart_picture(chart, space="prophoto"), icc) @ lab.colorants(icc).T
    light = xyz @ np.linalg.inv(lab.colorants(None)).T
    if sees is not None:
        light = light @ np.asarray(sees).T
    light = np.clip(light, 0.0, None) * exposure * np.array(NEUTRAL) / max(NEUTRAL)
    mosaic = np.empty(light.shape[:2])
    for row, column, channel in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        mosaic[row::2, column::2] = light[row::2, column::2, channel]
    values = np.rint(BLACK + np.clip(mosaic, 0, 1) * (WHITE - BLACK)).astype(np.uint16)
    facts = Facts("Maker", "Body", "1", "Lens", 60, 8, 0.01, 100, taken_at.replace("-", ":"), "x")
    path.write_bytes(dng_bytes(values, facts))
    return path
