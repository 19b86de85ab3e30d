"""What a stack can be retouched from: its frames, slabs, other methods, earlier masters.

Each is named as in an address: `fused`, `frame-012`, `slab-003`, `method-pyramid`, `version-v2`.
Names of an address are looked up here, and lead nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from imaging.errors import ImagingError
from imaging.frames.converted import read_profile
from imaging.fusion.aligned import frames_of
from imaging.fusion.frame import Frame
from imaging.retouching.sources import Aligned, Master, Picture, Whole
from records.archive.earlier import earlier_master
from records.archive.ocfl import object_folder, read_inventory, version_name
from records.errors import RecordError
from records.layout import EXTERNAL, LEDGER, RAW, TRANSFORMS
from records.ledger.depth import focus_positions
from records.record import read_record, told_folder, told_name
from records.retouching.digests import source_digest
from records.retouching.strokes import Source
from web.developing import AGAIN

FUSED = "stack/fused.tif"
SOURCE_MAP = "stack/source.tif"


@dataclass(frozen=True)
class Offered:
    """A source that a stroke can be painted from.

    Attributes
    ----------
    name : in addresses
    source : as a stroke tells it, with the digest that it has now
    open : gives its picture
    icc : of its px
    position_um : of a frame, where it is known
    """

    name: str
    source: Source
    open: Callable[[], Picture]
    icc: bytes | None
    position_um: float | None = None


class Catalogue:
    """The sources of one stack, as they are when it is made.

    Parameters
    ----------
    folder : of the stack
    archive : storage root of the archive, there or not
    identifier : of the stack's object there

    Raises
    ------
    RecordError : the stack is not fused, or its records are damaged
    """

    def __init__(self, folder: Path, archive: Path, identifier: str) -> None:
        self.folder = folder
        if not (folder / FUSED).is_file():
            raise RecordError(
                f"{folder}: has no {FUSED} to retouch; run the workflow first, or restore the "
                "stack from the archive"
            )
        self.fused = Whole(folder / FUSED)
        self.shape = self.fused.shape
        self.icc = self.fused.icc
        # What came back from another program is painted on, and restored, in its place.
        external = folder / EXTERNAL
        self.base = Whole(external, self.shape) if external.is_file() else self.fused
        self.orientation, self.crop_px = self._master()
        # Of frames that are gone, with the file that is missing: their strokes can't be shown.
        self.missing: list[int] = []
        # Why versions of the archive are none to paint from.
        self.left_out: list[str] = []
        self._archive, self._identifier = archive, identifier
        self.offered = {one.name: one for one in self._find()}

    def of(self, source: Source) -> Offered | None:
        """What a stroke names as its source, whatever its digest; None where it is not there."""
        plain = replace(source, sha256="")
        return next(
            (one for one in self.offered.values() if replace(one.source, sha256="") == plain), None
        )

    def _find(self) -> Iterator[Offered]:
        yield Offered("fused", Source("fused"), lambda: self.fused, self.icc)
        yield from self._frames()
        for path in sorted((self.folder / "stack" / "slabs").glob("slab_*.tif")):
            number = path.stem.removeprefix("slab_")
            if number.isascii() and number.isdecimal():
                yield from self._file(f"slab-{number}", Source("slab", slab=int(number)), path)
        for path in sorted((self.folder / "stack" / "methods").glob("*.tif")):
            yield from self._file(f"method-{path.stem}", Source("method", method=path.stem), path)
        yield from self._versions()

    def _file(self, name: str, source: Source, path: Path) -> Iterator[Offered]:
        try:
            picture = Whole(path, self.shape)
        except (ImagingError, OSError):
            # Of another size, or not whole: nothing to paint from.
            return
        if digest := self._digest(source):
            yield Offered(name, replace(source, sha256=digest), lambda: picture, picture.icc)

    def _frames(self) -> Iterator[Offered]:
        path = self.folder / TRANSFORMS
        aligned = read_record(path, "transforms")
        rows = [row for row in aligned["frames"] if row["status"] == "used"]
        folder = told_folder(aligned["folder"], path)
        known = {row["frame"]: self._digest(Source("frame", frame=row["frame"])) for row in rows}
        # Where all are gone, they were temporary.
        are_temporary = not folder.is_dir() and (self.folder / RAW).is_dir()
        there = [
            row
            for row in rows
            if known[row["frame"]]
            and (are_temporary or (folder / told_name(row["tiff"], path)).is_file())
        ]
        self.missing = [row["frame"] for row in rows if row not in there]
        if not there:
            return
        positions = self._positions([row["frame"] for row in rows])
        names = {row["frame"]: row["tiff"] for row in aligned["frames"]}

        def opened(frame: Frame, number: int) -> Aligned:
            path = AGAIN.file(self.folder, number, names)
            return Aligned(replace(frame, path=path), self.shape)

        icc = self.icc if are_temporary else read_profile(folder / there[0]["tiff"])
        for row, frame in zip(there, frames_of(aligned, there, folder, icc), strict=True):
            yield Offered(
                f"frame-{row['frame']:03d}",
                Source("frame", frame=row["frame"], sha256=known[row["frame"]]),
                partial(opened, frame, row["frame"]),
                frame.icc,
                positions.get(row["frame"]),
            )

    def _versions(self) -> Iterator[Offered]:
        """The masters that the archive holds, the newest first."""
        if not self._archive.is_dir():
            return
        try:
            folder = object_folder(self._archive, self._identifier)
            newest = read_inventory(folder).head if folder else 0
        except RecordError as error:
            self.left_out.append(str(error))
            return
        for name in map(version_name, range(newest, 0, -1)):
            try:
                told = earlier_master(self._archive, self._identifier, name)
                laid = partial(
                    Master, told.path, told.crop_px, told.orientation, self.shape, self.icc
                )
                laid().close()
            except (RecordError, ImagingError, OSError) as error:
                self.left_out.append(str(error))
                continue
            source = Source("version", version=name, sha256=told.pixel_sha256)
            yield Offered(f"version-{name}", source, laid, self.icc)

    def _positions(self, frames: list[int]) -> Mapping[int, float]:
        try:
            found = focus_positions(self.folder / LEDGER, frames)
        except (RecordError, OSError):
            return {}
        return dict(zip(frames, found, strict=True)) if found else {}

    def _digest(self, source: Source) -> str:
        """What decides its px now; "" where records of before do not say."""
        try:
            return source_digest(self.folder, source)
        except RecordError:
            return ""

    def _master(self) -> tuple[int, list[float] | None]:
        """How the master lies in the fused image; as shot and whole where there is none yet.

        A crop is x, y, width and height, and the degrees by which one is turned that is.
        """
        for path in sorted((self.folder / "archival").glob("*.json")):
            try:
                record: dict[str, Any] = json.loads(path.read_bytes())
                crop: list[float] = [int(side) for side in record["crop_px"]]
                angle_deg = float(record.get("crop_angle_deg") or 0.0)
                orientation = int(record["orientation_applied"])
            except (ValueError, LookupError, TypeError, OSError):
                continue
            if len(crop) == 4 and 1 <= orientation <= 8:
                return orientation, [*crop, *([angle_deg] if angle_deg else [])]
        return 1, None
