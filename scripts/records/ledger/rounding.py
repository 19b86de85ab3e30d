"""Whether two settings may be one: what a camera writes of a setting is rounded.

A shutter that stood open for 1/4.35 s is written as 1/4.3 s in one frame and as 1/4.4 s in the
next: Exif's rationals are mostly tenths, or whole numbers, of seconds or of their reciprocals,
f-numbers are tenths, and sensitivities whole numbers (Exif 2.32, tags ExposureTime, FNumber and
PhotographicSensitivity). Two values that are neighbours in such a series cannot be told from two
roundings of one. What people and automatics set is a sixth of a stop apart at least: 12 % of the
light, 6 % of the f-number.
"""

from __future__ import annotations

from collections.abc import Sequence

# Neighbours further apart than this are settings, whatever their rounding: 1 s and 1.1 s.
MOST = 0.05
# Digits after the point of the series that cameras write in, coarsest first.
DIGITS = range(4)
# A decimal fraction that is one to so many digits.
EXACT = 1e-9
# Multipliers of white balance are written as parts of 256, or of more; the ledger has four digits.
MULTIPLIER_STEP = 1 / 256 + 1e-4


def one_step_apart(first: float, second: float) -> bool:
    """Whether two positive numbers, or their reciprocals, are neighbours as they are written."""
    if abs(first - second) > MOST * min(first, second):
        return False
    return _neighbours(first, second) or _neighbours(1 / first, 1 / second)


def multipliers_one_step_apart(first: Sequence[float], second: Sequence[float]) -> bool:
    """Whether multipliers of white balance are no more than a step of their rounding apart."""
    return len(first) == len(second) and all(
        abs(a - b) <= MULTIPLIER_STEP for a, b in zip(first, second, strict=True)
    )


def _neighbours(first: float, second: float) -> bool:
    for digits in DIGITS:
        counts = [value * 10**digits for value in (first, second)]
        # The coarsest series that has both: in a finer one they lie ten steps apart.
        if all(abs(count - round(count)) <= EXACT * max(count, 1.0) for count in counts):
            return abs(round(counts[0]) - round(counts[1])) <= 1
    return False
