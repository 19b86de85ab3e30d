"""Findings as `qc.json` has them, and those that records tell without a look at pixels.

Checks of pixels measure and judge (`imaging.checks`); what their codes mean is in
`records.sheet.acknowledged`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from records.ledger.capture_times import Taken, against_times
from records.ledger.properties import unknown
from records.ledger.table import Entry
from records.log import of_each_kind
from records.sheet.acknowledged import CODES, OTHER, WARNING


def row(
    code: str,
    message: str,
    frames: Sequence[int | None] = (),
    evidence: Mapping[str, object] | None = None,
    places: Sequence[tuple[int, int, int, int]] = (),
) -> dict[str, Any]:
    """A finding as `qc.json` has it.

    Parameters
    ----------
    code : see `CODES`; another one is alignment's own
    message : a sentence for people, with figures and units
    frames : numbers, as in the ledger
    evidence : figures behind it
    places : (x, y, width, height) in px of the fused image, where to look
    """
    known = CODES.get(code, OTHER)
    return {
        "code": code,
        "level": known.level,
        "frames": list(frames),
        "message": message,
        "means": known.means,
        "do": known.do,
        "evidence": dict(evidence or {}),
        "places_px": [list(place) for place in places],
        "pictures": [],
        "acknowledged": None,
    }


def of_alignment(transforms: Mapping) -> list[dict[str, object]]:
    """What alignment warned of in a `transforms.json`."""
    return [
        row(warning["code"], warning["message"], warning.get("frames", ()), warning.get("evidence"))
        for warning in transforms.get("warnings", [])
    ]


def of_ledger(entries: Sequence[Entry]) -> list[dict[str, object]]:
    """What the ledger's rows of the frames that were fused tell."""
    if len(entries) == 1:
        return [row("single-frame", "the stack has one frame", [entries[0].frame])]
    rows = []
    # A ledger of before has no column of formats; times are compared with the order.
    settings = [name for name in unknown(entries) if name not in ("format", "time")]
    if settings:
        message = f"no frame tells its {', '.join(settings)}; they were not compared"
        rows.append(row("facts-unknown", message, evidence={"unknown": settings}))
    taken = [Taken(entry.frame or 0, entry.file, entry.taken_at) for entry in entries]
    against = against_times(taken)
    if against and against.kind != "clock_set":
        evidence = {"times": against.kind}
        rows.append(row("order-doubtful", against.message, against.frames, evidence))
    return rows


def to_show(record: Mapping) -> list[Mapping]:
    """Findings of a `qc.json` that a person should see: warnings that nobody acknowledged."""
    return [
        finding
        for finding in record.get("findings", [])
        if finding["level"] == WARNING and not finding["acknowledged"]
    ]


def in_a_line(shown: Sequence[Mapping]) -> str:
    """Those findings in one line, such as `moved: frames 3 and 4 differ …; halo: …`.

    Of several of one code the first is told, and how many more there are.
    """
    told = ((code := finding["code"], f"{code}: {finding['message']}") for finding in shown)
    return "; ".join(of_each_kind(told))
