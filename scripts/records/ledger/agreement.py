"""Whether the frames of a stack belong together: one kind, one camera, one setting of each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from records.ledger.candidate import Candidate
from records.ledger.properties import MAY_DIFFER, PROPERTIES, value_of
from records.ledger.rounding import multipliers_one_step_apart, one_step_apart
from records.ledger.table import LISTED, Entry
from records.log import listed, of_each_kind
from records.text import escaped

# Endings that say a photograph's format truly.
_ENDINGS = {"jpeg": (".jpg", ".jpeg", ".jpe"), "png": (".png",), "tiff": (".tif", ".tiff")}


# Of what is a number, or several, how two of them are told to be one that was rounded.
_ROUNDED: dict[str, Callable[[list[float], list[float]], bool]] = {
    **dict.fromkeys(("aperture", "iso", "exposure"), lambda a, b: one_step_apart(a[0], b[0])),
    "white_balance": multipliers_one_step_apart,
}


@dataclass(frozen=True)
class Agreement:
    """In what the frames of a stack agree, and in what not.

    Attributes
    ----------
    problems : a message about each property in which frames differ
    deviants : by file, in what a frame differs
    tolerated : by file, in what a frame differs so little that it agrees
    notes : a message about each property in which differences were tolerated
    """

    problems: list[str] = field(default_factory=list)
    deviants: dict[str, str] = field(default_factory=dict)
    tolerated: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def compare(
    used: Sequence[Entry], allow: Sequence[str], tolerance: Mapping[str, float]
) -> Agreement:
    """Compare each property of all frames with what most of them have.

    Parameters
    ----------
    allow : names of `PROPERTIES` that may differ
    tolerance : by name, the relative difference that still agrees
    """
    found = Agreement()
    for name in PROPERTIES:
        if used and name not in allow:
            _compare_in(name, used, tolerance.get(name, 0.0), found)
    return found


def _compare_in(name: str, used: Sequence[Entry], tolerance: float, found: Agreement) -> None:
    """Compare one property and add to what was found."""
    values = [value_of(entry, name) for entry in used]
    usual, count = Counter(values).most_common(1)[0]
    first = used[values.index(usual)]
    deviants: dict[object, list[Entry]] = {}
    near: dict[object, list[Entry]] = {}
    by: dict[str, None] = {}
    for entry, value in zip(used, values, strict=True):
        why = _agree(name, value, usual, tolerance)
        if why is None:
            deviants.setdefault(value, []).append(entry)
        elif why:
            near.setdefault(value, []).append(entry)
            by[why] = None
            _say(
                found.tolerated,
                entry,
                f"{_named(value, name)}, where most frames have "
                f"{_shown(usual, name)}: taken as equal, {why}",
            )
    for value, entries in deviants.items():
        for entry in entries:
            # Of a frame that differs in several, the first is its reason.
            found.deviants.setdefault(
                entry.file,
                f"{_named(value, name)}, where most frames have {_shown(usual, name)}",
            )
    like = f"{count} frames such as" if count > 1 else "frame"
    usually = f"{_shown(usual, name)} in {like} {first.frame} ({escaped(first.file)})"
    if near:
        found.notes.append(
            f"{PROPERTIES[name]} is taken as equal ({'; '.join(by)}): {usually}, "
            f"{_others(near, name)}"
        )
    if deviants:
        problem = (
            f"{PROPERTIES[name]} differs: {usually}, but {_others(deviants, name)}. Shoot these "
            "again or take them out of the folder"
        )
        if name in MAY_DIFFER:
            problem += f"; if it is meant so, set ledger.allow_differences: [{name}]"
        found.problems.append(problem)


def _say(reasons: dict[str, str], entry: Entry, reason: str) -> None:
    before = reasons.get(entry.file)
    reasons[entry.file] = f"{before}; {reason}" if before else reason


def _others(by_value: Mapping[object, list[Entry]], name: str) -> str:
    """Each value that is not the usual one, and the frames that have it."""
    told = "; ".join(
        f"{_shown(value, name)} in {_frames(entries)}"
        for value, entries in list(by_value.items())[:LISTED]
    )
    more = len(by_value) - LISTED
    return f"{told}; {more} more values" if more > 0 else told


def _agree(name: str, value: object, usual: object, tolerance: float) -> str | None:
    """Why two values agree that are not the same, empty where they are, None where they do not."""
    if value == usual:
        return ""
    prints = [re.search(r"\[[0-9a-f]{8}\].*$", str(either)) for either in (value, usual)]
    if prints[0] and prints[1]:
        # Profiles under other names that say the same of colour.
        return "" if prints[0][0] == prints[1][0] else None
    numbers, usual_numbers = _numbers(value), _numbers(usual)
    if name not in _ROUNDED or not numbers or len(numbers) != len(usual_numbers):
        return None
    if _ROUNDED[name](numbers, usual_numbers):
        return "one step of rounding"
    if all(
        abs(a - b) <= tolerance * max(abs(a), abs(b))
        for a, b in zip(numbers, usual_numbers, strict=True)
    ):
        return f"within ledger.{name}_tolerance"
    return None


def _numbers(value: object) -> list[float]:
    """A number, or white balance multipliers, as numbers; an empty list for anything else."""
    if isinstance(value, int | float):
        return [float(value)]
    if isinstance(value, str) and re.fullmatch(r"[\d.]+( [\d.]+){2}", value):
        return [float(part) for part in value.split()]
    return []


def _seconds(value: float) -> str:
    """An exposure as cameras show it: 1/60 s, 1/4.3 s, 0.1064 s, 2.5 s."""
    for part in (round(1 / value), round(10 / value) / 10):
        if part > 1 and abs(part * value - 1) < 1e-6:
            return f"1/{part:g} s"
    return f"{value:.4g} s"


_SHOWN: dict[str, Callable[..., str]] = {
    "size": lambda value: f"{value[0]} x {value[1]} px",
    "aperture": lambda value: f"f/{value:g}",
    "iso": lambda value: f"ISO {value}",
    "exposure": _seconds,
}


def _shown(value: object, name: str) -> str:
    return "unknown" if value is None else _SHOWN.get(name, str)(value)


def _named(value: object, name: str) -> str:
    """A value with what it is, once."""
    shown, what = _shown(value, name), PROPERTIES[name]
    return shown if shown.startswith(what) else f"{what} {shown}"


def _frames(entries: Sequence[Entry]) -> str:
    return listed((f"frame {entry.frame} ({escaped(entry.file)})" for entry in entries), LISTED)


def partly_unknown(used: Sequence[Entry], allow: Sequence[str]) -> list[str]:
    """Of what may differ, that only some frames name it; elsewhere this is a disagreement."""
    warnings = []
    for name in allow:
        without = [entry for entry in used if value_of(entry, name) is None]
        if without and len(without) < len(used):
            warnings.append(
                f"{PROPERTIES[name]} is unknown in {_frames(without)}, and written in the other "
                f"{len(used) - len(without)}"
            )
    return warnings


def mixed(frames: Sequence[Candidate]) -> list[str]:
    """That there are raws and photographs, which cannot be converted alike."""
    raws, photos = ([file for file in frames if file.kind == kind] for kind in ("raw", "photo"))
    if not raws or not photos:
        return []
    return [
        f"raws ({len(raws)}, such as {escaped(raws[0].name)}) and developed pictures "
        f"({len(photos)}, such as {escaped(photos[0].name)}) cannot be converted alike; "
        "keep one kind in the folder"
    ]


def same_stem(frames: Sequence[Candidate]) -> list[str]:
    """Frames whose names differ in nothing but the ending; their TIFFs would have one name."""
    stems: dict[str, list[str]] = {}
    for file in frames:
        stems.setdefault(file.stem, []).append(escaped(file.name))
    return of_each_kind(
        (
            "same stem",
            f"{' and '.join(names)} have the same name but for the ending, or the case or "
            "spelling of letters; keep one of them in the folder",
        )
        for names in stems.values()
        if len(names) > 1
    )


def misnamed(frames: Sequence[Candidate]) -> list[str]:
    """Photographs whose ending says another format."""
    wrong = [
        file
        for file in frames
        if file.format in _ENDINGS
        and PurePath(file.name).suffix.lower() not in _ENDINGS[file.format]
    ]
    if not wrong:
        return []
    formats = " and ".join(sorted({file.format.upper() for file in wrong if file.format}))
    names = (
        f"{len(wrong)} files such as {escaped(wrong[0].name)} hold"
        if len(wrong) > 1
        else f"{escaped(wrong[0].name)} holds"
    )
    return [f"{names} {formats}, whatever the name says; used as what it is"]


def turned(used: Sequence[Entry]) -> list[str]:
    """Frames whose camera says that it was held in different ways."""
    other = next((entry for entry in used if entry.orientation != used[0].orientation), None)
    if other is None:
        return []
    return [
        f"frames {used[0].frame} and {other.frame} ({escaped(other.file)}) have orientation "
        f"{used[0].orientation} and {other.orientation}: a camera that looks straight down "
        "cannot tell; frames are aligned as stored, and the master alone is turned, as the frame "
        "says that the others are aligned to"
    ]
