"""How many of a photograph's bits carry its picture: cameras put 10, 12 or 14 bits into 16.

Right-aligned, such a picture ends at 1023, 4095 or 16383 of 65535 and is all but black. One frame
may just be dark, so the frames of a stack are judged together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FULL_BITS = 16
# Depths of sensors and of programs that are found in 16-bit files.
DEPTHS = (8, 10, 12, 14)
# Under 4096 of 65535, encoded for viewing, is less than 0.5 % of the light of white: no exposure
# that anyone would keep. 14 bits end at a quarter, which a picture of a dark subject may as well.
SURELY = 12


@dataclass(frozen=True)
class Depth:
    """The bits that a stack's frames use.

    Attributes
    ----------
    bits : that carry the picture; values are scaled so that 2 ** bits - 1 becomes white
    highest : the largest sample of all frames, as stored
    doubtful : whether fewer bits are possible, but not sure enough to be taken
    """

    bits: int
    highest: int
    doubtful: bool = False


def depth_of_stack(highest: Iterable[int]) -> Depth:
    """Judge by the largest samples of all frames of a stack of 16-bit pictures.

    14 bits are believed only of a stack that reaches 16383 and never passes it, as clipped
    highlights do; otherwise it is `doubtful`.
    """
    top = max(highest, default=0)
    bits = next((bits for bits in DEPTHS if top < 1 << bits), FULL_BITS)
    if bits > SURELY and bits < FULL_BITS and top < (1 << bits) - 1:
        return Depth(FULL_BITS, top, doubtful=True)
    return Depth(bits, top)


class Sampled(Protocol):
    """A frame whose depth is known: see `inspection.Inspection`; None where it is not."""

    @property
    def bits(self) -> int | None: ...  # noqa: D102

    @property
    def highest_sample(self) -> int | None: ...  # noqa: D102


def depth_of_frames(frames: Sequence[Sampled]) -> Depth:
    """The bits that a stack's frames use; all of them where not every frame has 16, or is known."""
    highest = [frame.highest_sample for frame in frames if frame.bits == FULL_BITS]
    known = [sample for sample in highest if sample is not None]
    if not frames or len(known) < len(frames):
        return Depth(FULL_BITS, max(known, default=0))
    return depth_of_stack(known)


def scale_to_16_bits(pixels: NDArray[np.uint16], bits: int) -> NDArray[np.uint16]:
    """Values of so many bits onto the whole 16-bit range, rounded; larger ones become white."""
    if bits == FULL_BITS:
        return pixels
    full = (1 << bits) - 1
    table = np.minimum(np.arange(1 << FULL_BITS, dtype=np.uint32), full) * 65535
    return ((table + full // 2) // full).astype(np.uint16)[pixels]


def describe(depth: Depth, frames: int) -> str | None:
    """What a person should know of a stack's depth, None where there is nothing."""
    share = 100.0 * depth.highest / 65535
    dark = (
        f"no px of {frames} frame{'s' * (frames > 1)} is above {depth.highest} of 65535 "
        f"({share:.2g} %)"
    )
    if depth.doubtful:
        return (
            f"{dark}: 14 bits in a 16-bit file, or underexposed? Used as stored; if it is 14 "
            "bits, set convert.significant_bits: 14"
        )
    if depth.bits < FULL_BITS:
        return (
            f"{dark}: {depth.bits} bits in a 16-bit file; scaled so that {(1 << depth.bits) - 1} "
            "is white. If the frames are truly that dark, set convert.significant_bits: 16"
        )
    return None
