"""Which program this is, and the hash of what a step's code does."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from records.program import VERSION, code_hash, effect, files_of, version_of

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"


@pytest.fixture()
def room(tmp_path):
    shutil.copytree(SCRIPTS, tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "scripts"


def hash_of(room, script):
    return code_hash(room / script, room)


def as_in_the_next_process():
    for name in ("_parsed", "_kept", "_files_of"):
        code_hash.__globals__[name].cache_clear()


def write(folder, **files):
    for name, text in files.items():
        path = folder / (name.replace("__", "/").replace("/init", "/__init__") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.mark.slow
def test_a_fresh_clone_has_the_same_hash(room):
    before = hash_of(SCRIPTS, "fuse.py")
    for path in room.rglob("*.py"):
        os.utime(path, ns=(1, 1))
    assert hash_of(room, "fuse.py") == before


def test_a_change_in_a_module_that_is_imported_by_a_module_changes_it(room):
    before = hash_of(SCRIPTS, "fuse.py")
    with (room / "imaging" / "sampling" / "warp.py").open("a") as module:
        module.write("\nMORE = 1\n")
    assert hash_of(room, "fuse.py") != before


def test_a_change_elsewhere_does_not(room):
    before = hash_of(SCRIPTS, "fuse.py")
    with (room / "derive.py").open("a") as module:
        module.write("\nMORE = 1\n")
    assert hash_of(room, "fuse.py") == before


def test_comments_docstrings_and_layout_do_nothing(room):
    before = hash_of(SCRIPTS, "align.py")
    for path in room.rglob("*.py"):
        text = path.read_text()
        if not text:
            continue
        lines = text.splitlines()
        rest = lines[ast.parse(text).body[0].end_lineno :]
        path.write_text("\n".join(["# New.", '"""Other words."""', "", *rest, "# The end.", ""]))
    assert hash_of(room, "align.py") == before


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ('def f():\n    """Doc."""\n    return 1', "def f():\n    return 1", True),
        ("a = 1  # one", "a = 1", True),
        ("a = (1,\n     2)", "a = 1, 2", True),
        ("'x'", '"x"', True),
        ("f'a' 'b'", "f'ab'", True),
        ("u'x'", "'x'", True),
        ("a = 1", "a = 1.0", False),
        ("a = 1", "a = True", False),
        ("a = 'x'", "a = b'x'", False),
        ("a = b", "a = 'b'", False),
        ("f(a, b)", "f(b, a)", False),
        ("f'{a}'", "f'{a!r}'", False),
        ("f'{a:3}'", "f'{a:4}'", False),
        ('a = """Not a docstring."""', "pass", False),
        ("def f(a=1): pass", "def f(a=2): pass", False),
        ("async def f(): pass", "def f(): pass", False),
    ],
)
def test_what_code_does_is_told_from_how_it_looks(one, other, same):
    assert (effect(one) == effect(other)) is same


def test_the_effect_is_equal_on_every_python():
    # Text that Python 3.11, 3.12, 3.13 and 3.14 make alike; none of their dumps is.
    source = (
        'def f(x: int = 1) -> str:\n    "Doc"\n    return f"é{x:{w}>4}" f"{x=}" if x else b"\\0"\n'
    )
    assert effect(source) == (
        "Module(body=[FunctionDef(name='f',args=arguments(args=[arg(arg='x',"
        "annotation=Name(id='int'))],defaults=[int:1]),body=[Return(value=IfExp("
        "test=Name(id='x'),body=JoinedStr[str:'\\xe9',FormattedValue(value=Name(id='x'),"
        "conversion=-1,format_spec=JoinedStr[FormattedValue(value=Name(id='w'),conversion=-1),"
        "str:'>4']),str:'x=',FormattedValue(value=Name(id='x'),conversion=114)],"
        "orelse=bytes:b'\\x00'))],returns=Name(id='str'))])"
    )


def test_what_an_import_runs_counts(tmp_path):
    write(
        tmp_path,
        step="import room.inner\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import never\n",
        room__init="",
        room__inner="from . import beside\n",
        room__beside="",
        room__unused="",
        never="",
    )
    before = hash_of(tmp_path, "step.py")

    def changes(name):
        as_in_the_next_process()
        path = tmp_path / name
        path.write_text(f"{path.read_text()}MORE = 1\n")
        return hash_of(tmp_path, "step.py") != before

    assert not changes("never.py")
    assert not changes("room/unused.py")
    assert changes("room/beside.py")
    before = hash_of(tmp_path, "step.py")
    assert changes("room/__init__.py")


def test_what_code_does_is_kept_beside_it_and_no_second_run_parses_it(tmp_path, monkeypatch):
    write(tmp_path, step="from room import inner\n", room__init="", room__inner="A = 1\n")
    found = hash_of(tmp_path, "step.py")
    as_in_the_next_process()
    with monkeypatch.context() as no_parser:
        no_parser.setattr(ast, "parse", None)
        assert hash_of(tmp_path, "step.py") == found
    as_in_the_next_process()
    (tmp_path / "room" / "inner.py").write_text("A = 2\n")
    assert hash_of(tmp_path, "step.py") != found


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"step.py": 1}', '{"step.py": ["", ""]}'])
def test_what_was_kept_and_cannot_be_read_is_found_anew(tmp_path, damaged):
    write(tmp_path, step="A = 1\n")
    found = hash_of(tmp_path, "step.py")
    (kept,) = (tmp_path / "__pycache__").iterdir()
    kept.write_text(damaged)
    as_in_the_next_process()
    assert hash_of(tmp_path, "step.py") == found
    assert kept.read_text() != damaged


def test_where_nothing_can_be_kept_the_hash_is_the_same(tmp_path):
    write(tmp_path, step="A = 1\n")
    (tmp_path / "__pycache__").write_text("no folder\n")
    found = hash_of(tmp_path, "step.py")
    (tmp_path / "__pycache__").unlink()
    as_in_the_next_process()
    assert hash_of(tmp_path, "step.py") == found


@pytest.fixture()
def home(tmp_path):
    """A copy of the program in a repository of somebody's own."""
    home = tmp_path / "collection" / "holostack"
    for name in ("rules", "scripts", "hardware", "config", "envs", "profiles"):
        shutil.copytree(ROOT / name, home / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Snakefile", home)
    git = ["git", "-C", home.parent, "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "init", "-q", home.parent], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "theirs"], check=True)
    return home


def test_the_version_is_the_program_s_own_wherever_it_lies(home):
    assert version_of(home / "Snakefile") == version_of(ROOT / "Snakefile")
    assert version_of(home / "Snakefile").startswith(f"{VERSION}+")


def test_a_changed_program_is_another_version_and_a_changed_setting_is_not(home):
    before = version_of(home / "Snakefile")
    (home / "config" / "config.yaml").write_text("fuse: {power: 4}\n")
    (home / "envs" / "requirements-dev.txt").write_text("ruff==99\n")
    assert version_of(home / "Snakefile") == before
    with (home / "rules" / "fuse.smk").open("a") as rule:
        rule.write("\n# A comment in a rule is read by Snakemake, too.\n")
    assert version_of(home / "Snakefile") != before


def test_what_is_archived_is_the_whole_program(home):
    names = [name for name, _ in files_of(home / "Snakefile")]
    assert {"Snakefile", "rules/fuse.smk", "scripts/fuse.py", "envs/requirements.txt"} <= {*names}
    assert not [name for name in names if "demo/" in name or "test" in name]
