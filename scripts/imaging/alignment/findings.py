"""What of an alignment may make the picture wrong: named by a code, with the evidence.

A frame that would spoil the picture cannot be used; of the rest a person is warned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from imaging.alignment.exposure import Exposure
from imaging.alignment.focus_order import retakes, sharp_shares
from imaging.alignment.stack import Alignment
from imaging.alignment.trend import WEAK, off_path
from imaging.sampling.ranks import median

# Share of the limit of brightness from which a person is warned of a frame that is used.
WARNED = 0.5


@dataclass(frozen=True)
class Finding:
    """One thing that may make the picture wrong, as alignment measured it.

    Attributes
    ----------
    code : its name, for programs
    frames : positions in the stack
    text : what a person reads after the names of the frames
    evidence : numbers, each with its unit in its name
    """

    code: str
    frames: tuple[int, ...]
    text: str
    evidence: Mapping[str, object] = field(default_factory=dict)


def unusable(
    alignment: Alignment,
    turned: Mapping[int, tuple[str, float]],
    most_px: float,
    limit_stops: float,
) -> dict[int, Finding]:
    """Frames that cannot be used, each with the reason that explains it best.

    Parameters
    ----------
    turned : what `turned.how_turned` says of frames that match no other, by position
    most_px : disagreement of a frame's pairs at which it has failed
    limit_stops : difference in brightness at which a frame has failed; infinite for none
    """
    reasons: dict[int, Finding] = {}

    def add(code: str, k: int, text: str, **evidence: object) -> None:
        reasons.setdefault(k, Finding(code, (k,), text, evidence))

    for k, stops in enumerate(alignment.exposure.stops):
        if abs(stops) > limit_stops:
            add("brightness", k, f"is {_brighter(stops)} the rest", stops=round(float(stops), 2))
    for k, (way, correlation) in turned.items():
        add("turned", k, f"is {way}", correlation=round(correlation, 3))
    for k in alignment.failed:
        add("no-match", k, "matches no other frame")
    for k in alignment.strangers:
        add(
            "dissimilar",
            k,
            "resembles the others by chance at most and lies far off where its neighbours lie "
            "(another specimen?)",
        )
    everywhere = sharpness_of(alignment, sorted([*alignment.members, *alignment.stacked]))
    for k in alignment.stacked:
        add(
            "foreign-result",
            k,
            "is sharp wherever any other frame is: the result of a stacking program?",
            sharpness=round(everywhere[k], 3),
        )
    for k, stops in enumerate(alignment.exposure.uneven_stops):
        if stops > limit_stops:
            add("uneven-light", k, **_uneven(alignment.exposure, k))
    for k in alignment.shaken:
        add(
            "shaken",
            k,
            "is blurred where the frames before and after it are sharp (did it shake, or is the "
            "order wrong?)",
        )
    for k, residual in enumerate(alignment.residuals_px):
        if residual > most_px:
            add(
                "residual",
                k,
                f"off by {residual:.1f} px against its neighbours",
                residual_px=round(float(residual), 2),
            )
    return reasons


def misgivings(
    alignment: Alignment,
    used: Sequence[int],
    wanted: int,
    limit_stops: float,
    evened: bool = True,
) -> list[Finding]:
    """What a person should know of the frames that are used, and of the alignment as a whole.

    Parameters
    ----------
    used : positions of the frames that are used, in order
    wanted : position of the reference frame that was asked for
    limit_stops : difference in brightness at which a frame fails
    evened : whether frames are made equally bright
    """
    findings: list[Finding] = []

    def add(code: str, frames: tuple[int, ...], text: str, **evidence: object) -> None:
        findings.append(Finding(code, frames, text, evidence))

    if still := alignment.still:
        boxes = [list(box) for box in still.boxes_px()]
        share = float(still.mask.mean())
        add(
            "still-area",
            (),
            f"{_counted(len(boxes), 'area')} of the picture ({share:.1%}) stood still while the "
            "rest moved (a scale bar, a text, a rim or a reflection?): left out of the alignment",
            boxes_px=boxes,
            share=round(share, 5),
        )
    reference, exposure = alignment.reference, alignment.exposure
    if reference != wanted:
        add("reference", (reference,), "is the reference: the one asked for is not usable")
    if evened and not exposure.of_reference:
        stops = float(exposure.stops[reference])
        add(
            "reference-brightness",
            (reference,),
            f"the reference, is {_brighter(stops)} most frames: brightness is that of most",
            stops=round(stops, 2),
        )
    for k in used:
        stops = float(exposure.stops[k])
        if not exposure.measured[k]:
            text = "is too dark, or too bright, for its brightness to be measured"
            add("brightness-unknown", (k,), text)
        elif abs(stops) > WARNED * limit_stops:
            add("brightness", (k,), f"is {_brighter(stops)} the rest", stops=round(stops, 2))
        elif exposure.uneven_stops[k] > WARNED * limit_stops:
            add("uneven-light", (k,), **_uneven(exposure, k))
    correlations = alignment.correlations
    for k, px in off_path(alignment.transforms, used, alignment.shape).items():
        add(
            "off-path",
            (k,),
            f"lies {px:.0f} px off the path of its neighbours (was something knocked?)",
            off_px=round(px, 1),
            correlation=round(float(correlations[k]), 3),
        )
    typical = float(median(correlations[list(used)]))
    for k in used:
        if correlations[k] < WEAK * typical:
            add(
                "dissimilar",
                (k,),
                f"resembles the others little: correlation {correlations[k]:.2f}, "
                f"theirs {typical:.2f}",
                correlation=round(float(correlations[k]), 3),
            )
    magnifications = np.sqrt(np.linalg.det(alignment.transforms[list(used), :2, :2]))
    shares = alignment.shares_of_sharpness(used)
    for first, second, difference in retakes(shares, magnifications):
        add(
            "retake",
            (used[first], used[second]),
            "show the same focus: one was taken twice",
            difference_of_neighbours=round(difference, 3),
        )
    return findings


def sharpness_of(alignment: Alignment, frames: Sequence[int]) -> dict[int, float]:
    """How much of the picture is sharp in each of some frames, 0 to 1, by position."""
    return dict(zip(frames, map(float, sharp_shares(alignment.shares_of_sharpness(frames)))))


def _brighter(stops: float) -> str:
    return f"{abs(stops):.1f} stops {'brighter' if stops > 0 else 'darker'} than"


def _uneven(exposure: Exposure, k: int) -> dict[str, Any]:
    """What a person reads of a frame with other light in a part of it, and its numbers."""
    stops, share = float(exposure.uneven_stops[k]), float(exposure.dark_shares[k])
    return {
        "text": f"has a part ({share:.0%}) that is {stops:.1f} stops or more darker, against the "
        "rest, than in the frames beside it (did a flash misfire, or the shutter or a hand cover "
        "it?)",
        "stops": round(stops, 2),
        "share": round(share, 3),
    }


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
