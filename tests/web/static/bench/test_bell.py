"""When the bell rings."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow


def state(what: str = "", taken: int = 0, frames: int = 3, told=(), failed: int = 0) -> dict:
    return {
        "desk": {
            "doing": {"what": what},
            "capture": {"frames": frames, "taken": [{}] * taken},
            "told": list(told),
        },
        "runs": {"stacks": [{"state": "failed"}] * failed},
    }


ERROR = {"when": "2026-11-27T10:00:00Z", "text": "camera: store full", "kind": "error"}
NOTE = {"when": "2026-11-27T10:00:00Z", "text": "start set", "kind": "note"}


@pytest.mark.parametrize(
    ("before", "now", "tune"),
    [
        (state("capture", 2), state("", 3), "done"),
        (state("capture", 1), state("", 2), ""),
        (state("capture", 2), state("capture", 3), ""),
        (state("jog", 3), state("", 3), ""),
        (state("capture", 1), state("", 1, told=[ERROR]), "failed"),
        (state(told=[ERROR]), state(told=[ERROR]), ""),
        (state(), state(told=[NOTE]), ""),
        (state(failed=0), state(failed=1), "failed"),
        (None, state(told=[ERROR], failed=2), ""),
    ],
)
def test_the_bell_rings_once_for_what_ended_or_failed(ask, before, now, tune: str) -> None:
    assert ask("bench/bell.js", "m.deserves(given[0], given[1])", [before, now]) == tune
