"""Objects of the archive: OCFL 1.1 storage root, inventories, and what a version holds.

Source: https://ocfl.io/1.1/spec/ and the OCFL extension 0003-hash-and-id-n-tuple-storage-layout,
whose paths spread objects over folders and still end in a name that a person can read.

The digest is SHA-256, which the specification allows, not SHA-512, which it prefers: it is the
hash that the ledger, RO-Crate and BagIt name, so one reading of a raw serves all of them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from records.archive.inside import file_inside, folder_inside, read_inside
from records.archive.inventory_shape import shape_fault
from records.errors import RecordError
from records.files import json_bytes, sync_folder

ROOT_DECLARATION = ("0=ocfl_1.1", "ocfl_1.1\n")
OBJECT_DECLARATION = ("0=ocfl_object_1.1", "ocfl_object_1.1\n")
INVENTORY = "inventory.json"
SIDECAR = "inventory.json.sha256"
INVENTORY_TYPE = "https://ocfl.io/1.1/spec/#inventory"
EXTENSIONS = "extensions"
LAYOUT: dict[str, Any] = {
    "extensionName": "0003-hash-and-id-n-tuple-storage-layout",
    "digestAlgorithm": "sha256",
    "tupleSize": 3,
    "numberOfTuples": 3,
}
LAYOUT_FILE = {
    "extension": LAYOUT["extensionName"],
    "description": "Hashed truncated n-tuple trees with object ID encapsulating directory: the "
    "first nine hex digits of the id's SHA-256 in three folders, then the id, percent-encoded",
}
ID_PREFIX = "holostack:"
# Inside the root, since only within one file system is a rename atomic, and an archive is often
# a file system of its own. Programs that know OCFL leave unknown extensions alone.
STAGING = f"{EXTENSIONS}/holostack-staging"


def object_id(specimen: str, view: str, prefix: str = ID_PREFIX) -> str:
    """Id of a stack's object, a URI: `holostack:USNM-ENT-01234567/dorsal`."""
    return f"{prefix}{specimen}/{view}"


def object_path(identifier: str) -> str:
    """Where an object lies in a storage root, as a relative path with `/`."""
    digest = hashlib.sha256(identifier.encode()).hexdigest()
    name = re.sub(
        r"[^A-Za-z0-9_-]",
        lambda match: "".join(f"%{byte:02x}" for byte in match[0].encode()),
        identifier,
    )
    if len(name) > 100:
        name = f"{name[:100]}-{digest}"
    return f"{digest[0:3]}/{digest[3:6]}/{digest[6:9]}/{name}"


@dataclass(frozen=True)
class Inventory:
    """What an object's inventory says, and the digest under which it says so.

    Attributes
    ----------
    content : the parsed inventory.json
    digest : SHA-256 of inventory.json, in hex
    """

    content: dict
    digest: str

    @property
    def identifier(self) -> str:
        """The object's id."""
        return self.content["id"]

    @property
    def head(self) -> int:
        """Number of the newest version."""
        return version_number(self.content["head"])

    @property
    def manifest(self) -> dict[str, list[str]]:
        """SHA-256 → where that content lies in the object's folder."""
        return self.content["manifest"]

    def version(self, number: int | None = None) -> dict:
        """The block of a version; of the newest if no number is given."""
        name = self.content["head"] if number is None else version_name(number)
        if name not in self.content["versions"]:
            raise RecordError(
                f"{self.identifier} has no version {name}; "
                f"it has {', '.join(sorted(self.content['versions']))}"
            )
        return self.content["versions"][name]

    def state(self, number: int | None = None) -> dict[str, str]:
        """Files of a version: logical path → SHA-256, sorted by path."""
        state = self.version(number)["state"]
        return dict(sorted((path, digest) for digest, paths in state.items() for path in paths))

    def content_path(self, digest: str) -> str:
        """Where content of this digest lies, relative to the object's folder."""
        if digest not in self.manifest:
            raise RecordError(f"{self.identifier}: its inventory says nowhere where {digest} lies")
        return self.manifest[digest][0]

    def content_file(self, folder: Path, digest: str) -> Path:
        """The file in the object's folder that has content of this digest, and is one."""
        return file_inside(folder, self.content_path(digest))


def version_name(number: int) -> str:
    """2 → `v2`."""
    return f"v{number}"


def version_number(name: str) -> int:
    """`v12` → 12 (and `v0012`, which other programs write)."""
    match = re.fullmatch(r"v(\d+)", name)
    if not match:
        raise RecordError(f"'{name}' is no OCFL version name (v1, v2 …)")
    return int(match[1])


def read_inventory(folder: Path) -> Inventory:
    """Read the inventory in an object's folder, or in one of its versions', and check its digest.

    Raises
    ------
    RecordError
        It is missing, is not what its sidecar says, or is not an inventory; it names content that
        is not inside the object.
    """
    path = folder / INVENTORY
    if not os.path.lexists(path):
        raise RecordError(f"{path}: missing; this is no whole OCFL object")
    raw = read_inside(folder, INVENTORY)
    try:
        content = json.loads(raw)
        fault = shape_fault(content)
    # Deep nesting ends in a RecursionError.
    except (ValueError, RecursionError) as error:
        fault = f"no JSON ({error})"
    except RecordError as error:
        raise RecordError(f"{path}: {error}") from None
    if fault:
        raise RecordError(f"{path}: is no OCFL inventory: {fault}")
    algorithm = content["digestAlgorithm"]
    try:
        digest = hashlib.new(algorithm, raw).hexdigest()
    except (ValueError, TypeError):
        raise RecordError(f"{path}: is of digests that are not known here: {algorithm}") from None
    sidecar = read_inside(folder, f"{INVENTORY}.{algorithm}").decode("ascii", "replace").split()
    if sidecar != [digest, INVENTORY]:
        raise RecordError(
            f"{path}: its digest is not the one in {INVENTORY}.{algorithm}; "
            "one of the two was changed or damaged since it was written"
        )
    return Inventory(content, digest)


def next_inventory(
    previous: Inventory | None, identifier: str, state: dict[str, str], about: dict
) -> tuple[dict, list[str]]:
    """The inventory of a further version.

    Parameters
    ----------
    state : logical path → SHA-256 of every file of the new version
    about : the version block's `created`, `message` and `user`

    Returns
    -------
    inventory : content of the new inventory.json
    new : logical paths whose content the new version must bring; all other content is there
    """
    number = previous.head + 1 if previous else 1
    manifest = dict(previous.manifest) if previous else {}
    by_digest: dict[str, list[str]] = {}
    new = []
    for path, digest in sorted(state.items()):
        by_digest.setdefault(digest, []).append(path)
        if digest not in manifest:
            manifest[digest] = [f"{version_name(number)}/content/{content_name(path)}"]
            new.append(path)
    versions = dict(previous.content["versions"]) if previous else {}
    versions[version_name(number)] = {**about, "state": by_digest}
    inventory = {
        "id": identifier,
        "type": INVENTORY_TYPE,
        "digestAlgorithm": "sha256",
        "head": version_name(number),
        "manifest": manifest,
        "versions": versions,
    }
    return inventory, new


def check_logical_path(path: str) -> str:
    """Return `path`, or say why no file may be archived under it."""
    parts = PurePosixPath(path).parts
    if path != "/".join(parts) or path.startswith("/") or not parts or ".." in parts:
        raise RecordError(f"'{path}': not a plain relative path, cannot be archived")
    if not path.isprintable() or "\\" in path:
        raise RecordError(
            f"{path!r}: control characters, backslashes and names that are not UTF-8 do not "
            "travel between systems; rename the file where it was taken from and import it again"
        )
    return path


def content_name(path: str) -> str:
    """Name of a logical path's content on disk: ASCII, since other letters travel badly."""
    return "".join(
        letter if letter.isascii() and letter != "%" else quote(letter) for letter in path
    )


def check_root(root: Path) -> None:
    """Say so if a folder is neither an OCFL 1.1 storage root nor free to become one."""
    if (root / ROOT_DECLARATION[0]).is_file() or not root.exists():
        return
    foreign = sorted({entry.name for entry in root.iterdir()} - _ROOT_NAMES)
    if foreign:
        raise RecordError(
            f"{root}: neither empty nor an OCFL 1.1 storage root (it holds {foreign[0]}); "
            "name another folder as the archive"
        )


def make_root(root: Path, staging: Path) -> None:
    """Make a folder into an OCFL storage root by way of a staging folder in it.

    Safe beside others doing the same, for all write the same bytes. The declaration comes last:
    a folder with it is whole.
    """
    name, text = ROOT_DECLARATION
    if (root / name).is_file():
        return
    layout = root / EXTENSIONS / LAYOUT["extensionName"]
    layout.mkdir(parents=True, exist_ok=True)
    put_in_place(staging, layout / "config.json", json_bytes(LAYOUT))
    put_in_place(staging, root / "ocfl_layout.json", json_bytes(LAYOUT_FILE))
    put_in_place(staging, root / name, text.encode())


def put_in_place(staging: Path, target: Path, content: bytes) -> None:
    """Write a small file whole or not at all, by way of a staging folder."""
    partial = staging / target.name
    with partial.open("xb") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())
    partial.replace(target)
    sync_folder(target.parent)


_ROOT_NAMES = {ROOT_DECLARATION[0], "ocfl_layout.json", EXTENSIONS}


def object_folder(root: Path, identifier: str) -> Path | None:
    """Folder of an object, reached through no link; None where the root has none."""
    return folder_inside(root, object_path(identifier))


def is_our_layout(root: Path) -> bool:
    """Whether objects of a root lie where `object_path` says."""
    return (root / EXTENSIONS / LAYOUT["extensionName"]).is_dir()


def refuse_misplaced(folder: Path, identifier: str) -> None:
    """Refuse an object that lies where another belongs.

    Raises
    ------
    RecordError
        Its root is laid out as ours, and by that another object belongs there.
    """
    for root in folder.absolute().parents:
        if not (root / ROOT_DECLARATION[0]).is_file():
            continue
        right = object_path(identifier)
        if is_our_layout(root) and folder.absolute() != root / right:
            raise RecordError(f"{folder}: holds {identifier}, which belongs at {right}")
        return


def object_folders(root: Path) -> Iterator[Path]:
    """Folders of all objects of a root, in the order of their paths, found one by one."""
    if not (root / ROOT_DECLARATION[0]).is_file():
        raise RecordError(f"{root}: no OCFL 1.1 storage root; is the path of the archive right?")
    yield from _objects_below(root, top=True)


def _objects_below(folder: Path, top: bool = False) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        # Who reads its inventory will say so.
        entries = []
        yield folder
    if any(entry.name.startswith("0=ocfl_object_") for entry in entries):
        yield folder
        return
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink() and not (top and entry.name == EXTENSIONS):
            yield from _objects_below(entry)
