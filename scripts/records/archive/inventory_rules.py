"""What OCFL asks of an inventory, whatever lies on the disk.

Sources: https://ocfl.io/1.1/spec/ and https://ocfl.io/1.0/spec/. The codes in brackets are those of
https://ocfl.io/1.1/spec/validation-codes.html. What is judged may be any JSON at all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

TYPES = {f"https://ocfl.io/{version}/spec/#inventory": version for version in ("1.0", "1.1")}
# Bytes of a digest. Content is addressed by one of the first two, fixity blocks may use all; those
# of blake2b but the longest are of the OCFL extension 0001.
DIGEST_BYTES = {
    "sha512": 64,
    "sha256": 32,
    "sha1": 20,
    "md5": 16,
    "blake2b-512": 64,
    "blake2b-384": 48,
    "blake2b-256": 32,
    "blake2b-160": 20,
}
CONTENT_ALGORITHMS = ("sha512", "sha256")
CONTENT_FOLDER = "content"
_DATE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"


def inventory_faults(inventory: object) -> list[str]:
    """Everything in which an inventory is not what the specification asks for; `[CODE] what`."""
    if not isinstance(inventory, dict):
        return ["[E033] is no JSON object"]
    return [
        *_heading_faults(inventory),
        *_sequence_faults(inventory),
        *_manifest_faults(inventory),
        *_version_faults(inventory),
        *_fixity_faults(inventory),
    ]


def history_faults(newest: Mapping[str, Any], older: Mapping[str, Any]) -> Iterator[str]:
    """In what the inventory of an older version tells its history otherwise than the newest.

    Both must be without faults.
    """
    if newest["id"] != older["id"]:
        yield f"[E037] is of {older['id']}, but the object is {newest['id']}"
    if content_folder(newest) != content_folder(older):
        yield f"[E020] keeps content in {content_folder(older)}, not in {content_folder(newest)}"
    for name in older["versions"]:
        if name not in newest["versions"]:
            yield f"[E066] has {name}, which the newest inventory has not"
            continue
        then, now = (_contents(inventory, name) for inventory in (older, newest))
        if then.keys() != now.keys():
            yield f"[E066] has other files in {name}: {_few(then.keys() ^ now.keys())}"
        changed = {path for path in then.keys() & now.keys() if not then[path] <= now[path]}
        if changed:
            yield f"[E066] has other content in {name} for {_few(changed)}"


def content_folder(inventory: Mapping[str, Any]) -> str:
    """Name of the folder in each version that holds content."""
    return inventory.get("contentDirectory", CONTENT_FOLDER)


def expected_digests(
    block: Mapping[str, Mapping[str, list[str]]],
) -> Iterator[tuple[str, str, str]]:
    """Content path, algorithm and digest, in lower case, of each entry of blocks by algorithm."""
    for algorithm, digests in block.items():
        for digest, paths in digests.items():
            for path in paths:
                yield path, algorithm, digest.lower()


def _contents(inventory: Mapping[str, Any], name: str) -> dict[str, set[str]]:
    """Logical path in a version → where its content lies."""
    manifest = inventory["manifest"]
    state = inventory["versions"][name]["state"]
    return {path: set(manifest[digest]) for digest, paths in state.items() for path in paths}


def _heading_faults(inventory: dict) -> Iterator[str]:
    for key in ("id", "type", "digestAlgorithm", "head"):
        if key not in inventory:
            yield f"[E036] has no {key}"
    identifier = inventory.get("id", "absent")
    if not isinstance(identifier, str) or not identifier:
        yield "[E037] id is no text"
    if not _is_one_of(inventory.get("type", next(iter(TYPES))), TYPES):
        yield f"[E038] type is {inventory['type']!r}, not {' or '.join(TYPES)}"
    if not _is_one_of(inventory.get("digestAlgorithm", "sha512"), CONTENT_ALGORITHMS):
        yield f"[E025] digestAlgorithm is {inventory['digestAlgorithm']!r}, not sha512 or sha256"
    folder = content_folder(inventory)
    if not isinstance(folder, str) or not folder or "/" in folder:
        yield "[E017] contentDirectory is no name of one folder"
    elif folder in (".", ".."):
        yield f"[E018] contentDirectory is {folder}"


def _sequence_faults(inventory: dict) -> Iterator[str]:
    versions = inventory.get("versions")
    if not isinstance(versions, dict):
        yield "[E044] has no versions" if "versions" in inventory else "[E043] has no versions"
        return
    if not versions:
        yield "[E008] has no version"
        return
    first = next((name for name in versions if re.fullmatch("v0*1", name)), None)
    if first is None:
        yield "[E009] has no version 1"
        return
    digits = len(first) - 1
    names = [f"v{number:0{digits}}" for number in range(1, len(versions) + 1)]
    if set(names) != set(versions):
        yield f"[E010] versions are not those from {names[0]} to {names[-1]}"
    elif digits > 1 and names[-1][1] != "0":
        yield f"[E011] version names have no room for {names[-1]}"
    if inventory.get("head", names[-1]) != names[-1]:
        yield f"[E040] head is {inventory['head']!r}, but the newest version is {names[-1]}"


def _manifest_faults(inventory: dict) -> Iterator[str]:
    manifest = inventory.get("manifest")
    if not isinstance(manifest, dict):
        yield "[E041] has no manifest"
        return
    algorithm = inventory.get("digestAlgorithm")
    yield from _digest_faults(manifest, algorithm, "manifest", "E025", "E096")
    paths: list[object] = []
    for digest, listed in manifest.items():
        if not isinstance(listed, list) or not listed:
            yield f"[E092] manifest has no list of paths for {digest}"
        else:
            paths += listed
    for path in paths:
        yield from _content_path_faults(path, inventory)
    yield from _clashes([path for path in paths if isinstance(path, str)], "E101", "manifest")


def _content_path_faults(path: object, inventory: dict) -> Iterator[str]:
    if not isinstance(path, str):
        yield f"[E042] manifest has {path!r} for a path"
        return
    if path.startswith("/") or path.endswith("/"):
        yield f"[E100] content path {path!r} starts or ends with /"
        return
    version, *further = path.split("/")
    versions = inventory.get("versions")
    if not isinstance(versions, dict) or version not in versions:
        yield f"[E042] content path {path!r} is in no version"
    elif len(further) < 2 or further[0] != content_folder(inventory):
        yield f"[E042] content path {path!r} is not in {content_folder(inventory)!r} of its version"
    if not {".", "..", ""}.isdisjoint(further):
        yield f"[E099] content path {path!r} is no plain path"


def _version_faults(inventory: dict) -> Iterator[str]:
    versions, manifest = inventory.get("versions"), inventory.get("manifest")
    if not isinstance(versions, dict) or not isinstance(manifest, dict):
        return
    used: set[str] = set()
    for name, block in versions.items():
        if not isinstance(block, dict):
            yield f"[E047] {name} is no block of facts"
            continue
        for fault in _block_faults(block):
            yield f"{fault} in {name}"
        state = block.get("state")
        if not isinstance(state, dict):
            yield f"[{'E050' if 'state' in block else 'E048'}] has no state in {name}"
            continue
        used |= state.keys()
        paths: list[object] = []
        for digest, listed in state.items():
            if digest not in manifest:
                yield f"[E050] {digest} in {name} is not in the manifest"
            if not isinstance(listed, list):
                yield f"[E051] has no list of paths for {digest} in {name}"
            else:
                paths += listed
        for path in paths:
            if not isinstance(path, str) or not {".", "..", ""}.isdisjoint(path.split("/")):
                code = "E053" if isinstance(path, str) and path.strip("/") != path else "E052"
                yield f"[{code}] {path!r} in {name} is no plain path"
        yield from _clashes([path for path in paths if isinstance(path, str)], "E095", name)
    if unused := manifest.keys() - used:
        yield f"[E107] no version has {_few(unused)} of the manifest"


def _block_faults(block: dict) -> Iterator[str]:
    if "created" not in block:
        yield "[E048] has no created"
    elif not _is_date(block["created"]):
        yield "[E049] created is no date and time with seconds and zone"
    if not isinstance(block.get("message", ""), str):
        yield "[E094] message is no text"
    if "user" in block:
        user = block["user"]
        if not isinstance(user, dict) or not isinstance(user.get("name"), str):
            yield "[E054] user has no name"
        elif not isinstance(user.get("address", ""), str):
            yield "[E054] address of user is no text"


def _fixity_faults(inventory: dict) -> Iterator[str]:
    blocks, manifest = inventory.get("fixity", {}), inventory.get("manifest")
    if not isinstance(blocks, dict):
        yield "[E111] fixity is no block of digests"
        return
    known = set(_texts_in(manifest))
    for algorithm, block in blocks.items():
        if algorithm not in DIGEST_BYTES:
            yield f"[E056] fixity is by {algorithm!r}, which is no digest of OCFL"
        elif not isinstance(block, dict):
            yield f"[E057] fixity has no digests by {algorithm}"
        else:
            yield from _digest_faults(block, algorithm, "fixity", "E057", "E097")
            for digest, paths in block.items():
                if not isinstance(paths, list):
                    yield f"[E057] fixity has no list of paths for {digest}"
                else:
                    strange = {str(path) for path in paths if path not in known}
                    if strange:
                        yield f"[E057] fixity is of {_few(strange)}, not in the manifest"


def _digest_faults(
    digests: Mapping[str, object], algorithm: object, block: str, form: str, twice: str
) -> Iterator[str]:
    if not _is_one_of(algorithm, DIGEST_BYTES):
        return
    length = 2 * DIGEST_BYTES[str(algorithm)]
    for digest in digests:
        if not re.fullmatch(f"[0-9a-fA-F]{{{length}}}", digest):
            yield f"[{form}] {digest!r} in {block} is no {algorithm}"
    for digest, times in Counter(digest.lower() for digest in digests).items():
        if times > 1:
            yield f"[{twice}] {digest} is in {block} twice, in other letters"


def _clashes(paths: list[str], code: str, block: str) -> Iterator[str]:
    """Paths that cannot stand beside each other: equal ones, and a file where a folder is."""
    counts = Counter(paths)
    twice = {path for path, times in counts.items() if times > 1}
    if twice:
        yield f"[{code}] {block} has twice: {_few(twice)}"
    folders = {path[: place.start()] for path in counts for place in re.finditer("/", path)}
    if both := folders & counts.keys():
        yield f"[{code}] {block} has as a file and as a folder: {_few(both)}"


def _is_date(value: object) -> bool:
    if not isinstance(value, str) or not re.fullmatch(_DATE, value, re.ASCII):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_one_of(value: object, allowed: object) -> bool:
    """Whether a value is one of some texts; other JSON may not even be looked up."""
    return isinstance(value, str) and value in allowed  # type: ignore[operator]


def _texts_in(manifest: object) -> Iterator[str]:
    if isinstance(manifest, dict):
        for paths in manifest.values():
            if isinstance(paths, list):
                yield from (path for path in paths if isinstance(path, str))


def _few(names: set[str]) -> str:
    """The first of some names, and how many more there are."""
    first, *others = sorted(names)
    return f"{first} and {len(others)} more" if others else first
