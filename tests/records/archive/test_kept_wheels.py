"""Libraries that an archive keeps are known by their hashes, and whatever is wrong is told."""

import hashlib
import os

import pytest

from records.archive import fixity, kept_wheels

NAME = "one-1.0-py3-none-any.whl"


@pytest.fixture
def folder(tmp_path):
    """The libraries of an archive: a wheel, and a source."""
    folder = tmp_path / kept_wheels.FOLDER / kept_wheels.folder_name(b"one==1.0\n")
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(b"wheel")
    (folder / "two-1.0.tar.gz").write_bytes(b"source")
    (folder / kept_wheels.SUMS).write_text(kept_wheels.sums(folder))
    return folder


def told(folder):
    root = folder.parents[2]
    found = list(kept_wheels.faults(root))
    assert set(found) <= set(fixity.check_root(root))
    return [fault.removeprefix(f"{folder}/") for fault in found]


def test_what_is_whole_is_no_fault_and_what_is_being_kept_is_not_looked_at(folder) -> None:
    unfinished = folder.with_name(".59ece7a1.0123456789abcdef.partial")
    unfinished.mkdir()
    (unfinished / "half.whl").write_bytes(b"ha")
    assert told(folder) == []


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda f: (f / NAME).write_bytes(b"whale"), f"{NAME}: is not what was kept: another sha"),
        (lambda f: (f / NAME).unlink(), f"{NAME}: missing"),
        (lambda f: (f / "a.whl").touch(), "a.whl: was not kept, but lies there: it is not in SHA"),
        (lambda f: (f / "SHA256SUMS").write_bytes(b"\xff"), "SHA256SUMS: missing or damaged; "),
        (lambda f: (f / "SHA256SUMS").unlink(), "SHA256SUMS: missing or damaged; remove"),
        (lambda f: os.truncate(f / "SHA256SUMS", 0), f"{NAME}: was not kept, but lies there"),
    ],
)
def test_each_fault_is_told_with_its_file(folder, damage, said) -> None:
    damage(folder)
    assert told(folder)[0].startswith(said)


def test_requirements_name_each_wheel_by_its_hash(folder) -> None:
    assert kept_wheels.requirements(folder.glob("*.whl")) == (
        f"one==1.0 --hash=sha256:{hashlib.sha256(b'wheel').hexdigest()}\n"
    )
