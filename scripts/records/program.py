"""Which program this is: its version, all its files, and what the code of each step does.

A rule carries the hash of its step's code as a parameter: a change of what the code does reruns the
steps it touches, in stacks that are not archived. Comments, docstrings, layout and the time of
files do nothing, nor does the Python that reads them. To parse all code takes as long as planning a
stack, so what each file does is kept beside the code, as Python keeps what it compiled.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

VERSION = "0.9.0"
# All that a run needs and says; neither tests nor the photographs for demonstration.
PARTS = (
    "LICENSE",
    "README.md",
    "docs/*.md",
    "rules/*.smk",
    "rules/captions/*.rst",
    "scripts/**/*.py",
    "scripts/**/*.icc",
    "scripts/**/*.json",
    "scripts/**/*.csv",
    "hardware/**/*.py",
    "config/*.md",
    "config/*.yaml",
    "config/schemas/*.json",
    "envs/*.py",
    "envs/*.in",
    "envs/*.txt",
    "envs/*.yaml",
    "profiles/*/*.yaml",
)
# Of these, what people write about it, set, or check it with; it makes no other program.
NOT_PROGRAM = (
    *(".md", ".rst", ".yaml", "LICENSE", "-dev.in", "-dev.txt"),
    # Of pages: a run needs none.
    *("-web.in", "-web.txt"),
)
# Marks of the parser's that differ between Pythons, or follow from the rest.
_NO_EFFECT = {"ctx", "kind", "type_comment"}
# What the files of a room do, by their contents, in the room.
_KEPT = Path("__pycache__", "effects")


def version_of(workflow: Path) -> str:
    """Version of the Holostack whose Snakefile this is: `0.9.0+` and a hash of its program.

    The same files are the same version wherever they lie, in whatever repository.
    """
    return version_of_files(read_files(workflow))


def version_of_files(files: Mapping[str, bytes]) -> str:
    """Version of the Holostack of these files, as `read_files` gives them."""
    digest = hashlib.sha256()
    for name, content in files.items():
        if not name.endswith(NOT_PROGRAM):
            digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\0".encode())
    return f"{VERSION}+{digest.hexdigest()[:12]}"


def read_files(workflow: Path) -> dict[str, bytes]:
    """What is in all files of a workflow, by their places in its folder, sorted."""
    return {name: path.read_bytes() for name, path in files_of(workflow)}


def files_of(workflow: Path) -> list[tuple[str, Path]]:
    """All files of a workflow by their places in its folder, sorted."""
    home = workflow.parent
    files = {path for part in PARTS for path in home.glob(part) if path.is_file()} | {workflow}
    return sorted((path.relative_to(home).as_posix(), path) for path in files)


def code_hash(script: Path, room: Path) -> str:
    """First 16 hexadecimal digits of a SHA-256 over what a script and its imports do.

    Parameters
    ----------
    script : file to start from
    room : folder that its imports are looked for in; what is not there is no code of ours
    """
    kept = _kept(room)
    before = dict(kept)
    seen: set[Path] = set()
    waiting = {script}
    while waiting:
        path = waiting.pop()
        seen.add(path)
        waiting |= _parsed(path, room)[1] - seen
    if kept != before:
        keep_beside(room / _KEPT, json.dumps(kept).encode())
    # Which program this is decides nothing of what it makes: a release alone reruns nothing.
    seen.discard(room / "records" / "program.py")
    digest = hashlib.sha256()
    for path in sorted(seen):
        name = path.relative_to(room).as_posix()
        digest.update(f"{name}\0{_parsed(path, room)[0]}\0".encode())
    return digest.hexdigest()[:16]


def effect(source: str | bytes) -> str:
    """What Python source does, as text that is equal wherever only its looks or the Python differ.

    It is the syntax tree without docstrings, positions, and fields that are empty: those that newer
    Pythons add are empty in code that older ones read.
    """
    return _text(ast.parse(source))


@cache
def _parsed(path: Path, room: Path) -> tuple[str, frozenset[Path]]:
    """The SHA-256 of a file's effect, and the files of the room that it reaches."""
    kept = _kept(room)
    name, content = path.relative_to(room).as_posix(), path.read_bytes()
    # Another way to look at code finds something else in the same file.
    key = hashlib.sha256(_way() + content).hexdigest()
    if name not in kept or kept[name][0] != key:
        tree = ast.parse(content)
        imported = sorted(set(_imported(tree, path.parent.relative_to(room).parts)))
        kept[name] = key, hashlib.sha256(_text(tree).encode()).hexdigest(), imported
    _, digest, imported = kept[name]
    return digest, frozenset(file for one in imported for file in _files_of(one, room))


@cache
def _way() -> bytes:
    return hashlib.sha256(Path(__file__).read_bytes()).digest()


@cache
def _kept(room: Path) -> dict[str, tuple[str, str, list[str]]]:
    """By a file's name: the hash of its content, that of its effect, and what it imports."""
    try:
        return {
            name: (str(key), str(digest), list(map(str, imported)))
            for name, (key, digest, imported) in json.loads((room / _KEPT).read_bytes()).items()
        }
    # What cannot be read is found anew.
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def keep_beside(target: Path, content: bytes) -> None:
    """Keep what was found of the code for the next run, whole, where this one may write there."""
    import tempfile  # only where something is new

    with suppress(OSError):
        target.parent.mkdir(exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=target.parent)
        partial = Path(name)
        try:
            with open(descriptor, "wb") as file:
                file.write(content)
            # As readable as what Python keeps there.
            partial.chmod(0o644)
            partial.replace(target)
        except OSError:
            partial.unlink()
            raise


def _text(node: object) -> str:
    if isinstance(node, ast.Constant):
        # Other Pythons call other letters printable.
        return f"{type(node.value).__name__}:{node.value!a}"
    if isinstance(node, ast.JoinedStr):
        return f"JoinedStr[{','.join(_text(part) for part in _joined(node.values))}]"
    if isinstance(node, ast.AST):
        fields = {name: value for name, value in ast.iter_fields(node) if name not in _NO_EFFECT}
        if _has_docstring(node):
            fields["body"] = fields["body"][1:]
        told = (f"{name}={_text(value)}" for name, value in fields.items() if not _empty(value))
        return f"{type(node).__name__}({','.join(told)})"
    if isinstance(node, list):
        return f"[{','.join(map(_text, node))}]"
    return ascii(node)


def _empty(value: object) -> bool:
    return value is None or value == []


def _joined(parts: list[ast.expr]) -> Iterator[ast.expr]:
    """Parts of an f-string, letters that follow letters in one: Pythons part them differently."""
    letters = ""
    for part in parts:
        if isinstance(part, ast.Constant):
            letters += str(part.value)
            continue
        if letters:
            yield ast.Constant(letters)
        letters = ""
        yield part
    if letters:
        yield ast.Constant(letters)


def _has_docstring(node: ast.AST) -> bool:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None


def _imported(node: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    """Names that running a tree may import; what is for type checkers alone is never reached."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package[: len(package) - node.level + 1] if node.level else ()
        base = ".".join([*above, *([node.module] if node.module else [])])
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        for statement in node.orelse:
            yield from _imported(statement, package)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _imported(child, package)


@cache
def _files_of(name: str, room: Path) -> frozenset[Path]:
    """The files that importing a module runs: its packages' and its own."""
    parts = name.split(".")
    packages = (room.joinpath(*parts[:k], "__init__.py") for k in range(1, len(parts) + 1))
    own = room.joinpath(*parts).with_suffix(".py")
    return frozenset(path for path in (*packages, own) if path.is_file())
