"""What a person chose at the preview: crop, frames left out, method; as cells of the sheet.

A frame is chosen by its number in the list that the page was given, and named in the sheet by its
file: a file stays what it is when others are left out, and a number does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imaging.pictures.crop import MOST_DEG, Crop
from records.errors import RecordError
from records.sheet.stacks import SheetRow
from web.review.cells import set_cells
from web.review.frames import ListedFrame, frames_of
from web.review.names import Stack, Stacks

WHY = "left out at the preview"
METHODS = ("holostack", "pyramid", "weighted", "depthmap")


@dataclass(frozen=True)
class Choice:
    """What was chosen; None is left as it is.

    Attributes
    ----------
    crop : `common`, `none`, or a rectangle in px of the fused image
    exclude : numbers of frames of the list
    method : of fusion
    """

    crop: str | Crop | None = None
    exclude: tuple[int, ...] | None = None
    method: str | None = None


def choose(stacks: Stacks, stack: Stack, choice: Choice) -> None:
    """Write choices into the stack's row.

    Raises
    ------
    RecordError : one of them can't be, or the sheet can't be written; nothing of them is then
    """
    cells: dict[str, str] = {}
    if choice.crop is not None:
        cells["crop"] = _crop(choice.crop, size_of(frames_of(stack)))
    if choice.exclude is not None:
        cells["exclude"] = _named(choice.exclude, frames_of(stack))
    if choice.method is not None:
        if choice.method not in METHODS:
            raise RecordError(f"there is no method {choice.method!r}; {', '.join(METHODS)} are")
        cells["fuse.method"] = choice.method

    def decide(row: SheetRow) -> dict[str, str]:
        if "exclude" not in cells:
            return cells
        # The sheet wants a reason; who gave one there said it better.
        reason = row.cells.get("exclude_reason", WHY) if cells["exclude"] else ""
        return {**cells, "exclude_reason": reason}

    set_cells(stacks, stack, decide)


def size_of(frames: Sequence[ListedFrame]) -> tuple[int, int] | None:
    """Width and height of the fused image, which are those of its frames; None if not known."""
    return next(
        (
            (frame.width_px, frame.height_px)
            for frame in frames
            if frame.width_px and frame.height_px
        ),
        None,
    )


def _crop(crop: str | Crop, size: tuple[int, int] | None) -> str:
    if isinstance(crop, str):
        if crop not in ("common", "none"):
            raise RecordError(f"a crop is common, none or a rectangle, not {crop!r}")
        return crop
    width, height = crop.size
    if min(width, height) < 1 or not (crop.angle_deg or min(crop.box) >= 0):
        raise RecordError("a crop lies in the picture, and has a px at least")
    if abs(crop.angle_deg) > MOST_DEG:
        raise RecordError("a crop is turned by at most 180 degrees")
    if size and not crop.lies_in(size[::-1]):
        raise RecordError(
            f"the crop {crop.text} reaches beyond the picture of {size[0]} x {size[1]} px"
        )
    return crop.text


def _named(numbers: Sequence[int], frames: Sequence[ListedFrame]) -> str:
    files = {frame.frame: frame.file for frame in frames}
    if unknown := [number for number in numbers if number not in files]:
        raise RecordError(f"there is no frame {unknown[0]}; load the page again")
    if len(set(numbers)) >= len(frames):
        raise RecordError("one frame at least is needed; do not leave out all of them")
    names = [files[number] for number in sorted(set(numbers))]
    if odd := [name for name in names if ";" in name or name != name.strip()]:
        raise RecordError(f"the name of {odd[0]} can't stand in the sheet; rename the file")
    return "; ".join(names)
