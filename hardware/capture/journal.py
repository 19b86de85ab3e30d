"""The record of a capture: what stands in capture.json, and whether it may be gone on with.

While a capture runs, its record is `capture.journal.json` beside `capture.json`, replaced
whole after every frame. `capture.json` is written when the last frame is in: a workflow
deletes the declared output of a job that failed, and this must not cost the journal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardware.errors import RigError
from hardware.files import put_in_place, read_json, sha256_of, write_json

VERSION = 1


@dataclass(frozen=True)
class Stack:
    """Which stack is captured, and where to."""

    specimen: str
    view: str
    raw: Path
    record: Path

    def __post_init__(self) -> None:
        """Refuse names that make no file name."""
        for what, name in (("specimen", self.specimen), ("view", self.view)):
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.+()-]*", name):
                raise RigError(
                    f"{what}: {name!r} is part of file names; allowed are letters, digits and "
                    "- _ . + ( ), beginning with a letter or digit"
                )

    def journal(self) -> Path:
        """The record while capture runs."""
        return self.record.with_name(f"{self.record.stem}.journal{self.record.suffix}")

    def incoming(self) -> Path:
        """Where files stay until they are checked."""
        return self.raw.parent / ".incoming"

    def unassigned(self) -> Path:
        """Where files go that are no frame of the stack; nothing is thrown away."""
        return self.raw.parent / "unassigned"

    def file_name(self, frame: int, suffix: str) -> str:
        """Name of a frame in raw/; it says what it is when it is found alone."""
        return f"{self.specimen}_{self.view}_{frame:04d}{suffix}"


def begin(stack: Stack, about: dict[str, Any]) -> dict[str, Any]:
    """The journal to go on with: that of an earlier session, checked, or a new one.

    `about` has `specimen`, `view`, `plan`, `rig` and `settings`; they must be those of the
    earlier session.
    """
    earlier = next((p for p in (stack.journal(), stack.record) if p.exists()), None)
    if earlier is None:
        _refuse_unrecorded(stack, set())
        return {"version": VERSION, "status": "partial", **about, "frames": [], "unassigned": []}
    journal = read_json(earlier)
    for key in ("specimen", "view", "plan", "rig", "settings"):
        then, now = journal.get(key), about.get(key)
        if then != now:
            raise RigError(
                f"{earlier}: this stack was begun with another {key}: {_difference(then, now)}. "
                f"Capture with the same {key}, or move {stack.raw.parent} aside and begin anew."
            )
    _take_up(stack, journal)
    _refuse_unrecorded(stack, {entry["file"] for entry in journal["frames"]})
    return journal


def keep(stack: Stack, journal: dict[str, Any]) -> None:
    """Write the journal as it is now."""
    write_json(stack.journal(), journal)


def add(stack: Stack, journal: dict[str, Any], entry: dict[str, Any], source: Path) -> None:
    """Record a frame, then give its file its name in raw/.

    In this order, so that a crash between the two leaves a record of a file in .incoming/,
    which `begin` puts in place, and never a file that no record explains.
    """
    place = stack.incoming() / entry["file"]
    source.rename(place)
    journal["frames"] = sorted([*journal["frames"], entry], key=lambda known: known["frame"])
    keep(stack, journal)
    put_in_place(place, stack.raw / entry["file"])


def finish(stack: Stack, journal: dict[str, Any]) -> None:
    """Close the record: journal and capture.json say the same from here on."""
    journal["status"] = "complete"
    keep(stack, journal)
    write_json(stack.record, journal)


def _take_up(stack: Stack, journal: dict[str, Any]) -> None:
    """Compare what is in raw/ with the journal; put in place what a crash left in .incoming/."""
    present = []
    for entry in journal["frames"]:
        path, waiting = stack.raw / entry["file"], stack.incoming() / entry["file"]
        if not path.exists() and waiting.exists() and _whole(waiting, entry):
            put_in_place(waiting, path)
        if path.exists():
            if not _whole(path, entry):
                raise RigError(
                    f"{path} is not the file that was captured: its SHA-256 differs from the "
                    "record. Restore it from a copy, or move the stack's folder aside."
                )
            if waiting.exists() and _whole(waiting, entry):
                waiting.unlink()
            present.append(entry)
    if len(present) < len(journal["frames"]):
        journal["status"] = "partial"
    journal["frames"] = present


def _whole(path: Path, entry: dict[str, Any]) -> bool:
    if path.stat().st_size != entry["bytes"]:
        return False
    return sha256_of(path) == entry["sha256"]


def _refuse_unrecorded(stack: Stack, recorded: set[str]) -> None:
    found = sorted(path.name for path in stack.raw.iterdir()) if stack.raw.is_dir() else []
    foreign = [name for name in found if name not in recorded]
    if foreign:
        raise RigError(
            f"{stack.raw} holds files that no capture recorded ({', '.join(foreign[:5])}"
            f"{', …' if len(foreign) > 5 else ''}). Captured elsewhere? Then import them. "
            "Otherwise move them aside; capture writes into an empty or its own folder only."
        )


def _difference(then: Any, now: Any) -> str:  # noqa: ANN401 - values of JSON
    if isinstance(then, dict) and isinstance(now, dict):
        for key in sorted(then.keys() | now.keys()):
            if then.get(key) != now.get(key):
                return f"{key} was {_difference(then.get(key), now.get(key))}"
    return f"{then!r}, now {now!r}"
