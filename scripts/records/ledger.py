"""The ledger of a stack, `frames.csv`: every file of its raw folder, used or rejected and why."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from records.errors import RecordError
from records.exif import Capture
from records.natural import last_number, natural_key

USED, REJECTED = "used", "rejected"


@dataclass(frozen=True)
class Entry:
    """One row of the ledger; None is written as an empty cell.

    Attributes
    ----------
    frame : 1, 2, … in the order of the stack; None for a rejected file
    orientation : 1 to 8, as Exif counts
    focus_um : position of the focus along the axis
    """

    frame: int | None
    file: str
    status: str
    reason: str | None
    sha256: str
    bytes: int
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


COLUMNS = tuple(column.name for column in fields(Entry))
_READ = {"frame": int, "bytes": int, "width_px": int, "height_px": int, "orientation": int,
         "iso": int, "aperture_f": float, "exposure_s": float, "focus_um": float}
# What must agree over the frames of a stack, and what people call it.
PROPERTIES = {"camera": "camera", "size": "pixel size", "aperture_f": "aperture", "iso": "ISO",
              "exposure_s": "shutter", "white_balance": "white balance"}


@dataclass(frozen=True)
class Found:
    """A file in the raw folder, before it is judged.

    Attributes
    ----------
    kind : `raw`, `photo`, or None where it is no frame
    fault : why it cannot be used, None if it can
    stray : whether it was never meant to be a frame
    """

    name: str
    sha256: str
    bytes: int
    format: str | None = None
    kind: str | None = None
    width_px: int | None = None
    height_px: int | None = None
    white_balance: str | None = None
    capture: Capture = field(default_factory=Capture)
    fault: str | None = None
    stray: bool = False


@dataclass(frozen=True)
class Verdict:
    """A judged folder: the rows, what forbids its use, and what a person should know."""

    entries: tuple[Entry, ...]
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def judge(found: Sequence[Found], *, unreadable: str = "stop", allow: Sequence[str] = (),
          tolerance: Mapping[str, float] | None = None,
          positions: Mapping[str, float] | None = None,
          step_um: float | None = None) -> Verdict:
    """Decide what each file of a raw folder is, and whether the frames belong together.

    Parameters
    ----------
    unreadable : `stop` makes a frame that cannot be decoded a problem, `reject` leaves it out
    allow : names of `PROPERTIES` that may differ
    tolerance : for `aperture_f`, `iso` and `exposure_s`, the relative difference that still agrees
    positions : focus in µm by file name, in the order of capture
    step_um : distance between neighbours where there are no positions
    """
    files = sorted(found, key=lambda one: natural_key(one.name))
    if positions:
        order = {name: k for k, name in enumerate(positions)}
        files.sort(key=lambda one: order.get(one.name, len(order)))
    raws = {Path(one.name).stem.casefold() for one in files if one.kind == "raw"}
    first_with: dict[str, str] = {}
    entries, problems = [], []
    number = 0
    for one in files:
        reason = one.fault
        if reason is None and one.kind == "photo" and Path(one.name).stem.casefold() in raws:
            reason = "the camera's own picture beside its raw"
        elif reason is None and one.sha256 in first_with:
            reason = f"the same bytes as {first_with[one.sha256]}"
        elif reason is not None and not one.stray and unreadable == "stop":
            problems.append(f"{one.name}: {reason}")
        if reason is None:
            first_with[one.sha256] = one.name
            number += 1
        position = (positions or {}).get(one.name)
        if position is None and not positions and step_um is not None:
            position = round(step_um * (number - 1), 4)
        entries.append(_entry(one, number, reason, position))
    used = [entry for entry in entries if entry.status == USED]
    if not used and not problems:
        problems.append("there is no frame in the folder; put the stack's raws there")
    kinds = {one.kind for one in files if one.name in {entry.file for entry in used}}
    if len(kinds) > 1:
        problems.append("raws and finished pictures are mixed; keep one kind, "
                        "since they cannot be converted alike")
    problems += _disagreements(used, set(allow), tolerance or {})
    missing_shots = [name for name in positions or {} if name not in {one.name for one in files}]
    problems += [f"{name}: named in capture.json but not in the folder" for name in missing_shots]
    return Verdict(tuple(entries), tuple(problems), tuple(_gaps(files)))


def _entry(one: Found, number: int, reason: str | None, position: float | None) -> Entry:
    taken = one.capture
    return Entry(
        frame=None if reason else number, file=one.name, status=REJECTED if reason else USED,
        reason=reason, sha256=one.sha256, bytes=one.bytes, format=one.format,
        width_px=one.width_px, height_px=one.height_px,
        orientation=taken.orientation if one.kind else None, camera=taken.camera, lens=taken.lens,
        aperture_f=float(taken.aperture) if taken.aperture else None, iso=taken.iso,
        exposure_s=float(taken.exposure_s) if taken.exposure_s else None,
        white_balance=one.white_balance or taken.white_balance, taken_at=taken.taken_at,
        focus_um=None if reason else position,
    )


def _disagreements(used: Sequence[Entry], allow: set[str],
                   tolerance: Mapping[str, float]) -> list[str]:
    problems = []
    for name, title in PROPERTIES.items():
        if name in allow:
            continue
        values = [_value(entry, name) for entry in used]
        if not values:
            continue
        usual = Counter(values).most_common(1)[0][0]
        others = [
            f"frame {entry.frame} ({entry.file}): {_shown(value, name)}"
            for entry, value in zip(used, values)
            if not _agree(value, usual, tolerance.get(name, 0.0))
        ]
        if others:
            more = f" and {len(others) - 3} more frames" if len(others) > 3 else ""
            problems.append(f"{title} differs: most frames have {_shown(usual, name)}, but "
                            + ", ".join(others[:3]) + more
                            + f"; shoot again, or allow it by ledger.allow_differences: [{name}]")
    return problems


def _value(entry: Entry, name: str) -> object:
    return (entry.width_px, entry.height_px) if name == "size" else getattr(entry, name)


def _agree(one: object, other: object, tolerance: float) -> bool:
    if tolerance and isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= tolerance * max(abs(one), abs(other))
    return one == other


def _shown(value: object, name: str) -> str:
    if value is None:
        return "none written"
    if name == "size":
        return "{} x {} px".format(*value)
    if name == "aperture_f":
        return f"f/{value:g}"
    if name == "iso":
        return f"ISO {value}"
    if name == "exposure_s":
        return f"1/{1 / value:.4g} s" if value < 0.3 else f"{value:.4g} s"
    return str(value)


def _gaps(files: Sequence[Found]) -> list[str]:
    numbers: dict[str, set[int]] = {}
    for one in files:
        counted = None if one.stray else last_number(one.name)
        if counted:
            numbers.setdefault(counted[0], set()).add(counted[1])
    warnings = []
    for prefix, seen in numbers.items():
        if len(seen) < 2 or max(seen) - min(seen) > 10 * len(seen):
            continue
        missing = sorted(set(range(min(seen), max(seen))) - seen)
        if missing:
            listed = ", ".join(map(str, missing[:10])) + (" …" if len(missing) > 10 else "")
            warnings.append(f"gap in the numbering of {prefix}…: no {listed}")
    return warnings


def write_ledger(entries: Sequence[Entry], path: Path) -> None:
    """Write the ledger as CSV (RFC 4180, UTF-8, header row, line feeds)."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for entry in entries:
            row = [getattr(entry, name) for name in COLUMNS]
            writer.writerow(["" if value is None else value for value in row])


def read_ledger(path: Path) -> list[Entry]:
    """Read a ledger.

    Raises
    ------
    RecordError : a missing file, other columns, or a cell that is no number where one belongs
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise RecordError(f"{path}: not a ledger; its columns must be {', '.join(COLUMNS)}")
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RecordError(f"{path}: the ledger cannot be read ({error})") from None
    blank = Entry(None, "", "", None, "", 0)
    entries = []
    for line, row in enumerate(rows, start=2):
        values = {}
        for name, text in row.items():
            try:
                values[name] = _READ.get(name, str)(text) if text else None
            except (TypeError, ValueError):
                raise RecordError(f"{path}, row {line}, column {name}: "
                                  f"{text!r} is not a number") from None
        entries.append(replace(blank, **values))
    return entries


def used_frames(path: Path) -> list[Entry]:
    """The used frames of a ledger, in the order of the stack."""
    used = [entry for entry in read_ledger(path) if entry.status == USED]
    return sorted(used, key=lambda entry: entry.frame or 0)
