"""Which derivatives are made of each master, and which only where somebody asks for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from records.layout import OWN_ENDINGS

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
# Of these, what counts in a file of each format; `format` and `made` always do.
_OF_STILLS = ("long_edge_px", "colour_space", "scale_bar")
_OF_PAIRS = ("long_edge_px", "quality", "colour_space", "angle_deg")
_OF_PROJECTIONS = ("long_edge_px", "quality", "colour_space")
_COUNTS_IN: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("png", "tiff"), _OF_STILLS),
    **dict.fromkeys(("jpeg", "webp", "avif"), (*_OF_STILLS, "quality")),
    **dict.fromkeys(("height", "height-16"), ()),
    **{"glb": ("long_edge_px", "quality", "error_um"), "ply": ("long_edge_px", "error_um")},
    **dict.fromkeys(("stereo-parallel", "stereo-crossed", "anaglyph"), _OF_PAIRS),
    "rocking-gif": ("long_edge_px", "angle_deg", "views"),
    "rocking-webp": ("long_edge_px", "quality", "angle_deg", "views"),
    **dict.fromkeys(("central", "orthographic", "photogrammetry"), _OF_PROJECTIONS),
}


def needless(derive: Mapping[str, Any], inherited: Mapping[str, Any]) -> list[str]:
    """Settings that count for nothing in a file of their derivative's format, by key.

    Parameters
    ----------
    inherited : the derivatives below these: who names another format there keeps what they say
    """
    return [
        f"derive.{name}.{key} is {value!r}, but counts for nothing in the format "
        f"{wanted['format']}, which has "
        f"{', '.join(['made', *_COUNTS_IN[wanted['format']]])}; leave it out"
        for name, wanted in derive.items()
        for key, value in (wanted or {}).items()
        if key not in ("format", "made", *_COUNTS_IN[wanted["format"]])
        and (inherited.get(name) or {}).get(key) != value
    ]


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


def without_heights(derivatives: Derivatives) -> Derivatives:
    """Those of a stack that has one frame, of which no depth is known."""
    return {
        name: wanted for name, wanted in derivatives.items() if wanted["format"] not in OWN_ENDINGS
    }


def made_when_asked(derive: Mapping[str, Any]) -> frozenset[str]:
    """Names of those that are made where their file is asked for."""
    return frozenset(known(derive).keys() - made_always(derive).keys())
