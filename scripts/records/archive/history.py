"""How an object came about: its versions, who made them and why, and what each brought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from records.archive.ocfl import Inventory, version_name
from records.layout import RAW, is_companion

# What a version may bring, in the order in which it is told, and how one and many are called.
KINDS = {
    "raw": ("raw frame", "raw frames"),
    "master": ("master", "masters"),
    "depth": ("depth map", "depth maps"),
    "derivative": ("derivative", "derivatives"),
    "strokes": ("file of retouching", "files of retouching"),
    "record": ("record", "records"),
    "companion": ("file about how it was made", "files about how it was made"),
}


@dataclass(frozen=True)
class Version:
    """A version of an object.

    Attributes
    ----------
    name : such as `v2`
    created : when, ISO 8601
    user : who, as the inventory has it; "" where it names nobody
    said : what changed and why, line by line
    new : how many files it brought that no version before had, by kind
    kept : how many of its files were there before
    left_out : names of files of the version before that it has no more
    """

    name: str
    created: str
    user: str
    said: list[str]
    new: dict[str, int]
    kept: int
    left_out: list[str]


def versions_of(inventory: Inventory) -> list[Version]:
    """The versions of an object, in the order in which they were made."""
    versions: list[Version] = []
    known: set[str] = set()
    before: dict[str, str] = {}
    for number in range(1, inventory.head + 1):
        block, state = inventory.version(number), inventory.state(number)
        new = Counter(kind_of(path, state) for path, digest in state.items() if digest not in known)
        said = str(block.get("message", ""))
        versions.append(
            Version(
                version_name(number),
                str(block.get("created", "")),
                str(block.get("user", {}).get("name", "")),
                [line.strip() for line in said.splitlines() if line.strip()],
                {kind: new[kind] for kind in KINDS if new[kind]},
                len(state) - new.total(),
                sorted(before.keys() - state.keys()),
            )
        )
        known |= set(state.values())
        before = state
    return versions


def kind_of(path: str, state: Collection[str]) -> str:
    """Which of `KINDS` a file is, by its logical path and those of all files of its version."""
    if is_companion(path):
        return "companion"
    folder, _, name = path.partition("/")
    if folder == RAW:
        return "raw"
    if folder == "derivatives":
        return "derivative"
    if folder == "retouch":
        return "strokes"
    if folder == "archival" and name.endswith(".tif"):
        # A view may be called "depth": its master has a record of its name.
        has_record = f"{path.removesuffix('.tif')}.json" in state
        return "master" if has_record else "depth"
    return "record"
