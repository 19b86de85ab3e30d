"""Whether the frames of a stack belong together: one kind, one camera, one setting of each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath

from records.ledger.candidate import Candidate
from records.ledger.properties import MAY_DIFFER, PROPERTIES, value_of
from records.ledger.table import LISTED, Entry
from records.log import listed
from records.text import escaped

# Endings that say a photograph's format truly.
_ENDINGS = {"jpeg": (".jpg", ".jpeg", ".jpe"), "png": (".png",), "tiff": (".tif", ".tiff")}


def disagreements(
    used: Sequence[Entry], allow: Sequence[str], tolerance: Mapping[str, float]
) -> tuple[list[str], dict[str, str]]:
    """A message about each property in which frames differ, and the reason for each deviant.

    Parameters
    ----------
    allow : names of `PROPERTIES` that may differ
    tolerance : by name, the relative difference that still agrees
    """
    problems: list[str] = []
    reasons: dict[str, str] = {}
    for name in PROPERTIES:
        if used and name not in allow:
            message, deviants = _disagreement(used, name, tolerance.get(name, 0.0))
            problems += message
            # Of a frame that differs in several, the first is its reason.
            reasons = deviants | reasons
    return problems, reasons


def _disagreement(
    used: Sequence[Entry], name: str, tolerance: float
) -> tuple[list[str], dict[str, str]]:
    values = [value_of(entry, name) for entry in used]
    usual, count = Counter(values).most_common(1)[0]
    deviants: dict[object, list[Entry]] = {}
    for entry, value in zip(used, values, strict=True):
        if not _agree(value, usual, tolerance):
            deviants.setdefault(value, []).append(entry)
    if not deviants:
        return [], {}
    first = used[values.index(usual)]
    others = "; ".join(
        f"{_shown(value, name)} in {_frames(entries)}"
        for value, entries in list(deviants.items())[:LISTED]
    )
    more = f"; {len(deviants) - LISTED} more values" if len(deviants) > LISTED else ""
    like = f"{count} frames such as" if count > 1 else "frame"
    problem = (
        f"{PROPERTIES[name]} differs: {_shown(usual, name)} in {like} {first.frame} "
        f"({escaped(first.file)}), but {others}{more}. Shoot these again or take them out of the "
        "folder"
    )
    if name in MAY_DIFFER:
        problem += f"; if it is meant so, set ledger.allow_differences: [{name}]"
    return [problem], {
        entry.file: f"{PROPERTIES[name]} {_shown(value, name)}, where most frames have "
        f"{_shown(usual, name)}"
        for value, entries in deviants.items()
        for entry in entries
    }


def _agree(value: object, usual: object, tolerance: float) -> bool:
    if value == usual:
        return True
    prints = [re.search(r"\[[0-9a-f]{8}\].*$", str(either)) for either in (value, usual)]
    if prints[0] and prints[1]:
        # Profiles under other names that say the same of colour.
        return prints[0][0] == prints[1][0]
    numbers, usual_numbers = _numbers(value), _numbers(usual)
    if not tolerance or not numbers or len(numbers) != len(usual_numbers):
        return False
    return all(
        abs(a - b) <= tolerance * max(abs(a), abs(b))
        for a, b in zip(numbers, usual_numbers, strict=True)
    )


def _numbers(value: object) -> list[float]:
    """A number, or white balance multipliers, as numbers; an empty list for anything else."""
    if isinstance(value, int | float):
        return [float(value)]
    if isinstance(value, str) and re.fullmatch(r"[\d.]+( [\d.]+){2}", value):
        return [float(part) for part in value.split()]
    return []


def _seconds(value: float) -> str:
    """An exposure as cameras show it: 1/60 s, 0.1064 s, 2.5 s."""
    part = round(1 / value)
    return f"1/{part} s" if part > 1 and abs(part * value - 1) < 1e-6 else f"{value:.4g} s"


_SHOWN: dict[str, Callable[..., str]] = {
    "size": lambda value: f"{value[0]} x {value[1]} px",
    "aperture": lambda value: f"f/{value:g}",
    "iso": lambda value: f"ISO {value}",
    "exposure": _seconds,
}


def _shown(value: object, name: str) -> str:
    return "unknown" if value is None else _SHOWN.get(name, str)(value)


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
    return [
        f"{' and '.join(names)} have the same name but for the ending or its case; "
        "keep one of them in the folder"
        for names in stems.values()
        if len(names) > 1
    ]


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
