"""Does a function that numba compiled do the same once it was kept and is loaded without numba?

`machine_code` runs this twice, in processes of their own: one keeps a function, the other uses it.
It reads and makes arrays, calls what the C library has, and divides, for its error is Python's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imaging.sampling import machine_code

NAME, OF, KEY = "trial", "function", "kept"
OPTIONS = {"error_model": "python"}
PLANE = np.arange(1, 13, dtype=np.float32).reshape(3, 4)


def rows(
    plane: NDArray[np.float32], taken: tuple[int, int], parts: int
) -> tuple[NDArray[np.float32], float, int]:
    """What `both` compares: half of some rows, a logarithm of what is in them, a whole quotient."""
    out = np.empty((taken[1] - taken[0], plane.shape[1]), np.float32)
    total = 0.0
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            out[y, x] = plane[taken[0] + y, x] * np.float32(0.5)
            total += np.log(np.float64(out[y, x]))
    return out, total, out.size // parts


def answers(function: Callable[..., Any]) -> list[object]:
    """What a function does with a plane, and where it divides by zero."""
    out, total, quotient = function(PLANE, (1, 3), 3)
    told: list[object] = [out.tolist(), out.dtype, round(total, 9), quotient]
    try:
        function(PLANE, (1, 3), 0)
    except ZeroDivisionError as error:
        told.append(str(error)[:8])
    return told


def main(part: str) -> None:
    """Keep the function, or use it; exit 0 where all is as it should be."""
    if part == "keep":
        assert isinstance(rows, FunctionType)
        code = machine_code.compiled(NAME, rows, OPTIONS, (PLANE, (1, 3), 3))
        machine_code.keep(code, OF, KEY)
        return
    kept = machine_code.find(NAME, OF, KEY)
    right = kept is not None and answers(machine_code.load(kept)) == answers(rows)
    sys.exit(0 if right and "numba" not in sys.modules else 1)


if __name__ == "__main__":
    main(sys.argv[1])
