"""Whether the ledger will find one frame in a folder, told before any of its files is decoded."""

from __future__ import annotations

import filecmp
from collections.abc import Callable, Sequence
from pathlib import Path

from records.ledger.arrangement import Arrangement
from records.ledger.candidate import Candidate, set_aside
from records.ledger.numbering import in_camera_order


def leaves_one_frame(
    files: Sequence[Path],
    arrangement: Arrangement,
    is_picture: Callable[[Path], bool],
    claims_raw: Callable[[Path], bool],
) -> bool:
    """Whether all but one file of a folder is set aside, as far as names and equal bytes tell.

    Notes beside the frames, a camera's JPEG beside its raw, a ruler, what the sheet excludes, and
    copies are. Of what cannot be read only the ledger knows.

    Parameters
    ----------
    files : all that could be frames, by their names
    """
    found = [
        Candidate(file.name, kind="raw" if claims_raw(file) else "photo")
        for file in files
        if is_picture(file)
    ]
    aside = set_aside(found, (), ())
    names = [file.name for file in found if file.name not in aside]
    if arrangement.exclude or arrangement.scale_frame:
        names = in_camera_order(names)
        gone, _ = arrangement.excluded([file.name for file in found], names)
        names = [name for name in names if name not in gone]
    left = [file for file in files if file.name in names]
    # All are read to their ends only where all are one picture.
    return bool(left) and all(filecmp.cmp(left[0], other, shallow=False) for other in left[1:])
