"""How large a px is on the object, by the picture of a ruler; step master asks it.

As a command it says what is found in a picture, before it is named in the sheet.
"""

from __future__ import annotations

from step import run

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames.inspection import inspect
from records.errors import RecordError
from records.files import sha256_file
from records.layout import RAW, SCALE
from records.ledger.kept_copies import bring
from records.ledger.table import Entry
from records.ledger.unchanged import proven_raw
from records.log import progress
from records.provenance.pixel_size import (
    PixelSize,
    by_divisions,
    by_points,
    in_reference,
    parse_points,
)
from records.sheet.consistency import is_own_frame
from records.sheet.settings import add_cells
from records.text import escaped

GREEN = 1
# The picture of a ruler by the same sensor may have a rim more or less, as a JPEG beside a raw.
RIM = 0.02


def main(argv: list[str]) -> None:
    """Say how large a px is in the picture of a ruler."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path, help="of a ruler or a stage micrometer")
    add_cells(parser, "scale_division_mm", "scale_points", "scale_distance_mm")
    options = parser.parse_args(argv)
    found, _ = measured(options.picture, options)
    progress(f"{options.picture.name}: {found.words()}")


def scale_of(
    options: argparse.Namespace, entries: Sequence[Entry], aligned: Mapping[str, Any]
) -> dict[str, Any]:
    """What a master's record says of the size of a px, by the ruler that the sheet names.

    Parameters
    ----------
    options : of step master
    entries : the ledger
    aligned : transforms.json

    Raises
    ------
    RecordError, ImagingError : no ruler, no frame of that name, or none that can be read
    """
    named, stack = options.scale_frame, options.raw.parent
    if is_own_frame(named):
        entry = _entry(named, entries, "scale_frame")
        if not entry.sha256:
            raise RecordError(f"scale_frame: {named}: is no file that can be read")
        path = proven_raw(options.raw, entry.file, entry.sha256, entry.frame or 0)
        sha256, file = entry.sha256, f"{RAW}/{entry.file}"
        bring(stack, SCALE, None)
    else:
        wanted = Path(options.scale_file or named)
        if not wanted.is_file():
            raise RecordError(f"scale_frame: {named}: no such file; correct the sheet")
        path, sha256 = bring(stack, SCALE, wanted) or (wanted, sha256_file(wanted))
        file = f"{SCALE}/{path.name}"
    found, size = measured(path, options)
    theirs = aligned["width_px"], aligned["height_px"]
    if any(abs(one / other - 1) > RIM for one, other in zip(sorted(size), sorted(theirs))):
        raise RecordError(
            f"scale_frame: {escaped(str(named))}: has {size[0]} x {size[1]} px, the frames "
            f"{theirs[0]} x {theirs[1]}: its px are of another size; shoot the ruler as the frames "
            "are shot"
        )
    rows = {row["file"]: row for row in aligned["frames"] if row["status"] == "used"}
    if options.scale_at is None:
        row = next(row for row in rows.values() if row["frame"] == aligned["reference"])
    elif options.scale_at in rows:
        row = rows[options.scale_at]
    else:
        raise RecordError(
            f"scale_at: {escaped(options.scale_at)}: is no frame of the stack that was used; name "
            "a file of frames.csv, or leave it empty"
        )
    beside = options.scale_at is not None and options.scale_at == named
    found = in_reference(found, row, theirs)
    progress(f"{escaped(Path(named).name)}: {found.words()}")
    about = {"file": file, "sha256": sha256, **found.as_record()}
    return {
        "pixel_size_um": found.pixel_size_um,
        "pixel_size_uncertainty_um": found.uncertainty_um,
        "scale": {**about, "at_frame": row["frame"], "holds_for": _holds_for(row, beside, options)},
    }


def measured(path: Path, options: argparse.Namespace) -> tuple[PixelSize, tuple[int, int]]:
    """The size of a px in the picture of a ruler, and how many px it has.

    Raises
    ------
    ImagingError : the picture has no ruler that can be read, or is none
    """
    try:
        light = _light(path)
        size = light.shape[1], light.shape[0]
        if options.scale_points is not None:
            points = parse_points(options.scale_points)
            return by_points(points, options.scale_distance_mm, max(size)), size
        # Only who has a ruler waits for scipy to be loaded.
        from imaging.checks.ruler import find_divisions

        found = find_divisions(light)
    except ImagingError as error:
        raise ImagingError(f"scale_frame: {escaped(path.name)}: {error}") from None
    except RecordError as error:
        raise RecordError(f"scale_points: {error}") from None
    if options.scale_division_mm is None:
        raise RecordError("scale_division_mm: is empty; give the ruler's finest division")
    return by_divisions(
        options.scale_division_mm,
        found.period_px,
        found.uncertainty_px,
        {"divisions": found.count, "angle_deg": round(found.angle_deg, 2)},
    ), size


def _light(path: Path) -> NDArray[np.uint16]:
    """The green of a picture, as it is stored, (H, W)."""
    if inspect(path).kind == "raw":
        from imaging.frames import raws

        return np.ascontiguousarray(raws.develop(path, raws.decide(path))[..., GREEN])
    from imaging.frames import photographs

    return np.ascontiguousarray(photographs.read(path).pixels[..., GREEN])


def _entry(named: str, entries: Sequence[Entry], column: str) -> Entry:
    for entry in entries:
        if normalize("NFC", entry.file) == normalize("NFC", named):
            return entry
    raise RecordError(
        f"{column}: {escaped(named)}: no such file in the stack's folder; a file elsewhere is "
        "named by a path with a /"
    )


def _holds_for(row: Mapping[str, Any], beside: bool, options: argparse.Namespace) -> str:
    """Where in the picture the size of a px holds, and what is taken for granted."""
    frame = f"frame {row['frame']} ({row['file']})"
    if beside:
        return f"the plane in which the ruler lies in {frame}"
    which = frame if options.scale_at else f"the reference frame, {row['frame']} ({row['file']})"
    return (
        f"the plane that is in focus in {which}, if the ruler was in focus with the lens as it was "
        "there"
    )


if __name__ == "__main__":
    run(main)
