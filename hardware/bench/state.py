"""Files in which the rig and its sessions remember where they are: JSON, replaced whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hardware.errors import CannotWriteError, RigError
from records.errors import RecordError
from records.files import replacing
from records.machine import in_words
from records.shapes import fault


def write_state(path: Path, content: dict[str, Any]) -> None:
    """Write it, so that a power cut leaves this or what was there before."""
    try:
        with replacing(path) as partial:
            text = json.dumps(content, indent=1, ensure_ascii=False)
            partial.write_text(f"{text}\n", encoding="utf-8")
    except (OSError, RecordError) as error:
        reason = in_words(error, path) if isinstance(error, OSError) else error
        raise CannotWriteError(f"cannot write: {reason}.") from error


def read_state(path: Path, kind: str) -> dict[str, Any]:
    """Content of a file that `write_state` wrote.

    Parameters
    ----------
    kind : of what is in it, see `records.shapes`

    Raises
    ------
    RigError : it is damaged, or lacks what is read in it
    """
    try:
        content = json.loads(path.read_bytes())
    # Deep nesting ends in a RecursionError.
    except (ValueError, RecursionError) as error:
        raise RigError(f"{path} is not readable as JSON ({error}); restore it") from error
    except OSError as error:
        raise RigError(in_words(error, path)) from error
    if wrong := fault(kind, content):
        raise RigError(f"{path} is no whole record of ours: {wrong}; restore it")
    return content
