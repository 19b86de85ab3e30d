"""The codes of the quality checks: what each means, what to do, and how a person acknowledges one.

Checks of pixels measure and judge (`imaging.checks`); here is what is said of their findings. The
codes are documented in docs/qc.md, which a test holds in step with this list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from records.errors import RecordError
from records.files import read_record
from records.sheet.acknowledged import CODES, OTHER, WARNING


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes
    ----------
    code : see `CODES`
    message : a sentence for people, with figures and units
    frames : numbers, as in the ledger
    evidence : figures behind it
    places : (x, y, width, height) in px of the fused image, where to look
    """

    code: str
    message: str
    frames: tuple[int, ...] = ()
    evidence: Mapping[str, object] = field(default_factory=dict)
    places: tuple[tuple[int, int, int, int], ...] = ()


def as_record(
    findings: Sequence[Finding], acknowledged: Mapping[str, str], pictures: Mapping[int, list[str]]
) -> list[dict[str, object]]:
    """Findings as `qc.json` has them; `pictures` are the names of evidence crops by position."""
    rows = []
    for position, one in enumerate(findings):
        code = CODES.get(one.code, OTHER)
        rows.append(
            {
                "code": one.code,
                "level": code.level,
                "frames": list(one.frames),
                "message": one.message,
                "means": code.means,
                "do": code.do,
                "evidence": dict(one.evidence),
                "places_px": [list(place) for place in one.places],
                "pictures": pictures.get(position, []),
                "acknowledged": acknowledged.get(one.code),
            }
        )
    return rows


def read_findings(stack: Path) -> dict[str, object]:
    """A stack's `qc.json`; empty where there is none that can be read."""
    try:
        return read_record(stack / "stack" / "qc.json", "qc")
    except RecordError:
        return {}


def to_show(record: Mapping) -> list[Mapping]:
    """Findings of a `qc.json` that a person should see: warnings that nobody acknowledged."""
    return [
        one
        for one in record.get("findings", [])
        if one["level"] == WARNING and not one["acknowledged"]
    ]


def in_a_line(shown: Sequence[Mapping]) -> str:
    """Those findings in one line, such as `moved: frames 3 and 4 differ …; halo: …`."""
    return "; ".join(f"{one['code']}: {one['message']}" for one in shown)
