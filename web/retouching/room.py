"""One stack while it is retouched: its pictures, its strokes, and what its page is told."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from imaging.retouching.box import Box
from imaging.retouching.healing import clean, spot_of
from imaging.retouching.replay import replay
from imaging.retouching.sources import Picture
from records.archive.ocfl import object_folder
from records.errors import RecordError
from records.layout import CONVERT, EXTERNAL, FUSE, METHODS, TRANSFORMS
from records.retouching.strokes import Source, Stroke
from web.retouching.catalogue import FUSED, SOURCE_MAP, Catalogue, Offered
from web.retouching.focus import focus_grid
from web.retouching.painted import Painted
from web.retouching.pen import Pen
from web.retouching.result import Result
from web.retouching.tiles import TILE_PX, Shown

FOLDER = "retouch"
# Where one of these changed, the stack has other sources.
DECIDING = (FUSED, TRANSFORMS, CONVERT, FUSE, METHODS, EXTERNAL)
# Open pictures and their quarters; a person steps among a few.
MOST_OPEN = 12
MOST_ROOMS = 3
# Of a long stack: a frame that is sharp at a spot is not far from the one in focus there.
MOST_CANDIDATES = 24


class Rooms:
    """The stacks that are retouched; what was not looked at for longest is let go of."""

    def __init__(self) -> None:
        self._rooms: OrderedDict[Path, tuple[object, Room]] = OrderedDict()
        self._pens: dict[Path, Pen] = {}
        self._lock = threading.Lock()

    def of(self, folder: Path, archive: Path, identifier: str) -> Room:
        """The room of a stack's folder, made anew where the stack was.

        Parameters
        ----------
        archive, identifier : storage root of the archive, and the stack's object there

        Raises
        ------
        RecordError : the stack has nothing to retouch
        """
        kept = object_folder(archive, identifier) or archive
        stamp = (*(_stamp(folder / name) for name in DECIDING), _stamp(kept / "inventory.json"))
        with self._lock:
            known = self._rooms.pop(folder, None)
            if known is None or known[0] != stamp:
                if known is not None:
                    known[1].close()
                pen = self._pens.setdefault(folder, Pen(folder / FOLDER))
                known = (stamp, Room(Catalogue(folder, archive, identifier), pen))
            self._rooms[folder] = known
            while len(self._rooms) > MOST_ROOMS:
                self._rooms.popitem(last=False)[1][1].close()
            return known[1]


class Room:
    """What is known of a stack that is retouched; every method may be called from any thread.

    Parameters
    ----------
    catalogue : what the stack can be retouched from
    pen : who may paint in it

    Raises
    ------
    RecordError : its strokes do not fit it
    """

    def __init__(self, catalogue: Catalogue, pen: Pen) -> None:
        self.folder, self.pen = catalogue.folder, pen
        self.catalogue = catalogue
        self.painted = Painted(self.folder / FOLDER, catalogue.shape)
        self._lock = threading.RLock()
        self._open: OrderedDict[str, tuple[Picture, Shown]] = OrderedDict()
        self._pictures: dict[Source, Picture] = {}
        self.result = Result(self.catalogue.base, self._pictures)
        self._before = Shown(
            lambda box: self.catalogue.base.read(box).pixels,
            self.catalogue.shape,
            self.catalogue.icc,
        )
        self._shown = Shown(
            lambda box: self.result.pixels(box), self.catalogue.shape, self.catalogue.icc
        )
        self._grid: Mapping[str, Any] | None = None
        self.follow()

    def follow(self) -> Box:
        """Bring the result in step with the strokes; gives the box that changed."""
        with self._lock:
            strokes = self.painted.strokes
            for one in strokes:
                if one.source not in self._pictures and (found := self.catalogue.of(one.source)):
                    self._pictures[one.source] = found.open()
            changed = self.result.follow(strokes)
            self._shown.renew(changed)
            return changed

    def tile(self, name: str, level: int, column: int, row: int) -> bytes | None:
        """A tile as JPEG, of a source by its name, `result`, or `before`; None where none is."""
        if name == "result":
            return self._shown.tile(level, column, row)
        if name == "before":
            return self._before.tile(level, column, row)
        offered = self.catalogue.offered.get(name)
        return None if offered is None else self._picture(offered).tile(level, column, row)

    def facts(self) -> dict[str, Any]:
        """What does not change while one paints."""
        rows, columns = self.catalogue.shape
        if self._grid is None:
            self._grid = focus_grid(self.folder / SOURCE_MAP) or {}
        return {
            "width_px": columns,
            "height_px": rows,
            "orientation": self.catalogue.orientation,
            "crop_px": self.catalogue.crop_px,
            "tile_px": TILE_PX,
            "levels": self._shown.levels,
            "sources": [_told(one) for one in self.catalogue.offered.values()],
            "missing_frames": self.catalogue.missing,
            "left_out": self.catalogue.left_out,
            "focus": self._grid or None,
        }

    def told(self) -> dict[str, Any]:
        """What changes: the strokes, those undone, those begun."""
        strokes = self.painted.strokes
        return {
            "revision": self.painted.revision,
            "strokes": [self.stroke(one) for one in strokes],
            "undone": [one.stroke.as_record() for one in self.painted.undone],
            "begun": [one.as_record() for one in self.painted.begun().values()],
        }

    def known(self, told: Mapping[str, Any]) -> Source:
        """The source that a page names, with the digest that it has now.

        Raises
        ------
        RecordError : there is none of this name
        """
        offered = self.catalogue.offered.get(str(told.get("source")))
        if offered is None:
            raise RecordError(
                "this stack has no such source any more; load the page again to see those it has"
            )
        return offered.source

    def confirm(self, names: Sequence[str]) -> list[Stroke]:
        """Take the sources of strokes as they are now."""
        found = {one.id: self.catalogue.of(one.source) for one in self.painted.strokes}
        digests = {name: one.source.sha256 for name, one in found.items() if one and name in names}
        return self.painted.confirm(names, digests)

    def take_from(self, name: str, source: str) -> None:
        """Have a stroke take its px from another source, by the names of both."""
        self.painted.take_from(name, self.known({"source": source}))

    def candidates(self, name: str) -> list[str]:
        """The frames that are clean where a stroke heals, the most likely first.

        Raises
        ------
        ImagingError : it is too large for a spot
        """
        with self._lock:
            strokes = self.painted.strokes
            at = next((k for k, one in enumerate(strokes) if one.id == name), None)
            if at is None:
                return []
            stroke, base = strokes[at], self.catalogue.base
            # The strokes before it, from sources that are here.
            known = [one for one in strokes[:at] if one.source in self._pictures]
            spot = spot_of(
                stroke.path_px,
                stroke.brush,
                lambda box: replay(base, known, self._pictures, box),
                self.catalogue.shape,
            )
        return clean(spot, [(one.name, one.open) for one in self._near(stroke.source.frame)])

    def _near(self, frame: int | None) -> list[Offered]:
        """Frames to look for a clean one in: those about the one that was in focus."""
        frames = [one for one in self.catalogue.offered.values() if one.source.kind == "frame"]
        if frame is not None:
            frames.sort(key=lambda one: abs((one.source.frame or 0) - frame))
        return frames[:MOST_CANDIDATES]

    def close(self) -> None:
        """Let go of files."""
        self.painted.close()

    def stroke(self, stroke: Stroke) -> dict[str, Any]:
        """What a page is told of a stroke."""
        offered = self.catalogue.of(stroke.source)
        is_restore = stroke.mode == "restore"
        return {
            **stroke.as_record(),
            "changed": not is_restore and offered is not None and offered.source != stroke.source,
            "missing": not is_restore and offered is None,
        }

    def _picture(self, offered: Offered) -> Shown:
        with self._lock:
            known = self._open.pop(offered.name, None)
            if known is None:
                picture = offered.open()
                shown = Shown(
                    lambda box: picture.read(box).pixels, self.catalogue.shape, offered.icc
                )
                known = (picture, shown)
            self._open[offered.name] = known
            while len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)
            return known[1]


def _told(one: Offered) -> dict[str, Any]:
    source = replace(one.source, sha256="").as_record()
    return {
        "name": one.name,
        **source,
        "position_um": one.position_um,
        "digest": one.source.sha256[:16] or "fused",
    }


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino
