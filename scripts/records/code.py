"""A content hash of a script and of everything of ours that it imports.

A rule carries it as a parameter: a change of code reruns the steps it touches, while a fresh clone,
where only times differ, reruns nothing.
"""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path


@cache
def code_hash(script: Path, room: Path) -> str:
    """First 16 hexadecimal digits of a SHA-256 over a script and its imports.

    Parameters
    ----------
    script : file to start from
    room : folder that its imports are looked for in; what is not there is no code of ours
    """
    seen: dict[Path, bytes] = {}
    waiting = [script]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen[path] = path.read_bytes()
        waiting += [
            found for name in _imports(seen[path]) if (found := _file_of(name, room)) is not None
        ]
    digest = hashlib.sha256()
    for path in sorted(seen):
        digest.update(path.relative_to(room).as_posix().encode() + b"\0" + seen[path] + b"\0")
    return digest.hexdigest()[:16]


def _imports(source: bytes) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _file_of(name: str, room: Path) -> Path | None:
    base = room.joinpath(*name.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None
