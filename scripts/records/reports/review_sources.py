"""What a page on a stack is made from: its working folder, or its object in the archive alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from records.archive.holding import Holding
from records.files import parse_record, read_record
from records.layout import (
    FUSE,
    IMPORT,
    LEDGER,
    QC,
    RAW,
    RECEIPT,
    REFUSED,
    SETTINGS,
    SHEET_ROW,
    TRANSFORMS,
    master_name,
)
from records.sheet.folder_names import catalog_number

# Files of a folder that a page tells of, beside pictures.
_SINGLE = (LEDGER, REFUSED, QC, TRANSFORMS, FUSE, IMPORT, SETTINGS, SHEET_ROW, "capture.json")
_PICTURES = ("archival/*", "derivatives/*", "stack/methods/*.tif", "stack/slabs/*.tif")


@dataclass(frozen=True)
class Sources:
    """Files about one stack, wherever they lie.

    Attributes
    ----------
    files : logical path, as in the stack's folder, → file
    digests : logical path → SHA-256, where it is known without reading
    logs : name of a step's log → file
    cells : of the stack's row of the sheet; empty where it has none
    has_raws : whether there are frames
    is_reduced : whether the archive alone has them
    """

    specimen: str
    view: str
    files: Mapping[str, Path]
    digests: Mapping[str, str] = field(default_factory=dict)
    logs: Mapping[str, Path] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)
    has_raws: bool = False
    is_reduced: bool = False

    @property
    def master(self) -> str:
        """Logical path of the master, without its ending."""
        return master_name(self.specimen, self.view)

    @property
    def catalog_number(self) -> str:
        """The specimen's number as the museum writes it."""
        known = self.cells or self.record(SHEET_ROW, "sheet")
        return str(catalog_number(known, self.specimen))

    def record(self, path: str, kind: str) -> dict[str, Any]:
        """A record by its logical path; empty where there is none.

        Raises
        ------
        RecordError : it is damaged, or of a newer version
        """
        if path not in self.files:
            return {}
        if self.is_reduced:
            return parse_record(self.files[path].read_bytes(), kind, self.files[path])
        return read_record(self.files[path], kind)


def of_folder(stack: Path, logs: Path, cells: Mapping[str, str]) -> Sources:
    """The files of a stack's working folder."""
    names = [*_SINGLE, RECEIPT]
    # What is no file there is told by who reads it.
    files = {name: stack / name for name in names if os.path.lexists(stack / name)}
    for pattern in _PICTURES:
        for path in sorted(stack.glob(pattern)):
            if not path.name.startswith("."):
                files[path.relative_to(stack).as_posix()] = path
    return Sources(
        stack.parent.name,
        stack.name,
        files,
        logs={path.stem: path for path in sorted(logs.glob("*.log"))},
        cells=cells,
        has_raws=(stack / RAW).is_dir(),
    )


def of_object(held: Holding, specimen: str, view: str, cells: Mapping[str, str]) -> Sources:
    """The files of the newest version of an object."""
    files = {path: held.file(path) for path in held.state if not path.startswith(f"{RAW}/")}
    return Sources(
        specimen,
        view,
        files,
        held.state,
        {Path(path).stem: file for path, file in files.items() if path.startswith("logs/")},
        cells,
        has_raws=True,
        is_reduced=True,
    )
