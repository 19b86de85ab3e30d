"""The strokes of one stack as its page works on them: drawn, undone, redone, confirmed.

`retouch/strokes.json` holds the strokes that count, and is written whole after each change; before
that, the change stands in the journal. So whatever dies in between, what was drawn is found again:
what the journal tells after its last `written` is done to the file when the stack is next opened.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from records.errors import RecordError
from records.retouching import strokes as files
from records.retouching.strokes import Source, Stroke, Strokes
from web.retouching.journal import NAME, Journal

FILE = "strokes.json"
MOST_POINTS = 100_000


@dataclass
class Begun:
    """A stroke that is drawn, or was when the page or the server ended.

    Attributes
    ----------
    stroke : with no path yet
    path_px : the points that came, x and y
    """

    stroke: dict[str, Any]
    path_px: list[list[float]] = field(default_factory=list)

    def whole(self) -> Stroke:
        """The stroke as far as it was drawn."""
        return Stroke.from_record({**self.stroke, "path_px": self.path_px})


@dataclass(frozen=True)
class Undone:
    """A stroke that was taken back, and where it stood among the others."""

    stroke: Stroke
    at: int


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
            return list(self._undone)

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
                    self._journal.add("undo", id=name, at=at)
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
                    self._save(_put(self._strokes, one.at, one.stroke))
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
            changed = [one.id for one in self._strokes if one.id in names and one.id in digests]
            for name in changed:
                self._journal.add("confirm", id=name, sha256=digests[name])
            self._save(
                tuple(
                    _renewed(one, digests[one.id]) if one.id in changed else one
                    for one in self._strokes
                )
            )
            return [one for one in self._strokes if one.id in changed]

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
        # What was undone before is past; the journal keeps it.
        self._undone.clear()
        self._save((*self._strokes, stroke))
        return stroke

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

    def _recover(self) -> None:
        """Follow the journal, and do to strokes.json what is not in it yet."""
        strokes, is_behind = self._strokes, False
        drawn: dict[str, Stroke] = {one.id: one for one in strokes}
        for line in self._journal.read():
            try:
                do, name = line["do"], line.get("id", "")
                if do == "written":
                    # What came before is in the file, or a person took it out of there.
                    strokes, is_behind = self._strokes, False
                elif do == "begin":
                    told = line["stroke"]
                    self._begun[told["id"]] = Begun(told)
                elif do == "points":
                    self._begun[name].path_px += line["path_px"]
                elif do == "forget":
                    self._begun.pop(name)
                    self._ended.add(name)
                else:
                    strokes = self._again(do, name, line, strokes, drawn)
                    is_behind = True
            except (KeyError, TypeError, ValueError, AttributeError, StopIteration):
                # A line that was not written by this program changes nothing.
                continue
        present = {one.id for one in strokes}
        self._ended |= present
        self._undone = [one for one in self._undone if one.stroke.id not in present]
        if is_behind and strokes != self._strokes:
            self._save(strokes)

    def _again(
        self,
        do: str,
        name: str,
        line: Mapping[str, Any],
        strokes: tuple[Stroke, ...],
        drawn: dict[str, Stroke],
    ) -> tuple[Stroke, ...]:
        """What a line of the journal makes of the strokes before it."""
        there = [one.id for one in strokes]
        if do == "end":
            drawn[name] = self._begun.pop(name).whole()
            self._ended.add(name)
            self._undone.clear()
            return strokes if name in there else (*strokes, drawn[name])
        if do == "undo":
            self._undone.append(Undone(drawn[name], int(line["at"])))
            return tuple(one for one in strokes if one.id != name)
        if do == "redo":
            one = next(one for one in self._undone if one.stroke.id == name)
            self._undone.remove(one)
            return strokes if name in there else _put(strokes, one.at, one.stroke)
        if do == "confirm":
            drawn[name] = _renewed(drawn[name], line["sha256"])
            return tuple(drawn[name] if one.id == name else one for one in strokes)
        return strokes


def _put(strokes: tuple[Stroke, ...], at: int, stroke: Stroke) -> tuple[Stroke, ...]:
    return (*strokes[:at], stroke, *strokes[at:])


def _renewed(stroke: Stroke, sha256: str) -> Stroke:
    source: Source = replace(stroke.source, sha256=sha256)
    return replace(stroke, source=source)
