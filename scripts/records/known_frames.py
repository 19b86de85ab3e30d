"""By what a converted frame is known, as its row of a record tells: which hash, and of which bytes.

A converted frame lives for a day and is archived nowhere: it is known by BLAKE3, which takes an
eighth of the time of SHA-256 on processors without instructions for that. What is archived is known
by SHA-256, and so were frames by programs of before: theirs are compared by it. Raws are known by
both while a stack is worked on: see `provenance.quick_digests`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

BLAKE3, SHA256 = HASHES = ("blake3", "sha256")
# What a row says of a frame by which it is known.
KNOWN_BY = ("head", *HASHES, *(f"pixel_{name}" for name in HASHES))


# Begins a hash, which has the methods of hashlib's, and a name of `HASHES`.
NewHash = Callable[[], Any]


class Digest(NamedTuple):
    """By which hash a digest is, and the digest, lower-case hexadecimal."""

    hash: str
    text: str


class Head(NamedTuple):
    """What stands in a file in front of its px: how many bytes, and their digest."""

    bytes: int
    digest: str


def new_hash(name: str) -> NewHash:
    """What begins a hash of `HASHES`, on one thread."""
    if name == BLAKE3:
        # Who compares no frame need not load it.
        from blake3 import blake3

        return blake3
    return hashlib.sha256


def hash_of(row: Mapping[str, Any]) -> str:
    """By which hash a row tells what it tells; SHA-256 where it tells nothing, as of before."""
    is_blake3 = {BLAKE3, f"pixel_{BLAKE3}"} & {*row, *(row.get("head") or {})}
    return BLAKE3 if is_blake3 else SHA256


def pixels_of(row: Mapping[str, Any]) -> Digest | None:
    """The digest of a frame's px, None where the row does not tell it."""
    name = hash_of(row)
    text = row.get(f"pixel_{name}")
    return Digest(name, text) if text else None


def frame_digest(row: Mapping[str, Any]) -> str | None:
    """What is another once any byte of the converted frame of a row is; None if it isn't told."""
    name = hash_of(row)
    if head := row.get("head"):
        return f"{head.get(name)} {row.get(f'pixel_{name}')}"
    return row.get(name)
