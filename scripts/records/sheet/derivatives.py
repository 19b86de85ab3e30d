"""Which derivatives are made of each master, and which only where somebody asks for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# `made` of a derivative: with each master and archived with it, or when its file is asked for.
ALWAYS, ASKED = "always", "asked"
Derivatives = dict[str, dict[str, Any]]
_OF_A_PICTURE = ("format", "long_edge_px", "quality")
# The settings that count for each step that makes derivatives; others are no options of it.
HEEDED: Mapping[str, tuple[str, ...]] = {
    "derive": (*_OF_A_PICTURE, "colour_space", "scale_bar"),
    "height": ("format",),
    "mesh": (*_OF_A_PICTURE, "error_um"),
    "stereo": (*_OF_A_PICTURE, "colour_space", "angle_deg", "views"),
}


def heeded(step: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Of the settings of a derivative, those that count for the step that makes it."""
    return {key: value for key, value in settings.items() if key in HEEDED[step]}


def left_out_by(name: str) -> str:
    """How a row does without a derivative of all, in words that follow "or"."""
    return f"leave the derivative out of this row by null in a column derive.{name}"


def known(derive: Mapping[str, Any]) -> Derivatives:
    """The settings of all derivatives by name; null in the configuration leaves one out."""
    return {
        name: {key: value for key, value in wanted.items() if key != "made"}
        for name, wanted in derive.items()
        if wanted
    }


def made_always(derive: Mapping[str, Any]) -> Derivatives:
    """The settings of those that are made of each master."""
    return {
        name: wanted
        for name, wanted in known(derive).items()
        if derive[name].get("made", ALWAYS) == ALWAYS
    }


def made_when_asked(derive: Mapping[str, Any]) -> frozenset[str]:
    """Names of those that are made where their file is asked for."""
    return frozenset(known(derive).keys() - made_always(derive).keys())
