"""Whether locks in a folder hold on other machines too, as far as its mount says."""

from __future__ import annotations

import re
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
# Options by which a file system that others see keeps flock to the machine: nfs(5), Lustre, cifs.
_LOCAL = {"localflock", "local_lock=all", "local_lock=flock", "nolock", "nobrl"}


def keeps_locks_to_itself(folder: Path) -> str:
    """The option by which another machine sees no lock of this one's there; "" if it would.

    Parameters
    ----------
    folder : there or not
    """
    try:
        mounts = [line.split() for line in _MOUNTS.read_text("utf-8").splitlines()]
    except OSError:
        return ""
    place = folder.resolve()
    best: tuple[int, set[str]] = (-1, set())
    for words in mounts:
        point = Path(re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), words[4]))
        # Later lines lie over earlier ones.
        if place.is_relative_to(point) and len(point.parts) >= best[0]:
            best = (len(point.parts), {*words[5].split(","), *words[-1].split(",")})
    return next(iter(sorted(best[1] & _LOCAL)), "")
