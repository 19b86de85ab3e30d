"""Tell how objects of the archive came about: each version, when, by whom, why, what it brought.

    python scripts/history.py --object USNM-ENT-01234567/dorsal

It reads the inventories alone; whether files are what they say is asked of `verify.py`.
"""

from __future__ import annotations

from step import run

import argparse
from collections.abc import Iterator
from datetime import datetime

from reading import add_archive, find_folders, find_root, going_on, refuse_failed
from records.archive.history import KINDS, Version, versions_of
from records.archive.holding import name_of
from records.archive.ocfl import read_inventory
from records.log import listed
from records.text import cleaned

# So many files that a version has no more are named; more are counted.
NAMED = 3


def main(argv: list[str]) -> None:
    """Tell of each object asked for; one that cannot be read is named, and the others are told."""
    options = arguments().parse_args(argv)
    failed: list[str] = []
    for folder in find_folders(find_root(options), options.object):
        with going_on(name_of(folder), failed):
            inventory = read_inventory(folder)
            print("\n".join(told(inventory.identifier, versions_of(inventory))), flush=True)
    refuse_failed(failed, "told of")


def told(identifier: str, versions: list[Version]) -> Iterator[str]:
    """The lines about an object, the first version first."""
    count = f"{len(versions)} versions" if len(versions) > 1 else "1 version"
    yield f"{cleaned(identifier)}: {count}"
    for version in versions:
        who = f", {cleaned(version.user)}" if version.user else ""
        yield f"  {version.name}  {moment(version.created)}{who}"
        yield from (f"      {cleaned(line)}" for line in version.said)
        yield f"      {brought(version)}"
        if version.left_out:
            gone = listed(map(cleaned, version.left_out), NAMED)
            yield f"      no longer in it: {gone}"


def brought(version: Version) -> str:
    """What a version brought, in a line: `new: 7 raw frames, 1 master; 20 files as before`."""
    new = [f"{count} {KINDS[kind][count > 1]}" for kind, count in version.new.items()]
    kept = f"{version.kept} file{'s' if version.kept > 1 else ''} as before" if version.kept else ""
    return "; ".join(part for part in (f"new: {', '.join(new)}" if new else "", kept) if part)


def moment(created: str) -> str:
    """A time of an inventory in that of this machine; as it stands there if it is none."""
    try:
        return f"{datetime.fromisoformat(created).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return cleaned(created) or "at a time that is not told"


def arguments() -> argparse.ArgumentParser:
    """The command line of this script."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_archive(parser)
    return parser


if __name__ == "__main__":
    run(main)
