"""The ledger of a stack, `frames.csv`: every file of its raw folder, used or rejected and why."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

from records.errors import RecordError
from records.files import only_files

USED, REJECTED = "used", "rejected"
# More than this many files or values in one message are counted, not listed.
LISTED = 6


@dataclass(frozen=True)
class Entry:
    """One row of the ledger; None is what is not known.

    In the file, a fact of an exposure that a picture does not name reads `unknown`; an empty cell
    is what does not apply. Ledgers of before have empty cells for both.

    Attributes
    ----------
    frame : 1, 2, … in the order of the stack; None for a rejected file
    file : name in the raw folder; in a sub-folder, the path from there
    status : `used` or `rejected`
    reason : why it is rejected; of a used frame, in what it differs so little that it agrees
    sha256, bytes : of the file; None for what is no file
    format : by content: dng, nef, cr3, …, jpeg, png, tiff
    width_px, height_px : as stored, before any orientation is applied
    orientation : 1 to 8, as Exif counts
    white_balance : Exif's mode, or the multipliers of red, green and blue
    taken_at : ISO 8601
    focus_um : position of the focus along the axis; may fall, with empty places between
    ordered_by : where the order is from: `name`, `time`, `listed` or `capture`; None in a ledger of
        before this was written
    colour : a photograph's colour space by its own word
    bits : of a photograph's samples
    highest_sample : of a photograph; 255 is white in 8 bits, 65535 in 16
    """

    frame: int | None
    file: str
    status: str
    reason: str | None = None
    sha256: str | None = None
    bytes: int | None = None
    format: str | None = None
    width_px: int | None = None
    height_px: int | None = None
    orientation: int | None = None
    camera: str | None = None
    lens: str | None = None
    aperture_f: float | None = None
    iso: int | None = None
    exposure_s: float | None = None
    white_balance: str | None = None
    taken_at: str | None = None
    focus_um: float | None = None
    ordered_by: str | None = None
    colour: str | None = None
    bits: int | None = None
    highest_sample: int | None = None


_FACTS = tuple(column.name for column in fields(Entry))
# The last column says by which version the others are to be read; the last fact of each version.
_LAST_FACT = {1: "highest_sample"}
# Ledgers of before said nothing of that, and ended at one of these columns.
_LAST_COLUMNS = ("focus_um", "ordered_by", "highest_sample")
VERSION = max(_LAST_FACT)


def _facts_up_to(name: str) -> tuple[str, ...]:
    return _FACTS[: _FACTS.index(name) + 1]


COLUMNS = (*_facts_up_to(_LAST_FACT[VERSION]), "ledger_version")
_EARLIER = (
    *((*_facts_up_to(name), "ledger_version") for name in _LAST_FACT.values()),
    *map(_facts_up_to, _LAST_COLUMNS),
)
# What a cell holds: str, int or float, as `Entry` says; where None may be too, it stands last.
KINDS: dict[str, type] = {
    name: (get_args(hint) or (hint,))[0] for name, hint in get_type_hints(Entry).items()
}
# What a picture's file may name of its exposure, and how the ledger says that it does not.
FACTS = ("camera", "lens", "aperture_f", "iso", "exposure_s", "white_balance", "taken_at")
UNKNOWN = "unknown"
# File names need not be UTF-8; what is not goes through a ledger unchanged.
_ENCODING: dict[str, Any] = {"encoding": "utf-8", "errors": "surrogateescape", "newline": ""}


def was_cut_off(ledger: Path) -> bool:
    """Whether a ledger is there in part only, as a full disk or a power cut may leave it.

    The last line of a whole one has an end.
    """
    try:
        content = ledger.read_bytes()
    except OSError:
        return False
    return not content.endswith(b"\n") or b"\0" in content


def write_ledger(entries: Sequence[Entry], path: Path | str) -> None:
    """Write the ledger as CSV (RFC 4180, UTF-8, header row), lines ended by line feeds."""
    with open(path, "w", **_ENCODING) as file:
        file.write(_line(COLUMNS))
        for entry in entries:
            file.write(_line([*(_cell(entry, name) for name in COLUMNS[:-1]), VERSION]))


def _cell(entry: Entry, name: str) -> object:
    value = getattr(entry, name)
    is_picture = entry.format is not None
    return UNKNOWN if value is None and is_picture and name in FACTS else value


def _line(cells: Sequence[object]) -> str:
    """One line of CSV. The writer quotes a carriage return only if it ends its lines with one."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n") + "\n"


def read_ledger(path: Path | str) -> list[Entry]:
    """Read a ledger, `frames.csv` or `frames.refused.csv`.

    Raises
    ------
    RecordError : a missing file, other columns, a cell of the wrong kind, frames not numbered 1, 2,
        … in the order of the rows
    """
    entries = []
    try:
        with open(path, **_ENCODING, opener=only_files) as file:
            reader = csv.reader(file, strict=True)
            columns = tuple(next(reader, ()))
            if columns not in (COLUMNS, *_EARLIER):
                newer = (
                    "; was it written by a newer Holostack?" if "ledger_version" in columns else ""
                )
                raise RecordError(
                    f"{path}: not a ledger; its columns must be {', '.join(COLUMNS)}{newer}"
                )
            for cells in reader:
                entries.append(_entry(cells, columns, f"{path}, line {reader.line_num}"))
    except FileNotFoundError:
        raise RecordError(f"{path}: no such ledger; the step `ledger` makes it") from None
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror})") from None
    except csv.Error as error:
        raise RecordError(f"{path}: not a ledger ({error})") from None
    numbers = [entry.frame for entry in entries if entry.status == USED]
    if numbers != list(range(1, len(numbers) + 1)):
        raise RecordError(
            f"{path}, column frame: used frames must be numbered 1, 2, … in order; "
            "a ledger is not edited by hand: delete it and run the step `ledger`"
        )
    return entries


def used_frames(path: Path | str) -> list[Entry]:
    """The used frames of a ledger, in the order of the stack.

    Raises
    ------
    RecordError : as `read_ledger`, or there is none
    """
    used = [entry for entry in read_ledger(path) if entry.status == USED]
    if not used:
        raise RecordError(f"{path}: no frame of the stack is used")
    return used


def _entry(cells: list[str], columns: tuple[str, ...], place: str) -> Entry:
    if len(cells) != len(columns):
        raise RecordError(f"{place}: {len(cells)} cells where a ledger has {len(columns)}")
    if columns[-1] == COLUMNS[-1] and cells[-1] not in map(str, _LAST_FACT):
        raise RecordError(
            f"{place}: was written by a newer Holostack (ledger_version {cells[-1]}, this program "
            f"reads up to {VERSION}); use that or a later program"
        )
    values: dict[str, Any] = {}
    for name, text in zip(columns, cells, strict=True):
        if name not in _FACTS:
            continue
        try:
            known = text and not (text == UNKNOWN and name in FACTS)
            values[name] = KINDS[name](text) if known else None
        except ValueError:
            raise RecordError(f"{place}, column {name}: {text!r} is not a number") from None
    if values["status"] not in (USED, REJECTED):
        raise RecordError(
            f"{place}, column status: {values['status']!r} must be {USED} or {REJECTED}"
        )
    if not values["file"]:
        raise RecordError(f"{place}, column file: a file's name is missing")
    # A folder, which is rejected, has a slash at its end.
    if any(part in ("", ".", "..") for part in values["file"].removesuffix("/").split("/")):
        raise RecordError(
            f"{place}, column file: {values['file']!r} is no name of a file in the raw folder"
        )
    hexadecimal = re.fullmatch("[0-9a-f]{64}", str(values["sha256"]))
    if values["status"] == USED and not hexadecimal:
        raise RecordError(f"{place}, column sha256: {values['sha256']!r} is no SHA-256")
    return Entry(**values)
