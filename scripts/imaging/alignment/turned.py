"""Why a frame matches no other: it may be upside down, mirrored or a negative."""

from __future__ import annotations

from collections.abc import Callable

from imaging.alignment.detail import View, prepare
from imaging.alignment.pair import register_pair

LEAST_CORRELATION = 0.5
# In a picture as a camera or a program may have stored it by mistake.
_WAYS: dict[str, Callable] = {
    "upside down": lambda light: light[::-1, ::-1],
    "mirrored": lambda light: light[:, ::-1],
    "mirrored upside down": lambda light: light[::-1],
    "a negative": lambda light: light.max() - light,
}


def how_turned(view: View, other: View) -> tuple[str, float] | None:
    """How a frame would match another one of its stack.

    Parameters
    ----------
    view : of a frame that matches no other
    other : of a frame near to it

    Returns
    -------
    "upside down", "mirrored", "mirrored upside down" or "a negative", with the correlation that
    the frame has so; None where it matches in none of these ways
    """
    best: tuple[str, float] | None = None
    for way, turn in _WAYS.items():
        turned = prepare(turn(view.luminance).copy(), view.binning, view.shape, view.thumbnail)
        _, correlation, _ = register_pair(other, turned, "similarity")
        if correlation >= LEAST_CORRELATION and (best is None or correlation > best[1]):
            best = way, correlation
    return best
