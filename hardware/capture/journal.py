"""The record of a capture: what stands in capture.json, and whether it may be gone on with.

While a capture runs, its record is `capture.journal.json` beside `capture.json`, replaced
whole after every frame. `capture.json` is written when the last frame is in: a workflow
deletes the declared output of a job that failed, and this must not cost the journal.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hardware.bench.state import read_state, write_state
from hardware.errors import RigError
from hardware.frames import DeliveredFrame
from records.files import put_in_place, sha256_file
from records.log import listed

VERSION = 1
# Letters that are safe in file names, and what `folder_name` makes of others in catalogue numbers.
NAME = re.compile(r"(?:[A-Za-z0-9]|=[0-9A-F]{2})(?:[A-Za-z0-9_.+()-]|=[0-9A-F]{2})*")


@dataclass(frozen=True)
class StackFolder:
    """Which stack is captured, and where to."""

    specimen: str
    view: str
    raw: Path
    record: Path

    def __post_init__(self) -> None:
        """Refuse names that make no file name."""
        for what, name in (("specimen", self.specimen), ("view", self.view)):
            if not NAME.fullmatch(name):
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


def begin(stack: StackFolder, about: dict[str, Any]) -> dict[str, Any]:
    """The journal to go on with: that of an earlier session, checked, or a new one.

    `about` has `specimen`, `view`, `plan`, `rig` and `settings`; they must be those of the
    earlier session.
    """
    there = [path for path in (stack.journal(), stack.record) if path.exists()]
    if not there:
        _refuse_unrecorded(stack, set())
        return {"version": VERSION, "status": "partial", **about, "frames": [], "unassigned": []}
    earlier, journal = _read_first(there)
    for key in ("specimen", "view", "plan", "rig", "settings"):
        then, now = journal.get(key), about.get(key)
        if then != now:
            raise RigError(
                f"{earlier}: this stack was begun with another {key}: {_difference(then, now)}. "
                f"Capture with the same {key}, or move {stack.raw.parent} aside and begin anew."
            )
    if void := journal.get("void"):
        raise RigError(
            f"{earlier}: {void}. Move {stack.raw.parent} aside and begin anew; nothing was shot."
        )
    _take_up(stack, journal)
    _refuse_unrecorded(stack, {entry["file"] for entry in journal["frames"]})
    return journal


def frames_there(stack: StackFolder) -> dict[int, tuple[float, Path]]:
    """The frames that were recorded of a stack, by number: where each was taken, µm, and its file.

    Empty where none were; what is damaged is told by who goes on with it (`begin`).
    """
    there = [path for path in (stack.journal(), stack.record) if path.exists()]
    with suppress(RigError):
        frames = _read_first(there)[1]["frames"] if there else []
        return {
            entry["frame"]: (entry["reported_um"], stack.raw / entry["file"]) for entry in frames
        }
    return {}


def _read_first(paths: list[Path]) -> tuple[Path, dict[str, Any]]:
    """The first of these that can be read, and where it is: of two, one may be cut off."""
    for path in paths[:-1]:
        with suppress(RigError):
            return path, read_state(path, "journal")
    return paths[-1], read_state(paths[-1], "journal")


def keep(stack: StackFolder, journal: dict[str, Any]) -> None:
    """Write the journal as it is now."""
    write_state(stack.journal(), journal)


def add(
    stack: StackFolder,
    journal: dict[str, Any],
    position: dict[str, Any],
    path: Path,
    facts: DeliveredFrame,
) -> None:
    """Record a frame, then give its file its name in raw/.

    `position` has its number (`frame`), `asked_um` and `reported_um`. In this order, so that a
    crash between the two leaves a record of a file in .incoming/, which `begin` puts in place,
    and never a file that no record explains.
    """
    exif = {"taken_at": now(), **facts.exif}
    # It says what it is when it is found alone.
    name = f"{stack.specimen}_{stack.view}_{position['frame']:04d}{path.suffix.lower()}"
    entry = {
        "frame": position["frame"],
        "file": name,
        "sha256": facts.sha256,
        "bytes": facts.bytes,
        "asked_um": position["asked_um"],
        "reported_um": position["reported_um"],
        "taken_at": exif.pop("taken_at"),
        "width_px": facts.width_px,
        "height_px": facts.height_px,
        **exif,
        "camera_file": path.name,
    }
    place = path.rename(stack.incoming() / name)
    journal["frames"] = sorted([*journal["frames"], entry], key=lambda known: known["frame"])
    keep(stack, journal)
    _name_raw(place, stack.raw / name)


def _name_raw(waiting: Path, raw: Path) -> None:
    try:
        put_in_place(waiting, raw)
    except FileExistsError as error:
        raise RigError(f"{raw} exists already; a raw is never overwritten") from error


def now() -> str:
    """The present moment as records have it, ISO 8601."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def finish(stack: StackFolder, journal: dict[str, Any]) -> None:
    """Close the record: journal and capture.json say the same from here on."""
    journal["status"] = "complete"
    keep(stack, journal)
    write_state(stack.record, journal)


def _take_up(stack: StackFolder, journal: dict[str, Any]) -> None:
    """Compare what is in raw/ with the journal; put in place what a crash left in .incoming/."""
    present = []
    for entry in journal["frames"]:
        path, waiting = stack.raw / entry["file"], stack.incoming() / entry["file"]
        if not path.exists() and waiting.exists() and _whole(waiting, entry):
            _name_raw(waiting, path)
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
    return path.stat().st_size == entry["bytes"] and sha256_file(path) == entry["sha256"]


def _refuse_unrecorded(stack: StackFolder, recorded: set[str]) -> None:
    names = {path.name for path in stack.raw.iterdir()} if stack.raw.is_dir() else set()
    if foreign := sorted(names - recorded):
        raise RigError(
            f"{stack.raw} holds files that no capture recorded ({listed(foreign, 5)}). "
            "Captured elsewhere? Then import them. "
            "Otherwise move them aside; capture writes into an empty or its own folder only."
        )


def _difference(then: Any, now: Any) -> str:  # noqa: ANN401 - values of JSON
    if isinstance(then, dict) and isinstance(now, dict):
        for key in sorted(then.keys() | now.keys()):
            if then.get(key) != now.get(key):
                return f"{key} was {_difference(then.get(key), now.get(key))}"
    return f"{then!r}, now {now!r}"
