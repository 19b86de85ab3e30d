"""What a body does by itself, and must not while a stack is shot: focus, wait, repeat, meter.

Each is read by the names that libgphoto2 has for it, maker by maker (camlibs/ptp2/config.c, and
the dumps of 124 bodies beside it), set where the body offers what is wanted, and otherwise
refused. What a body does not tell over the cable is left to the person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from hardware.errors import CameraError


@dataclass(frozen=True)
class Automatic:
    """Something that a body does by itself.

    Attributes
    ----------
    name : in `camera.allow` of rig.yaml
    widgets : libgphoto2's names of it; of several that a body has, one that is calm is enough
    calm : matches a value with which the body does not, whatever the case
    does : what it would do, after "the camera"
    remedy : what a person does about it
    """

    name: str
    widgets: tuple[str, ...]
    calm: re.Pattern[str]
    does: str
    remedy: str


def _matching(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


AUTOMATICS = (
    # Canon tells the switch of the lens as Manual, and lets nobody set it.
    Automatic(
        "autofocus",
        ("focusmode", "focusmode2"),
        _matching(r"manual|mf( \(\w+\))?|preset mf"),
        "focuses by itself",
        "Set body and lens to manual focus (MF)",
    ),
    Automatic(
        "drive",
        ("drivemode", "capturemode"),
        _matching(r"single( shot| frame| silent)?|quiet release"),
        "takes more than one frame, or waits (self-timer, burst, mirror-up)",
        "Set the drive mode to single frames",
    ),
    Automatic(
        "bracketing",
        ("aeb", "bracketing"),
        _matching("off"),
        "changes the exposure from frame to frame",
        "Switch bracketing off",
    ),
    Automatic(
        "exposure",
        ("autoexposuremode", "autoexposuremodedial", "shootingmode", "expprogram"),
        _matching("m|manual"),
        "chooses aperture or exposure time by itself",
        "Set the mode dial to M",
    ),
    Automatic(
        "stabilisation",
        ("imagestabilization",),
        _matching("off"),
        "moves the picture to steady it",
        "Switch the image stabiliser off",
    ),
)
# Whether libgphoto2 has a Nikon focus before each release. It keeps this for the user, so that it
# is touched only where the body is to stay at autofocus.
FOCUS_FIRST = Automatic(
    "autofocus",
    ("autofocus",),
    _matching("off"),
    "focuses before each release",
    "Set body and lens to manual focus (MF)",
)
WIDGETS = tuple(widget for automatic in (*AUTOMATICS, FOCUS_FIRST) for widget in automatic.widgets)
# Lenses with a stabiliser, by what their makers put into the names.
STABILISED = re.compile(r"\b(IS|VR|OSS|OIS|VC|OS)\b")


@dataclass(frozen=True)
class Widget:
    """A setting of a body as libgphoto2 tells it; `choices` are empty where none are offered."""

    name: str
    value: str
    choices: tuple[str, ...] = ()
    read_only: bool = False


def switch_off(
    look: Callable[[], Iterable[dict[str, Any]]],
    put: Callable[[str, str], None],
    allowed: Collection[str] = (),
) -> None:
    """Set what can be set so that the body does nothing by itself.

    Parameters
    ----------
    look : gives what the body has of `WIDGETS`, as dictionaries of `Widget`
    put : sets a widget by name; CameraError where the body does not let it
    allowed : names of those that are left as they are

    Raises
    ------
    CameraError : something stays on; the message says what, how it is set, and what to do
    """
    for automatic, widget in _on(look(), allowed):
        calm = [choice for choice in widget.choices if automatic.calm.fullmatch(choice)]
        if not calm or widget.read_only:
            continue
        try:
            put(widget.name, calm[0])
        except CameraError:
            continue  # A dial or a switch is in the way: told below, by what it reads.
    left = _on(look(), allowed)
    if left:
        names = dict.fromkeys(automatic.name for automatic, _ in left)
        raise CameraError(
            "camera: " + " ".join(_sentence(*both) for both in left) + " Where it is meant so, or "
            "the body tells it wrongly (a lens without contacts), write camera.allow: "
            f"[{', '.join(names)}]."
        )


def left_on(seen: Iterable[dict[str, Any]], allowed: Collection[str] = ()) -> list[str]:
    """What is on among the widgets seen, a sentence each; nothing is set."""
    return [_sentence(*both) for both in _on(seen, allowed)]


def _on(seen: Iterable[dict[str, Any]], allowed: Collection[str]) -> list[tuple[Automatic, Widget]]:
    widgets = {
        entry["name"]: Widget(
            entry["name"], str(entry["value"]), tuple(entry["choices"]), entry["read_only"]
        )
        for entry in seen
    }
    on = []
    for automatic in AUTOMATICS:
        has = [widgets[name] for name in automatic.widgets if name in widgets]
        told = [widget for widget in has if _tells(widget)]
        calm = any(automatic.calm.fullmatch(widget.value) for widget in told)
        if not calm and automatic.name not in allowed:
            on += [(automatic, widget) for widget in told]
    first = widgets.get("autofocus")
    if FOCUS_FIRST.name in allowed and first is not None and "Off" in first.choices:
        on += [(FOCUS_FIRST, first)] if first.value != "Off" else []
    return on


def _tells(widget: Widget) -> bool:
    """Whether a value has a meaning: libgphoto2 numbers those that it does not know."""
    value = widget.value.strip().lower()
    return value not in ("", "undefined") and not value.startswith("unknown value")


def _sentence(automatic: Automatic, widget: Widget) -> str:
    return f"it {automatic.does} ({widget.name} is {widget.value}). {automatic.remedy}."
