"""The content hash of a step's code."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from records.code import code_hash

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture()
def room(tmp_path):
    shutil.copytree(SCRIPTS, tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "scripts"


def hash_of(room, script):
    return code_hash(room / script, room)


def test_a_fresh_clone_has_the_same_hash(room):
    before = hash_of(SCRIPTS, "fuse.py")
    for path in room.rglob("*.py"):
        os.utime(path, ns=(1, 1))
    assert hash_of(room, "fuse.py") == before


def test_a_change_in_a_module_that_is_imported_by_a_module_changes_it(room):
    before = hash_of(room, "fuse.py")
    with (room / "imaging" / "warp.py").open("a") as module:
        module.write("\nMORE = 1\n")
    assert hash_of(room, "fuse.py") != before


def test_a_change_elsewhere_does_not(room):
    before = hash_of(room, "fuse.py")
    with (room / "derive.py").open("a") as module:
        module.write("\nMORE = 1\n")
    assert hash_of(room, "fuse.py") == before
