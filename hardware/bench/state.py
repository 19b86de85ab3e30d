"""Files in which the rig and its sessions remember where they are: JSON, replaced whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hardware.errors import RigError
from records.errors import RecordError
from records.files import replacing


def write_state(path: Path, content: dict[str, Any]) -> None:
    """Write it, so that a power cut leaves this or what was there before."""
    try:
        with replacing(path) as partial:
            text = json.dumps(content, indent=1, ensure_ascii=False)
            partial.write_text(f"{text}\n", encoding="utf-8")
    except (OSError, RecordError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise RigError(
            f"{path}: cannot write: {reason}. Is there room, and is the folder yours? "
            "Put that right, then run the same command again."
        ) from error


def read_state(path: Path) -> dict[str, Any]:
    """Content of a file that `write_state` wrote."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RigError(f"{path} is not readable as JSON ({error}); restore it") from error
    if not isinstance(content, dict):
        raise RigError(f"{path} is no record of ours; restore it")
    return content
