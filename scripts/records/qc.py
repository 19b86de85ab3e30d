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

WARNING, NOTE = "warning", "note"


@dataclass(frozen=True)
class Code:
    """What may be said of a stack.

    Attributes
    ----------
    level : `warning` is shown wherever the stack is; `note` stands in the record alone
    means, do : a sentence each
    """

    level: str
    means: str
    do: str


CODES: Mapping[str, Code] = {
    "steps-too-large": Code(
        WARNING,
        "The steps are larger than the depth of field: between two frames lies a band that is "
        "sharp in neither.",
        "Shoot again with smaller steps or a smaller aperture, or accept the soft bands.",
    ),
    "end-not-reached": Code(
        WARNING,
        "Much of the picture is sharpest in the first or the last frame: what lies beyond it is "
        "in focus nowhere.",
        "Shoot again from further away, or on to where nothing gets sharper any more.",
    ),
    "order-doubtful": Code(
        WARNING,
        "Names, times, magnification or sharpness put the frames in another order.",
        "Compare the order with the frames; say it in the sheet's column order, or rename files.",
    ),
    "moved": Code(
        WARNING,
        "Something moved or changed between two frames; it may be seen twice, or cut off.",
        "Look at the crops; leave the frames on one side out (column exclude), or shoot again.",
    ),
    "dust-left": Code(
        WARNING,
        "Dark spots stay at their place on the sensor while the subject moves: dust that was not "
        "made good leaves a trail of spots.",
        "Look at the crops; clean the sensor and shoot again, or retouch.",
    ),
    "halo": Code(
        WARNING,
        "Round highlights the picture is brighter than the frame that is in focus there.",
        "Look at the crops; try fuse.method depthmap, or diffuse the light and shoot again.",
    ),
    "low-confidence": Code(
        WARNING,
        "Of much of the subject the depth is not known; there the picture is an average of frames.",
        "Look whether the places without depth are plain by nature; else check focus and light.",
    ),
    "crop-small": Code(
        WARNING,
        "The area that all frames cover is much smaller than a frame.",
        "Look for a frame that moved far (transforms.json) and leave it out, or set crop.",
    ),
    "facts-unknown": Code(
        NOTE,
        "Nothing is known of some settings of the camera, so that they could not be compared.",
        "Use frames as the camera wrote them if they are still there.",
    ),
    "single-frame": Code(
        NOTE,
        "The stack has one frame: there was nothing to align, to fuse or to compare.",
        "Nothing, if one frame was meant.",
    ),
}
# What alignment warns of by a code that is not among these is passed on in its own words.
OTHER = Code(WARNING, "Found while frames were aligned.", "See its message and transforms.json.")


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


def parse_acknowledged(text: str, known: Sequence[str] = tuple(CODES)) -> dict[str, str]:
    """Read the sheet's cell `acknowledge`: `code: reason; code: reason`.

    Raises
    ------
    RecordError : a code that does not exist, no reason, or one code twice
    """
    found: dict[str, str] = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        code, colon, reason = (word.strip() for word in part.partition(":"))
        if code not in known:
            raise RecordError(f"there is no code {code!r}; known are {', '.join(known)}")
        if not colon or not reason:
            raise RecordError(f"{code} has no reason; write it as {code}: reason")
        if code in found:
            raise RecordError(f"{code} is there twice; give one reason")
        found[code] = reason
    return found


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
