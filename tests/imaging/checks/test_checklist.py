"""All checks of a stack together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from imaging.checks.checklist import OF_SEVERAL, check
from imaging.frames.tiff import write_image
from tests.imaging.checks.cells import energy, fused_stack

LIMITS = yaml.safe_load((Path(__file__).parents[3] / "config/config.yaml").read_text())["qc"]


@pytest.fixture
def stack(tmp_path):
    made = fused_stack(tmp_path)
    write_image(made.fused, np.full((*made.shape, 3), 26214, np.uint16))
    write_image(made.source, np.ones(made.shape, np.uint16))
    write_image(made.confidence, np.full(made.shape, 65535, np.uint16))
    return made


def test_a_stack_with_nothing_wrong_has_no_finding_and_says_what_was_not_judged(stack):
    findings, not_judged = check(stack, LIMITS)
    assert findings == []
    assert set(not_judged) == {"dust-left"}


def test_how_a_frame_lies_beside_the_next_is_not_judged_where_alignment_did_not_tell(stack):
    _, not_judged = check(replace(stack, uncertain_px=None), LIMITS)
    assert "older version" in not_judged["place-uncertain"]
    _, not_judged = check(stack, LIMITS)
    assert "place-uncertain" not in not_judged


def test_of_frames_in_another_order_neither_steps_nor_ends_nor_movement_are_judged(stack, tmp_path):
    focus = np.random.default_rng(2).permutation(12)
    findings, not_judged = check(fused_stack(tmp_path, energy=energy(focus)), LIMITS)
    assert [finding.code for finding in findings] == ["order-doubtful"]
    for code in ("steps-too-large", "end-not-reached", "moved"):
        assert not_judged[code] == "the order of the frames is doubtful"


def test_of_a_single_frame_nothing_that_compares_frames_is_judged(tmp_path):
    findings, not_judged = check(fused_stack(tmp_path, 1), LIMITS)
    assert findings == []
    assert not_judged == dict.fromkeys(OF_SEVERAL, "the stack has one frame")
