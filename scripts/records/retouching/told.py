"""What is told of a stack's strokes for ever: who painted, when, why and from what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from records.retouching.strokes import Stroke


def told_of(strokes: Sequence[Stroke]) -> dict[str, Any]:
    """Counts, people with their times and reasons, and sources, as a record has them."""
    people: dict[str, list[Stroke]] = {}
    for stroke in strokes:
        people.setdefault(stroke.person, []).append(stroke)
    sources = {stroke.source: 0 for stroke in strokes}
    for stroke in strokes:
        sources[stroke.source] += 1
    modes = [stroke.mode for stroke in strokes]
    return {
        "strokes": len(strokes),
        "modes": {mode: modes.count(mode) for mode in dict.fromkeys(modes)},
        "people": [
            {
                "person": person,
                "strokes": len(own),
                "first": own[0].time,
                "last": own[-1].time,
                "reasons": list(dict.fromkeys(one.reason for one in own if one.reason)),
            }
            for person, own in people.items()
        ],
        "sources": [{**source.as_record(), "strokes": count} for source, count in sources.items()],
    }
