"""Where the order of a stack's frames rests on letters in their names, which may not mean it.

Numbers are counted. Letters are only spelled: `aa` comes before `z`, the hexadecimal `0a` before
`08`, `IX` before `V`, and of two series in one folder one is put behind the other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from records.ledger.frame_names import Part, composed, read_names
from records.ledger.numbering import in_camera_order
from records.text import escaped

_HEXADECIMAL = re.compile("[0-9a-f]{2,}|[0-9A-F]{2,}")


def order_by_letters(names: Iterable[str]) -> str | None:
    """What a person should be asked about the order of these names; None where numbers say it.

    Single letters that follow each other say it too, and a name that goes on as the one before it
    does: `a` `b` `c`, `12a` `12b` `13a`, `image` `image (1)`.
    """
    ordered = in_camera_order(names)
    read = read_names(ordered)
    if _are_hexadecimal([composed(name) for name in ordered]):
        return (
            f"the names, such as {escaped(ordered[0])} and {escaped(ordered[-1])}, look like "
            "hexadecimal numbers, which are not read as such"
        )
    kinds = Counter(_kind(read[name]) for name in ordered)
    for before, after in pairwise(ordered):
        first, second = read[before], read[after]
        if _kind(first) != _kind(second) and not _goes_on(first, second, kinds):
            return (
                f"{escaped(after)} comes after {escaped(before)} by the letters of their names "
                "alone"
            )
    return None


def _kind(parts: tuple[Part, ...]) -> tuple[str | None, ...]:
    return tuple(part.casefold() if isinstance(part, str) else None for part in parts)


def _goes_on(
    first: tuple[Part, ...], second: tuple[Part, ...], kinds: Counter[tuple[str | None, ...]]
) -> bool:
    """Whether names of two kinds follow each other by more than the letters they differ in."""
    at = next(
        (k for k, (a, b) in enumerate(zip(first, second)) if _spelled(a) != _spelled(b)),
        min(len(first), len(second)),
    )
    a, b = (parts[at] if at < len(parts) else "" for parts in (first, second))
    if a == "" or not (isinstance(a, str) or isinstance(b, str)):
        # `7` and `7b`, `12c` and `13a`.
        return True
    if not (isinstance(a, str) and isinstance(b, str)):
        return False
    a, b = a.casefold(), b.casefold()
    if b.startswith(a) and kinds[_kind(first)] == 1:
        return True
    follows = len(a) == len(b) and [ord(y) - ord(x) for x, y in zip(a, b) if x != y] == [1]
    alone = kinds[_kind(first)] == kinds[_kind(second)] == 1
    return follows and (alone or any(not isinstance(part, str) for part in first[:at]))


def _spelled(part: Part) -> object:
    return part.casefold() if isinstance(part, str) else part.value


def _are_hexadecimal(stems: list[str]) -> bool:
    """Whether what differs in names of one length is digits in some and has letters in others."""
    if len(stems) < 3 or len({len(one) for one in stems}) > 1:
        return False
    differing = [k for k, letters in enumerate(zip(*stems)) if len(set(letters)) > 1]
    if not differing:
        return False
    cut = [one[differing[0] : differing[-1] + 1] for one in stems]
    if len(cut[0]) < 2 and differing[0]:
        # Only the last digit differs: the one before it belongs to the number.
        cut = [one[differing[0] - 1 : differing[-1] + 1] for one in stems]
    with_letters = [one for one in cut if not one.isdigit()]
    return all(_HEXADECIMAL.fullmatch(one) for one in cut) and 0 < len(with_letters) < len(cut)
