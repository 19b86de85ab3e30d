"""Where the trees may lie, and frames come from: in folders of their own.

A tree that is the working directory or lies around it, or that is in the other, has what no step
expects in it; and what is in the system's folders are no files.
"""

from __future__ import annotations

import os
from pathlib import Path

from records.errors import RecordError

SYSTEM = ("/proc/", "/sys/", "/dev/")
# A file system in memory, where trees may lie.
MEMORY = "/dev/shm/"
# What Snakemake and the workflow keep beside the trees.
OF_THE_RUN = (".snakemake", "benchmarks", "config", "logs", "results")


def is_in(inner: str | Path, outer: str | Path) -> bool:
    """Whether a path, links followed, is another or lies below it."""
    return Path(os.path.realpath(inner)).is_relative_to(os.path.realpath(outer))


def is_of_the_system(folder: str | Path) -> bool:
    """Whether a folder is the root of all, or one whose files are none."""
    return is_real_of_the_system(os.path.realpath(folder))


def is_real_of_the_system(folder: str) -> bool:
    """Whether a folder is one of the system, where links are followed already."""
    real = f"{folder}/".replace("//", "/")
    return real == "/" or (real.startswith(SYSTEM) and not real.startswith(MEMORY))


def check_places(specimens: str, archive: str) -> None:
    """Refuse places of the trees in which they, or what lies there, would come to harm.

    Parameters
    ----------
    specimens, archive : `paths` of the configuration, seen from the working directory

    Raises
    ------
    RecordError : every fault, with its key
    """
    faults = []
    for key, place in (("specimens", specimens), ("archive", archive)):
        where = f"config: paths.{key} is {place!r}"
        if is_of_the_system(place):
            faults.append(f"{where}, a folder of the system; name a folder of its own")
        elif is_in(Path.cwd(), place):
            faults.append(
                f"{where}, which holds the folder that the workflow runs in; name a folder of its "
                "own, such as one in there"
            )
        elif any(os.path.realpath(place) == os.path.realpath(one) for one in OF_THE_RUN):
            faults.append(f"{where}, where the workflow keeps other files; name another folder")
    if is_in(archive, specimens) or is_in(specimens, archive):
        faults.append(
            f"config: paths.archive is {archive!r} and paths.specimens {specimens!r}, of which one "
            "is the other or lies in it; name two folders apart"
        )
    if faults:
        raise RecordError("\n".join(faults))
