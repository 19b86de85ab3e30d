"""Write a picture and hash it on the way, part by part, while each part is in a processor's cache.

What is hashed is what was meant to be written: where a disk makes something else of it, whoever
reads the file and compares finds out.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.frames import tiff

# Of rows that are hashed and written together.
PART_BYTES = 1 << 20


class Head(NamedTuple):
    """What stands in a file in front of its samples.

    Attributes
    ----------
    bytes : how many
    digest : of these
    """

    bytes: int
    digest: str


class Digests(NamedTuple):
    """By what a written picture is known: digests, lower-case hexadecimal.

    Attributes
    ----------
    hash : by which they are, such as `sha256`
    pixels : of its samples; see `tiff.pixel_digest`
    head : where its file holds nothing else but its samples as they are, up to its end: both tell
        of every byte, and nothing is hashed twice
    file : of all bytes of any other file
    """

    hash: str
    pixels: str
    head: Head | None = None
    file: str | None = None

    def as_record(self) -> dict[str, object]:
        """The same as a record of the frame has it."""
        known: dict[str, object] = {f"pixel_{self.hash}": self.pixels}
        if self.head is None:
            return {**known, self.hash: self.file}
        return {**known, "head": {"bytes": self.head.bytes, self.hash: self.head.digest}}


def write_hashed(
    path: Path, pixels: NDArray[np.uint16], icc: bytes, new_hash: tiff.NewHash
) -> Digests:
    """Write a whole picture, (H, W, 3), as `tiff.write_image` does; gives what it is known by."""
    of_head, of_pixels = new_hash(), new_hash()
    step = max(1, PART_BYTES // pixels[:1].nbytes)
    with tiff.create_image(path, pixels.shape, icc, dtype=pixels.dtype) as image:
        # Without further tags nothing follows the px.
        with path.open("rb") as file:
            head = file.read(path.stat().st_size - pixels.nbytes)
        for first in range(0, len(pixels), step):
            part = np.ascontiguousarray(pixels[first : first + step], image.dtype)
            image.write(first, part)
            of_pixels.update(part.data.cast("B"))
    of_head.update(head)
    known = Head(len(head), of_head.hexdigest())
    return Digests(of_pixels.name, of_pixels.hexdigest(), known)
