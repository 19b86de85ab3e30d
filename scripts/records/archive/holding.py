"""What an object of the archive holds in a version, read where it lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from records import layout
from records.archive import ocfl
from records.archive.inside import read_inside
from records.archive.ocfl import Inventory
from records.errors import RecordError
from records.provenance.crate_facts import read_crate
from records.record import parse_record, told_name
from records.sheet.folder_names import specimen_of


@dataclass(frozen=True)
class Holding:
    """The newest version of an object.

    Attributes
    ----------
    folder : of the object
    inventory : of the object
    state : logical path → SHA-256 of every file of the version
    """

    folder: Path
    inventory: Inventory
    state: dict[str, str]

    def file(self, path: str) -> Path:
        """Where the content of a logical path lies."""
        return self.inventory.content_file(self.folder, self.state[path])

    def record(self, path: str, kind: str) -> dict[str, Any]:
        """A record of a kind by its logical path; empty where the version has none."""
        if path not in self.state:
            return {}
        name = self.inventory.content_path(self.state[path])
        return parse_record(read_inside(self.folder, name), kind, self.folder / name)

    def crate(self) -> dict[str, Any]:
        """The provenance of the version; empty where it has none."""
        return read_crate(self.file(layout.CRATE)) if layout.CRATE in self.state else {}

    def master_path(self) -> str:
        """Logical path of the master's record; empty where the object is no focus stack."""
        found = [path for path in self.state if layout.is_master_record(path)]
        if len(found) > 1:
            raise RecordError(
                f"{self.folder}: holds records of several masters, {', '.join(found)}; "
                "an object of Holostack holds one"
            )
        return found[0] if found else ""

    def master(self) -> dict[str, Any]:
        """The record of the master.

        Raises
        ------
        RecordError
            It does not say what every master's record says, or is of another stack than the object.
        """
        path = self.master_path()
        known = self.record(path, "master")
        missing = {"file", "specimen", "view", "sha256"} - known.keys()
        if missing or f"archival/{known['file']}" not in self.state:
            raise RecordError(
                f"{self.file(path)}: is no record of a master in this object"
                + (f": {min(missing)} is missing" if missing else "")
            )
        told_name(known["file"], self.file(path))
        if not isinstance(known.get("depth"), dict | None):
            raise RecordError(f"{self.file(path)}: what it says of a depth map is no record")
        self.refuse_other_stack()
        return known

    def refuse_other_stack(self) -> None:
        """Refuse an object of which a record is that of another specimen or view.

        Raises
        ------
        RecordError
            Its master's record or its row of the sheet is of another stack than its id.
        """
        path, row = self.master_path(), self.record(layout.SHEET_ROW, "sheet")
        told: dict[str, tuple[object, object]] = {}
        if row:
            told[layout.SHEET_ROW] = (specimen_of(row), row.get("view"))
        if path:
            record = self.record(path, "master")
            told[path] = (record.get("specimen"), record.get("view"))
        for name, (specimen, view) in told.items():
            if not is_id_of(self.inventory.identifier, specimen, view):
                raise RecordError(
                    f"{self.inventory.identifier}: its {name} is of specimen {specimen!r}, view "
                    f"{view!r}, of another stack than the object; nothing of it is believed: bring "
                    "it back from another copy of the archive"
                )


def is_id_of(identifier: str, specimen: object, view: object) -> bool:
    """Whether an id is that of a stack, with Holostack's prefix or one of the archive's own."""
    # With a slash in one of them, one id would be that of two stacks.
    if not all(
        isinstance(name, str) and "/" not in name and name not in ("", ".", "..")
        for name in (specimen, view)
    ):
        return False
    stack = f"{specimen}/{view}"
    if identifier.startswith(ocfl.ID_PREFIX):
        return identifier == f"{ocfl.ID_PREFIX}{stack}"
    # Where a prefix ends is known to who chose it.
    return identifier.endswith(stack)


def open_holding(folder: Path) -> Holding:
    """Read the inventory in an object's folder, which must be where its object belongs."""
    inventory = ocfl.read_inventory(folder)
    ocfl.refuse_misplaced(folder, inventory.identifier)
    return Holding(folder, inventory, inventory.state())


def name_of(folder: Path) -> str:
    """The id of an object as its folder's name tells it, be its inventory damaged or not."""
    return unquote(folder.name)
