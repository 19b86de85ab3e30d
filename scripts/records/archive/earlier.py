"""The master of a version in the archive, as a source for retouching."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from records.archive import restoring
from records.archive.holding import Holding
from records.archive.ocfl import version_number
from records.errors import RecordError


@dataclass(frozen=True)
class EarlierMaster:
    """Where a version's master lies, and how it was cut from its fused image.

    Attributes
    ----------
    path : of the TIFF
    crop_px : x, y, width and height in the fused image
    orientation : Exif's 1 to 8 that was applied
    pixel_sha256, sha256 : of its px, and of its file
    """

    path: Path
    crop_px: tuple[int, int, int, int]
    orientation: int
    pixel_sha256: str
    sha256: str


def earlier_master(archive: Path, identifier: str, version: str) -> EarlierMaster:
    """Find the master of a version of an object.

    Raises
    ------
    RecordError : there is no such object or version, or its record does not say what is needed
    """
    folder, inventory = restoring.find_object(archive, identifier)
    holding = Holding(folder, inventory, inventory.state(version_number(version)))
    known = holding.master()
    try:
        x, y, width, height = known["crop_px"]
        orientation, pixels = int(known["orientation_applied"]), str(known["pixel_sha256"])
    except (KeyError, TypeError, ValueError):
        raise RecordError(
            f"{folder}: version {version} does not tell how its master was cut out, as records of "
            "before do not; it is no source for retouching"
        ) from None
    if known.get("crop_angle_deg"):
        raise RecordError(
            f"{folder}: the master of version {version} is turned by {known['crop_angle_deg']} "
            "degrees, so that its px lie between those of the fused image; it is no source for "
            "retouching"
        )
    path = holding.file(f"archival/{known['file']}")
    return EarlierMaster(path, (x, y, width, height), orientation, pixels, str(known["sha256"]))
