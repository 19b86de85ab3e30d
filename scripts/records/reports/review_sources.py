"""What a page on a stack is made from: its working folder, or its object in the archive alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from records.archive.holding import Holding
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
from records.log import Log, read_log
from records.record import parse_record, read_record
from records.sheet.folder_names import catalog_number

# Files of a folder that a page tells of, beside pictures.
_SINGLE = (LEDGER, REFUSED, QC, TRANSFORMS, FUSE, IMPORT, SETTINGS, SHEET_ROW, "capture.json")
# Folders of pictures, with the ending of what is one.
_PICTURES = {"archival": "", "derivatives": "", "stack/methods": ".tif", "stack/slabs": ".tif"}


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
    _read: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

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
        """A record by its logical path, read once; empty where there is none.

        Raises
        ------
        RecordError : it is damaged, or of a newer version
        """
        if path not in self.files:
            return {}
        if path not in self._read:
            file = self.files[path]
            self._read[path] = (
                parse_record(file.read_bytes(), kind, file)
                if self.is_reduced
                else read_record(file, kind)
            )
        return dict(self._read[path])

    def log(self, step: str) -> Log:
        """The log of a step, read once."""
        name = f"{step}.log"
        if name not in self._read:
            self._read[name] = read_log(self.logs[step])
        log: Log = self._read[name]
        return log


def of_folder(stack: Path, logs: Path, cells: Mapping[str, str]) -> Sources:
    """The files of a stack's working folder."""
    names = [*_SINGLE, RECEIPT]
    # What is no file there is told by who reads it.
    files = {name: stack / name for name in names if os.path.lexists(f"{stack}/{name}")}
    for folder, ending in _PICTURES.items():
        for name in _names(f"{stack}/{folder}"):
            if name.endswith(ending):
                files[f"{folder}/{name}"] = stack / folder / name
    return Sources(
        stack.parent.name,
        stack.name,
        files,
        logs={
            name.removesuffix(".log"): logs / name
            for name in _names(str(logs))
            if name.endswith(".log")
        },
        cells=cells,
        has_raws=(stack / RAW).is_dir(),
    )


def _names(folder: str) -> list[str]:
    """What lies in a folder, hidden things aside, in order; nothing where there is none."""
    try:
        with os.scandir(folder) as entries:
            return sorted(one.name for one in entries if not one.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []


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
