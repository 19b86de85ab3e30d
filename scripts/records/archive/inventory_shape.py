"""Whether what an inventory says has the shape that the rest of the program relies on.

All that OCFL asks is judged when an archive is verified; this is what must hold before anything is
read by an inventory at all, of an object with lesser faults too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from records.archive.inside import plain_parts

ALGORITHM = re.compile(r"[a-z0-9-]{1,40}")
VERSION = re.compile(r"v[0-9]{1,9}")


def shape_fault(content: object) -> str:
    """What is wrong with the shape of a parsed inventory, in words; empty if nothing is.

    Raises
    ------
    RecordError
        A path of content is none inside the object.
    """
    if not isinstance(content, Mapping):
        return "it is no JSON object"
    for key in ("id", "digestAlgorithm", "head"):
        if not isinstance(content.get(key), str) or not content[key].isprintable():
            return f"{key} is missing or no text"
    if not ALGORITHM.fullmatch(content["digestAlgorithm"]):
        return "digestAlgorithm is no name of a digest"
    manifest, versions = content.get("manifest"), content.get("versions")
    if not isinstance(manifest, Mapping) or not _is_paths_by_digest(manifest):
        return "manifest is missing or no list of paths by digest"
    if not all(manifest.values()):
        return "manifest names no path for a digest"
    if not isinstance(versions, Mapping) or not all(map(_is_version, versions.items())):
        return "versions is missing, or one of them has no state of paths by digest"
    if content["head"] not in versions:
        return f"head is {content['head']}, which is none of its versions"
    for paths in manifest.values():
        for path in paths:
            plain_parts(path)
    return ""


def _is_version(named: tuple[object, object]) -> bool:
    name, block = named
    return (
        VERSION.fullmatch(str(name)) is not None
        and isinstance(block, Mapping)
        and isinstance(block.get("created"), str)
        and isinstance(block.get("message", ""), str)
        and isinstance(block.get("user", {}), Mapping)
        and isinstance(block.get("user", {}).get("name", ""), str)
        and _is_paths_by_digest(block.get("state"))
    )


def _is_paths_by_digest(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(paths, list) and all(isinstance(path, str) for path in paths)
        for paths in value.values()
    )
