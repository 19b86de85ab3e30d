"""Pictures of a whole session that a stack needs: copied into its folder, known by their bytes.

A person names such a picture by a path, the same for many stacks: a white frame, a ruler. What a
stack was made with lies in the stack, in a folder for its kind, under a name that is made of its
content, and is archived with it: no record names a file elsewhere.
"""

from __future__ import annotations

import re
from pathlib import Path

from records.errors import RecordError
from records.files import refuse_protected, sha256_file
from records.ledger.importing import copy

_ENDING = re.compile(r"\.[a-z0-9]{1,8}")


def name_of(kind: str, sha256: str, ending: str) -> str:
    """Name of a copy in its folder.

    Parameters
    ----------
    kind : `layout.WHITE` or `layout.SCALE`, the name of the folder too
    """
    ending = ending.casefold()
    return f"{kind}_{sha256}{ending if _ENDING.fullmatch(ending) else ''}"


def in_stack(stack: Path, kind: str, sha256: str) -> Path:
    """The copy that a stack has of a picture of a kind.

    Raises
    ------
    RecordError : it has none with these bytes
    """
    for path in copies_in(stack, kind):
        if path.name.startswith(f"{kind}_{sha256}") and sha256_file(path) == sha256:
            return path
    raise RecordError(
        f"{stack / kind}: holds no {kind} frame with the SHA-256 {sha256}, with which the stack "
        "was made"
    )


def copies_in(stack: Path, kind: str) -> list[Path]:
    """The files in a stack's folder for a kind that are named as copies are."""
    folder = stack / kind
    if folder.is_symlink() or not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if re.fullmatch(rf"{kind}_[0-9a-f]{{64}}(\.[a-z0-9]{{1,8}})?", path.name)
        and path.is_file()
        and not path.is_symlink()
    )


def bring(stack: Path, kind: str, wanted: Path | None) -> tuple[Path, str] | None:
    """Have a stack hold the picture of a kind that it is made with, and no other.

    Parameters
    ----------
    stack : its folder
    wanted : the picture; None for a stack without

    Returns
    -------
    the copy and its SHA-256

    Raises
    ------
    RecordError : the copy differs from it, or something else lies in its place
    """
    kept = None
    if wanted is not None:
        digest = sha256_file(wanted)
        kept = stack / kind / name_of(kind, digest, wanted.suffix)
        refuse_protected(kept)
        if kept.parent.is_symlink() or kept.is_symlink():
            raise RecordError(f"{kept}: a link, where the {kind} frame's copy belongs; remove it")
        if not kept.exists():
            kept.parent.mkdir(exist_ok=True)
            digest = copy(wanted, kept)
        elif sha256_file(kept) != digest:
            raise RecordError(f"{kept}: is not what its name says; remove it and run again")
    for path in copies_in(stack, kind):
        # Its name says what it is a copy of; what is anything else stays.
        if path != kept and path.name.startswith(f"{kind}_{sha256_file(path)}"):
            path.unlink()
    return (kept, digest) if kept else None
