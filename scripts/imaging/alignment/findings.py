"""What of an alignment may make the picture wrong: told by a code, with the evidence.

A frame that would spoil the picture cannot be used; of the rest a person is warned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from imaging.alignment.focus_order import retakes, shares_of_sharpness, sharp_shares
from imaging.alignment.stack import Alignment
from imaging.alignment.trend import WEAK, off_path

# Share of the limit of brightness from which a frame that is used is told of.
TOLD = 0.5


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

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
    found: Alignment,
    turned: Mapping[int, tuple[str, float]],
    shape: tuple[int, int],
    most_px: float,
    limit_stops: float,
) -> dict[int, Finding]:
    """Frames that cannot be used, each with the reason that explains it best.

    Parameters
    ----------
    turned : what `turned.how_turned` says of frames that match no other, by position
    shape : (rows, columns) of a frame
    most_px : disagreement of a frame's pairs at which it has failed
    limit_stops : difference in brightness at which a frame has failed; infinite for none
    """
    reasons: dict[int, Finding] = {}

    def add(code: str, k: int, text: str, **evidence: object) -> None:
        reasons.setdefault(k, Finding(code, (k,), text, evidence))

    for k, stops in enumerate(found.exposure.stops):
        if abs(stops) > limit_stops:
            add("brightness", k, f"is {_brighter(stops)} the rest", stops=round(float(stops), 2))
    for k, (way, correlation) in turned.items():
        add("turned", k, f"is {way}", correlation=round(correlation, 3))
    for k in found.failed:
        add("no-match", k, "matches no other frame")
    for k in found.strangers:
        add(
            "dissimilar",
            k,
            "resembles the others by chance at most and lies far off where its neighbours lie "
            "(another specimen?)",
        )
    everywhere = sharpness_of(found, sorted([*found.members, *found.stacked]), shape)
    for k in found.stacked:
        add(
            "foreign-result",
            k,
            "is sharp wherever any other frame is: the result of a stacking program?",
            sharpness=round(everywhere[k], 3),
        )
    for k in found.shaken:
        add(
            "shaken",
            k,
            "is blurred where the frames before and after it are sharp (did it shake?)",
        )
    for k, residual in enumerate(found.residuals_px):
        if residual > most_px:
            add(
                "residual",
                k,
                f"off by {residual:.1f} px against its neighbours",
                residual_px=round(float(residual), 2),
            )
    return reasons


def misgivings(
    found: Alignment,
    used: Sequence[int],
    asked: int,
    shape: tuple[int, int],
    limit_stops: float,
    evened: bool = True,
) -> list[Finding]:
    """What a person should know of the frames that are used, and of the alignment as a whole.

    Parameters
    ----------
    used : positions of the frames that are used, in order
    asked : position of the reference frame that was asked for
    shape : (rows, columns) of a frame
    limit_stops : difference in brightness at which a frame fails
    evened : whether frames are made equally bright
    """
    findings = []
    if found.still is not None:
        boxes = [list(box) for box in found.still.boxes_px()]
        findings.append(
            Finding(
                "still-area",
                (),
                f"{_counted(len(boxes), 'area')} of the picture ({found.still.mask.mean():.1%}) "
                "stood still while the rest moved (a scale bar, a text, a rim or a reflection?): "
                "left out of the alignment",
                {"boxes_px": boxes, "share": round(float(found.still.mask.mean()), 5)},
            )
        )
    if found.reference != asked:
        findings.append(
            Finding(
                "reference", (found.reference,), "is the reference: the one asked for is not usable"
            )
        )
    if evened and not found.exposure.of_reference:
        findings.append(
            Finding(
                "reference-brightness",
                (found.reference,),
                f"the reference, is {_brighter(float(found.exposure.stops[found.reference]))} "
                "most frames: brightness is that of most",
                {"stops": round(float(found.exposure.stops[found.reference]), 2)},
            )
        )
    for k in used:
        stops = float(found.exposure.stops[k])
        if not found.exposure.measured[k]:
            findings.append(
                Finding(
                    "brightness-unknown",
                    (k,),
                    "is too dark, or too bright, for its brightness to be measured",
                )
            )
        elif abs(stops) > TOLD * limit_stops:
            findings.append(
                Finding(
                    "brightness",
                    (k,),
                    f"is {_brighter(stops)} the rest",
                    {"stops": round(stops, 2)},
                )
            )
    for k, px in off_path(found.transforms, used, shape).items():
        findings.append(
            Finding(
                "off-path",
                (k,),
                f"lies {px:.0f} px off the path of its neighbours (was something knocked?)",
                {"off_px": round(px, 1), "correlation": round(float(found.correlations[k]), 3)},
            )
        )
    typical = float(np.median(found.correlations[list(used)]))
    for k in used:
        if found.correlations[k] < WEAK * typical:
            findings.append(
                Finding(
                    "dissimilar",
                    (k,),
                    f"resembles the others little: correlation {found.correlations[k]:.2f}, "
                    f"theirs {typical:.2f}",
                    {"correlation": round(float(found.correlations[k]), 3)},
                )
            )
    seen = shares_of_sharpness(found.sharpness, found.transforms, used, found.reference, shape)
    for one, other, difference in retakes(seen):
        findings.append(
            Finding(
                "retake",
                (used[one], used[other]),
                "show the same focus: one was taken twice",
                {"difference_of_neighbours": round(difference, 3)},
            )
        )
    return findings


def sharpness_of(
    found: Alignment, frames: Sequence[int], shape: tuple[int, int]
) -> dict[int, float]:
    """How much of the picture is sharp in each of some frames, 0 to 1, by position."""
    seen = shares_of_sharpness(found.sharpness, found.transforms, frames, found.reference, shape)
    return dict(zip(frames, map(float, sharp_shares(seen))))


def _brighter(stops: float) -> str:
    return f"{abs(stops):.1f} stops {'brighter' if stops > 0 else 'darker'} than"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
