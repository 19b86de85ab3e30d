"""What a check hands out: one thing that may be wrong with a stack, with the figures behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes
    ----------
    code : its name; docs/qc.md lists them
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
