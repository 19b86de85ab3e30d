"""The verdict on a raw folder: what each file in it is, and whether its frames belong together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import PurePath
from unicodedata import normalize

from records.errors import RecordError
from records.ledger.capture_times import Taken, against_times, in_time_order
from records.ledger.depth import AWAY
from records.ledger.exclusion import excluded
from records.ledger.numbering import describe, gaps, in_camera_order, places, turns, written_um
from records.ledger.table import REJECTED, USED, Entry, printable
from records.metadata.exif import Capture
from records.sheet.positions import Listed

# What must agree over the frames of a stack, as config names it and as people call it.
PROPERTIES = {
    "format": "format",
    "camera": "camera",
    "lens": "lens",
    "size": "pixel size",
    "aperture": "aperture",
    "iso": "ISO",
    "exposure": "shutter",
    "white_balance": "white balance",
    "colour": "colour space",
}
# Columns of the ledger under another name.
_COLUMN = {"aperture": "aperture_f", "exposure": "exposure_s"}
# A fused image needs frames of one size, and of one colour space; all else may differ if a
# person says so.
MAY_DIFFER = tuple(name for name in PROPERTIES if name not in ("size", "colour"))
# Endings that say a photograph's format truly.
_ENDINGS = {"jpeg": (".jpg", ".jpeg", ".jpe"), "png": (".png",), "tiff": (".tif", ".tiff")}
# What a stack's order can be taken from.
NAME, TIME, LIST, CAPTURED = "name", "time", "listed", "capture"
# More than this many frames or values in one message are counted, not listed.
LISTED = 6


@dataclass(frozen=True)
class Found:
    """A file in the raw folder, before it is judged.

    Attributes
    ----------
    name : path from the raw folder
    kind : `raw` or `photo`; None where it is no frame
    fault : why it cannot be used, None if it can
    stray : whether it was never meant to be a frame
    """

    name: str
    sha256: str | None = None
    bytes: int | None = None
    kind: str | None = None
    format: str | None = None
    width_px: int | None = None
    height_px: int | None = None
    orientation: int | None = None
    white_balance: str | None = None
    colour: str | None = None
    bits: int | None = None
    highest_sample: int | None = None
    capture: Capture = field(default_factory=Capture)
    fault: str | None = None
    stray: bool = False


@dataclass(frozen=True)
class Shot:
    """A frame as the capture session recorded it; `focus_um` None where it knew no position."""

    file: str
    sha256: str | None
    focus_um: float | None


@dataclass(frozen=True)
class Arrangement:
    """What a person says of a stack's order, its focus and its frames.

    Attributes
    ----------
    order : `name`, `time` or `listed`; None for the list's where there is one, else the names'
    direction : `toward` or `away` from the camera: how focus moves from first to last frame
    listed : the list of frames and positions
    list_path : where that is
    exclude : which frames are left out, as `records.exclusion` reads it
    exclude_reason : why
    """

    order: str | None = None
    direction: str | None = None
    listed: Sequence[Listed] = ()
    list_path: str = "the list of positions"
    exclude: str | None = None
    exclude_reason: str | None = None


@dataclass(frozen=True)
class Verdict:
    """A judged folder: the rows, what forbids its use, and what a person should know.

    Attributes
    ----------
    unknown : what no used frame's file names, so that nothing could be compared, as people call it
    notes : what was decided about the order, and is no reason to worry
    """

    entries: tuple[Entry, ...]
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def judge(
    found: Sequence[Found],
    *,
    unreadable: str = "stop",
    allow: Sequence[str] = (),
    tolerance: Mapping[str, float] | None = None,
    shots: Sequence[Shot] = (),
    step_um: float | None = None,
    arrangement: Arrangement | None = None,
) -> Verdict:
    """Decide what each file of a raw folder is, and whether the frames belong together.

    Parameters
    ----------
    found
        all that is in the folder
    unreadable
        `stop` makes a frame that cannot be decoded a problem, `reject` leaves it out
    allow
        names of `MAY_DIFFER` that may differ
    tolerance
        relative difference that still agrees, of aperture, iso, exposure, white_balance
    shots
        the session's frames in their order; otherwise names are counted as people count them
    step_um
        focus step between neighbours, for frames without a recorded position
    arrangement
        what a person says of order, positions and excluded frames; a session's order and positions
        go before

    Returns
    -------
    verdict : used frames first, in the order of the stack, then rejected files. Where there are
        problems, the frames that cause them are rejected with the reason
    """
    said = arrangement or Arrangement()
    said = replace(said, listed=_spelled_as(said.listed, [one.name for one in found]))
    order = CAPTURED if shots else said.order or (LIST if said.listed else NAME)
    files, problems = _in_order(found, shots, order, said)
    reasons = {one.name: reason for one in files if (reason := one.fault)}
    aside = _set_aside(files, reasons, shots)
    reasons |= aside
    left_out, wrong = _excluded(files, reasons, said)
    reasons |= left_out
    problems += wrong
    problems += [
        f"{printable(one.name)}: {one.fault}"
        for one in files
        if one.fault and reasons[one.name] == one.fault and not one.stray and unreadable == "stop"
    ]
    shot = [one.name for one in files if not one.stray and one.name not in aside]
    focus, unplaced = _focus(shot, shots, step_um, said, reasons)
    problems += unplaced
    frames = [one for one in files if one.name not in reasons]
    used = [_used(k, one, focus.get(one.name), order) for k, one in enumerate(frames, start=1)]
    if not used and not problems:
        problems.append(_no_frames(files))
    problems += _missing_or_changed(files, shots)
    problems += _same_stem(used)
    mixed = _mixed(frames)
    problems += mixed
    for name in PROPERTIES:
        if name not in allow and not (name == "format" and mixed):
            message, deviants = _disagreement(used, name, (tolerance or {}).get(name, 0.0))
            problems += message
            reasons = deviants | reasons
    rejected = [_entry(one, reasons[one.name]) for one in files if one.name in reasons]
    kept = [entry for entry in used if entry.file not in reasons]
    kept = [replace(entry, frame=k) for k, entry in enumerate(kept, start=1)]
    leaves_places = bool(focus) and not said.listed and not shots and _has_empty_places(shot)
    warnings = _gaps([one.name for one in files if not one.stray], leaves_places)
    if len(kept) == 1:
        warnings.append("a single frame: there is nothing to be stacked")
    warnings += _misnamed(frames) + _turned(used) + _partly_unknown(used, allow)
    notes = []
    if order in (NAME, LIST):
        told, notes = _against_times(used)
        # Once a person has said which is right, it is no warning any more.
        warnings += told if said.order is None else []
        notes += told if said.order else []
    if order == NAME:
        notes += turns(shot)
    if order == TIME:
        told, others = _against_names([one for one in files if one.name in set(shot)])
        warnings += told
        notes += others
    warnings += _against_written(used)
    return Verdict(
        (*kept, *rejected), tuple(problems), tuple(warnings), unknown(kept), tuple(notes)
    )


def unknown(entries: Sequence[Entry]) -> tuple[str, ...]:
    """What no frame's file names, as people call it; a check of it compared nothing.

    Parameters
    ----------
    entries : rows of a ledger; rejected ones count for nothing
    """
    used = [entry for entry in entries if entry.status == USED]
    names = [name for name in PROPERTIES if name not in ("size", "colour")] if used else []
    return tuple(
        PROPERTIES[name] for name in names if all(_value(entry, name) is None for entry in used)
    ) + (("time",) if used and not any(entry.taken_at for entry in used) else ())


def _partly_unknown(used: Sequence[Entry], allow: Sequence[str]) -> list[str]:
    """Of what may differ, that only some frames name it; elsewhere this is a disagreement."""
    warnings = []
    for name in allow:
        without = [entry for entry in used if _value(entry, name) is None]
        if without and len(without) < len(used):
            warnings.append(
                f"{PROPERTIES[name]} is unknown in {_listed(without)}, and written in the other "
                f"{len(used) - len(without)}"
            )
    return warnings


def _spelled_as(listed: Sequence[Listed], names: Sequence[str]) -> list[Listed]:
    """A list with the files' own names: some systems take letters and their accents apart."""
    own = {normalize("NFC", name): name for name in names}
    return [replace(row, file=own.get(normalize("NFC", row.file), row.file)) for row in listed]


def _in_order(
    found: Sequence[Found], shots: Sequence[Shot], order: str, said: Arrangement
) -> tuple[list[Found], list[str]]:
    """Files in the order of the stack, and what stands against that order."""
    frames = {one.name: one for one in found if not one.stray}
    counted = in_camera_order(frames)
    problems: list[str] = []
    names = [shot.file for shot in shots]
    if order == TIME:
        timed, problems = _timed([frames[name] for name in counted], said)
        names += timed
    elif order == LIST:
        names += [row.file for row in said.listed]
    names += counted
    names += in_camera_order(one.name for one in found if one.stray)
    place: dict[str, int] = {}
    for name in names:
        place.setdefault(name, len(place))
    return sorted(found, key=lambda one: place[one.name]), problems


def _timed(counted: Sequence[Found], said: Arrangement) -> tuple[list[str], list[str]]:
    """Names by the time of exposure, and the problem of frames that have none."""
    taken = [Taken(k, one.name, one.capture.taken_at) for k, one in enumerate(counted, start=1)]
    dated = [one for one in taken if one.taken_at]
    left_out = _left_out(counted, said)
    undated = [
        one.name
        for one in counted
        if not one.capture.taken_at and not one.fault and one.name not in left_out
    ]
    names = [one.file for one in in_time_order(dated)]
    if not undated:
        return names, []
    more = f" and {len(undated) - LISTED} more" if len(undated) > LISTED else ""
    return names, [
        "order time: no time of exposure is written in "
        f"{', '.join(map(printable, undated[:LISTED]))}{more}; order the stack by name or by a list"
    ]


def _left_out(files: Sequence[Found], said: Arrangement) -> set[str]:
    """Files that are excluded by their names, whatever their order."""
    words = {word.strip() for word in (said.exclude or "").split(";")}
    return {one.name for one in files if {one.name, PurePath(one.name).stem} & words}


def _excluded(
    files: Sequence[Found], reasons: Mapping[str, str], said: Arrangement
) -> tuple[dict[str, str], list[str]]:
    """The files that a person excludes, with the reason given, and what is wrong with that."""
    if not said.exclude:
        return {}, []
    frames = [one.name for one in files if one.name not in reasons]
    can_be = [one.name for one in files if not one.stray]
    try:
        chosen = excluded(said.exclude, can_be, frames)
    except RecordError as error:
        return {}, [str(error)]
    why = f"excluded in the sheet: {said.exclude_reason}"
    if not set(frames) - set(chosen):
        return {}, ["exclude: leaves no frame of the stack"]
    return {
        name: f"{why} (frame {frames.index(name) + 1} of {len(frames)})" if name in frames else why
        for name in chosen
    }, []


def _set_aside(
    files: Sequence[Found], faulty: Mapping[str, str], shots: Sequence[Shot]
) -> dict[str, str]:
    """Files that could be frames but are not, and why."""
    raws = {_stem(one.name): one.name for one in files if one.kind == "raw" and not one.stray}
    named = {shot.file for shot in shots}
    first: dict[str, str] = {}
    reasons = {}
    # Of two alike, the one that was copied under a longer name is the duplicate.
    likely = sorted(files, key=lambda one: (one.name not in named, len(one.name)))
    for one in likely:
        if one.stray:
            continue
        if one.kind != "raw" and _stem(one.name) in raws:
            what = (one.format or "picture").upper()
            reasons[one.name] = f"camera {what} beside its raw {raws[_stem(one.name)]}"
        elif one.sha256 in first:
            reasons[one.name] = f"duplicate: the same bytes as {first[one.sha256]}"
        elif named and one.name not in named:
            reasons[one.name] = "not among the frames of capture.json"
        elif one.sha256 and one.name not in faulty:
            first[one.sha256] = one.name
    return reasons


def _stem(name: str) -> str:
    return PurePath(name).stem.casefold()


def _focus(
    shot: Sequence[str],
    shots: Sequence[Shot],
    step_um: float | None,
    said: Arrangement,
    reasons: Mapping[str, str],
) -> tuple[dict[str, float], list[str]]:
    """Position of each frame, and what is wrong with those that were given.

    A frame that is missing, cannot be read or is excluded was still shot: the next is a step on.
    Without a position of its own the first frame is at 0, and what comes nearer to the camera is
    above it.
    """
    recorded = {one.file: one.focus_um for one in shots if one.focus_um is not None}
    if recorded:
        return recorded, []
    focus, problems = _listed_focus(shot, said, reasons) if said.listed else ({}, [])
    if focus or step_um is None:
        return focus, problems
    step_um = -step_um if said.direction == AWAY else step_um
    return {name: round(step_um * k, 6) + 0.0 for name, k in places(shot).items()}, problems


def _listed_focus(
    shot: Sequence[str], said: Arrangement, reasons: Mapping[str, str]
) -> tuple[dict[str, float], list[str]]:
    """Positions by a list, and where it and the folder are not of the same frames."""
    rows = {row.file: row for row in said.listed}
    used = [name for name in shot if name not in reasons]
    problems = [
        f"{said.list_path}, row {row.row}: {row.file} is not in the folder"
        for row in said.listed
        if row.file not in shot and row.file not in reasons
    ]
    missing = [printable(name) for name in used if name not in rows]
    if missing:
        more = f" and {len(missing) - LISTED} more" if len(missing) > LISTED else ""
        problems.append(
            f"{said.list_path}: has no row for {', '.join(missing[:LISTED])}{more}; "
            "add one, or exclude what is no frame of the stack"
        )
    focus = {name: row.position_um for name, row in rows.items() if row.position_um is not None}
    known = [(name, focus[name]) for name in used if name in focus]
    back = [
        f"{printable(after)} at {b:g} µm after {printable(before)} at {a:g} µm"
        for (before, a), (after, b) in pairwise(known)
        if (b - a) * (known[-1][1] - known[0][1]) < 0
    ]
    if back:
        problems.append(
            f"order {said.order} and the positions of {said.list_path} contradict each other: "
            f"{back[0]}; correct the positions, or say order listed"
        )
    return focus, problems


def _used(number: int, one: Found, focus_um: float | None, order: str) -> Entry:
    entry = replace(_entry(one), frame=number, status=USED, focus_um=focus_um)
    return replace(entry, ordered_by=order)


def _entry(one: Found, reason: str | None = None) -> Entry:
    """The row of a rejected file, which has all facts but its place in the stack."""
    taken = one.capture
    known = not one.stray
    return Entry(
        frame=None,
        file=one.name,
        status=REJECTED,
        reason=reason,
        sha256=one.sha256,
        bytes=one.bytes,
        format=one.format,
        width_px=one.width_px,
        height_px=one.height_px,
        orientation=(one.orientation or taken.orientation) if known else None,
        camera=taken.camera,
        lens=taken.lens,
        aperture_f=float(taken.aperture) if taken.aperture else None,
        iso=taken.iso,
        exposure_s=float(taken.exposure_s) if taken.exposure_s else None,
        white_balance=one.white_balance or taken.white_balance,
        taken_at=taken.taken_at,
        colour=one.colour,
        bits=one.bits,
        highest_sample=one.highest_sample,
    )


def _no_frames(files: Sequence[Found]) -> str:
    if not files:
        return "the folder is empty; put the stack's raws there"
    return (
        f"none of the {len(files)} files in the folder can be a frame; put the stack's raws there"
    )


def _missing_or_changed(files: Sequence[Found], shots: Sequence[Shot]) -> list[str]:
    digests = {one.name: one.sha256 for one in files}
    problems = []
    for shot in shots:
        if shot.file not in digests:
            problems.append(
                f"{shot.file}: named in capture.json but not in the folder; "
                "put it back from the archive or the camera's card"
            )
        elif shot.sha256 and digests[shot.file] != shot.sha256:
            problems.append(
                f"{shot.file}: its bytes are not those that were captured (SHA-256 "
                f"{digests[shot.file]}, in capture.json {shot.sha256}); restore it"
            )
    return problems


def _same_stem(used: Sequence[Entry]) -> list[str]:
    stems: dict[str, list[str]] = {}
    for entry in used:
        stems.setdefault(_stem(entry.file), []).append(printable(entry.file))
    return [
        f"{' and '.join(names)} have the same name but for the ending or its case; "
        "keep one of them in the folder"
        for names in stems.values()
        if len(names) > 1
    ]


def _mixed(frames: Sequence[Found]) -> list[str]:
    kinds = {kind: [one for one in frames if one.kind == kind] for kind in ("raw", "photo")}
    if not all(kinds.values()):
        return []
    raws, photos = kinds.values()
    return [
        f"raws ({len(raws)}, such as {printable(raws[0].name)}) and developed pictures "
        f"({len(photos)}, such as {printable(photos[0].name)}) cannot be converted alike; "
        "keep one kind in the folder"
    ]


def _disagreement(
    used: Sequence[Entry], name: str, tolerance: float
) -> tuple[list[str], dict[str, str]]:
    """The message about one property, if frames differ in it, and the reason for each deviant."""
    values = [_value(entry, name) for entry in used]
    if not values:
        return [], {}
    usual, count = Counter(values).most_common(1)[0]
    deviants: dict[object, list[Entry]] = {}
    for entry, value in zip(used, values, strict=True):
        if not _agree(value, usual, tolerance):
            deviants.setdefault(value, []).append(entry)
    if not deviants:
        return [], {}
    first = next(entry for entry, value in zip(used, values, strict=True) if value == usual)
    others = "; ".join(
        f"{_shown(value, name)} in {_listed(entries)}"
        for value, entries in list(deviants.items())[:LISTED]
    )
    more = f"; {len(deviants) - LISTED} more values" if len(deviants) > LISTED else ""
    like = f"{count} frames such as" if count > 1 else "frame"
    problem = (
        f"{PROPERTIES[name]} differs: {_shown(usual, name)} in {like} {first.frame} "
        f"({printable(first.file)}), but {others}{more}. Shoot these again or take them out of the "
        "folder"
    )
    if name in MAY_DIFFER:
        problem += f"; if it is meant so, set ledger.allow_differences: [{name}]"
    reasons = {
        entry.file: f"{PROPERTIES[name]} {_shown(value, name)}, where most frames have "
        f"{_shown(usual, name)}"
        for value, entries in deviants.items()
        for entry in entries
    }
    return [problem], reasons


def _listed(entries: Sequence[Entry]) -> str:
    shown = [f"frame {entry.frame} ({printable(entry.file)})" for entry in entries[:LISTED]]
    more = len(entries) - LISTED
    return ", ".join(shown) + (f" and {more} more frames" if more > 0 else "")


def _value(entry: Entry, name: str) -> object:
    if name == "size":
        return entry.width_px, entry.height_px
    return getattr(entry, _COLUMN.get(name, name))


def _agree(one: object, other: object, tolerance: float) -> bool:
    if one == other:
        return True
    prints = [re.search(r"\[[0-9a-f]{8}\].*$", str(value)) for value in (one, other)]
    if all(prints):
        # Profiles under other names that say the same of colour.
        return prints[0][0] == prints[1][0]
    parts = [_numbers(one), _numbers(other)]
    if not tolerance or not all(parts) or len(parts[0]) != len(parts[1]):
        return False
    return all(abs(a - b) <= tolerance * max(abs(a), abs(b)) for a, b in zip(*parts, strict=True))


def _numbers(value: object) -> list[float]:
    """A number, or white balance multipliers, as numbers; an empty list for anything else."""
    if isinstance(value, int | float):
        return [float(value)]
    if isinstance(value, str) and re.fullmatch(r"[\d.]+( [\d.]+){2}", value):
        return [float(part) for part in value.split()]
    return []


_SHOWN: dict[str, Callable[..., str]] = {
    "size": lambda value: f"{value[0]} x {value[1]} px",
    "aperture": lambda value: f"f/{value:g}",
    "iso": lambda value: f"ISO {value}",
    "exposure": lambda value: _seconds(value),
}


def _seconds(value: float) -> str:
    """An exposure as cameras show it: 1/60 s, 0.1064 s, 2.5 s."""
    part = round(1 / value)
    return f"1/{part} s" if part > 1 and abs(part * value - 1) < 1e-6 else f"{value:.4g} s"


def _shown(value: object, name: str) -> str:
    return "unknown" if value is None else _SHOWN.get(name, str)(value)


def _misnamed(frames: Sequence[Found]) -> list[str]:
    wrong = [
        one
        for one in frames
        if one.format in _ENDINGS and PurePath(one.name).suffix.lower() not in _ENDINGS[one.format]
    ]
    if not wrong:
        return []
    formats = " and ".join(sorted({one.format.upper() for one in wrong if one.format}))
    files = (
        f"{len(wrong)} files such as {printable(wrong[0].name)} hold"
        if len(wrong) > 1
        else (f"{printable(wrong[0].name)} holds")
    )
    return [f"{files} {formats}, whatever the name says; used as what it is"]


def _turned(used: Sequence[Entry]) -> list[str]:
    if len({entry.orientation for entry in used}) < 2:
        return []
    first = used[0]
    other = next(entry for entry in used if entry.orientation != first.orientation)
    return [
        f"frames {first.frame} and {other.frame} ({printable(other.file)}) have orientation "
        f"{first.orientation} and {other.orientation}: a camera that looks straight down "
        "cannot tell; frames are aligned as stored, and the master alone is turned, as the frame "
        "says that the others are aligned to"
    ]


def _has_empty_places(shot: Sequence[str]) -> bool:
    return max(places(shot).values(), default=0) >= len(shot)


def _against_names(shot: Sequence[Found]) -> tuple[list[str], list[str]]:
    """Warnings and notes on an order of times that is not that of the names."""
    ordered = {one.name: one for one in shot}
    counted = in_camera_order(ordered)
    taken = [Taken(k, name, ordered[name].capture.taken_at) for k, name in enumerate(counted, 1)]
    found = against_times(taken)
    if found and found.kind == "clock_set":
        return [f"order time, but by the names {found.message}; is order name right?"], []
    for mine, theirs in zip(ordered, counted, strict=True):
        if mine != theirs:
            return [], [
                f"by their names the frames would come in another order: {printable(theirs)} "
                f"before {printable(mine)}"
            ]
    return [], []


def _against_written(used: Sequence[Entry]) -> list[str]:
    """Where names have positions with a unit that are not those in the ledger."""
    focus = {entry.file: entry.focus_um for entry in used if entry.focus_um is not None}
    written = written_um(list(focus))
    if len(written) < 2:
        return []
    first, *others = written
    for name in others:
        by_name = abs(written[name] - written[first])
        by_focus = abs(focus[name] - focus[first])
        # Names are often rounded, to the micrometre or to a tenth of it.
        if abs(by_name - by_focus) > max(1.0, 0.05 * by_name):
            return [
                f"the names have {printable(name)} {by_name:g} µm from {printable(first)}, the "
                f"sheet or the capture {by_focus:g} µm; correct step_um, or list the positions"
            ]
    return []


def _gaps(names: Sequence[str], placed: bool) -> list[str]:
    """What is missing from the numbers in names, and what that means."""
    found = gaps(names)
    lost = [gap for gap in found if not gap.is_jump]
    warnings = []
    if lost:
        left = "; what is missing leaves its place empty in the depth" if placed else ""
        warnings.append(
            f"gap in the numbering: {describe(lost)}{left}; if frames were lost, "
            "shoot the stack again"
        )
    warnings += [
        f"the numbering jumps from {printable(gap.before)} to {printable(gap.after)}, over more "
        "than the stack has: are these two stacks? Focus is counted on as if nothing lay between"
        for gap in found
        if gap.is_jump
    ]
    return warnings


def _against_times(used: Sequence[Entry]) -> tuple[list[str], list[str]]:
    """Warnings and notes on the order against the times of exposure."""
    found = against_times(
        [Taken(entry.frame or 0, printable(entry.file), entry.taken_at) for entry in used]
    )
    if found is None:
        return [], []
    if found.kind == "clock_set":
        return [], [found.message]
    return [
        f"order and times disagree: {found.message}; look at the frames and say in the sheet which "
        "is right: order time, or order name"
    ], []
