"""What of an alignment is refused, and what a person is warned of."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.alignment.exposure import Exposure
from imaging.alignment.findings import misgivings, sharpness_of, unusable
from imaging.alignment.stack import Alignment
from imaging.alignment.standstill import StillAreas

COUNT = 6


def exposure(
    stops=(0.0,) * COUNT, measured=(True,) * COUNT, of_reference=True, uneven=(0.0,) * COUNT
) -> Exposure:
    return Exposure(
        np.ones((COUNT, 3)),
        np.array(stops),
        np.array(measured),
        of_reference,
        np.array(uneven),
        np.full(COUNT, 0.4),
    )


@pytest.fixture
def good() -> Alignment:
    # Each cell of a frame comes into focus once.
    when = np.random.default_rng(2).uniform(0, COUNT - 1, (8, 12))
    focus = 1.0 / (1.0 + (np.arange(COUNT)[:, None, None] - when) ** 2)
    return Alignment(
        shape=(480, 640),
        reference=3,
        transforms=np.tile(np.eye(3), (COUNT, 1, 1)),
        exposure=exposure(),
        correlations=np.full(COUNT, 0.95),
        residuals_px=np.full(COUNT, 0.1),
        uncertainties_px=np.full(COUNT, 0.1),
        uncertainties_beside_px=np.full(COUNT, 0.02),
        failed=(),
        sharpness=np.repeat(focus[:, None], 4, 1).astype(np.float32),
    )


def refused(alignment: Alignment, turned=(), limit_stops=2.0) -> dict[int, str]:
    findings = unusable(alignment, dict(turned), 5.0, limit_stops)
    return {k: finding.code for k, finding in findings.items()}


def warned(alignment: Alignment, wanted=3, evened=True) -> list[tuple[str, tuple[int, ...]]]:
    findings = misgivings(alignment, alignment.members, wanted, 2.0, evened)
    return [(finding.code, finding.frames) for finding in findings]


def test_a_good_alignment_has_nothing_to_be_said_of_it(good):
    assert refused(good) == {}
    assert warned(good) == []


def test_each_frame_is_refused_for_the_reason_that_explains_it_best(good):
    dark = good._replace(failed=(1, 4), exposure=exposure((0, -4.0, 0, 0, 0, 0)))
    assert refused(dark) == {1: "brightness", 4: "no-match"}
    assert refused(dark, limit_stops=np.inf) == {1: "no-match", 4: "no-match"}
    assert refused(dark, {4: ("upside down", 0.8)}) == {1: "brightness", 4: "turned"}
    assert refused(good._replace(strangers=(2,))) == {2: "dissimilar"}
    assert refused(good._replace(shaken=(2,))) == {2: "shaken"}
    assert refused(good._replace(stacked=(5,))) == {5: "foreign-result"}
    assert refused(good._replace(residuals_px=np.array([0, 0, 0, 0, 0, 5.1]))) == {5: "residual"}


def test_of_a_blurred_frame_the_order_is_asked_for_too(good):
    (shook,) = unusable(good._replace(shaken=(2,)), {}, 5.0, 2.0).values()
    assert shook.text.endswith("(did it shake, or is the order wrong?)")


def test_a_reference_that_is_another_or_unlike_most_is_named(good):
    assert warned(good, wanted=2) == [("reference", (3,))]
    dark = good._replace(exposure=exposure((0, 0, 0, -0.7, 0, 0), of_reference=False))
    assert warned(dark) == [("reference-brightness", (3,))]
    assert warned(dark, evened=False) == []


def test_brightness_is_named_from_half_its_limit_on_and_where_it_is_unknown(good):
    uneven = good._replace(exposure=exposure((0, 1.1, 0, 0, -0.9, 0)))
    assert warned(uneven) == [("brightness", (1,))]
    black = exposure(measured=(True, True, False, True, True, True))
    assert warned(good._replace(exposure=black)) == [("brightness-unknown", (2,))]


def test_a_frame_with_a_part_in_the_dark_is_named_for_that_and_not_as_blurred(good):
    curtain = good._replace(exposure=exposure(uneven=(0, 0, 5.5, 0, 1.5, 0.9)), shaken=(2,))
    (refusal,) = unusable(curtain, {}, 5.0, 2.0).values()
    assert refusal.code == "uneven-light"
    assert refusal.text.startswith("has a part (40%) that is 5.5 stops or more")
    assert refusal.evidence == {"stops": 5.5, "share": 0.4}
    assert ("uneven-light", (4,)) in warned(curtain)
    assert ("uneven-light", (5,)) not in warned(curtain)


def test_frames_off_the_path_and_unlike_the_others_are_named(good):
    transforms = good.transforms.copy()
    transforms[2, 0, 2] = 40.0
    assert ("off-path", (2,)) in warned(good._replace(transforms=transforms))
    correlations = np.array([0.95, 0.95, 0.95, 0.95, 0.5, 0.95])
    assert warned(good._replace(correlations=correlations)) == [("dissimilar", (4,))]


def test_a_frame_taken_twice_is_named_with_its_first(good):
    sharpness = good.sharpness.copy()
    sharpness[4] = sharpness[1]
    assert warned(good._replace(sharpness=sharpness)) == [("retake", (1, 4))]


def test_what_stands_still_is_named_with_its_boxes_and_share(good):
    mask = np.zeros((60, 80), bool)
    mask[50:54, 60:70] = True
    still = good._replace(still=StillAreas(mask, mask, 8))
    (finding,) = misgivings(still, range(COUNT), 3, 2.0)
    assert finding.evidence == {"boxes_px": [[480, 400, 80, 32]], "share": round(40 / 4800, 5)}
    assert finding.text.startswith("1 area of the picture (0.8%) stood still")


def test_sharpness_is_the_share_of_the_picture_in_focus(good):
    shares = sharpness_of(good, [0, 2, 5])
    assert list(shares) == [0, 2, 5]
    assert all(0.0 < share < 1.0 for share in shares.values())
