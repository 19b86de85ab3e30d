"""What of a stack a person finished by hand: it decides the master besides raws and settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from records.files import sha256_file
from records.layout import EXTERNAL, EXTERNAL_RECORD, STROKES
from records.log import listed
from records.record import read_record
from records.retouching.strokes import Stroke, has_strokes, people, read

# People that are named in a message; more are counted.
_NAMED = 3
# Of a receipt: the strokes, and the record of a picture from elsewhere, which has its hash.
RETOUCHED_BY = "retouched_by"


def finished_by_hand(stack: Path) -> list[str]:
    """Paths in a stack of what a person painted there or gave back; empty without retouching."""
    found = [STROKES] if has_strokes(stack / STROKES) else []
    return found + [name for name in (EXTERNAL, EXTERNAL_RECORD) if (stack / name).exists()]


def as_archived(state: Mapping[str, str]) -> dict[str, str]:
    """What a receipt says of a version's retouching: path → SHA-256; empty without any.

    Parameters
    ----------
    state : logical path → SHA-256 of the version
    """
    return {name: state[name] for name in (STROKES, EXTERNAL_RECORD) if name in state}


def is_as_archived(stack: Path, receipt: Mapping[str, object]) -> bool:
    """Whether a stack is retouched as it was when it was archived, by its receipt."""
    now = {name: sha256_file(stack / name) for name in finished_by_hand(stack) if name != EXTERNAL}
    return now == receipt.get(RETOUCHED_BY, {})


def strokes_in(path: Path | None) -> dict[str, Stroke]:
    """Strokes of a file by their ids; none without a file."""
    return {one.id: one for one in read(path).strokes} if path else {}


def external_in(path: Path | None) -> dict[str, str]:
    """What is recorded of a picture from elsewhere; nothing without a record."""
    return read_record(path, "external") if path and path.exists() else {}


def came_from(external: Mapping[str, str]) -> str:
    """Which picture it is that another program gave back, in words."""
    return (
        f"the picture that {external.get('person') or 'somebody'} gave back from "
        f"{external.get('finished_with') or 'another program'}"
    )


def what_changed(
    before: Mapping[str, Stroke],
    after: Mapping[str, Stroke],
    external_before: Mapping[str, str],
    external_after: Mapping[str, str],
) -> list[str]:
    """What was retouched since, in words: strokes by their number and people, and other pictures.

    Parameters
    ----------
    before, after : strokes by their ids
    external_before, external_after : what is known of a picture from elsewhere
    """
    found = {
        "added": [after[name] for name in after if name not in before],
        "taken out": [before[name] for name in before if name not in after],
        "changed": [one for name, one in after.items() if before.get(name, one) != one],
    }
    words = []
    for verb, strokes in found.items():
        if strokes:
            who = f" of {listed(people(strokes), _NAMED)}" if people(strokes) else ""
            words.append(f"retouching: {len(strokes)} stroke{'s' * (len(strokes) > 1)}{who} {verb}")
    if external_before.get("sha256") != external_after.get("sha256"):
        verb = "in place of the fused image" if external_after else "no longer"
        words.append(f"retouching: {came_from(external_after or external_before)} {verb}")
    return words
