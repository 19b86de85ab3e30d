"""What a version of an object holds, what a stack holds now, and how the two differ in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from records import layout
from records.archive.holding import Holding
from records.archive.package import Package, read_fact
from records.files import sha256_file
from records.layout import EXTERNAL_RECORD, STROKES
from records.log import listed
from records.provenance import comparison, crate_facts
from records.retouching import by_hand
from records.retouching.strokes import Stroke

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
    strokes : id → stroke of a person's brush
    external : what is known of a picture that another program gave back
    """

    digests: Mapping[str, str]
    settings: Mapping[str, dict]
    row: Mapping[str, str]
    software: Mapping[str, str]
    strokes: Mapping[str, Stroke] = field(default_factory=dict)
    external: Mapping[str, str] = field(default_factory=dict)


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
    words += by_hand.what_changed(before.strokes, after.strokes, before.external, after.external)
    words += [f"sheet: {change}" for change in comparison.setting_changes(before.row, after.row)]
    told = bool(words)
    for verb, paths in found.items():
        others = [path for path in paths if not path.startswith("raw/")]
        if others:
            words.append(
                f"{len(others)} files {verb}" if told else f"{verb} {listed(others, LISTED)}"
            )
    return words


def of_version(held: Holding) -> Contents:
    """The contents of an object's newest version."""
    return Contents(
        {
            path: digest
            for path, digest in held.state.items()
            if path not in layout.FACTS and not layout.is_companion(path)
        },
        held.record(layout.SETTINGS, "settings"),
        held.record(layout.SHEET_ROW, "sheet"),
        crate_facts.software_of(held.crate()),
        by_hand.strokes_in(held.file(STROKES) if STROKES in held.state else None),
        held.record(EXTERNAL_RECORD, "external"),
    )


def of_package(package: Package, software: Mapping[str, str], holostack: str) -> Contents:
    """The contents of a stack in its working folder.

    Parameters
    ----------
    software : name → version of what its steps ran on
    holostack : version of Holostack
    """
    return Contents(
        {
            path: package.expected.get(path) or sha256_file(file)
            for path, file in package.files.items()
            if path not in layout.FACTS
        },
        read_fact(package.stack / layout.SETTINGS),
        read_fact(package.stack / layout.SHEET_ROW),
        {**software, crate_facts.HOLOSTACK: holostack},
        by_hand.strokes_in(package.files.get(STROKES)),
        by_hand.external_in(package.files.get(EXTERNAL_RECORD)),
    )
