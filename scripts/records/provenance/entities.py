"""Entities of JSON-LD, of which a crate is made."""

from __future__ import annotations

import json
from urllib.parse import quote


def entity(identifier: str, kind: str | list[str], /, **about: object) -> dict:
    """An entity without the properties that are empty: what is not known is left out."""
    known = {
        key: value[0] if isinstance(value, list) and len(value) == 1 else value
        for key, value in about.items()
        if value not in ("", None, [], {})
    }
    return {"@id": identifier, "@type": kind, **known}


def ref(identifier: str) -> dict[str, str]:
    """A reference to an entity."""
    return {"@id": identifier}


def uri(path: str) -> str:
    """The identifier of a file by its logical path."""
    return quote(path)


def value_id(step: str, name: str) -> str:
    """The identifier of the value that a step was given for a parameter."""
    return f"#value-{quote(f'{step}-{name}', safe='')}"


def plain(value: object) -> str | int | float | bool:
    """A parameter's value as JSON-LD takes it; a list or mapping in the words of JSON."""
    if isinstance(value, str | bool | int | float):
        return value
    return json.dumps(value, sort_keys=True)
