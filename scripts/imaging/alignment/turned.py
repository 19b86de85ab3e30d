"""Why a frame matches no other: it may be upside down, mirrored or a negative."""

from __future__ import annotations

from collections.abc import Callable

from imaging.alignment.detail import Detail, prepare
from imaging.alignment.pair import register_pair
from imaging.alignment.stack import Alignment

# A stack of which more frames match no other has another fault.
MOST_EXPLAINED = 5
LEAST_CORRELATION = 0.5
# In a picture as a camera or a program may have stored it by mistake.
_WAYS: dict[str, Callable] = {
    "upside down": lambda light: light[::-1, ::-1],
    "mirrored": lambda light: light[:, ::-1],
    "mirrored upside down": lambda light: light[::-1],
    "a negative": lambda light: light.max() - light,
}


def turned_frames(
    load: Callable[[int], Detail], alignment: Alignment
) -> dict[int, tuple[str, float]]:
    """Of the frames that match no other, by position, those that are turned; as `how_turned`."""
    turned = {}
    for k in [*alignment.failed, *alignment.strangers][:MOST_EXPLAINED]:
        near = min(alignment.members, key=lambda member: abs(member - k))
        if how := how_turned(load(k), load(near)):
            turned[k] = how
    return turned


def how_turned(detail: Detail, near: Detail) -> tuple[str, float] | None:
    """How a frame would match another one of its stack.

    Parameters
    ----------
    detail : of a frame that matches no other
    near : of a frame near to it

    Returns
    -------
    "upside down", "mirrored", "mirrored upside down" or "a negative", with the correlation that
    the frame has so; None where it matches in none of these ways
    """
    best: tuple[str, float] | None = None
    for way, turn in _WAYS.items():
        turned = detail.light._replace(luminance=turn(detail.light.luminance).copy())
        correlation = register_pair(near, prepare(turned), "similarity").correlation
        if correlation >= LEAST_CORRELATION and (best is None or correlation > best[1]):
            best = way, correlation
    return best
