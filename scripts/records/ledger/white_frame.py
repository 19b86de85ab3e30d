"""The white frame of a stack: taken as the frames were, or refused (see `kept_copies`)."""

from __future__ import annotations

from records.errors import RecordError
from records.ledger.rounding import one_step_apart
from records.ledger.table import Entry
from records.metadata.exif import Capture
from records.text import escaped


def refuse_unlike(
    name: str, size_px: tuple[int, int], kind_is_raw: bool, taken: Capture, frame: Entry
) -> None:
    """Refuse a white frame that was not taken as the frames were.

    Parameters
    ----------
    name : of the white frame, for the message
    size_px : its width and height
    kind_is_raw : whether it is a raw
    taken : what its file says of the exposure; what either does not say is not compared
    frame : a frame of the stack

    Raises
    ------
    RecordError : size, kind, camera, lens or aperture is another; both values are named
    """
    is_raw = frame.format not in ("jpeg", "png", "tiff")
    differing = []

    def compare(what: str, own: object, theirs: object, same: bool) -> None:
        if own is not None and theirs is not None and not same:
            differing.append(f"{what} {own}, the frames {theirs}")

    words = {True: "a raw", False: "a developed picture"}
    compare("it is", words[kind_is_raw], words[is_raw], kind_is_raw == is_raw)
    theirs = frame.width_px, frame.height_px
    compare("it has", _size(size_px), _size(theirs) if all(theirs) else None, size_px == theirs)
    compare("it has the camera", taken.camera, frame.camera, taken.camera == frame.camera)
    compare("it has the lens", taken.lens, frame.lens, taken.lens == frame.lens)
    aperture = float(taken.aperture) if taken.aperture else None
    near = bool(aperture and frame.aperture_f) and one_step_apart(aperture, frame.aperture_f)  # type: ignore[arg-type]
    compare(
        "it has",
        f"f/{aperture:g}" if aperture else None,
        f"f/{frame.aperture_f:g}" if frame.aperture_f else None,
        near,
    )
    if differing:
        raise RecordError(
            f"white frame {escaped(name)}: {'; '.join(differing)}. Dust and shading are those of "
            "one camera, lens and aperture: take a white frame with these"
        )


def _size(size_px: tuple[int | None, int | None]) -> str:
    return f"{size_px[0]} x {size_px[1]} px"
