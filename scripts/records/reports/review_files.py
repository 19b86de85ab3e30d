"""The files of a stack in a curator's words."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from records.layout import CRATE, LEDGER, QC, README, REFUSED, maker_of, name_of
from records.reports.review_sources import Sources

_WORDS = {
    LEDGER: "ledger: every frame, used or not and why (table)",
    REFUSED: "ledger of frames that were refused (table)",
    QC: "what the checks found (record)",
    CRATE: "how it was made, for machines (RO-Crate)",
    README: "what it is, how to check it and make it again, for people",
}
_KINDS = {
    ".jpg": "JPEG",
    ".gif": "GIF",
    ".png": "PNG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WebP",
    ".avif": "AVIF",
    ".glb": "GLB",
    ".ply": "PLY",
}
# By the step that makes them.
_USES = {
    "derive": "picture for use",
    "height": "height map in µm",
    "mesh": "surface in µm",
    "stereo": "views from aside",
}


def address(path: Path, beside: Path) -> str:
    """The address of a file from a page's folder."""
    return quote(f"{_way(str(path.parent), str(beside))}/{path.name}".removeprefix("./"))


@lru_cache(maxsize=64)
def _way(folder: str, beside: str) -> str:
    """From one folder to another; many files lie in few."""
    return Path(os.path.relpath(folder, beside)).as_posix()


def files_of(sources: Sources, record: Mapping[str, Any], page: Path) -> list[dict[str, Any]]:
    """Files with their sizes, the master first.

    Parameters
    ----------
    record : of the master; empty where there is none
    page : folder of the page, from which addresses start
    """
    depth = record.get("depth") or {}
    known = dict(sources.digests)
    for one in (record, depth):
        if "file" in one and "sha256" in one:
            known[f"archival/{one['file']}"] = str(one["sha256"])
    unit = "µm" if depth.get("unit") == "um" else "frames"
    words = {
        f"{sources.master}.tif": "archival master (TIFF, 16 bits)",
        f"{sources.master}_depth.tif": f"depth map of the master (TIFF, 32 bits, {unit})",
        f"{sources.master}.json": "what the master is and was made from (record)",
    }
    for path in sources.files:
        if path.startswith("derivatives/"):
            name = name_of(path)
            kind = _KINDS.get(Path(path).suffix, "file")
            words[path] = f"{_USES[maker_of(path)]}: {name} ({kind})"
    words |= _WORDS
    return [
        {
            "what": what,
            "url": address(sources.files[path], page),
            "bytes": sources.files[path].stat().st_size,
            "sha256": known.get(path),
        }
        for path, what in words.items()
        if path in sources.files
    ]
