"""The codes of the quality checks: what each means, what to do, how a person acknowledges one.

They are documented in docs/qc.md, which a test holds in step with this list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from records.errors import RecordError

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
    "direction-doubtful": Code(
        WARNING,
        "The subject grows or shrinks from frame to frame as where focus moves the other way than "
        "is said.",
        "Look which frames have the nearest part sharp: mend direction, or rail.rises of the rig; "
        "if focus was moved in the lens, acknowledge it.",
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
        "Around highlights the picture is brighter than the frame that is in focus there.",
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
    "place-uncertain": Code(
        WARNING,
        "How a frame lies to the one next to it is not known to a px; fine detail may be lost "
        "there, or seen twice.",
        "Look at the crops at 100 %; leave the frame out (column exclude) if it adds nothing "
        "sharp.",
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
    # From here on, what alignment warns of.
    "still-area": Code(
        WARNING,
        "Parts of the picture stood still while the rest moved: a scale bar, a text, a rim, a "
        "reflection. They are left out of the alignment, and smear in the result.",
        "Use frames without burned-in marks, or crop them off.",
    ),
    "reference": Code(
        WARNING,
        "The reference frame that was asked for is not usable; another one took its place.",
        "Look at that frame, or name another by align.reference.",
    ),
    "reference-brightness": Code(
        WARNING,
        "The reference frame is much brighter or darker than most frames.",
        "Nothing if the picture is as bright as it should be; else name another reference.",
    ),
    "brightness": Code(
        WARNING,
        "A frame is much brighter or darker than the rest; it is evened out, with its noise.",
        "Look at the frame (did the flash fire?); leave it out (column exclude), or shoot again.",
    ),
    "brightness-unknown": Code(
        WARNING,
        "A frame is too dark or too bright for its brightness to be measured.",
        "Look at the frame; leave it out (column exclude), or shoot again.",
    ),
    "uneven-light": Code(
        WARNING,
        "A part of a frame is darker than in the frames beside it: a flash misfired, or the "
        "shutter or a hand covered it.",
        "Look at the frame; leave it out (column exclude), or shoot again.",
    ),
    "off-path": Code(
        WARNING,
        "A frame lies far off the path of its neighbours: something was knocked, or it was matched "
        "by chance.",
        "Look at the frame; leave it out (column exclude), or shoot again.",
    ),
    "dissimilar": Code(
        WARNING,
        "A frame resembles the others little.",
        "Look whether it belongs to this stack; leave it out (column exclude) if not.",
    ),
    "retake": Code(
        WARNING,
        "Two frames show the same focus: one was taken twice.",
        "Leave one of them out (column exclude).",
    ),
    "turned": Code(
        WARNING,
        "A frame is upside down, mirrored or a negative; it was left out.",
        "Make it like the others, or take it out of the folder.",
    ),
    "no-match": Code(
        WARNING,
        "A frame matches no other; it was left out.",
        "Look whether it belongs to this stack; take it out of the folder if not.",
    ),
    "foreign-result": Code(
        WARNING,
        "A frame is sharp wherever any other is, as a stacking program's result; it was left out.",
        "Take it out of the folder.",
    ),
    "shaken": Code(
        WARNING,
        "A frame is blurred where those before and after it are sharp: it shook, or the order is "
        "wrong; it was left out.",
        "Look at the order, or shoot again if what it alone had in focus is missed.",
    ),
    "residual": Code(
        WARNING,
        "A frame lies elsewhere than its neighbours say; it was left out.",
        "Look at the frame; raise align.max_residual_px only if it fits.",
    ),
}
# What alignment warns of by a code that is not among these is passed on in its own words.
OTHER = Code(WARNING, "Found while frames were aligned.", "See its message and transforms.json.")


def parse_acknowledged(text: str, known: Sequence[str] = tuple(CODES)) -> dict[str, str]:
    """Read the sheet's cell `acknowledge`: `code: reason; code: reason`.

    Raises
    ------
    RecordError : a code that does not exist, no reason, or one code twice
    """
    reasons: dict[str, str] = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        code, colon, reason = (word.strip() for word in part.partition(":"))
        if code not in known:
            raise RecordError(f"there is no code {code!r}; known are {', '.join(known)}")
        if not colon or not reason:
            raise RecordError(f"{code} has no reason; write it as {code}: reason")
        if code in reasons:
            raise RecordError(f"{code} is there twice; give one reason")
        reasons[code] = reason
    return reasons
