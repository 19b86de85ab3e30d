"""How a stack came about, on its page: versions in the archive, and the steps of the newest."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from records.archive.history import versions_of
from records.archive.ocfl import Inventory
from records.layout import STEPS
from records.log import Log
from records.reports.review_sources import Sources


def history_of(inventory: Inventory) -> list[dict[str, Any]]:
    """Versions of an object, the newest first: when, by whom, and what each says of itself."""
    return [
        {"version": one.name, "when": one.created, "who": one.user, "what": one.said}
        for one in reversed(versions_of(inventory))
    ]


def steps_of(sources: Sources) -> list[dict[str, Any]]:
    """The steps that were run, in order: by which command, on what, when and for how long."""
    order = [step.log for step in STEPS.values()]
    names = sorted(sources.logs, key=lambda name: (_place(order, name), name))
    steps = []
    for name in names:
        log = sources.log(name)
        if log.started:
            steps.append(
                {
                    "step": name,
                    "software": ", ".join(
                        f"{one} {number}" for one, number in log.software.items()
                    ),
                    "when": log.started,
                    "seconds": _seconds(log),
                    "command": log.command,
                }
            )
    return steps


def _place(order: list[str], name: str) -> int:
    return order.index(name) if name in order else len(order) + (name == "archive")


def _seconds(log: Log) -> float | None:
    try:
        lasted = datetime.fromisoformat(log.ended) - datetime.fromisoformat(log.started)
    except ValueError:
        return None
    return lasted.total_seconds()
