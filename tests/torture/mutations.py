"""What may become of a file: bytes lost, turned and added, and JSON that says something else."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

FORGED = "a\nerror: forged\x1b[2J\x00\u202e"
# Of each type, and of each what a reader may not have thought of.
VALUES: tuple[Any, ...] = (
    *(None, True, False, "", "x", FORGED, "\ud800", "../../x", "/", ".", "x" * 100_000, "=1+1"),
    *(-1, 0, 1, 2**31, 2**63, 10**40, -0.0, 0.5, 1e308, -1e308, float("nan"), float("inf")),
    *([], [[]], [None], [1, 2, 3], [[0.0] * 3] * 3, ["x"], [{}], {}, {"x": 1}, {"": []}),
)
BYTES = (
    b"\x00",
    b"\xff",
    b"\n",
    b'"',
    b"{",
    b"[" * 50_000,
    b"\xef\xbb\xbf",
    b"\x1b[2J",
    b"9" * 5000,
)


def mutated_bytes(content: bytes, chance: random.Random) -> bytes:
    """A file cut, with some bits turned, something added or doubled, or in another encoding."""
    at, length = chance.randrange(len(content) + 1), chance.choice((1, 2, 16, 512))
    way = chance.randrange(7)
    if way == 0:
        return content[:at]
    if way == 1:
        turned = bytearray(content)
        for _ in range(chance.choice((1, 1, 4, 64)) if content else 0):
            turned[chance.randrange(len(turned))] ^= 1 << chance.randrange(8)
        return bytes(turned)
    if way == 2:
        return content[:at] + chance.choice(BYTES) + content[at:]
    if way == 3:
        return content[:at] + content[at + length :]
    if way == 4:
        return content[:at] + content[at : at + length] * chance.choice((2, 50)) + content[at:]
    if way == 5:
        return content[:at] + bytes(length) + content[at + length :]
    return content.decode("utf-8", "replace").encode(
        chance.choice(("utf-16", "utf-32", "cp1252")), "replace"
    )


def mutated_json(content: bytes, chance: random.Random) -> bytes:
    """JSON of which one value or two are gone, doubled, or others; now and then no JSON at all."""
    if chance.random() < 0.15:
        return mutated_bytes(content, chance)
    whole = {"": json.loads(content)}
    for _ in range(chance.choice((1, 1, 1, 2))):
        _change(whole, chance)
    text = json.dumps(whole.get(""), indent=chance.choice((None, 2)))
    if chance.random() < 0.05 and text.startswith("{") and ":" in text:
        # A key twice, the second time with something else.
        key = text.split('"')[1]
        text = f'{text.rstrip()[:-1]}, "{key}": {json.dumps(chance.choice(VALUES))}}}'
    return text.encode()


def _change(whole: dict[str, Any], chance: random.Random) -> None:
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        keys = value.keys() if isinstance(value, dict) else range(len(value))
        for key in keys:
            places.append((value, key))
            if isinstance(value[key], dict | list):
                walk(value[key])

    walk(whole)
    if not places:
        return
    # The outermost is changed as often as others, and no more.
    inside, key = chance.choice(places)
    way = chance.randrange(5)
    if way == 0:
        del inside[key]
    elif way == 1 and isinstance(inside[key], list) and inside[key]:
        inside[key].append(copy.deepcopy(chance.choice(inside[key])))
    elif way == 2:
        other, there = chance.choice(places)
        if there in other if isinstance(other, dict) else there < len(other):
            inside[key] = copy.deepcopy(other[there])
    elif way == 3 and isinstance(inside[key], dict):
        inside[key][chance.choice(("x", "", FORGED))] = copy.deepcopy(chance.choice(VALUES))
    else:
        inside[key] = copy.deepcopy(chance.choice(VALUES))


def mutated_table(content: bytes, chance: random.Random) -> bytes:
    """A CSV file of which one cell or more are others; now and then no CSV at all."""
    if chance.random() < 0.3:
        return mutated_bytes(content, chance)
    rows = [line.split(",") for line in content.decode().splitlines()]
    for _ in range(chance.choice((1, 1, 2, 5))):
        row = chance.choice(rows)
        value = chance.choice(VALUES)
        text = value if isinstance(value, str) else json.dumps(value)
        row[chance.randrange(len(row))] = chance.choice((text, '"' + text.replace('"', '""') + '"'))
    return "\n".join(map(",".join, rows)).encode("utf-8", "surrogatepass") + b"\n"
