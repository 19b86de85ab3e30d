"""Trees lie in folders of their own; what would harm them or others is refused at once."""

from __future__ import annotations

import pytest

from records.errors import RecordError
from records.sheet.places import check_places, is_of_the_system


@pytest.fixture(autouse=True)
def work(tmp_path, monkeypatch):
    """The folder that the workflow runs in, one below another of somebody's."""
    (tmp_path / "museum" / "work").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "museum" / "work")
    (tmp_path / "museum" / "work" / "here").symlink_to("..")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (".", "holds the folder that the workflow runs in"),
        ("..", "holds the folder that the workflow runs in"),
        ("../../museum/", "holds the folder that the workflow runs in"),
        ("here", "holds the folder that the workflow runs in"),
        ("x/..", "holds the folder that the workflow runs in"),
        ("/", "a folder of the system"),
        ("/proc/self/cwd/../../../../../../..", "a folder of the system"),
        ("/sys/x", "a folder of the system"),
        ("/dev", "a folder of the system"),
        ("logs", "where the workflow keeps other files"),
        ("./.snakemake/", "where the workflow keeps other files"),
    ],
)
def test_a_place_that_is_no_folder_of_its_own_is_refused(place, said):
    with pytest.raises(RecordError, match=r"config: paths\.specimens is .*" + said):
        check_places(place, "archive")
    with pytest.raises(RecordError, match=r"config: paths\.archive is .*" + said):
        check_places("specimens", place)


@pytest.mark.parametrize(
    ("specimens", "archive"),
    [("a", "a"), ("a", "a/b"), ("a/b", "a"), ("a", "x/../a/b"), ("/data/x/a", "/data/x")],
)
def test_one_tree_in_the_other_is_refused(specimens, archive):
    with pytest.raises(RecordError, match="of which one is the other or lies in it"):
        check_places(specimens, archive)


def test_trees_of_their_own_may_lie_anywhere():
    for specimens, archive in (
        ("specimens", "archive"),
        ("../specimens", "/mnt/archive"),
        ("/dev/shm/specimens", "here/archive"),
        ("devices", "process"),
    ):
        check_places(specimens, archive)
    assert not is_of_the_system("/device")
