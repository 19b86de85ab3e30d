"""Libraries that an archive keeps, so that its masters can be made again without a network.

A folder among the extensions of the storage root for each set of pins, version of Python and kind
of machine: wheels, the sources of those that had none, and a requirements file that names each
wheel by its hash. OCFL leaves to a root what lies in such a folder (OCFL 1.1, 4.4).
"""

from __future__ import annotations

import hashlib
import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

from records.archive import ocfl
from records.files import sha256_file
from records.unfinished import is_unfinished

FOLDER = f"{ocfl.EXTENSIONS}/holostack-wheels"
PINS, SUMS = "requirements.txt", "SHA256SUMS"
# As `sha256sum` writes and checks it.
_SUM = re.compile(r"([0-9a-f]{64})  ([^/\n]+)")


def folder_name(pins: bytes) -> str:
    """What the folder of these pins is called, for this Python on this kind of machine."""
    digest = hashlib.sha256(pins).hexdigest()[:16]
    return f"{digest}-{sys.implementation.cache_tag}-{sysconfig.get_platform()}"


def requirements(wheels: Iterable[Path]) -> str:
    """Lines of a requirements file that pip takes for exactly these wheels."""
    lines = []
    for wheel in sorted(wheels):
        # The name of a wheel begins with name and version, which hold no hyphen (PEP 427).
        name, version = wheel.name.split("-")[:2]
        lines.append(f"{name}=={version} --hash=sha256:{sha256_file(wheel)}\n")
    return "".join(lines)


def sums(folder: Path) -> str:
    """What `sha256sum --check` takes, of all files in a folder but this one itself."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != SUMS)
    return "".join(f"{sha256_file(path)}  {path.name}\n" for path in files)


def faults(root: Path) -> Iterator[str]:
    """In what the folders of an archive's libraries are not what was kept."""
    for folder in sorted((root / FOLDER).glob("*")):
        if not is_unfinished(folder.name):
            yield from _faults_in(folder)


def _faults_in(folder: Path) -> Iterator[str]:
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        yield f"{folder / SUMS}: missing or damaged; remove {folder} and keep the libraries anew"
        return
    told = {found[2]: found[1] for line in lines if (found := _SUM.fullmatch(line))}
    there = {path.name for path in folder.iterdir()} - {SUMS}
    for name in sorted(told.keys() | there):
        path = folder / name
        if name not in told:
            yield f"{path}: was not kept, but lies there: it is not in {SUMS}"
        elif not path.is_file():
            yield f"{path}: missing"
        elif sha256_file(path) != told[name]:
            yield f"{path}: is not what was kept: another sha256"
