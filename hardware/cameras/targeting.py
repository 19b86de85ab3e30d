"""Autofocus once on a place of the picture, by the names that libgphoto2 has for it.

How the place is written, and in what measure, differs by maker (libgphoto2's
camlibs/ptp2/config.c, and the dumps of bodies beside it). A body whose measure is not known is not
offered as one that can.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from hardware.errors import CameraError

# What the place is set by, what measures it, and how the body focuses.
MODES = ("focusmode", "focusmode2", "liveviewaffocus")
MANUAL = re.compile(r"manual( focus)?|mf( \(.*\))?|preset mf", re.IGNORECASE)
ONCE = re.compile(r"one ?shot|af-s|single(-servo)?( af)?|automatic|af-a", re.IGNORECASE)
# Canon and Sony focus while half pressed, and tell no end of it: so long.
HALF_PRESS_S = 2.5
# Of Canon's picture, the box that is magnified and focused on; placed by its corner.
BOX = 5
# Sony's places are those of a touch screen.
SONY_PX = (640, 480)

Widgets = Mapping[str, dict[str, Any]]


@dataclass(frozen=True)
class Way:
    """How a maker's bodies are told to focus on a place.

    Attributes
    ----------
    place : widget that takes the place
    size : gives width and height that places are measured by, None where not told
    written : the place's text from x and y (0 to 1) and that size
    drive : widget that begins to focus when set to 1
    end : widget and value that let go after `HALF_PRESS_S`; None where `drive` waits itself
    area : widget and choice that have the body heed the place, where one is needed
    """

    place: str
    size: Callable[[Widgets], tuple[int, int] | None]
    written: Callable[[float, float, tuple[int, int]], str]
    drive: str
    end: tuple[str, str] | None = None
    area: tuple[str, str] | None = None


def _canon_size(widgets: Widgets) -> tuple[int, int] | None:
    found = re.search(r"size=(\d+)x(\d+)", str(widgets.get("focusinfo", {}).get("value", "")))
    return (int(found[1]), int(found[2])) if found else None


def _canon_place(x: float, y: float, size: tuple[int, int]) -> str:
    corner = (
        round(min(max(part * length - length / BOX / 2, 0), length - length / BOX))
        for part, length in zip((x, y), size, strict=True)
    )
    return ",".join(map(str, corner))


def _nikon_size(widgets: Widgets) -> tuple[int, int] | None:
    """Of the whole sensor: the largest picture that the body offers."""
    sizes = [
        (int(found[1]), int(found[2]))
        for choice in widgets.get("imagesize", {}).get("choices", ())
        if (found := re.fullmatch(r"(\d+)x(\d+)", choice))
    ]
    return max(sizes, default=None)


WAYS = (
    Way(
        "eoszoomposition",
        _canon_size,
        _canon_place,
        "autofocusdrive",
        ("cancelautofocus", "1"),
    ),
    Way(
        "changeafarea",
        _nikon_size,
        lambda x, y, size: f"{round(x * (size[0] - 1))}x{round(y * (size[1] - 1))}",
        "autofocusdrive",
    ),
    Way(
        "spotfocusarea",
        lambda _: SONY_PX,
        lambda x, y, size: f"{round(x * (size[0] - 1))},{round(y * (size[1] - 1))}",
        "autofocus",
        ("autofocus", "0"),
        ("focusarea", "Flexible Spot: M"),
    ),
)
WIDGETS = (
    *(name for way in WAYS for name in (way.place, way.drive)),
    *("focusinfo", "imagesize", "cancelautofocus", "focusarea", *MODES),
)


class Found(NamedTuple):
    """A way that a body has, the size it measures by, and what must be set for it before."""

    way: Way
    size: tuple[int, int]
    modes: dict[str, str]
    before: dict[str, str]


def way_of(seen: Iterable[dict[str, Any]]) -> Found | None:
    """How a body is told to focus on a place; None where it cannot be, as it is set now.

    Parameters
    ----------
    seen : what the body has of `WIDGETS`: name, value, choices, read_only
    """
    widgets = {entry["name"]: entry for entry in seen}
    modes, before = {}, {}
    for name in MODES:
        widget = widgets.get(name)
        if widget is None or not MANUAL.fullmatch(widget["value"]):
            continue
        once = [choice for choice in widget["choices"] if ONCE.fullmatch(choice)]
        if widget["read_only"] or not once:
            return None  # A switch on the lens or the body.
        modes[name], before[name] = once[0], widget["value"]
    for way in WAYS:
        size = way.size(widgets)
        if way.place in widgets and way.drive in widgets and size is not None:
            if way.area and way.area[0] in widgets:
                name, wanted = way.area
                if wanted not in widgets[name]["choices"]:
                    continue
                modes[name], before[name] = wanted, widgets[name]["value"]
            return Found(way, size, modes, before)
    return None


def focus_once(
    found: Found,
    put: Callable[[str, str], None],
    wait: Callable[[float], None],
    x: float,
    y: float,
) -> None:
    """Focus once on a place, and leave the body as it was.

    Parameters
    ----------
    put : sets a widget by name
    wait : lets the camera go on for so many seconds
    x, y : the place, 0 to 1 from the left and from the top

    Raises
    ------
    CameraError : the place is outside, or the body does not focus there
    """
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise CameraError(f"camera: {x:g}, {y:g} is no place of the picture (0 to 1)")
    way = found.way
    try:
        for name, value in found.modes.items():
            put(name, value)
        put(way.place, way.written(x, y, found.size))
        try:
            put(way.drive, "1")
            if way.end:
                wait(HALF_PRESS_S)
        finally:
            if way.end:
                put(*way.end)
    finally:
        for name, value in found.before.items():
            put(name, value)
