"""Every class of broken object that the OCFL project publishes is refused, each made here anew.

The names in front are those of OCFL's error codes. Where `HOLOSTACK_OCFL_FIXTURES` names a checkout
of the project's own fixtures, these are told apart as well.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import verify
from records.archive import ocfl
from records.archive.object_rules import object_faults
from records.archive.versions import Reason, add_version
from records.errors import RecordError
from records.files import json_bytes
from tests import judges

ID = "holostack:A-1/dorsal"
SECURITY = Path(__file__).resolve().parents[2] / "SECURITY.md"
Change = Callable[[dict], object]


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Path:
    """A root with one object of two versions; do not change it."""
    folder = tmp_path_factory.mktemp("sound")
    files = {name: folder / name for name in ("raw", "ledger", "master")}
    for version in (1, 2):
        files["master"].write_text(f"master {version}")
        files["raw"].write_text("raw")
        files["ledger"].write_text("ledger")
        logical = {"raw/1.dng": files["raw"], "frames.csv": files["ledger"]}
        logical["archival/master.tif"] = files["master"]
        add_version(folder / "root", ID, logical, Reason("made", "A. Technician", "mailto:a@b.c"))
    return folder / "root"


def write(folder: Path, inventory: dict, algorithm: str = "sha256") -> None:
    """An inventory with a digest that agrees, so that nothing but its content is at fault."""
    content = json_bytes(inventory)
    for path in folder.glob(f"{ocfl.INVENTORY}*"):
        path.unlink()
    (folder / ocfl.INVENTORY).write_bytes(content)
    digest = hashlib.new(algorithm, content).hexdigest()
    (folder / f"{ocfl.INVENTORY}.{algorithm}").write_text(f"{digest} {ocfl.INVENTORY}\n")


def read(folder: Path) -> dict:
    return json.loads((folder / ocfl.INVENTORY).read_bytes())


def newest(change: Change, algorithm: str = "sha256") -> Callable[[Path], None]:
    """Damage done to the inventory of the object and its copy in the newest version."""

    def damage(folder: Path) -> None:
        inventory = read(folder)
        change(inventory)
        for place in (folder, folder / "v2"):
            write(place, inventory, algorithm)

    return damage


def older(change: Change) -> Callable[[Path], None]:
    """Damage done to the inventory in the first version."""

    def damage(folder: Path) -> None:
        inventory = read(folder / "v1")
        change(inventory)
        write(folder / "v1", inventory)

    return damage


def replaced(path: str, content: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / path).unlink(missing_ok=True)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)

    return damage


def moved(one: str, other: str) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        (folder / other).parent.mkdir(parents=True, exist_ok=True)
        (folder / one).rename(folder / other)

    return damage


def both(*damages: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda folder: [damage(folder) for damage in damages]


def of(inventory: dict, path: str) -> str:
    """Digest of the content whose path ends so."""
    return next(
        digest for digest, paths in inventory["manifest"].items() if paths[0].endswith(path)
    )


def set_state(inventory: dict, path: str, names: list) -> None:
    inventory["versions"]["v2"]["state"][of(inventory, path)] = names


def upper(inventory: dict) -> None:
    digest = of(inventory, "raw/1.dng")
    inventory["manifest"][digest.upper()] = inventory["manifest"].pop(digest)


def fixity(inventory: dict, entries: dict) -> None:
    inventory["fixity"] = {"md5": entries}


MD5 = hashlib.md5(b"raw").hexdigest()
RAW = "v1/content/raw/1.dng"
DAMAGE: dict[str, Callable[[Path], object]] = {
    "E001 extra folder": replaced("extra/file", "x"),
    "E001 extra file": replaced("notes.txt", "x"),
    "E001 version of another form": moved("v2", "version2"),
    "E001 file named as a version": replaced("v3", "x"),
    "E003 empty": lambda f: (shutil.rmtree(f), f.mkdir()),
    "E003 no declaration": lambda f: (f / ocfl.OBJECT_DECLARATION[0]).unlink(),
    "E007 declaration of other content": replaced(ocfl.OBJECT_DECLARATION[0], "ocfl_object_1.0\n"),
    "E008 no versions": newest(lambda i: (i.pop("versions"), i.pop("head"))),
    "E010 a version is missing": lambda f: shutil.rmtree(f / "v1"),
    "E010 a version is skipped": both(
        lambda f: shutil.move(f / "v2", f / "v3"),
        lambda f: write(
            f,
            read(f)
            | {"head": "v3"}
            | {"versions": {"v1": read(f)["versions"]["v1"], "v3": read(f)["versions"]["v2"]}},
        ),
    ),
    "E011 head padded otherwise": newest(lambda i: i.update(head="v_00002")),
    "E015 content outside of content": both(
        moved(RAW, "v1/raw.dng"),
        newest(lambda i: i["manifest"].update({of(i, "raw/1.dng"): ["v1/raw.dng"]})),
    ),
    "E017 content folder of two parts": newest(lambda i: i.update(contentDirectory="a/b")),
    "E019 content folders disagree": newest(lambda i: i.update(contentDirectory="data")),
    "E023 extra content": replaced("v2/content/more", "x"),
    "E023 not in an old manifest": older(lambda i: i["manifest"].pop(of(i, "frames.csv"))),
    "E025 another algorithm": newest(lambda i: i.update(digestAlgorithm="md5"), "md5"),
    "E036 no head": newest(lambda i: i.pop("head")),
    "E036 no id": newest(lambda i: i.pop("id")),
    "E037 ids disagree": older(lambda i: i.update(id="holostack:B-2/dorsal")),
    "E040 head is not the newest": newest(lambda i: i.update(head="v1")),
    "E040 head does not exist": newest(lambda i: i.update(head="v3")),
    "E040 head is a number": newest(lambda i: i.update(head=2)),
    "E040 wrong version in a version": older(lambda i: i.update(head="v2")),
    "E041 no manifest": newest(lambda i: i.pop("manifest")),
    "E046 inventory of an older version": lambda f: write(f, read(f / "v1")),
    "E049 version block of other values": newest(
        lambda i: i["versions"].update(v2={"created": 2, "state": [], "message": {}, "user": "x"})
    ),
    "E049 no time zone": newest(
        lambda i: i["versions"]["v2"].update(created="2026-01-01T00:00:00")
    ),
    "E049 not to the second": newest(
        lambda i: i["versions"]["v2"].update(created="2026-01-01T00:00Z")
    ),
    "E050 digests of another case": newest(upper),
    "E050 state not in the manifest": newest(
        lambda i: i["versions"]["v2"]["state"].update({"0" * 64: ["other"]})
    ),
    "E052 logical path upwards": newest(lambda i: set_state(i, "raw/1.dng", ["../raw"])),
    "E053 logical path absolute": newest(lambda i: set_state(i, "raw/1.dng", ["/raw"])),
    "E058 no digest": lambda f: (f / ocfl.SIDECAR).unlink(),
    "E060 other digest of the inventory": replaced(ocfl.SIDECAR, f"{'0' * 64} inventory.json\n"),
    "E060 other digest in a version": replaced(
        f"v1/{ocfl.SIDECAR}", f"{'0' * 64} inventory.json\n"
    ),
    "E061 digest of another form": replaced(ocfl.SIDECAR, "two words and more\n"),
    "E063 no inventory": lambda f: (f / ocfl.INVENTORY).unlink(),
    "E064 inventory and its copy differ": lambda f: write(
        f, read(f) | {"contentDirectory": "content"}
    ),
    "E066 old manifest of another digest": older(
        lambda i: i["manifest"].update({"0" * 64: i["manifest"].pop(of(i, "frames.csv"))})
    ),
    "E066 old state differs": older(
        lambda i: i["versions"]["v1"]["state"].update({of(i, "frames.csv"): ["other.csv"]})
    ),
    "E067 file among extensions": replaced("extensions/file", "x"),
    "E092 content is missing": lambda f: (f / RAW).unlink(),
    "E092 content differs": replaced(RAW, "raW"),
    "E093 fixity differs": newest(lambda i: fixity(i, {"0" * 32: [RAW]})),
    "E093 fixity of what is not there": newest(lambda i: fixity(i, {MD5: ["v1/content/none"]})),
    "E095 logical paths within each other": newest(
        lambda i: (set_state(i, "raw/1.dng", ["a"]), set_state(i, "frames.csv", ["a/b"]))
    ),
    "E095 logical path twice": newest(
        lambda i: (set_state(i, "raw/1.dng", ["a"]), set_state(i, "frames.csv", ["a"]))
    ),
    "E096 manifest names a digest twice": newest(
        lambda i: i["manifest"].update({of(i, "raw/1.dng").upper(): [RAW]})
    ),
    "E097 fixity names a digest twice": newest(
        lambda i: fixity(i, {MD5: [RAW], MD5.upper(): [RAW]})
    ),
    "E099 content path upwards": newest(
        lambda i: i["manifest"].update({of(i, "raw/1.dng"): ["v1/content/../content/raw/1.dng"]})
    ),
    "E100 content path absolute": newest(lambda i: fixity(i, {MD5: [f"/{RAW}"]})),
    "E101 content path twice": newest(lambda i: i["manifest"].update({of(i, "frames.csv"): [RAW]})),
    "E038 an inventory of another standard": newest(
        lambda i: i.update(type="https://ocfl.io/1.0/spec/#inventory")
    ),
    "E103 a later version of an older standard": both(
        moved(ocfl.OBJECT_DECLARATION[0], "0=ocfl_object_1.0"),
        replaced("0=ocfl_object_1.0", "ocfl_object_1.0\n"),
        newest(lambda i: i.update(type="https://ocfl.io/1.0/spec/#inventory")),
    ),
    "E107 content that no version uses": newest(
        lambda i: [block["state"].pop(of(i, "raw/1.dng")) for block in i["versions"].values()]
    ),
}
# What the judge from outside lets pass.
NOT_TOLD_BY_OCFL_PY = {"E038 an inventory of another standard"}


def judged(root: Path) -> None:
    verify.main(["--archive", str(root), "--report", str(root.parent / "report.csv"), "--afresh"])


def test_the_object_is_sound_before_it_is_damaged(sound):
    judged(sound)
    assert judges.ocfl_object(sound / ocfl.object_path(ID)) == ""


@pytest.mark.slow
def test_every_bit_counts_in_the_files_that_vouch_for_the_others(sound, tmp_path):
    folder = Path(shutil.copytree(sound, tmp_path / "root")) / ocfl.object_path(ID)
    for path in (folder / ocfl.SIDECAR, folder / "v1" / ocfl.SIDECAR):
        path.chmod(0o644)
        right = path.read_bytes()
        for bit in range(8 * len(right)):
            wrong = bytearray(right)
            wrong[bit // 8] ^= 1 << bit % 8
            path.write_bytes(wrong)
            assert object_faults(folder), f"bit {bit} of {path}"
        path.write_bytes(right)


@pytest.mark.parametrize("fault", DAMAGE)
def test_a_broken_object_is_refused(sound, tmp_path, fault):
    root = Path(shutil.copytree(sound, tmp_path / "root"))
    for path in root.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    folder = root / ocfl.object_path(ID)
    DAMAGE[fault](folder)
    with pytest.raises(RecordError, match=r"(object is|objects are) faulty"):
        judged(root)
    if fault not in NOT_TOLD_BY_OCFL_PY:
        assert judges.ocfl_object(folder)


def test_digests_kept_elsewhere_tell_an_archive_that_was_rewritten_whole(sound, tmp_path):
    make, check = re.findall(r"^ {6}((?:find|sha256sum) .*)$", SECURITY.read_text("utf-8"), re.M)
    root = Path(shutil.copytree(sound, tmp_path / "root"))

    def shell(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, shell=True, cwd=root, capture_output=True, text=True)

    assert shell(make).returncode == 0
    (tmp_path / "other").write_text("a third version")
    reason = Reason("more", "A. Technician", "mailto:a@b.c")
    add_version(root, ID, {"raw/1.dng": tmp_path / "other"}, reason)
    assert shell(check).returncode == 0

    folder = root / ocfl.object_path(ID)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    old = hashlib.sha256(b"raw").hexdigest()
    new = hashlib.sha256(b"RAW").hexdigest()
    (folder / RAW).write_bytes(b"RAW")
    for place in (folder / "v1", folder / "v2", folder / "v3", folder):
        write(place, json.loads((place / ocfl.INVENTORY).read_text().replace(old, new)))
    judged(root)
    assert shell(check).returncode == 1


def published() -> list[Path]:
    folder = os.environ.get("HOLOSTACK_OCFL_FIXTURES")
    return sorted(Path(folder).glob("1.*/*-objects/*")) if folder else []


@pytest.mark.skipif(not published(), reason="HOLOSTACK_OCFL_FIXTURES names no fixtures of OCFL's")
@pytest.mark.parametrize("fixture", published(), ids=lambda path: "/".join(path.parts[-3:]))
def test_the_published_objects_are_told_apart(tmp_path, fixture):
    root = tmp_path / "root"
    root.mkdir()
    (root / ocfl.ROOT_DECLARATION[0]).write_text(ocfl.ROOT_DECLARATION[1])
    shutil.copytree(fixture, root / "object")
    if fixture.parent.name == "bad-objects":
        with pytest.raises(RecordError):
            judged(root)
    else:
        judged(root)
