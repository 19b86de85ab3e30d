"""A content hash of a script and of everything of ours that it imports.

A rule carries it as a parameter: a change of code reruns the steps it touches, while a fresh clone,
where only times differ, reruns nothing.
"""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path


def code_hash(script: Path, room: Path) -> str:
    """First 16 hexadecimal digits of a SHA-256 over a script and its imports.

    Parameters
    ----------
    script : file to start from
    room : folder that its imports are looked for in; what is not there is no code of ours
    """
    seen: set[Path] = set()
    waiting = {script}
    while waiting:
        path = waiting.pop()
        seen.add(path)
        waiting |= _imported(path, room) - seen
    digest = hashlib.sha256()
    for path in sorted(seen):
        name = path.relative_to(room).as_posix().encode()
        digest.update(name + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


@cache
def _imported(path: Path, room: Path) -> frozenset[Path]:
    """The files of a room that one of them imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found for name in names if (found := _file_of(name, room)) is not None)


def _file_of(name: str, room: Path) -> Path | None:
    base = room.joinpath(*name.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None
