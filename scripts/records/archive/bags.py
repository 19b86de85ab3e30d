"""BagIt bags for transfer: one version of an object out of an archive, and into one.

Source: RFC 8493 (BagIt 1.0) and the BagIt Profiles Specification 1.4.0. Bags are written here,
beside their place, since bagit-python bags in place: a kill leaves it neither folder nor bag.
bagit-python judges the bags that come in and those that were written, once the names in the
manifests are decoded: it does not know `%25` (as of 1.9), which RFC 8493, section 2.1.3, requires.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import bagit

from records.archive import restoring
from records.archive.bag_contents import refuse_other_contents
from records.archive.inside import MOST_BYTES, plain_parts, read_inside, strangers_below
from records.archive.ocfl import Inventory, check_logical_path, version_name
from records.archive.storing import store_bytes
from records.errors import RecordError

PROFILE = Path(__file__).with_name("bagit_profile.json")
FETCH = "fetch.txt"
MANIFEST, TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"
NEEDED = ("External-Identifier", "Internal-Sender-Identifier", "Bagging-Date", "Payload-Oxum",
          "External-Description", "Contact-Name", "BagIt-Profile-Identifier")  # fmt: skip


@dataclass(frozen=True)
class Received:
    """A bag that was found whole.

    Attributes
    ----------
    identifier : of the object that it was made from
    version : of that object, such as `v2`
    message : why that version was made
    person : who made it
    files : logical path → file
    expected : logical path → SHA-256 in hex
    """

    identifier: str
    version: str
    message: str
    person: str
    files: dict[str, Path]
    expected: dict[str, str]


def write_bag(
    folder: Path,
    inventory: Inventory,
    target: Path,
    number: int | None = None,
    organization: str = "",
) -> int:
    """Write a version of an object as a bag; return the number of its payload files.

    The bag holds no clock: it is dated as its version is, so that equal versions make equal bags.
    It is read back and judged before it is found under its name.
    """
    if inventory.content["digestAlgorithm"] != "sha256":
        raise RecordError(f"{folder}: its digests are not SHA-256; it was not made by Holostack")
    number = number or inventory.head
    about = inventory.version(number)
    with restoring.built_beside(target) as partial:
        copied = restoring.copy_version(folder, inventory, partial / "data", number)
        size = sum((partial / "data" / path).stat().st_size for path in copied)
        profile = PROFILE.read_bytes()
        info = {
            "Bagging-Date": about["created"][:10],
            "BagIt-Profile-Identifier": _profile_identifier(profile),
            "Contact-Name": about.get("user", {}).get("name", "unknown"),
            "External-Description": about.get("message") or "no message",
            "External-Identifier": inventory.identifier,
            "Internal-Sender-Identifier": f"{version_name(number)} {inventory.digest}",
            "Payload-Oxum": f"{size}.{len(copied)}",
        } | ({"Source-Organization": organization} if organization else {})
        tags = {
            "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "bag-info.txt": "".join(
                f"{name}: {' '.join(value.split())}\n" for name, value in sorted(info.items())
            ).encode(),
            "bagit-profile.json": profile,
            MANIFEST: _manifest({f"data/{path}": digest for path, digest in copied.items()}),
        }
        hashes = {name: hashlib.sha256(content).hexdigest() for name, content in tags.items()}
        tags[TAG_MANIFEST] = _manifest(hashes)
        for name, content in tags.items():
            store_bytes(content, partial / name)
        _judge(partial)
    return len(copied)


def read_bag(folder: Path) -> Received:
    """Validate a bag in full, by its manifests and by our profile.

    Raises
    ------
    RecordError
        It is no bag, is damaged, lacks what the profile requires, or does not hold the stack that
        it says it is of.
    """
    _refuse_strangers(folder)
    bag = _judge(folder)
    missing = [name for name in NEEDED if not isinstance(bag.info.get(name), str)]
    profile = _profile_identifier(PROFILE.read_bytes())
    if missing or bag.info["BagIt-Profile-Identifier"] != profile:
        raise RecordError(
            f"{folder}: not a bag of a focus stack: bag-info.txt must say "
            + (f"{missing[0]} once" if missing else f"BagIt-Profile-Identifier: {profile}")
        )
    if not (folder / MANIFEST).is_file():
        raise RecordError(f"{folder}: has no {MANIFEST}, which its profile requires")
    expected = {
        check_logical_path(path.removeprefix("data/")): hashes.get("sha256", "").lower()
        for path, hashes in bag.entries.items()
        if path.startswith("data/")
    }
    if unsummed := [path for path, digest in expected.items() if not digest]:
        raise RecordError(f"{folder}: {MANIFEST} does not name data/{unsummed[0]}")
    told = {name: bag.info[name] for name in NEEDED}
    for name, text in told.items():
        if not text.strip() or not text.isprintable():
            raise RecordError(f"{folder}: bag-info.txt says {text!r} for {name}, which is no text")
    identifier = told["External-Identifier"]
    refuse_other_contents(folder, identifier, expected)
    return Received(
        identifier,
        told["Internal-Sender-Identifier"].split()[0],
        told["External-Description"],
        told["Contact-Name"],
        {path: folder / "data" / path for path in expected},
        expected,
    )


def _refuse_strangers(folder: Path) -> None:
    """Refuse what would be endless to read, lies elsewhere or is yet to come, before it is read."""
    for path, kind in strangers_below(folder):
        raise RecordError(f"{path}: is {kind}, and a bag holds files alone; nothing is imported")
    for path in folder.glob("*"):
        if path.is_file() and path.stat().st_size > MOST_BYTES:
            raise RecordError(
                f"{path}: is larger than any such file of a bag ({MOST_BYTES / 1e6:.0f} MB)"
            )
    if (folder / FETCH).exists():
        raise RecordError(
            f"{folder}: has a {FETCH}, which names files to be fetched from elsewhere; Holostack "
            "fetches nothing, have the bag completed by who sent it"
        )
    if (folder / "bagit.txt").is_file() and not re.fullmatch(
        rb"BagIt-Version: [0-9.]{1,9}\s+Tag-File-Character-Encoding: UTF-8\s*",
        read_inside(folder, "bagit.txt"),
    ):
        raise RecordError(f"{folder}: no whole BagIt bag: bagit.txt does not say UTF-8")


def _judge(folder: Path) -> bagit.Bag:
    """A bag that is whole; says so if it is none, or is damaged."""
    try:
        bag = bagit.Bag(str(folder))
        for name in bag.entries:
            plain_parts(name)
        bag.entries = {_found(folder, name): hashes for name, hashes in bag.entries.items()}
        bag.normalized_manifest_names = {
            bagit.normalize_unicode(name): name for name in bag.entries
        }
        bag.validate()
    except (bagit.BagError, OSError, ValueError, LookupError, RecordError) as error:
        raise RecordError(f"{folder}: no whole BagIt bag: {error}") from None
    return bag


def _found(folder: Path, name: str) -> str:
    """The path that a manifest means by a name; many programs write `%` as it is."""
    decoded = re.sub("%(25|0[AD])", lambda match: unquote(match[0]), name, flags=re.IGNORECASE)
    return name if (folder / name).exists() and not (folder / decoded).exists() else decoded


def _manifest(digests: Mapping[str, str]) -> bytes:
    lines = [f"{digest}  {_encoded(path)}\n" for path, digest in sorted(digests.items())]
    return "".join(lines).encode()


def _encoded(path: str) -> str:
    """A path as a manifest has it: RFC 8493, section 2.1.3."""
    return re.sub("[%\r\n]", lambda match: f"%{ord(match[0]):02X}", path)


def _profile_identifier(profile: bytes) -> str:
    return json.loads(profile)["BagIt-Profile-Info"]["BagIt-Profile-Identifier"]
