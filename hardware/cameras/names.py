"""The common names of camera settings, and when two ways to write a value mean the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction

from hardware.errors import CameraError


def number(name: str, text: str) -> float | None:
    """What a value of aperture, iso or shutter says: f-number, ISO, seconds; None if nothing.

    Understands `8`, `f/8`, `F8.0`, `1/60`, `0.0167s`, `1/60 s`, `2"5`, `ISO 100`. Cameras write
    bulb as 65535/65535, and the like.
    """
    if name not in ("aperture", "iso", "shutter"):
        return None
    bare = re.sub(r"^(iso|f/?)\s*|\s*s(ec)?$", "", text.strip().lower())
    bare = re.sub(r'^(\d+)"(\d*)$', r"\1.\g<2>0", bare)
    if bare.startswith("65535/"):
        return None
    try:
        return float(Fraction(bare.replace(" ", "")))
    except (ValueError, ZeroDivisionError):
        return None


def same(name: str, left: str, right: str) -> bool:
    """Whether two values mean the same; shutter times to 3 % (cameras round 1/60 and 0.0166)."""
    a, b = number(name, left), number(name, right)
    if a is None or b is None:
        return left.strip().lower() == right.strip().lower()
    return abs(a - b) <= (0.03 if name == "shutter" else 0.001) * max(abs(a), abs(b))


def choose(name: str, wanted: str, choices: Iterable[str]) -> str:
    """The one of a camera's `choices` that means `wanted`.

    `raw` as a format is the choice that is raw and nothing beside it.
    """
    offered = list(choices)
    equal = [choice for choice in offered if same(name, choice, wanted)]
    if equal:
        return min(equal, key=lambda choice: _distance(name, choice, wanted))
    if name == "format" and wanted.lower() == "raw":
        pure = [c for c in offered if re.search(r"\b(c?raw|nef|arw|cr[23])\b", c.lower())]
        pure = [c for c in pure if "+" not in c and "jpeg" not in c.lower()]
        if pure:
            return pure[0]
    raise CameraError(
        f"camera: {name} {wanted!r} is not offered; choices are {', '.join(offered) or 'none'}"
    )


def differing(now: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """What of settings that can be read is not as wanted, as "iso was set to 100, but reads 200".

    Cameras name their raws NEF, ARW, …: whether a frame is raw, the frame tells.
    """
    return [
        f"{name} was set to {value}, but reads {now[name]}"
        for name, value in wanted.items()
        if name in now
        and not same(name, now[name], value)
        and not (name == "format" and value.lower() == "raw")
    ]


def _distance(name: str, left: str, right: str) -> float:
    a, b = number(name, left), number(name, right)
    return 0.0 if a is None or b is None else abs(a - b)
