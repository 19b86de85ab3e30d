"""Objects as an attacker makes them: rewritten with every digest, so that all agrees."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from records.archive import ocfl
from records.files import json_bytes


def loosen(folder: Path) -> None:
    """Make everything in a folder writable."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)


def rewrite(folder: Path, change: Callable[[dict], object]) -> None:
    """Change an object's inventory, with its digest, as well as the copy in the newest version."""
    loosen(folder)
    inventory = json.loads((folder / ocfl.INVENTORY).read_bytes())
    newest = folder / inventory["head"]
    change(inventory)
    content = json_bytes(inventory)
    digest = hashlib.sha256(content).hexdigest()
    for place in (folder, newest):
        (place / ocfl.INVENTORY).write_bytes(content)
        (place / ocfl.SIDECAR).write_text(f"{digest} {ocfl.INVENTORY}\n")


def put(folder: Path, name: str, content: bytes) -> None:
    """Give a file of the newest version another content, or put it there."""
    digest = hashlib.sha256(content).hexdigest()
    inventory = ocfl.read_inventory(folder)
    head = inventory.content["head"]
    place = f"{head}/content/{name}"
    loosen(folder)
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    (folder / place).write_bytes(content)

    def change(inventory: dict) -> None:
        state, manifest = inventory["versions"][head]["state"], inventory["manifest"]
        for known, paths in list(state.items()):
            if name in paths:
                paths.remove(name)
                if not paths:
                    del state[known]
                    del manifest[known]
        state.setdefault(digest, []).append(name)
        manifest.setdefault(digest, [place])

    rewrite(folder, change)


def put_record(folder: Path, name: str, change: Callable[[dict], object]) -> None:
    """Change a record of the newest version."""
    inventory = ocfl.read_inventory(folder)
    digest = inventory.state()[name]
    record = json.loads((folder / inventory.content_path(digest)).read_bytes())
    change(record)
    put(folder, name, json_bytes(record))
