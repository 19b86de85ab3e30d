"""What the retouching page may ask for, and what stands in the body of each.

A body is JSON of somebody's making: it is taken apart here, and what is not understood is told in a
sentence. What makes a stroke, `config/schemas/strokes.schema.json` says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from records.errors import RecordError

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_MOST_NAMES = 1000
# Of a stroke, as the page sends it; its source is the name of one that the stack has.
_STROKE = {"id", "source", "mode", "match", "brush", "person", "time", "reason"}
DEEDS = (
    *("pen", "draw", "finish", "forget", "undo", "redo", "confirm"),
    *("reason", "source", "heal", "make"),
)
# Of these a body has one name.
_OF_ONE = ("reason", "source", "heal")
_MOST_LETTERS = {"reason": 2000, "person": 200, "time": 40}


@dataclass(frozen=True)
class Asked:
    """What a page asks for.

    Attributes
    ----------
    page : its own name, while it is open
    take : it wants the pen though another has it
    leave : it ends
    names : of strokes
    stroke : without its path, for `draw`
    first, points, of : see `Painted.draw`
    source : the name of another one, for `source`
    reason, person, time : for `reason`
    """

    page: str
    take: bool = False
    leave: bool = False
    names: tuple[str, ...] = ()
    stroke: dict[str, Any] | None = None
    first: int = 0
    points: tuple[tuple[float, float], ...] = ()
    of: int | None = None
    source: str = ""
    reason: str = ""
    person: str = ""
    time: str = ""


def read(deed: str, body: object) -> Asked:
    """What a body asks for.

    Raises
    ------
    RecordError : it is not understood
    """
    if deed not in DEEDS:
        raise RecordError(f"retouching: {deed!r} is nothing that can be asked for; load the page")
    if not isinstance(body, dict):
        raise RecordError(f"{deed}: wants an object")
    page = _name(body.get("page"), f"{deed}: page")
    if deed == "pen":
        return Asked(page, take=body.get("take") is True, leave=body.get("leave") is True)
    if deed == "draw":
        return _draw(page, body)
    if deed == "make":
        return Asked(page)
    names = body.get("names")
    if not isinstance(names, list) or len(names) > _MOST_NAMES:
        raise RecordError(f"{deed}: names is a list of strokes' ids, at most {_MOST_NAMES}")
    asked = Asked(page, names=tuple(_name(one, f"{deed}: a stroke's id") for one in names))
    if deed in _OF_ONE and len(asked.names) != 1:
        raise RecordError(f"{deed}: is of one stroke")
    if deed == "source":
        return replace(asked, source=_name(body.get("source"), "source: its name"))
    if deed == "reason":
        reason, person, time = (_text(body.get(name), name) for name in _MOST_LETTERS)
        return replace(asked, reason=reason, person=person, time=time)
    return asked


def _draw(page: str, body: dict[str, Any]) -> Asked:
    stroke, points, of = body.get("stroke"), body.get("path_px"), body.get("of")
    if not isinstance(stroke, dict) or stroke.keys() != _STROKE:
        raise RecordError(f"draw: stroke is an object with {', '.join(sorted(_STROKE))}")
    _name(stroke["id"], "draw: id")
    _name(stroke["source"], "draw: source")
    if not isinstance(points, list) or not all(map(_is_point, points)):
        raise RecordError("draw: path_px is a list of points, each x and y in px")
    first = body.get("from")
    if not _is_count(first) or not (of is None or _is_count(of)):
        raise RecordError("draw: from and of are numbers of points")
    return Asked(
        page,
        stroke=stroke,
        first=int(first or 0),
        points=tuple((float(x), float(y)) for x, y in points),
        of=of,
    )


def _is_point(point: object) -> bool:
    return (
        isinstance(point, list)
        and len(point) == 2
        and all(type(side) in (int, float) and abs(side) <= 1e6 for side in point)
    )


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= 1_000_000


def _text(value: object, name: str) -> str:
    most = _MOST_LETTERS[name]
    if not isinstance(value, str) or len(value) > most or not value.isprintable():
        raise RecordError(f"reason: {name} is a line of at most {most} letters")
    return value


def _name(value: object, what: str) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise RecordError(f"{what} is 1 to 64 letters, digits, dots, dashes")
    return value
