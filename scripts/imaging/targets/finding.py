"""Where a colour target lies in a picture: found by itself, or told by its corners."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.targets.charts import PATCH, Chart
from imaging.targets.lab import delta_e_2000
from imaging.targets.patches import measure

# Charts that OpenCV knows by the look of them (module mcc); the number of patches tells which.
_KINDS = {(4, 6): cv2.mcc.MCC24, (10, 14): cv2.mcc.SG140}
# A chart is found as well in a smaller picture, and much faster.
_LONG_EDGE_PX = 1600
# Between what was found and a flat chart, in patches: more is no chart.
_FLAT = 0.12
# The median patch of a chart in a badly set picture is off by less, in ΔE2000.
_ALIKE = 20.0
# Of the chart laid flat: px from patch to patch, and how much is around it, in patches.
_FLAT_PX, _AROUND = 48, 0.5
# A patch stands out from the frame by so much, of 255; so many are enough to lay the chart by.
_STANDS_OUT, _ENOUGH = 40.0, 8
_TELL = (
    "tell where it is by `corners`: x,y in px of the outer corners of its corner patches, from the "
    "first patch (A1) on in the direction of the first row, and round"
)


def find(pixels: NDArray[np.uint16], icc: bytes, chart: Chart) -> NDArray[np.float64]:
    """The place of a chart in a picture, whichever way round it lies.

    Parameters
    ----------
    pixels : (H, W, 3) uint16, as people see it (encoded, not linear)
    icc : the profile that says what they mean

    Returns
    -------
    (4, 2) x, y in px of the outer corners of the corner patches, as `Chart.outline` orders them

    Raises
    ------
    ImagingError : none was found
    """
    kind = _KINDS.get((chart.rows, chart.columns))
    if kind is None:
        raise ImagingError(f"a {chart.name} cannot be found by itself; {_TELL}")
    factor = min(1.0, _LONG_EDGE_PX / max(pixels.shape[:2]))
    eight_bits = (pixels >> 8).astype(np.uint8)
    small = cv2.resize(eight_bits, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    detector = cv2.mcc.CCheckerDetector.create()
    detector.setColorChartType(kind)
    if not detector.process(np.ascontiguousarray(small[..., ::-1]), 1):
        raise ImagingError(f"no {chart.name} was found in the picture; {_TELL}")
    quads = np.asarray(detector.getBestColorChecker().getColorCharts(), np.float64)
    centres = quads.reshape(-1, 4, 2).mean(axis=1) / factor
    grid = [(k % chart.columns, k // chart.columns) for k in range(chart.rows * chart.columns)]
    flat = np.array(grid) + PATCH / 2
    if len(centres) != len(flat):
        raise ImagingError(f"no whole {chart.name} was found in the picture; {_TELL}")
    plane, _ = cv2.findHomography(flat, centres)
    back = cv2.perspectiveTransform(centres[None], np.linalg.inv(plane))[0]
    outline = cv2.perspectiveTransform(chart.outline()[None], plane)[0]
    # OpenCV does not begin at the same corner of every chart.
    ways = [outline[order] for order in ([0, 1, 2, 3], [2, 3, 0, 1], [3, 2, 1, 0], [1, 0, 3, 2])]
    off = [_off(pixels, icc, chart, corners) for corners in ways]
    if np.abs(back - flat).max() > _FLAT or min(off) > _ALIKE:
        raise ImagingError(f"what looks like a {chart.name} in the picture is none; {_TELL}")
    return _refined(small.astype(np.uint8), chart, ways[int(np.argmin(off))] * factor) / factor


def _refined(
    picture: NDArray[np.uint8], chart: Chart, corners: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Corners by the patches' own edges, wherever a patch stands out from the frame.

    OpenCV's places lie up to a quarter of a patch beside the picture's, of a large chart.
    """
    outline = (chart.outline() + _AROUND) * _FLAT_PX
    plane = cv2.getPerspectiveTransform(outline.astype(np.float32), corners.astype(np.float32))
    sides = [int((n + 2 * _AROUND) * _FLAT_PX) for n in (chart.width, chart.height)]
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    flat = cv2.warpPerspective(picture, plane, sides, flags=how).astype(np.float32)
    seen, true = [], []
    for centre in (chart.centres() + _AROUND) * _FLAT_PX:
        left, top = np.rint(centre - _FLAT_PX / 2).astype(int)
        place = _middle_of_patch(flat[top : top + _FLAT_PX, left : left + _FLAT_PX])
        if place is not None:
            seen.append(place + [left, top])
            true.append(centre)
    if len(seen) < _ENOUGH:
        return corners
    there = cv2.perspectiveTransform(np.array(seen)[None], plane)[0]
    better, _ = cv2.findHomography(np.array(true), there, cv2.RANSAC, 0.02 * _FLAT_PX)
    return corners if better is None else cv2.perspectiveTransform(outline[None], better)[0]


def _middle_of_patch(window: NDArray[np.float32]) -> NDArray[np.float64] | None:
    """(x, y) in a window of one patch and half the frame around it; None where it is not clear."""
    third = _FLAT_PX // 3
    ink = np.median(window[third:-third, third:-third].reshape(-1, 3), axis=0)
    rim = np.concatenate([window[:2].reshape(-1, 3), window[:, :2].reshape(-1, 3)])
    frame = np.median(rim, axis=0)
    apart = float(np.linalg.norm(ink - frame))
    if apart < _STANDS_OUT:
        return None
    is_patch = np.linalg.norm(window - ink, axis=2) < apart / 2
    middle = []
    for axis in (0, 1):
        along = (
            np.flatnonzero(is_patch[third:-third].mean(0) > 0.5)
            if axis == 0
            else (np.flatnonzero(is_patch[:, third:-third].mean(1) > 0.5))
        )
        # A patch is as wide as it should be, or it is cut off, or what is seen is none.
        if not len(along) or abs(along[-1] - along[0] + 1 - PATCH * _FLAT_PX) > _FLAT_PX / 10:
            return None
        middle.append((along[0] + along[-1]) / 2)
    return np.array(middle)


def _off(
    pixels: NDArray[np.uint16], icc: bytes, chart: Chart, corners: NDArray[np.float64]
) -> float:
    """How unlike the chart's its colours would be, if it lay so."""
    found = measure(pixels, icc, chart, corners)
    return float(np.median(delta_e_2000(found.chart.lab, found.lab)))
