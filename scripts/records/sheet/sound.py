"""A large sheet that was found sound is not read whole for a stack that is asked for by its name.

A run notes, in the master folder, that a sheet's rows are sound together, and where in the file
each of them is. The note holds for this very text, this configuration and what this program makes
of them, and says nothing of any other: then the sheet is read whole, as it is where the note is
missing, cut off or not ours.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from records.errors import RecordError
from records.files import only_files, write_note
from records.program import code_hash
from records.sheet.settings import SCHEMAS
from records.sheet.spreadsheet import Form, parse_rows, places, read_form, row_at
from records.sheet.stacks import SheetRow, checked_rows, is_label

# In the master folder. Another format of the note has another number.
NOTE, FORMAT = ".sheet.json", 1
# A smaller sheet is read in less time than it takes to note it.
FROM_ROWS = 1000
# Where more rows than these are asked for one by one, all are read.
MOST_ALONE = 30

Stack = tuple[str, str]
Check = Callable[[Mapping[Stack, SheetRow]], object]


class SoundSheet(Mapping[Stack, SheetRow]):
    """The rows of a sheet that is noted to be sound, by (specimen, view): read when asked for.

    Who goes through them, as a run of all stacks does, has all of them read and checked.

    Attributes
    ----------
    labels : stacks whose views are of labels
    doubts : what was told of the sheet when it was read whole
    """

    def __init__(
        self, path: Path, form: Form, text: str, config: Mapping[str, Any], note: dict, check: Check
    ) -> None:
        self._path, self._form, self._text, self._config = path, form, text, config
        self._check = check
        self._places: dict[Stack, tuple[int, int, int]] = {
            (specimen, view): (number, begin, end)
            for specimen, view, number, begin, end in note["rows"]
        }
        self.labels = [(str(one), str(view)) for one, view in note["labels"]]
        self.doubts = list(map(str, note["doubts"]))
        self._alone: dict[Stack, SheetRow] = {}
        self._all: Mapping[Stack, SheetRow] | None = None

    def __contains__(self, stack: object) -> bool:
        """Whether the sheet has a row of a stack."""
        return stack in self._places

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._places)

    def __iter__(self) -> Iterator[Stack]:
        """All stacks, in the sheet's order."""
        return iter(self.whole())

    def __getitem__(self, stack: Stack) -> SheetRow:
        """The row of a stack."""
        if self._all is None and stack not in self._alone and len(self._alone) >= MOST_ALONE:
            self.whole()
        if self._all is not None:
            return self._all[stack]
        if stack not in self._alone:
            row = row_at(self._path, self._form, self._text, self._places[stack])
            self._alone.update(checked_rows(self._path, [row], self._config))
        return self._alone[stack]

    def looked_at(self) -> Mapping[Stack, SheetRow]:
        """The rows that were asked for by now."""
        return dict(self._alone) if self._all is None else self._all

    @property
    def is_whole(self) -> bool:
        """Whether all rows were read."""
        return self._all is not None

    def whole(self) -> Mapping[Stack, SheetRow]:
        """All rows, from the bytes that were there when the first was read."""
        if self._all is None:
            rows = parse_rows(self._path, self._form, self._text)[1]
            self._all = checked_rows(self._path, rows, self._config)
            self._check(self._all)
        return self._all


def known_sheet(
    path: Path, config: Mapping[str, Any], specimens: Path, check: Check
) -> SoundSheet | None:
    """A sheet that the note in the master folder says is sound; None where it says no such thing.

    Parameters
    ----------
    check : of all rows, when they are read; refuses them by a RecordError
    """
    try:
        with open(specimens / NOTE, encoding="utf-8", opener=only_files) as file:
            note = json.load(file)
        if note["format"] != FORMAT:
            return None
        form, text = read_form(path)
        if note["of"] != _digest(form, text, config):
            return None
        return SoundSheet(path, form, text, config, note, check)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, RecordError):
        return None


def state_of_file(path: Path) -> tuple[int, ...]:
    """What the disk notes of a file, by which a change of it is seen; empty where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns


def note_sound(
    path: Path,
    config: Mapping[str, Any],
    specimens: Path,
    stacks: Mapping[Stack, SheetRow],
    doubts: Sequence[str],
    state: tuple[int, ...],
) -> None:
    """Note that a sheet's rows, as they were read, are sound; not of a small one, or with rigs.

    Parameters
    ----------
    doubts : what was told of it
    state : of the file, before it was read; of one that was changed since, nothing is noted
    """
    # What a rig's own file says decides whether its rows are sound.
    if len(stacks) < FROM_ROWS or any("rig" in one.cells for one in stacks.values()):
        return
    form, text = read_form(path)
    where = {number: (begin, end) for number, begin, end in places(form, text)}
    note = {
        "format": FORMAT,
        "of": _digest(form, text, config),
        "doubts": list(doubts),
        "labels": [stack for stack in stacks if is_label(stack)],
        "rows": [[*stack, one.row, *where.get(one.row, (0, 0))] for stack, one in stacks.items()],
    }
    if state and state_of_file(path) == state:
        write_note(specimens / NOTE, json.dumps(note).encode())


def _digest(form: Form, text: str, config: Mapping[str, Any]) -> str:
    """What decides how a sheet is read: its text, configuration, schemas and what code does."""
    scripts = Path(__file__).resolve().parents[2]
    code = [
        code_hash(scripts / "records" / name, scripts)
        for name in ("sheet/sound.py", "ledger/sources.py")
    ]
    decides = json.dumps([repr(form), config, code], sort_keys=True, default=str)
    digest = hashlib.sha256(decides.encode())
    digest.update(text.encode("utf-8", "surrogatepass"))
    for schema in sorted(SCHEMAS.glob("*.json")):
        digest.update(hashlib.sha256(schema.read_bytes()).digest())
    return digest.hexdigest()
