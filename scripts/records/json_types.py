"""Whether a value that JSON gave is of a type, and where it is not; types are written as Python's.

A check is made of a type once, and then costs some microseconds: plans read thousands of records.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    NamedTuple,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

# Longer values are cut in messages.
_SHOWN_LETTERS = 60
# Finds what is wrong with a value at a place, in words; "" where nothing is.
Check = Callable[[Any, str], str]


class Where(NamedTuple):
    """What a value is held to beyond its type; `words` follow "must be"."""

    words: str
    holds: Callable[[Any], object]


@cache
def check_of(hint: Any) -> Check:  # noqa: ANN401 - types are values here
    """What checks a value against a type.

    Parameters
    ----------
    hint : str, int, float, list, dict, a TypedDict, `Any`, one of these or None, or one of these
        `Annotated` with the `Where` that it is held to
    """
    kind, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return lambda value, place: ""
    if is_typeddict(hint):
        return _object(hint)
    if kind is NotRequired:
        return check_of(inner[0])
    if kind is Annotated:
        return _held(check_of(inner[0]), inner[1:])
    if kind in (Union, UnionType):
        (other,) = (one for one in inner if one is not NoneType)
        return _unless_none(check_of(other))
    if kind is list:
        return _each(check_of(inner[0]))
    if kind is dict:
        return _mapping(check_of(inner[0]), check_of(inner[1]))
    return _plain(hint)


def _plain(wanted: type) -> Check:
    if wanted is str:
        return lambda value, place: "" if _is_text(value) else _wrong(value, place, "text")
    types = (int, float) if wanted is float else (int,)
    words = "a number" if wanted is float else "a whole number"

    def check(value: Any, place: str) -> str:  # noqa: ANN401
        # JSON's true and false are no numbers, whatever Python says.
        fits = isinstance(value, types) and not isinstance(value, bool)
        return "" if fits else _wrong(value, place, words)

    return check


def _is_text(value: object) -> bool:
    """Whether a value is text; half a character, which no file can hold, is none."""
    if not isinstance(value, str):
        return False
    try:
        return value.isascii() or bool(value.encode())
    except UnicodeEncodeError:
        return False


def _held(below: Check, limits: tuple[Where, ...]) -> Check:
    def check(value: Any, place: str) -> str:  # noqa: ANN401
        if wrong := below(value, place):
            return wrong
        for limit in limits:
            if not _holds(limit, value):
                return _wrong(value, place, limit.words)
        return ""

    return check


def _holds(limit: Where, value: object) -> bool:
    try:
        return bool(limit.holds(value))
    except OverflowError:
        return False


def _unless_none(below: Check) -> Check:
    return lambda value, place: "" if value is None else below(value, place)


def _each(below: Check) -> Check:
    def check(value: Any, place: str) -> str:  # noqa: ANN401
        if not isinstance(value, list):
            return _wrong(value, place, "a list")
        for k, one in enumerate(value):
            if wrong := below(one, f"{place}[{k}]"):
                return wrong
        return ""

    return check


def _mapping(key_check: Check, below: Check) -> Check:
    def check(value: Any, place: str) -> str:  # noqa: ANN401
        if not isinstance(value, dict):
            return _wrong(value, place, "an object")
        for key, one in value.items():
            if wrong := key_check(key, f"{place}, key") or below(one, _inside(place, key)):
                return wrong
        return ""

    return check


def _object(hint: Any) -> Check:  # noqa: ANN401
    hints = get_type_hints(hint, include_extras=True)
    checks = [
        (key, check_of(one), get_origin(one) is not NotRequired) for key, one in hints.items()
    ]

    def check(value: Any, place: str) -> str:  # noqa: ANN401
        if not isinstance(value, dict):
            return _wrong(value, place, "an object")
        for key, below, is_needed in checks:
            if key in value:
                if wrong := below(value[key], _inside(place, key)):
                    return wrong
            elif is_needed:
                return f"{place} lacks {key}".lstrip()
        return ""

    return check


def _inside(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _wrong(value: object, place: str, words: str) -> str:
    return f"{place or 'it'} is {_shown(value)}, but must be {words}"


def _shown(value: object) -> str:
    if isinstance(value, list | dict):
        return "an object" if isinstance(value, dict) else f"a list of {len(value)}"
    text = json.dumps(value)
    return text if len(text) <= _SHOWN_LETTERS else f"{text[:_SHOWN_LETTERS]} …"
