"""Where two makings of a master part: compare records, settings and software, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from records.known_frames import pixels_of
from records.layout import RETOUCH, STEPS, Step
from records.record import read_record

# Those whose records say how a master came about.
COMPARED = [step for step in STEPS.values() if step.is_needed and step.kind]

# Results, and what follows from them or from the place and the software.
NOT_COMPARED = {"frames", "software", "folder", "pixel_sha256", "blake3", "sha256", "made_from"}


def first_difference(before: Path, after: Path) -> str:
    """The first step whose results differ and how, in words; empty if none does.

    Parameters
    ----------
    before, after : folders of two stacks with the records of their steps
    """
    ways = {"convert": _converted, "align": _aligned, "fuse": _fused}
    for step in COMPARED:
        words = ways[step.name](*_records(step, before, after))
        if words:
            return f"{step.name}: {words}"
    if (before / RETOUCH).exists() and (after / RETOUCH).exists():
        then, now = (read_record(folder / RETOUCH, "retouch") for folder in (before, after))
        if words := _fused(then, now):
            return f"retouch: {words}"
    return ""


def record_changes(before: Path, after: Path) -> list[str]:
    """What the records of two makings say otherwise of parameters and circumstances.

    Results, software and what only one of them knows are left out.

    Parameters
    ----------
    before, after : folders of two stacks with the records of their steps
    """
    words = []
    for step in COMPARED:
        then, now = _comparable(*_records(step, before, after))
        words += [f"{step.name}: {change}" for change in _changes("", then, now)]
    return words


def _records(step: Step, before: Path, after: Path) -> tuple[dict, dict]:
    then, now = (read_record(folder / step.record, step.kind) for folder in (before, after))
    return then, now


def same_depth(before: Mapping, after: Mapping) -> bool:
    """Whether two records of a master tell of the same depth map, or the first of none."""
    known = before.get("depth")
    return not known or known["pixel_sha256"] == (after.get("depth") or {}).get("pixel_sha256")


def _comparable(one: dict, other: dict) -> tuple[dict, dict]:
    """Two records reduced to what both know."""
    common = (one.keys() & other.keys()) - NOT_COMPARED
    pairs = {
        key: _comparable(one[key], other[key])
        if isinstance(one[key], dict) and isinstance(other[key], dict)
        else (one[key], other[key])
        for key in common
    }
    return {key: pair[0] for key, pair in pairs.items()}, {
        key: pair[1] for key, pair in pairs.items()
    }


def software_changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Programs known to both whose versions differ, such as `numpy 2.4.6 → 2.5.0`.

    Parameters
    ----------
    before, after : name → version
    """
    return [
        f"{name} {before[name]} → {after[name]}"
        for name in sorted(before.keys() & after.keys(), key=str.lower)
        if before[name] != after[name]
    ]


def setting_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Settings that differ, such as `fuse.power 4 → 6`."""
    return list(_changes("", before, after))


def _changes(prefix: str, one: Mapping, other: Mapping) -> Iterator[str]:
    for key in sorted(one.keys() | other.keys()):
        was, now = one.get(key), other.get(key)
        if isinstance(was, dict) and isinstance(now, dict):
            yield from _changes(f"{prefix}{key}.", was, now)
        elif was != now:
            said = ("nothing" if one is None else one for one in (was, now))
            yield f"{prefix}{key} {' → '.join(map(str, said))}"


def _converted(one: dict, other: dict) -> str:
    was = {frame["file"]: pixels_of(frame) for frame in one["frames"]}
    now = {frame["file"]: pixels_of(frame) for frame in other["frames"]}
    if was.keys() != now.keys():
        return "other frames are used"
    changed = [file for file in was if was[file] != now[file]]
    if not changed:
        return ""
    return f"{len(changed)} of {len(was)} frames convert to other pixels, {changed[0]} first"


def _aligned(one: dict, other: dict) -> str:
    if one["reference"] != other["reference"]:
        return f"the reference frame is {other['reference']}, was {one['reference']}"
    keys = ("frame", "status", "matrix", "gain")
    changed = [
        was["file"]
        for was, now in zip(one["frames"], other["frames"], strict=False)
        if any(was[key] != now[key] for key in keys)
    ]
    if not changed:
        return ""
    return f"{len(changed)} of {len(one['frames'])} frames lie otherwise, {changed[0]} first"


def _fused(one: dict, other: dict) -> str:
    was, now = one.get("pixel_sha256", {}), other.get("pixel_sha256", {})
    changed = [name for name in was if was[name] != now.get(name)]
    return f"other pixels in {', '.join(changed)}" if changed else ""
