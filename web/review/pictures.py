"""Which pictures a stack has now, by the ids that its page calls them, and where each lies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from imaging.errors import ImagingError
from imaging.frames import tiff
from imaging.frames.converted import read_profile
from imaging.fusion.frame import Frame
from imaging.sensor.dust import Speck
from records.archive.holding import open_holding
from records.archive.ocfl import object_folder, object_id, version_name
from records.errors import RecordError
from records.known_frames import frame_digest
from records.layout import CONVERT, TRANSFORMS, is_master_record, master_name
from records.record import parse_record, read_record, told_folder, told_name
from web.developing import AGAIN
from web.review.names import Stack, inside
from web.review.placing import Placing
from web.review.sources import Flat, Source, Warped

NUMBERED = re.compile(r"(frame|slab|version|method)-([a-z0-9]{1,20})")
# What was fused and turned otherwise; ids as files.
FUSED = {"fused": "stack/fused.tif", "retouched": "stack/retouched.tif"}


@dataclass(frozen=True)
class Picture:
    """A picture that can be looked at.

    Attributes
    ----------
    id : such as `master`, `frame-012`, `version-v2`
    kind : `master`, `fused`, `method`, `version`, `slab` or `frame`
    source : what its tiles are cut from
    frame : its number, of a frame
    """

    id: str
    kind: str
    source: Source
    frame: int | None = None


class Pictures:
    """The pictures of one stack, as they lie there at this moment.

    Attributes
    ----------
    placing : where its master lies in the fused image; of a stack without one, all of that

    Raises
    ------
    RecordError, ImagingError : it has none yet, or what tells of them cannot be read
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.placing, self._master = self._find_master()

    def __iter__(self) -> Iterator[Picture]:
        """All of them, the master first."""
        for wanted in self._ids():
            try:
                found = self.find(wanted)
            except (RecordError, ImagingError, OSError):
                # What cannot be read is not offered; the step that made it tells why.
                continue
            if found is not None:
                yield found

    def find(self, wanted: str) -> Picture | None:
        """The picture with an id; None where the stack has none."""
        if wanted == "master":
            source = self._master and Flat(self._master, self.placing)
            return Picture(wanted, wanted, source) if source else None
        if wanted in FUSED:
            path = self._file(FUSED[wanted])
            return Picture(wanted, "fused", Flat(path)) if path else None
        parts = NUMBERED.fullmatch(wanted)
        if parts is None:
            return None
        kind, name = parts.groups()
        if kind == "frame":
            return self._frame(wanted, name)
        if kind == "version":
            return self._version(wanted, name)
        path = self._file(f"stack/slabs/slab_{name}.tif" if kind == "slab" else _method(name))
        return Picture(wanted, kind, Flat(path)) if path else None

    def _find_master(self) -> tuple[Placing, Path | None]:
        stack = self._stack
        name = master_name(stack.specimen, stack.view)
        if record := self._file(f"{name}.json"):
            told = read_record(record, "master")
            return Placing.of(told), self._file(f"{name}.tif")
        if fused := self._file(FUSED["fused"]):
            with tiff.open_rows(fused) as rows:
                height, width = rows.extent
            return Placing((0, 0, width, height)), None
        if (folder := self._object()) is None:
            raise RecordError(f"{stack.name}: no picture has been made of it yet")
        holding = open_holding(folder)
        told = holding.master()
        return Placing.of(told), holding.file(f"archival/{told['file']}")

    def _ids(self) -> Iterator[str]:
        yield "master"
        yield from FUSED
        folder = self._stack.folder / "stack"
        for path in sorted((folder / "methods").glob("*.tif")):
            yield f"method-{path.stem}"
        if folder_of := self._object():
            for number in range(1, open_holding(folder_of).inventory.head + 1):
                yield f"version-{version_name(number)}"
        for path in sorted((folder / "slabs").glob("slab_*.tif")):
            yield f"slab-{path.stem.removeprefix('slab_')}"
        for row in self._aligned().get("frames", ()):
            if row["status"] == "used":
                yield f"frame-{row['frame']:03d}"

    def _aligned(self) -> dict[str, Any]:
        path = self._file(TRANSFORMS)
        return read_record(path, "transforms") if path else {}

    def _frame(self, wanted: str, name: str) -> Picture | None:
        aligned = self._aligned()
        row = next(
            (r for r in aligned.get("frames", ()) if name == f"{r['frame']:03d}"),
            None,
        )
        if row is None:
            return None
        record, folder = self._stack.folder / TRANSFORMS, self._stack.folder
        path = told_folder(aligned["folder"], record) / told_name(row["tiff"], record)
        again, digest = None, frame_digest(row)
        if inside(path, folder) is None:
            fused = self._file(FUSED["fused"])
            if path.parent.exists() or not (fused and digest and (folder / CONVERT).is_file()):
                return None
            names = {one["frame"]: one["tiff"] for one in aligned["frames"]}
            again = partial(AGAIN.file, folder, row["frame"], names)
        frame = Frame(
            path,
            np.linalg.inv(np.array(row["matrix"])),
            # The fused image has the frames' own.
            tiff.read_icc(fused) if again and fused else read_profile(path),
            tuple(row["gain"]),
            np.array(aligned.get("sensor_defects_px", []), np.int32).reshape(-1, 2),
            tuple(Speck.from_record(speck) for speck in aligned.get("sensor_dust", [])),
        )
        source = Warped(frame, digest, again)
        return Picture(wanted, "frame", source, row["frame"])

    def _version(self, wanted: str, name: str) -> Picture | None:
        folder = self._object()
        if folder is None or not re.fullmatch(r"v[1-9][0-9]{0,5}", name):
            return None
        inventory = open_holding(folder).inventory
        if int(name[1:]) > inventory.head:
            return None
        state = inventory.state(int(name[1:]))
        records = [path for path in state if is_master_record(path)]
        if len(records) != 1:
            return None
        record = inventory.content_file(folder, state[records[0]])
        told = parse_record(record.read_bytes(), "master", record)
        master = state.get(f"archival/{told['file']}")
        if master is None:
            return None
        return Picture(
            wanted, "version", Flat(inventory.content_file(folder, master), Placing.of(told))
        )

    def _object(self) -> Path | None:
        """The stack's folder in the archive."""
        stack = self._stack
        if not stack.archive.is_dir():
            return None
        return object_folder(stack.archive, object_id(stack.specimen, stack.view))

    def _file(self, name: str) -> Path | None:
        return inside(self._stack.folder / name, self._stack.folder)


def _method(name: str) -> str:
    return f"stack/methods/{name}.tif"
