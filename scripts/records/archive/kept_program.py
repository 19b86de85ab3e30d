"""The program as each object of the archive holds it, in one ZIP file.

It is the same for all stacks that one program makes. To compress its 500 files takes a twentieth of
what a small stack costs, so it is kept beside the code, as Python keeps what it compiled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from records.files import zip_bytes
from records.program import keep_beside

KEPT = Path(__file__).parent / "__pycache__" / "program"


def zipped_program(files: Mapping[str, bytes], kept: Path = KEPT) -> bytes:
    """The program's ZIP file, made unless that of the very same files is kept whole.

    Parameters
    ----------
    files : contents by name
    kept : the file it is kept in, after the digests of what it was made of and of itself
    """
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    try:
        made_of, made, zipped = kept.read_bytes().split(b"\n", 2)
    # There is none, or none that can be read.
    except (OSError, ValueError):
        made_of, made, zipped = b"", b"", b""
    if made_of != _hex(digest.digest()) or made != _hex(hashlib.sha256(zipped).digest()):
        zipped = zip_bytes(files)
        digests = _hex(digest.digest()), _hex(hashlib.sha256(zipped).digest())
        keep_beside(kept, b"\n".join((*digests, zipped)))
    return zipped


def _hex(digest: bytes) -> bytes:
    return digest.hex().encode()
