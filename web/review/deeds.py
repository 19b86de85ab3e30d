"""What a page may ask to be done: its names, what stands in the body of each, who does it.

A body is JSON of somebody's making: it is taken apart here, and what is not understood is told in a
sentence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from imaging.pictures.crop import MOST_DEG, Crop
from records.errors import RecordError
from web.review.acknowledged import acknowledge
from web.review.choosing import METHODS, Choice, choose
from web.review.names import Stack, Stacks
from web.review.preview import Previews

MOST_LETTERS, MOST_FRAMES = 1000, 5000
# No picture has so many px a side.
LARGEST_PX = 1_000_000

Deed = Callable[[Stacks, Stack, Mapping[str, Any]], object]
# By name: what stands in the body beside the stack, and what does it.
Deeds = Mapping[str, tuple[tuple[str, ...], Deed]]


class NotUnderstood(RecordError):
    """What a page asked for is not what is taken here."""


def stack_of(stacks: Stacks, name: str, body: object, takes: tuple[str, ...]) -> Stack:
    """The stack that a body is about, once it holds nothing else than it may.

    Raises
    ------
    NotUnderstood, UnknownName : it is none, or of no stack
    """
    if not isinstance(body, dict):
        raise NotUnderstood(f'{name}: wants an object, such as {{"stack": "A-1/dorsal"}}')
    if unknown := sorted(body.keys() - {"stack", *takes}):
        raise NotUnderstood(f"{name}: takes stack, {', '.join(takes)}, not {unknown[0]!r:.40}")
    return stacks.named(body.get("stack"))


def text(what: str, value: object) -> str:
    """A text of one line."""
    if not isinstance(value, str) or len(value) > MOST_LETTERS or not value.isprintable():
        raise NotUnderstood(f"{what} is one line of at most {MOST_LETTERS} letters")
    return value


def whole(what: str, value: object) -> int:
    """A whole number from 0 on."""
    # For Python, true is a number.
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise NotUnderstood(f"{what} is a whole number, not {value!r:.40}")
    if not 0 <= value <= LARGEST_PX:
        raise NotUnderstood(f"{what} lies between 0 and {LARGEST_PX}, and is {value:g}")
    return int(value)


def box(what: str, value: object) -> tuple[int, int, int, int]:
    """A rectangle: x, y, width and height in px."""
    if not isinstance(value, list) or len(value) != 4:
        raise NotUnderstood(f"{what} is [x, y, width, height] in px")
    x, y, width, height = (whole(what, number) for number in value)
    return x, y, width, height


def rectangle(what: str, value: object) -> Crop:
    """A crop: x, y, width and height in px, and the degrees by which it is turned if it is."""
    if not isinstance(value, list) or len(value) != 5:
        return Crop(box(what, value))
    *sides, angle = value
    if isinstance(angle, bool) or not isinstance(angle, int | float) or not abs(angle) <= MOST_DEG:
        raise NotUnderstood(f"{what} is turned by degrees from -180 to 180, not {angle!r:.40}")
    # One that is turned may lie in a picture that it left if it were straight.
    x, y = (whole(what, abs(side)) * (-1 if side < 0 else 1) for side in map(_number, sides[:2]))
    width, height = (whole(what, side) for side in sides[2:])
    return Crop((x, y, width, height), round(float(angle), 4) + 0.0)


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else math.nan


def frames(what: str, value: object) -> tuple[int, ...]:
    """Numbers of frames."""
    if not isinstance(value, list) or len(value) > MOST_FRAMES:
        raise NotUnderstood(f"{what} is a list of numbers of frames")
    return tuple(whole(what, number) for number in value)


def _acknowledge(stacks: Stacks, stack: Stack, body: Mapping[str, Any]) -> None:
    code = text("acknowledge: what", body.get("what"))
    acknowledge(stacks, stack, code, text("acknowledge: reason", body.get("reason")))


def _choose(stacks: Stacks, stack: Stack, body: Mapping[str, Any]) -> None:
    crop, excluded, method = (body.get(name) for name in ("crop", "exclude", "method"))
    given = Choice(
        crop if isinstance(crop, str | None) else rectangle("choose: crop", crop),
        None if excluded is None else frames("choose: exclude", excluded),
        None if method is None else text("choose: method", method),
    )
    choose(stacks, stack, given)


DEEDS: Deeds = {
    "acknowledge": (("what", "reason"), _acknowledge),
    "choose": (("crop", "exclude", "method"), _choose),
}


def of_previews(previews: Previews) -> Deeds:
    """What may be asked of quick fuses."""

    def begin(_: Stacks, stack: Stack, body: Mapping[str, Any]) -> dict[str, int]:
        methods = body.get("methods") or []
        if not isinstance(methods, list) or len(methods) > len(METHODS):
            raise NotUnderstood("preview: methods is a list of some names")
        named = [text("preview: methods", method) for method in methods]
        excluded = frames("preview: exclude", body.get("exclude") or [])
        place = None if body.get("place") is None else box("preview: place", body["place"])
        return {"preview": previews.begin(stack, named, excluded, place)}

    def cancel(_: Stacks, stack: Stack, body: Mapping[str, Any]) -> None:
        previews.cancel(stack)

    return {"preview": (("methods", "exclude", "place"), begin), "cancel": ((), cancel)}


def do(stacks: Stacks, name: str, body: object, deeds: Deeds = DEEDS) -> object:
    """Do what a page asks for, one of `deeds`.

    Raises
    ------
    RecordError : it is refused, and why; `NotUnderstood` or `UnknownName` where it is none
    """
    if name not in deeds:
        raise NotUnderstood(
            f"{name!r:.40} is nothing that can be asked for; the page is of another version: load "
            "it again"
        )
    takes, deed = deeds[name]
    return deed(stacks, stack_of(stacks, name, body, takes), body if isinstance(body, dict) else {})
