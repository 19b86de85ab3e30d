"""What a version of an object holds, what a stack holds now, and how the two differ in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from records import layout
from records.archive import package
from records.archive.ocfl import Inventory
from records.files import parse_record, sha256_file
from records.log import listed
from records.provenance import comparison, crate, runs

# More files than this are counted in a message, not listed.
LISTED = 4


@dataclass(frozen=True)
class Contents:
    """What a version holds, or a stack that may become one.

    Attributes
    ----------
    digests : logical path → SHA-256
    settings : of the steps, by section and key
    row : the stack's row of the sheet
    software : name → version of what the steps ran on
    """

    digests: Mapping[str, str]
    settings: Mapping[str, dict]
    row: Mapping[str, str]
    software: Mapping[str, str]


def what_changed(before: Contents, after: Contents) -> list[str]:
    """What differs, in words: raws, settings, software and the sheet one by one, and the files.

    Raws are always named. Other files are named where nothing else tells why they changed, and
    else counted.
    """
    was, now = before.digests, after.digests
    found = {
        "added": sorted(now.keys() - was.keys()),
        "removed": sorted(was.keys() - now.keys()),
        "changed": sorted(path for path in was.keys() & now.keys() if was[path] != now[path]),
    }
    words = [
        f"{verb} {listed(raws, LISTED)}"
        for verb, paths in found.items()
        if (raws := [path for path in paths if path.startswith("raw/")])
    ]
    words += comparison.setting_changes(before.settings, after.settings)
    words += comparison.software_changes(before.software, after.software)
    words += [f"sheet: {change}" for change in comparison.setting_changes(before.row, after.row)]
    told = bool(words)
    for verb, paths in found.items():
        others = [path for path in paths if not path.startswith("raw/")]
        if others:
            words.append(
                f"{len(others)} files {verb}" if told else f"{verb} {listed(others, LISTED)}"
            )
    return words


def of_version(folder: Path, inventory: Inventory) -> Contents:
    """The contents of an object's newest version, which lies in `folder`."""
    state = inventory.state()

    def fact(name: str) -> dict:
        if name not in state:
            return {}
        path = folder / inventory.content_path(state[name])
        return parse_record(path.read_bytes(), layout.FACTS[name], path)

    known = {}
    if layout.CRATE in state:
        known = package.read_crate(folder / inventory.content_path(state[layout.CRATE]))
    return Contents(
        {
            path: digest
            for path, digest in state.items()
            if path not in layout.FACTS and not layout.is_companion(path)
        },
        fact(layout.SETTINGS),
        fact(layout.SHEET_ROW),
        crate.software_of(known),
    )


def of_stack(
    folder: Path, stack: package.Package, steps: Sequence[runs.Run], holostack: str
) -> Contents:
    """The contents of a stack in its working folder.

    Parameters
    ----------
    steps : that made it
    holostack : version of Holostack
    """
    return Contents(
        {
            path: stack.expected.get(path) or sha256_file(file)
            for path, file in stack.files.items()
            if path not in layout.FACTS
        },
        package.read_fact(folder / layout.SETTINGS),
        package.read_fact(folder / layout.SHEET_ROW),
        runs.software_of(steps) | {crate.HOLOSTACK: holostack},
    )
