"""What an object of the archive holds in a version, read where it lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from records import layout
from records.archive import ocfl
from records.archive.ocfl import Inventory
from records.errors import RecordError
from records.files import parse_record
from records.provenance.crate_facts import read_crate


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
        return self.folder / self.inventory.content_path(self.state[path])

    def record(self, path: str, kind: str) -> dict[str, Any]:
        """A record of a kind by its logical path; empty where the version has none."""
        if path not in self.state:
            return {}
        place = self.file(path)
        try:
            return parse_record(place.read_bytes(), kind, place)
        except OSError as error:
            raise RecordError(f"{place}: cannot be read: {error.strerror}") from None

    def crate(self) -> dict[str, Any]:
        """The provenance of the version; empty where it has none."""
        return read_crate(self.file(layout.CRATE)) if layout.CRATE in self.state else {}

    def master_path(self) -> str:
        """Logical path of the master's record; empty where the object is no focus stack."""
        found = [path for path in self.state if layout.is_master_record(path)]
        return found[0] if found else ""

    def master(self) -> dict[str, Any]:
        """The record of the master.

        Raises
        ------
        RecordError
            It does not say what every master's record says.
        """
        path = self.master_path()
        known = self.record(path, "master")
        missing = {"file", "specimen", "view", "sha256"} - known.keys()
        if missing or f"archival/{known['file']}" not in self.state:
            raise RecordError(
                f"{self.file(path)}: is no record of a master in this object"
                + (f": {min(missing)} is missing" if missing else "")
            )
        return known


def open_holding(folder: Path) -> Holding:
    """Read the inventory in an object's folder."""
    inventory = ocfl.read_inventory(folder)
    return Holding(folder, inventory, inventory.state())


def name_of(folder: Path) -> str:
    """The id of an object as its folder's name tells it, be its inventory damaged or not."""
    return unquote(folder.name)
