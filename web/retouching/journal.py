"""What is painted, written down while it is painted: `retouch/strokes.journal.jsonl`.

One JSON object a line, flushed to disk before it is answered for: `begin` with a stroke, `points`
of it, `end`; `undo`, `redo`, `forget` and `change` of a stroke; and `written`, once `strokes.json`
holds all that stands before. A long one is then made anew of what still matters: strokes that can
be redone (`undone`), ids that must not come twice (`ended`), strokes that are being drawn. What a
power cut left of a last line is passed over.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from records.files import only_files, plain_file, sync_folder, write_bytes
from records.layout import STROKES_JOURNAL

NAME = Path(STROKES_JOURNAL).name


class Journal:
    """The journal of one stack, open for writing from the first line on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def read(self) -> Iterator[dict[str, Any]]:
        """All lines that are whole, in their order; none where nothing was ever painted."""
        try:
            with open(self._path, "rb", opener=only_files) as file:
                lines = file.read().split(b"\n")
        except FileNotFoundError:
            return
        for line in lines:
            try:
                told = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(told, dict) and isinstance(told.get("do"), str):
                yield told

    def add(self, do: str, **told: object) -> None:
        """Write a line; when this returns it is on disk.

        Raises
        ------
        OSError : the disk is full, or a link lies in its place
        """
        line = _line({"do": do, **told})
        if self._descriptor < 0:
            self._open()
        written = os.write(self._descriptor, line)
        if written < len(line):
            # A full disk: the next line begins anew, and this one is passed over by readers.
            os.write(self._descriptor, b"\n")
            raise OSError(28, os.strerror(28), str(self._path))
        os.fdatasync(self._descriptor)

    @property
    def size(self) -> int:
        """Bytes, of what this has open."""
        return os.fstat(self._descriptor).st_size if self._descriptor >= 0 else 0

    def renew(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Put others in the place of all lines; after a kill it is all of the old or of the new.

        Raises
        ------
        OSError : the disk is full; the old ones are there
        """
        self.close()
        write_bytes(self._path, b"".join(map(_line, lines)))

    def close(self) -> None:
        """Close the file; the next line opens it again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = plain_file(
            str(self._path), os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        )
        size = os.fstat(self._descriptor).st_size
        # A line that a power cut cut off is ended here, or the next would be lost with it.
        if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
            os.write(self._descriptor, b"\n")
        sync_folder(self._path.parent)


def _line(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, allow_nan=False).encode() + b"\n"
