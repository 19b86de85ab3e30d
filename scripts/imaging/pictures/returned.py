"""A fused image that comes back from another program: is it still the same picture, px for px?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames import colour, photographs, profiles, tiff

BITS = 16


def read_returned(path: Path, fused: Path, *, trust_profile: bool = False) -> NDArray[np.uint16]:
    """The px of a picture that was finished elsewhere, as the fused image has them.

    Parameters
    ----------
    path : TIFF or PNG, of any compression and byte order
    fused : the fused image, TIFF
    trust_profile : whether a picture without a profile is taken for one in the fused image's

    Returns
    -------
    (H, W, 3) uint16 in the space of the fused image's profile

    Raises
    ------
    ImagingError
        It has another size, fewer bits, another profile or none, is turned, or is no such picture.
    """
    with tiff.open_rows(fused) as known:
        (rows, columns), icc = known.extent, known.icc
    photograph = photographs.read(path)
    facts = photograph.facts
    if facts.bits != BITS or facts.colours != 3:
        kind = "colours" if facts.colours == 3 else "grey"
        raise ImagingError(
            f"{path}: has {facts.bits} bits of {kind}, but the fused image 16 bits of colours; "
            "save it in RGB with 16 bits for each channel"
        )
    if (facts.height_px, facts.width_px) != (rows, columns) or facts.orientation != 1:
        turned = ", turned" if facts.orientation != 1 else ""
        raise ImagingError(
            f"{path}: has {facts.width_px} x {facts.height_px} px{turned}, but the fused image "
            f"{columns} x {rows}: save it whole, without crop, turn or change of size"
        )
    if facts.colour.assumed and not trust_profile:
        raise ImagingError(
            f"{path}: has no colour profile; save it with the fused image's, or, if its values are "
            "in that, say so by --in-profile-of-fused"
        )
    if icc and not facts.colour.assumed and not _mean_the_same(photograph.icc, icc):
        raise ImagingError(
            f"{path}: has the colour profile {colour.describe(photograph.icc)!r}, but the fused "
            f"image {colour.describe(icc)!r}; convert it to that and save it again"
        )
    return photograph.pixels


def _mean_the_same(one: bytes, other: bytes) -> bool:
    """Whether two profiles say the same of colour, as nearly as makers agree."""
    if one == other or profiles.fingerprint(one) == profiles.fingerprint(other):
        return True
    space = profiles.known_space(one)
    return space is not None and space == profiles.known_space(other)
