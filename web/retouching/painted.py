"""The strokes of one stack as its page works on them: drawn, undone, redone, confirmed.

`retouch/strokes.json` holds the strokes that count, and is written whole after each change; before
that, the change stands in the journal. So whatever dies in between, what was drawn is found again:
what the journal tells after its last `written` is done to the file when the stack is next opened.
Once the file is written, a long journal is shortened.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from records.errors import RecordError
from records.retouching import strokes as files
from records.retouching.strokes import Edit, Source, Stroke, Strokes
from web.retouching.history import Begun, Undone, changed, follow, lasting, past, put
from web.retouching.journal import NAME, Journal

FILE = "strokes.json"
MOST_POINTS = 100_000
# A journal of more bytes, and twice as long as what is left of it, is shortened.
LONG_BYTES = 1 << 18


class Painted:
    """Strokes on disk; every method may be called from any thread.

    Parameters
    ----------
    folder : the stack's folder `retouch`, made when something is painted
    shape : (rows, columns) of the fused image

    Raises
    ------
    RecordError : what lies there is no strokes.json, or of a picture of another size
    """

    def __init__(self, folder: Path, shape: tuple[int, int]) -> None:
        self._path = folder / FILE
        self._journal = Journal(folder / NAME)
        self._shape = shape
        self._lock = threading.RLock()
        self._begun: dict[str, Begun] = {}
        self._undone: list[Undone] = []
        # Ids that were ever ended: a page that had no answer sends its stroke again.
        self._ended: set[str] = set()
        # Bytes of the journal when it was last shortened.
        self._shortened = 0
        self._seen: tuple[int, ...] | None = None
        self._strokes: tuple[Stroke, ...] = ()
        self.revision = 0
        # What judges strokes takes a second to load: not while the first one is waited for.
        empty = {"format": files.FORMAT, "width_px": 1, "height_px": 1, "strokes": []}
        files.parse(empty, folder)
        with self._lock:
            self._look()
            self._recover()

    # What there is.

    @property
    def strokes(self) -> tuple[Stroke, ...]:
        """The strokes that count, in their order."""
        with self._lock:
            self._look()
            return self._strokes

    @property
    def undone(self) -> list[Undone]:
        """What can be redone; the last one first to be."""
        with self._lock:
            return [one for one in self._undone if not one.is_past]

    def begun(self) -> dict[str, Stroke]:
        """Strokes that were begun and not ended, as far as they were drawn, by their ids."""
        with self._lock:
            return {name: one.whole() for name, one in self._begun.items() if one.path_px}

    # What a page does.

    def draw(
        self,
        stroke: Mapping[str, Any],
        first: int,
        points: Sequence[Sequence[float]],
        of: int | None,
    ) -> tuple[int, Stroke | None]:
        """Take points of a stroke, which may have come before.

        Parameters
        ----------
        stroke : as in strokes.json, without its path; of a stroke that is known only `id` counts
        first : number of the first point, from 0
        of : how many there are when the stroke is ended; None while it is drawn

        Returns
        -------
        How many points are on disk, and the stroke if this ended it. Where points before `first`
        are missing, nothing is taken and the page sends from there.

        Raises
        ------
        RecordError : it is no stroke
        """
        name = stroke["id"]
        with self._lock:
            if name in self._ended:
                return first + len(points), None
            begun = self._begun.get(name)
            if begun is None:
                begun = Begun(dict(stroke))
                if first or not points:
                    return 0, None
                # What strokes.json would refuse is refused before it is drawn.
                self._refuse([[*map(float, points[0])]], begun)
                self._journal.add("begin", stroke=begun.stroke)
                self._begun[name] = begun
            have = len(begun.path_px)
            if first > have:
                return have, None
            new = [[round(float(x), 3), round(float(y), 3)] for x, y in points[have - first :]]
            if have + len(new) > MOST_POINTS:
                raise RecordError(f"a stroke has at most {MOST_POINTS} points; lift the brush")
            if new:
                self._refuse(new, begun)
                self._journal.add("points", id=name, path_px=new)
                begun.path_px += new
            have = len(begun.path_px)
            if of is None or have < of:
                return have, None
            return have, self._end(name)

    def finish(self, name: str) -> Stroke | None:
        """Make what was drawn of a stroke the whole of it."""
        with self._lock:
            return self._end(name) if name in self._begun else None

    def forget(self, name: str) -> None:
        """Let go of a stroke that was begun; the journal keeps it."""
        with self._lock:
            if name in self._begun:
                self._journal.add("forget", id=name)
                del self._begun[name]
                self._ended.add(name)

    def undo(self, name: str) -> Stroke | None:
        """Take a stroke out of the list; None where it is not in it."""
        with self._lock:
            self._look()
            for at, one in enumerate(self._strokes):
                if one.id == name:
                    self._journal.add("undo", id=name, at=at, stroke=one.as_record())
                    self._undone.append(Undone(one, at))
                    self._save(self._strokes[:at] + self._strokes[at + 1 :])
                    return one
            return None

    def redo(self, name: str) -> Stroke | None:
        """Put a stroke back where it was; None where it was not undone."""
        with self._lock:
            self._look()
            for one in self._undone:
                if one.stroke.id == name:
                    self._journal.add("redo", id=name)
                    self._undone.remove(one)
                    self._save(put(self._strokes, one.at, one.stroke))
                    return one.stroke
            return None

    def confirm(self, names: Sequence[str], digests: Mapping[str, str]) -> list[Stroke]:
        """Take the sources of strokes as they are now; gives these strokes.

        Parameters
        ----------
        digests : by a stroke's id, of its source now
        """
        with self._lock:
            self._look()
            return self._change(
                {
                    one.id: {"source": replace(one.source, sha256=digests[one.id]).as_record()}
                    for one in self._strokes
                    if one.id in names and one.id in digests
                }
            )

    def take_from(self, name: str, source: Source) -> None:
        """Have a stroke take its px from another source."""
        with self._lock:
            self._change({name: {"source": source.as_record()}})

    def explain(self, name: str, reason: str, by: Edit) -> None:
        """Give a stroke another reason; who painted it, and when, stays as it is.

        Raises
        ------
        RecordError : it is no reason
        """
        with self._lock:
            edited = {"person": by.person, "time": by.time}
            self._change({name: {"reason": reason, "reason_edited": edited}})

    def close(self) -> None:
        """Let go of the journal."""
        with self._lock:
            self._journal.close()

    # How it is kept.

    def _end(self, name: str) -> Stroke:
        stroke = self._begun[name].whole()
        self._look()
        self._journal.add("end", id=name)
        del self._begun[name]
        self._ended.add(name)
        # What was undone before is past.
        self._undone = past(self._undone)
        self._save((*self._strokes, stroke))
        return stroke

    def _change(self, changes: Mapping[str, Mapping[str, Any]]) -> list[Stroke]:
        """Change something of strokes that count, by their ids; gives those that did."""
        self._look()
        others = {
            one.id: changed(one, changes[one.id]) for one in self._strokes if one.id in changes
        }
        strokes = tuple(others.get(one.id, one) for one in self._strokes)
        if strokes == self._strokes:
            return []
        # What strokes.json would refuse is refused before it is written down.
        for one in others.values():
            self._refuse([[0.0, 0.0]], Begun(one.as_record()))
        for name in others:
            self._journal.add("change", id=name, to=changes[name])
        self._save(strokes)
        return list(others.values())

    def _refuse(self, points: Sequence[Sequence[float]], begun: Begun) -> None:
        record = {**begun.stroke, "path_px": [list(point) for point in points]}
        content = {
            "format": files.FORMAT,
            "width_px": self._shape[1],
            "height_px": self._shape[0],
            "strokes": [record],
        }
        files.parse(content, "this stroke")

    def _look(self) -> None:
        """Read strokes.json where it is another than was last seen: a person may put one back."""
        try:
            found = self._path.stat()
            seen: tuple[int, ...] = (found.st_mtime_ns, found.st_size, found.st_ino)
        except FileNotFoundError:
            seen = ()
        if seen == self._seen:
            return
        known = files.read(self._path) if seen else Strokes(self._shape[1], self._shape[0])
        if (known.height_px, known.width_px) != self._shape:
            raise RecordError(
                f"{self._path}: was painted on a fused image of {known.width_px} x "
                f"{known.height_px} px, which now has {self._shape[1]} x {self._shape[0]}; set the "
                "file aside to begin anew"
            )
        self._strokes, self._seen = known.strokes, seen
        self.revision += 1

    def _save(self, strokes: tuple[Stroke, ...]) -> None:
        files.write(self._path, Strokes(self._shape[1], self._shape[0], strokes))
        self._journal.add("written")
        found = self._path.stat()
        self._seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        self._strokes = strokes
        self.revision += 1
        if self._journal.size > max(LONG_BYTES, 2 * self._shortened):
            # A full disk keeps the long one.
            with suppress(OSError):
                lines = list(lasting(self._strokes, self._begun, self._undone, self._ended))
                self._journal.renew(lines)
                self._shortened = sum(len(str(line)) for line in lines)

    def _recover(self) -> None:
        """Follow the journal, and do to strokes.json what is not in it yet."""
        told = follow(self._journal.read(), self._strokes)
        self._begun, self._undone, self._ended = told.begun, told.undone, told.ended
        if told.strokes != self._strokes:
            self._save(told.strokes)
