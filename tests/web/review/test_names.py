import pytest

from tests.web.review import trees
from web.review.names import UnknownName, file_in, inside


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../A-1", "A-1/..", "/etc", "A-1\0", "A-1\n", ".hidden", "a\\b"),
        *("%2e%2e", "..%2f", "A-2", "a" * 300),
    ],
)
def test_only_what_is_there_is_known(tmp_path, name: str) -> None:
    stacks = trees.stack(tmp_path)
    assert stacks.known("A-1", "top").folder == tmp_path / "specimens/A-1/top"
    for specimen, view in ((name, "top"), ("A-1", name)):
        with pytest.raises(UnknownName):
            stacks.known(specimen, view)
        with pytest.raises(UnknownName):
            stacks.named(f"{specimen}/{view}")


@pytest.mark.parametrize("name", [None, 3, "A-1", ["A-1", "top"], "A-1//top"])
def test_what_is_no_name_of_a_stack_names_none(tmp_path, name) -> None:
    with pytest.raises(UnknownName):
        trees.stack(tmp_path).named(name)


def test_a_stack_that_only_the_sheet_has_is_known(tmp_path) -> None:
    stacks = trees.stack(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/specimens.csv").write_text("specimen,view,source\nB-1,top,/frames\n")
    assert stacks.known("B-1", "top").name == "B-1/top"


def test_a_link_that_leads_out_of_a_folder_gives_nothing(tmp_path) -> None:
    home, secret = tmp_path / "home", tmp_path / "secret.txt"
    home.mkdir()
    secret.write_text("secret")
    (home / "own.txt").write_text("own")
    (home / "out.txt").symlink_to(secret)
    (home / "in.txt").symlink_to(home / "own.txt")
    (home / "loop").symlink_to(home / "loop")
    assert file_in(home, "own.txt") == file_in(home, "in.txt") == home / "own.txt"
    for name in ("out.txt", "loop", "none", "../secret.txt", ".", "..", "", "\0"):
        assert file_in(home, name) is None
    assert inside(home, tmp_path) is None
