"""The order in which people count file names: frame 2 before frame 10."""

from __future__ import annotations

import re


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key under which runs of digits compare as numbers and case does not matter.

    Names that differ in case or leading zeros alone still have one fixed order.
    """
    parts = re.findall(r"\d+|\D+", name)
    key = tuple(
        (0, int(part), "") if part.isdecimal() and part.isascii() else (1, 0, part.casefold())
        for part in parts
    )
    return (*key, (2, 0, name))


def last_number(name: str) -> tuple[str, int] | None:
    """What stands before the last number of a name without its ending, and that number."""
    found = re.fullmatch(r"(.*?)(\d+)\D*", name.rsplit(".", 1)[0], re.ASCII)
    return (found[1], int(found[2])) if found else None
