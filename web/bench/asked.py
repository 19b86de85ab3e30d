"""What the page may ask for: its names, and what stands in the body of each.

A body is JSON of somebody's making: it is taken apart here into what the bench's own functions
take, and what is not understood is told in a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hardware.errors import RigError

MOST_LETTERS = 200
MOST_SETTINGS = 30
# In µm, a kilometre: what is larger, or is not a number, is none that is meant.
LARGEST = 1e9


class NotUnderstood(RigError):
    """What a page asked for is not what the bench takes."""


def read(name: str, body: object) -> dict[str, Any]:
    """The arguments of what is asked.

    Parameters
    ----------
    name : what is asked for, one of `ASKED`
    body : what came with it, as JSON was read

    Returns
    -------
    By their names; None for a number that is left out and may be.

    Raises
    ------
    NotUnderstood : there is no such name, or the body is not what it takes
    """
    if name not in ASKED:
        raise NotUnderstood(
            f"bench: {name!r} is nothing that can be asked for; the page is of "
            "another version: load it again"
        )
    if not isinstance(body, dict):
        raise NotUnderstood(f"{name}: wants an object, such as {{}}")
    takes = ASKED[name]
    if takes is SETTINGS:
        return {"settings": _settings(name, body)}
    unknown = sorted(body.keys() - takes.keys())
    if unknown:
        raise NotUnderstood(f"{name}: takes {', '.join(takes) or 'nothing'}, not {unknown[0]!r}")
    return {field: kind(f"{name}: {field}", body.get(field)) for field, kind in takes.items()}


def _number(what: str, value: object) -> float:
    # For Python, true is a number.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        raise NotUnderstood(f"{what} is a number, not {value!r:.40}")
    return float(value)


def _number_or_none(what: str, value: object) -> float | None:
    return None if value is None else _number(what, value)


def _whole(what: str, value: object) -> int:
    number = _number(what, value)
    if number != int(number):
        raise NotUnderstood(f"{what} is a whole number, not {value!r:.40}")
    return int(number)


def _share(what: str, value: object) -> float:
    number = _number(what, value)
    if not 0 <= number <= 1:
        raise NotUnderstood(f"{what} lies between 0 and 1, and is {number:g}")
    return number


def _text(what: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > MOST_LETTERS:
        raise NotUnderstood(f"{what} is a text of at most {MOST_LETTERS} letters")
    if not value.isprintable():
        raise NotUnderstood(f"{what} holds letters that do not show: {value!r:.60}")
    return value


def _settings(name: str, body: Mapping[str, object]) -> dict[str, str]:
    if len(body) > MOST_SETTINGS:
        raise NotUnderstood(f"{name}: takes at most {MOST_SETTINGS} at once")
    return {
        _text(f"{name}: a setting's name", setting): _text(f"{name}: {setting}", value)
        for setting, value in body.items()
    }


# Instead of fields: any name, with a text.
SETTINGS: dict[str, Any] = {}
ASKED: dict[str, dict[str, Any]] = {
    "jog": {"distance_um": _number},
    "goto": {"position_um": _number},
    "here": {"position_um": _number},
    "home": {},
    "unlock": {},
    "pose": {"view": _text},
    "start": {"position_um": _number_or_none},
    "end": {"position_um": _number_or_none},
    "stop": {},
    "pause": {},
    "go_on": {},
    "answer": {},
    "reopen": {},
    "shot": {},
    "sweep": {},
    "sweep_accept": {},
    "plan": {"start_um": _number_or_none, "end_um": _number_or_none, "step_um": _number_or_none},
    "capture": {},
    "focus": {"steps": _whole},
    "focus_at": {"x": _share, "y": _share},
    "settings": SETTINGS,
    "specimen": {"text": _text},
    "view": {"view": _text},
    "next": {},
    "read_label": {},
    "run": {"stack": _text},
}
