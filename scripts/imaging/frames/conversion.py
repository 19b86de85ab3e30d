"""How a stack's frames become pictures of one kind: decided from the first, the same for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames import colour, colour_facts, levels, photographs, raws, tiff
from imaging.frames.hashed_writing import Digests, write_hashed
from imaging.frames.levels import Sampled

UNCALIBRATED = (
    "the frames' Exif says that their colours are not sRGB, and no profile says which they are; "
    "sRGB is assumed. If that is wrong, export them with a profile"
)


@dataclass(frozen=True)
class Conversion:
    """What is done to every frame of a stack.

    Attributes
    ----------
    develop : path → (H, W, 3) uint16; an ImagingError where the frame cannot be treated alike
    icc : profile of all converted frames
    record : what the step's record says of it
    warnings : what a person should know
    development : of raws, all that decides their pixels
    """

    develop: Callable[[Path], NDArray[np.uint16]]
    icc: bytes
    record: dict[str, object]
    warnings: tuple[str, ...] = ()
    development: raws.Development | None = None


def _of_raws(
    first: Path,
    demosaic: str,
    highlights: str,
    colour_space: str,
    white_balance: str | tuple[float, ...],
    camera_matrix: tuple[float, ...] | None = None,
) -> Conversion:
    """Develop raws alike; see `raws.decide` for the parameters and what is refused."""
    development = raws.decide(
        first, demosaic, highlights, colour_space, white_balance, camera_matrix
    )
    icc = colour.profile(colour_space)
    record = {
        "kind": "raw",
        "colour_space": colour.describe(icc),
        "profile_assumed": False,
        "development": development.as_record(),
    }
    return Conversion(
        lambda path: raws.develop(path, development),
        icc,
        record,
        development.doubts,
        development=development,
    )


def by_settings(
    first: Path, pictures: Sequence[Sampled] | None, settings: Mapping[str, Any]
) -> Conversion:
    """Develop frames alike, by the settings of step convert as the configuration has them.

    Parameters
    ----------
    first : the frame by which it is decided
    pictures : what is known of the samples of all; None of raws
    """
    if pictures is not None:
        bits = settings["significant_bits"]
        return of_photographs(first, pictures, None if bits == "auto" else bits)
    matrix = settings["camera_matrix"]
    return _of_raws(
        first,
        settings["demosaic"],
        settings["highlights"],
        settings["colour_space"],
        _multipliers(settings["white_balance"]),
        _numbers(matrix) if matrix else None,
    )


def _multipliers(white_balance: str) -> str | tuple[float, ...]:
    """A named white balance, or three or four multipliers, of a setting."""
    if white_balance in ("camera", "daylight", "none"):
        return white_balance
    return _numbers(white_balance)


def _numbers(text: str) -> tuple[float, ...]:
    """Numbers by commas, of a setting."""
    return tuple(map(float, text.split(",")))


def of_photographs(first: Path, frames: Sequence[Sampled], bits: int | None) -> Conversion:
    """Take pictures over: values and profile kept, few bits in 16 scaled alike for all.

    Parameters
    ----------
    first : the first frame
    frames : what is known of the samples of all
    bits : that carry the picture, of 16; None to judge by all frames

    Raises
    ------
    ImagingError : the first frame cannot be read
    """
    facts = photographs.read(first).facts
    warnings = [UNCALIBRATED] if facts.colour.name == colour_facts.UNCALIBRATED else []
    if bits is None:
        depth = levels.depth_of_frames(frames)
        bits = depth.bits
        if doubt := levels.describe(depth, len(frames)):
            warnings.append(doubt)

    def take_over(path: Path) -> NDArray[np.uint16]:
        picture = photographs.read(path, bits)
        if not colour_facts.same_meaning(picture.facts.colour, facts.colour):
            raise ImagingError(
                f"{path.name}: its colours are in {picture.facts.colour.name}, those of "
                f"{first.name} in {facts.colour.name}; all frames of a stack must have the same"
            )
        return picture.pixels

    record = {
        "kind": "photo",
        "colour_space": colour.describe(facts.colour.icc),
        "profile_assumed": facts.colour.assumed,
        "colour_of_source": facts.colour.name,
        "bits_of_source": facts.bits,
        "significant_bits": bits if facts.bits == levels.FULL_BITS else facts.bits,
    }
    return Conversion(take_over, facts.colour.icc, record, tuple(warnings))


def write_frame(
    path: Path,
    pixels: NDArray[np.uint16],
    icc: bytes,
    format: str,
    jpeg_quality: int,
    new_hash: tiff.NewHash,
) -> Digests:
    """Write one converted frame, `tiff` or `jpeg`; gives the digests of what the file holds."""
    if format == "tiff":
        return write_hashed(path, pixels, icc, new_hash)
    from PIL import Image  # most convert to TIFF

    eight_bits = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    Image.fromarray(eight_bits).save(
        path, "JPEG", quality=jpeg_quality, subsampling=0, icc_profile=icc
    )
    with Image.open(path) as kept:
        of_pixels = tiff.pixel_digest(np.asarray(kept), new_hash)
    of_file = new_hash()
    of_file.update(path.read_bytes())
    return Digests(of_file.name, of_pixels, file=of_file.hexdigest())
