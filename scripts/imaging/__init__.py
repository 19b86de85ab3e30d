"""Arrays in, arrays out: raw development, TIFF, colour, registration, fusion, depth.

Numba keeps the machine code of a kernel by the file that the kernel stands in, though kernels of
other files are compiled into it: after a change of those it would go on with the old code. Here it
is kept by the content of all files of this room, and what is not theirs is thrown away.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

ROOM = Path(__file__).parent


def _keep_kernels_by_content() -> None:
    digest = hashlib.sha256()
    for path in sorted(ROOM.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    name = f"kernels-{digest.hexdigest()[:16]}"
    own = ROOM / "__pycache__"
    parent = Path(os.environ.get("NUMBA_CACHE_DIR", own))
    if parent.name.startswith("kernels-"):
        # Set by a step that started this process.
        parent = parent.parent
    if parent == own and not (own / name).is_dir():
        for stale in own.glob("kernels-*"):
            # Another process of the same code may have begun to fill its folder by now.
            if stale.name != name:
                shutil.rmtree(stale, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = str(parent / name)


_keep_kernels_by_content()
