"""Which stacks of a sheet can be worked on now: their frames have arrived and lie still.

Rows may be added and frames copied or shot at any time. Nothing is written, and of files only their
names, sizes and times are looked at.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from records.layout import CAPTURE, IMPORT, RAW, RECEIPT
from records.sheet.configuration import NAME, check_config, read_configuration
from records.sheet.entering import Stacks, known_stacks, sheet_of

Stack = tuple[str, str]
# Names, sizes and times of files.
Signature = tuple[tuple[str, int, int], ...]
# Names that a copy or download has until it is whole; the last is rsync's.
_UNFINISHED = re.compile(r".*\.(part|partial|crdownload|filepart|tmp)|\..+\.\w{6}", re.IGNORECASE)


@dataclass
class Arrivals:
    """Looks at sheet and folders, time after time.

    Parameters
    ----------
    data : folder that the trees are in
    workflow : folder of the Snakefile
    quiet_s : for so long, no file of a stack must have come or changed
    """

    data: Path
    workflow: Path
    quiet_s: float
    config: dict[str, Any] = field(default_factory=dict)
    stacks: Stacks = field(default_factory=dict)
    _read: Signature | None = None
    _labels: dict[str, list[Stack]] = field(default_factory=dict)
    _archived: set[Stack] = field(default_factory=set)
    # What lay there when it was first seen so, by the clock that nobody sets.
    _seen: dict[Stack, tuple[Signature, float]] = field(default_factory=dict)
    _tried: dict[Stack, tuple[object, float]] = field(default_factory=dict)

    def look(self) -> list[Stack]:
        """Stacks that can be worked on, in the sheet's order; none that was tried as it is.

        Raises
        ------
        RecordError : sheet or configuration is wrong; the next look reads them again
        """
        self._read_sheet()
        quiet = {stack: self._is_quiet(stack) for stack in self.stacks}
        return [
            stack
            for stack, is_quiet in quiet.items()
            if is_quiet
            and stack not in self._archived
            and not self._is_tried(stack)
            and all(quiet[label] for label in self._labels.get(stack[0], ()))
        ]

    def coming(self) -> list[Stack]:
        """Stacks of whose frames some are there that do not lie still yet, as of the last look."""
        now = time.monotonic()
        return [
            stack
            for stack, (files, since) in self._seen.items()
            if files and now - since < self.quiet_s and stack not in self._archived
        ]

    def count_frames(self, stack: Stack) -> int:
        """How many files a stack had at the last look."""
        return len(self._seen[stack][0]) if stack in self._seen else 0

    def tried(self, stacks: Iterable[Stack], again_s: float = float("inf")) -> None:
        """Note that stacks were worked on as they are now.

        Parameters
        ----------
        again_s : after which they may be tried again although nothing changed
        """
        for stack in stacks:
            self._tried[stack] = self._state(stack), time.monotonic() + again_s

    def folder(self, stack: Stack) -> Path:
        """The folder of a stack."""
        return self.data / self.config["paths"]["specimens"] / stack[0] / stack[1]

    def _read_sheet(self) -> None:
        """Read sheet and configuration, where they are others than before."""
        places = [self.workflow / NAME, self.data / NAME]
        if self.config:
            places.append(sheet_of(self.config, self.data, self.workflow))
        now = _signature(places)
        if now == self._read:
            return
        config = read_configuration(self.data, self.workflow)
        check_config(config)
        sheet = sheet_of(config, self.data, self.workflow)
        # Before it is read: one that is written meanwhile is read again.
        stamp = _signature([*places[:2], sheet])
        self.stacks, self.config = known_stacks(sheet, config), config
        self._labels = {}
        for specimen, view in self.stacks:
            if view.casefold().startswith("label"):
                self._labels.setdefault(specimen, []).append((specimen, view))
        self._read = stamp

    def _is_quiet(self, stack: Stack) -> bool:
        """Whether a stack has frames that lie still, or is archived."""
        if stack in self._archived:
            return True
        if (self.folder(stack) / RECEIPT).exists():
            self._archived.add(stack)
            return True
        place = self._place(stack)
        files = _frames(place) if place else ()
        known = self._seen.get(stack)
        now = time.monotonic()
        if known is None or known[0] != files:
            self._seen[stack] = known = files, now
        unfinished = any(_UNFINISHED.fullmatch(name) for name, _, _ in files)
        return bool(files) and not unfinished and now - known[1] >= self.quiet_s

    def _place(self, stack: Stack) -> Path | None:
        """Where a stack's frames arrive; None where a rig is still to shoot them."""
        cells, folder = self.stacks[stack].cells, self.folder(stack)
        if "rig" in cells:
            # To shoot is a person's, or the bench's.
            return folder / RAW if (folder / CAPTURE).exists() else None
        if "source" in cells and not (folder / IMPORT).exists():
            named = Path(cells["source"])
            inside = self.data / named
            return inside if inside.exists() else self.workflow / named
        return folder / RAW

    def _state(self, stack: Stack) -> object:
        row: Mapping[str, Any] = self.stacks[stack].cells
        return self._seen.get(stack, ((), 0.0))[0], dict(row), self.stacks[stack].config

    def _is_tried(self, stack: Stack) -> bool:
        state, until = self._tried.get(stack, (None, 0.0))
        return state == self._state(stack) and time.monotonic() < until


def _frames(folder: Path) -> Signature:
    """The files of a folder; none where it is not there or cannot be read now."""
    try:
        with os.scandir(folder) as entries:
            return _signature(Path(entry.path) for entry in entries if entry.is_file())
    except OSError:
        return ()


def _signature(paths: Iterable[Path]) -> Signature:
    """Names, sizes and times of those files that are there."""
    found = []
    for path in paths:
        try:
            known = path.stat()
        except OSError:
            continue
        found.append((path.name, known.st_size, known.st_mtime_ns))
    return tuple(sorted(found))
