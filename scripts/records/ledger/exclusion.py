"""The frames that a row of the sheet excludes, by their names or their numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from unicodedata import normalize

from records.errors import RecordError
from records.ledger.frame_names import stem
from records.ledger.table import LISTED


def excluded(text: str, files: Sequence[str], frames: Sequence[str]) -> list[str]:
    """The files that a text such as `DSC_0003.NEF; 7; 9-12` names.

    Parameters
    ----------
    text : names of files, with or without their ending, numbers, or ranges of numbers, apart by
        semicolons. A number counts the stack's frames in their order with none excluded
    files : all that is in the folder and can be excluded
    frames : those that would be frames of the stack, in its order

    Raises
    ------
    RecordError : all that is not there or can be meant in two ways, and what is there
    """
    chosen: dict[str, None] = {}
    faults = []
    for word in filter(None, map(str.strip, text.split(";"))):
        named = _named(word, files)
        numbered = _numbered(word, frames)
        if named and numbered and named != numbered:
            faults.append(
                f"{word} is the name of {', '.join(named)} and the number of "
                f"{', '.join(numbered)}; "
                "write the file's name with its ending"
            )
        elif not named and not numbered:
            faults.append(f"{word} is not there")
        chosen |= dict.fromkeys(named or numbered)
    if faults:
        raise RecordError(f"exclude: {'; '.join(faults)}. {_there(files, frames)}")
    return list(chosen)


def _named(word: str, files: Sequence[str]) -> list[str]:
    """The file of that name, or those that are called so but for their ending."""
    word = normalize("NFC", word)
    called = {name: normalize("NFC", name) for name in files}
    whole = [name for name, spelled in called.items() if spelled == word]
    return whole or [
        name
        for name, spelled in called.items()
        if word in (stem(spelled), spelled.rpartition(".")[0])
    ]


def _numbered(word: str, frames: Sequence[str]) -> list[str]:
    """The frames of a number or a range of numbers; none where one of them is beyond the last."""
    match = re.fullmatch(r"([1-9][0-9]*)(?:\s*[-\N{EN DASH}]\s*([1-9][0-9]*))?", word)
    if not match:
        return []
    first, last = int(match[1]), int(match[2] or match[1])
    return list(frames[first - 1 : last]) if first <= last <= len(frames) else []


def _there(files: Sequence[str], frames: Sequence[str]) -> str:
    if not frames:
        return "The folder has no frame"
    shown = [f"{k} ({name})" for k, name in enumerate(frames, start=1)]
    if len(shown) > LISTED:
        shown = [*shown[: LISTED - 1], "…", shown[-1]]
    others = len(files) - len(frames)
    return f"There are the frames {', '.join(shown)}" + (
        f" and {others} other files" if others > 0 else ""
    )
