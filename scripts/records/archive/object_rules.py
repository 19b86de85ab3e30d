"""What OCFL asks of an object's folder: nothing missing, nothing more, every byte by its digest.

Sources as in `inventory_rules.py`. Nothing here writes, and nothing here knows how Holostack writes
objects: what other programs wrote is judged by the same rules.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from records.archive.inventory_rules import (
    CONTENT_ALGORITHMS,
    DIGEST_BYTES,
    TYPES,
    content_folder,
    expected_digests,
    history_faults,
    inventory_faults,
)
from records.archive.ocfl import INVENTORY

_DECLARATION = "0=ocfl_object_"


def object_faults(folder: Path) -> list[str]:
    """Everything in which an object is not what OCFL asks for; `[CODE] path: what`.

    What lies in `folder` must be files and folders only.
    """
    faults = list(_declaration_faults(folder))
    inventory, found = _read(folder)
    faults += found
    if inventory is None:
        return faults
    faults += _standard_faults(folder, inventory)
    faults += _root_faults(folder, inventory)
    manifest = {path for path, _, _ in expected_digests(_manifest(inventory))}
    # Content path → algorithm → digests, by the newest inventory and all before it.
    expected: dict[str, dict[str, set[str]]] = {}
    standard = "1.0"
    for name in sorted(inventory["versions"], key=lambda name: int(name[1:])):
        version = folder / name
        if not version.is_dir():
            faults.append(f"[E046] {version}: missing")
            continue
        own = inventory
        if name == inventory["head"]:
            faults += _newest_faults(folder, version, inventory)
        elif (version / INVENTORY).is_file():
            older, found = _read(version)
            faults += found
            if older is not None:
                faults += _older_faults(version, inventory, older, manifest)
                _expect(expected, older)
                own = older
        if TYPES[own["type"]] < standard:
            faults.append(f"[E103] {version}: is of OCFL {TYPES[own['type']]}, after {standard}")
        standard = TYPES[own["type"]]
        faults += _strays(version, own)
    _expect(expected, inventory)
    return faults + list(_content_faults(folder, inventory, manifest, expected))


def _declaration_faults(folder: Path) -> Iterator[str]:
    declarations = sorted(folder.glob("0=*"))
    if len(declarations) != 1:
        yield f"[E003] {folder}: has {len(declarations)} declarations of what it is, not one"
    for path in declarations:
        if path.name.removeprefix(_DECLARATION) not in TYPES.values():
            yield f"[E006] {path}: declares no object of OCFL {' or '.join(TYPES.values())}"
        elif path.read_bytes() != f"{path.name[2:]}\n".encode():
            yield f"[E007] {path}: does not hold its own name"


def _read(folder: Path) -> tuple[dict[str, Any] | None, list[str]]:
    """The inventory in a folder, none where it cannot be gone by; its faults and its digest's."""
    path = folder / INVENTORY
    try:
        inventory = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None, [f"[E063] {path}: missing"]
    except (ValueError, RecursionError) as error:
        return None, [f"[E033] {path}: is no JSON: {error}"]
    faults = list(_placed(path, inventory_faults(inventory)))
    if faults:
        return None, faults
    return inventory, list(_sidecar_faults(folder, inventory["digestAlgorithm"]))


def _placed(path: Path, faults: Iterable[str]) -> Iterator[str]:
    """`[CODE] what` as `[CODE] path: what`."""
    for fault in faults:
        code, _, what = fault.partition(" ")
        yield f"{code} {path}: {what}"


def _sidecar_faults(folder: Path, algorithm: str) -> Iterator[str]:
    path = folder / f"{INVENTORY}.{algorithm}"
    try:
        said = path.read_bytes()
    except FileNotFoundError:
        yield f"[E058] {path}: missing"
        return
    form = re.fullmatch(rb"([0-9a-f]+)[ \t]+inventory\.json\r?\n?", said)
    if not form:
        yield f"[E061] {path}: is not one digest and the name {INVENTORY}"
    elif form[1].decode() != _digest(folder / INVENTORY, algorithm):
        yield f"[E060] {path}: is not the digest of {INVENTORY} beside it"


def _standard_faults(folder: Path, inventory: dict[str, Any]) -> Iterator[str]:
    version = TYPES[inventory["type"]]
    if not (folder / f"{_DECLARATION}{version}").is_file():
        yield f"[E038] {folder / INVENTORY}: is of OCFL {version}, which nothing here declares"


def _root_faults(folder: Path, inventory: dict[str, Any]) -> Iterator[str]:
    files = {INVENTORY, f"{INVENTORY}.{inventory['digestAlgorithm']}"}
    for path in sorted(folder.iterdir()):
        name = path.name
        if not path.is_dir():
            # Declarations are judged where they are read.
            if name not in files and not name.startswith("0="):
                yield f"[E001] {path}: is no file of an object"
        elif name == "extensions":
            for entry in sorted(path.iterdir()):
                if not entry.is_dir():
                    yield f"[E067] {entry}: a file among the extensions"
        elif name not in inventory["versions"] and name != "logs":
            if re.fullmatch("v[0-9]+", name):
                yield f"[E046] {path}: a version that the inventory does not know"
            else:
                yield f"[E001] {path}: is no folder of an object"


def _newest_faults(folder: Path, version: Path, inventory: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the copy that the newest version has of the object's inventory."""
    own = version / INVENTORY
    if own.is_file():
        if own.read_bytes() != (folder / INVENTORY).read_bytes():
            yield f"[E064] {own}: is not that of the object"
        yield from _sidecar_faults(version, inventory["digestAlgorithm"])


def _older_faults(
    version: Path, newest: dict[str, Any], older: dict[str, Any], manifest: Iterable[str]
) -> Iterator[str]:
    path = version / INVENTORY
    if older["head"] != version.name:
        yield f"[E040] {path}: head is {older['head']}"
    yield from _placed(path, history_faults(newest, older))
    listed = {place for place, _, _ in expected_digests(_manifest(older))}
    until = {place for place in manifest if place.split("/")[0] in older["versions"]}
    for place in sorted(until - listed):
        yield f"[E023] {path}: does not list {place}"


def _strays(version: Path, inventory: dict[str, Any]) -> Iterator[str]:
    """Files of a version's folder that are neither its inventory nor content."""
    known = set()
    if (version / INVENTORY).is_file():
        known = {INVENTORY, f"{INVENTORY}.{inventory['digestAlgorithm']}"}
    for path in sorted(version.iterdir()):
        if not path.is_dir() and path.name not in known:
            yield f"[E015] {path}: is no file of a version"


def _content_faults(
    folder: Path,
    inventory: dict[str, Any],
    manifest: set[str],
    expected: dict[str, dict[str, set[str]]],
) -> Iterator[str]:
    found = set()
    for name in inventory["versions"]:
        top = folder / name / content_folder(inventory)
        for here, folders, files in os.walk(top):
            if Path(here) != top and not folders and not files:
                yield f"[E024] {here}: an empty folder"
            found |= {Path(here, file).relative_to(folder).as_posix() for file in files}
    for place in sorted(found - manifest):
        yield f"[E023] {folder / place}: was not archived, but lies there: it is in no manifest"
    for place in sorted(manifest):
        if place not in found:
            yield f"[E092] {folder / place}: missing"
            continue
        for algorithm, digests in expected[place].items():
            try:
                right = digests == {_digest(folder / place, algorithm)}
            except OSError as error:
                yield f"[E092] {folder / place}: cannot be read: {error.strerror}"
                break
            if not right:
                code = "E092" if algorithm in CONTENT_ALGORITHMS else "E093"
                yield f"[{code}] {folder / place}: is not what was archived: another {algorithm}"


def _expect(expected: dict[str, dict[str, set[str]]], inventory: dict[str, Any]) -> None:
    for block in (_manifest(inventory), inventory.get("fixity", {})):
        for path, algorithm, digest in expected_digests(block):
            expected.setdefault(path, {}).setdefault(algorithm, set()).add(digest)


def _manifest(inventory: dict[str, Any]) -> dict[str, dict[str, list[str]]]:
    return {inventory["digestAlgorithm"]: inventory["manifest"]}


def _digest(path: Path, algorithm: str) -> str:
    """Digest of a file, lower-case hexadecimal; memory does not grow with the file."""
    with path.open("rb") as file:
        if algorithm.startswith("blake2b"):
            size = DIGEST_BYTES[algorithm]
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=size)).hexdigest()
        return hashlib.file_digest(file, algorithm).hexdigest()
