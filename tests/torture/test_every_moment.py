"""Each step killed, or out of disk, at every change that it makes: of what CI tries a sample.

What is done, and what must hold, is in tests/crashes.py.
"""

from __future__ import annotations

import pytest

from tests.crashes import EVERY, survive
from tests.scripts.test_killed import MAINS, before, whole, without_clock
from tests.torture.trials import SHORT, SURVIVED, Torture

# The fixtures are the sample's.
__all__ = ["before", "whole"]
FAULTS_AT_A_CHANGE = 2


@pytest.mark.skipif(SHORT, reason="tests/scripts/test_killed.py tries a sample")
@pytest.mark.parametrize("step", MAINS)
def test_a_step_cut_short_at_every_change(
    torture: Torture,
    request: pytest.FixtureRequest,
    step: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(EVERY, "1")

    def trial(name: str) -> tuple[str, int]:
        stack = request.getfixturevalue("before")(name)
        survived = survive([stack.steps()[name]], stack.data, see=without_clock)
        return SURVIVED, FAULTS_AT_A_CHANGE * survived.tried

    torture.each("every change of a step", [step], trial)
