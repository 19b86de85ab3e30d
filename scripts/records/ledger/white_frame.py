"""The white frame of a stack: copied into its folder, known by its bytes, taken as the frames were.

A person names it by a path, the same for a whole session. What a stack was converted with lies in
the stack, under a name that is made of its content, and is archived with it: no record names a
file elsewhere.
"""

from __future__ import annotations

import re
from pathlib import Path

from records.errors import RecordError
from records.files import refuse_protected, sha256_file
from records.layout import WHITE
from records.ledger.importing import copy
from records.ledger.rounding import one_step_apart
from records.ledger.table import Entry
from records.metadata.exif import Capture
from records.text import escaped

_ENDING = re.compile(r"\.[a-z0-9]{1,8}")


def name_of(sha256: str, ending: str) -> str:
    """Name of a copy in `white/`."""
    ending = ending.casefold()
    return f"white_{sha256}{ending if _ENDING.fullmatch(ending) else ''}"


def in_stack(stack: Path, sha256: str) -> Path:
    """The copy of a white frame that a stack has.

    Raises
    ------
    RecordError : it has none with these bytes
    """
    for path in copies_in(stack):
        if path.name.startswith(f"white_{sha256}") and sha256_file(path) == sha256:
            return path
    raise RecordError(
        f"{stack / WHITE}: holds no white frame with the SHA-256 {sha256}, with which the stack "
        "was converted"
    )


def copies_in(stack: Path) -> list[Path]:
    """The files in a stack's `white/` that are named as copies of white frames are."""
    folder = stack / WHITE
    if folder.is_symlink() or not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if re.fullmatch(r"white_[0-9a-f]{64}(\.[a-z0-9]{1,8})?", path.name)
        and path.is_file()
        and not path.is_symlink()
    )


def bring(stack: Path, wanted: Path | None) -> tuple[Path, str] | None:
    """Have a stack hold the white frame that it is converted with, and no other.

    Parameters
    ----------
    stack : its folder
    wanted : the white frame; None for a stack without

    Returns
    -------
    the copy and its SHA-256

    Raises
    ------
    RecordError : the copy differs from it, or something else lies in its place
    """
    kept = None
    if wanted is not None:
        digest = sha256_file(wanted)
        kept = stack / WHITE / name_of(digest, wanted.suffix)
        refuse_protected(kept)
        if kept.parent.is_symlink() or kept.is_symlink():
            raise RecordError(f"{kept}: a link, where the white frame's copy belongs; remove it")
        if not kept.exists():
            kept.parent.mkdir(exist_ok=True)
            digest = copy(wanted, kept)
        elif sha256_file(kept) != digest:
            raise RecordError(f"{kept}: is not what its name says; remove it and run again")
    for path in copies_in(stack):
        # Its name says what it is a copy of; what is anything else stays.
        if path != kept and path.name.startswith(f"white_{sha256_file(path)}"):
            path.unlink()
    return (kept, digest) if kept else None


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
