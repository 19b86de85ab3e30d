"""The digest of all that decides a source's px, from records alone: no picture is read.

A stroke keeps that of the px that its person saw; it is applied again where it is still the same.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from records.errors import RecordError
from records.known_frames import pixels_of
from records.layout import CONVERT, FUSE, METHODS, TRANSFORMS
from records.record import read_record, told_name
from records.retouching.strokes import Source

SLABS = "stack/slabs/"


def slab_name(number: int) -> str:
    """Of a slab's file, without its ending."""
    return f"slab_{number:03d}"


def source_digest(stack: Path, source: Source) -> str:
    """Digest of what a source is now; of `source`, `sha256` is not looked at.

    Parameters
    ----------
    stack : folder of the stack
    source : a frame, slab, method or the fused image; versions are `records.archive.earlier`'s

    Returns
    -------
    SHA-256: for a frame, of its px as converted and of all that brings them into the fused image's
    geometry and light; for a slab, of its file; for a method, of its px; "" for the fused image

    Raises
    ------
    RecordError : the stack has no such source, or a record is missing or does not say
    """
    if source.kind == "fused":
        return ""
    if source.kind == "frame":
        return _of_frame(stack, source)
    if source.kind == "slab":
        name = f"slabs/{slab_name(source.slab or 0)}"
        return _known(read_record(stack / FUSE, "fuse"), "sha256", name, stack / FUSE, source)
    if source.kind == "method":
        method = told_name(f"{source.method}.json", "a stroke")
        record = stack / METHODS / method
        return _known(read_record(record, "fuse"), "pixel_sha256", "fused", record, source)
    raise RecordError(f"{stack}: a stroke's source {source.words} is not of the stack's folder")


def _known(record: dict[str, Any], key: str, name: str, path: Path, source: Source) -> str:
    digest = record.get(key, {}).get(name)
    if digest is None:
        raise RecordError(
            f"{path}: tells of no {source.words}, which strokes were painted from: bring back the "
            "settings that made it, or drop these strokes on the page"
        )
    return str(digest)


def _of_frame(stack: Path, source: Source) -> str:
    aligned = read_record(stack / TRANSFORMS, "transforms")
    converted = read_record(stack / CONVERT, "convert")
    rows = [row for row in aligned["frames"] if row["frame"] == source.frame]
    used = [row for row in rows if row["status"] == "used"]
    pixels = [pixels_of(row) for row in converted["frames"] if row["frame"] == source.frame]
    if not used:
        raise RecordError(
            f"{stack / TRANSFORMS}: {source.words} is not among the frames used, but strokes were "
            "painted from it: use it again, or drop these strokes on the page"
        )
    if not pixels or pixels[0] is None:
        raise RecordError(
            f"{stack / CONVERT}: does not tell the px of {source.words}, as records of before do "
            "not; remove it and run again, then it is made anew"
        )
    decisive = {
        f"pixel_{pixels[0].hash}": pixels[0].text,
        "width_px": aligned["width_px"],
        "height_px": aligned["height_px"],
        "matrix": used[0]["matrix"],
        "gain": used[0]["gain"],
        "sensor_defects_px": aligned["sensor_defects_px"],
        "sensor_dust": aligned["sensor_dust"],
    }
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()
