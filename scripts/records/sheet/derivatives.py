"""Which derivatives are made of each master, and which only where somebody asks for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# `made` of a derivative: with each master and archived with it, or when its file is asked for.
ALWAYS, ASKED = "always", "asked"
Derivatives = dict[str, dict[str, Any]]


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
