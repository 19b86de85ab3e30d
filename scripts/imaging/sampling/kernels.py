"""Kernels that numba compiles, kept by the content of all of this library.

Numba keeps the machine code of a kernel by the file that the kernel stands in, though kernels of
other files are compiled into it: after a change of those it would go on with the old code. Here it
is kept by the content of every file of `imaging`, and what is not theirs is thrown away.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, overload

import numba

Function = TypeVar("Function", bound=Callable[..., Any])
ROOM = Path(__file__).parents[1]


def _folder_by_content() -> str:
    """Where kernels of this content are kept; below NUMBA_CACHE_DIR where that is set."""
    digest = hashlib.sha256()
    for path in sorted(ROOM.rglob("*.py")):
        digest.update(path.relative_to(ROOM).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    name = f"kernels-{digest.hexdigest()[:16]}"
    own = ROOM / "__pycache__"
    if numba.config.CACHE_DIR:
        return str(Path(numba.config.CACHE_DIR) / name)
    if not (own / name).is_dir():
        for stale in own.glob("kernels-*"):
            # Another process of the same code may have begun to fill its folder by now.
            if stale.name != name:
                shutil.rmtree(stale, ignore_errors=True)
    return str(own / name)


numba.config.CACHE_DIR = _folder_by_content()


@overload
def kernel(function: Function) -> Function: ...
@overload
def kernel(*, error_model: str) -> Callable[[Function], Function]: ...
def kernel(function: Any = None, *, error_model: str = "python") -> Any:
    """Have a function of arrays compiled; `error_model` "numpy" divides by zero as numpy does."""
    # Kernels let go of Python's lock, so that strips are worked on side by side.
    return numba.njit(function, cache=True, nogil=True, error_model=error_model)
