"""The house: which rooms there are, what each may import, and that its tests stand in its mirror.

What is held here is told in docs/architecture.md. Nothing is imported: files are read as text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = {
    "imaging": ROOT / "scripts",
    "records": ROOT / "scripts",
    "hardware": ROOT,
    "web": ROOT,
}

# What stands at the top of each library, from the ground up: a room may import from those in the
# lines above its own, never from one in its own line or below.
FLOORS: dict[str, list[set[str]]] = {
    "imaging": [
        {"errors"},
        {"sampling"},
        {"frames"},
        {"sensor"},
        {"alignment", "fusion", "pictures", "targets"},
        {"checks", "retouching"},
    ],
    "records": [
        {"errors", "unfinished"},
        {
            "installed",
            "json_types",
            "known_frames",
            "layout",
            "machine",
            "mounts",
            "needs",
            "program",
            "text",
            "turns",
        },
        {"room"},
        {"shapes"},
        {"files"},
        {"record"},
        {"log"},
        {"ending", "locks"},
        {"batch_jobs", "sheet"},
        {"metadata", "retouching"},
        {"ledger"},
        {"handover", "provenance", "targets"},
        {"archive"},
        {"reports"},
        {"runs"},
    ],
    "hardware": [
        {"errors", "sentence"},
        {"optics"},
        {"frames"},
        {"rails", "cameras"},
        {"virtual"},
        {"bench"},
        {"capture"},
        {"desk"},
        {"commands"},
        {"__main__"},
    ],
    "web": [
        {"developing", "files", "kernels", "safety", "server"},
        {"bench", "retouching"},
        {"review"},
        {"commands"},
        {"__main__"},
    ],
}
# What a library may ask of another.
NEIGHBOURS = {
    "imaging": set(),
    "records": set(),
    "hardware": {
        "imaging.errors",
        "imaging.frames",
        "imaging.checks",
        "records.errors",
        "records.files",
        "records.ending",
        "records.layout",
        "records.locks",
        "records.log",
        "records.machine",
        "records.metadata",
        "records.record",
        "records.shapes",
    },
    # Above all: what pages show and ask for, whoever knows it.
    "web": {
        "imaging.alignment",
        "imaging.errors",
        "imaging.frames",
        "imaging.checks",
        "imaging.fusion",
        "imaging.pictures",
        "imaging.retouching",
        "imaging.sampling",
        "imaging.sensor",
        "records.archive",
        "records.errors",
        "records.ending",
        "records.files",
        "records.known_frames",
        "records.layout",
        "records.ledger",
        "records.locks",
        "records.log",
        "records.machine",
        "records.provenance",
        "records.record",
        "records.reports",
        "records.retouching",
        "records.runs",
        "records.sheet",
        "records.text",
        "records.unfinished",
        "hardware.bench",
        "hardware.cameras",
        "hardware.capture",
        "hardware.desk",
        "hardware.errors",
        "hardware.optics",
    },
}
# Scripts that others may import: what several steps share as commands, what a person can try
# alone, and the half of review.py that draws.
SHARED_SCRIPTS = {
    *("archived_stack", "step", "reading", "remake", "page_pictures", "developed", "scale"),
}
# What must not be met in a library: pixels are nothing to records, Snakemake nothing to either.
STRANGERS = {
    "imaging": {"snakemake", "pandas", "yaml", "argparse"},
    "records": {"snakemake", "numpy", "cv2", "numba", "rawpy", "scipy", "skimage"},
    "hardware": {"snakemake", "pandas", "cv2", "skimage", "starlette", "uvicorn"},
    # It starts the `snakemake` command, as a person does.
    "web": {"snakemake", "pandas"},
}

# Tests of what several modules do together, each named for the behaviour.
OF_SEVERAL = {
    "hardware/test_kill.py",
    "hardware/test_methods.py",
    "hardware/test_two_at_once.py",
    "imaging/frames/test_kinds.py",
    "scripts/test_archive_interrupted.py",
    "scripts/test_changed_on_the_way.py",
    "scripts/test_frames_to_master.py",
    "scripts/test_hostile_objects.py",
    "scripts/test_identity.py",
    "scripts/test_killed.py",
    "scripts/test_master_and_derive.py",
    "scripts/test_ocfl_faults.py",
    "scripts/test_one_writer.py",
    "scripts/test_processors.py",
    "scripts/test_white_frame.py",
    "scripts/test_provenance.py",
    "scripts/test_removes_nothing.py",
    "scripts/test_working.py",
    "web/test_afternoon.py",
    "web/test_at_the_desk.py",
    "web/test_iiif_viewers.py",
    "web/test_page.py",
    "web/test_retouching.py",
    "web/test_watching.py",
}


# Read when a test asks: each process of a run collects this file.
@cache
def modules() -> dict[str, ast.Module]:
    """Every module by the name it is imported under, scripts and libraries."""
    return {
        ".".join(path.relative_to(home).with_suffix("").parts): ast.parse(path.read_text("utf-8"))
        for home, folder in ((ROOT / "scripts", "scripts"), (ROOT, "hardware"), (ROOT, "web"))
        for path in sorted((ROOT / folder).rglob("*.py"))
    }


def scripts() -> set[str]:
    """Names of the scripts."""
    return {name for name in modules() if "." not in name}


def imports(tree: ast.Module) -> Iterator[str]:
    """Full names of what a module imports, also within its functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{node.module}: imports say the full name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def of_library(library: str) -> Iterator[tuple[str, str]]:
    """Pairs of a module of `library` and a name that it imports."""
    for module, tree in modules().items():
        if module.startswith(f"{library}."):
            yield from ((module, name) for name in imports(tree))


def room(name: str) -> str:
    """Return the room at the top of its library that a dotted name lies in."""
    return name.split(".")[1]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_shows_its_rooms_and_nothing_else_at_its_top(library: str) -> None:
    rooms = {
        path.stem
        for path in (LIBRARIES[library] / library).iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert rooms - {"__init__"} <= set().union(*FLOORS[library])


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_init_of_every_room_is_empty(library: str) -> None:
    # A step loads, and its content hash covers, only what it reaches.
    inits = (LIBRARIES[library] / library).rglob("__init__.py")
    assert [str(path) for path in inits if path.read_text()] == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_room_imports_only_from_rooms_below_it(library: str) -> None:
    floor = {name: number for number, names in enumerate(FLOORS[library]) for name in names}
    wrong = [
        f"{module} imports {name}"
        for module, name in of_library(library)
        if name.startswith(f"{library}.")
        and room(module) != room(name)
        and floor[room(module)] <= floor[room(name)]
    ]
    assert wrong == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_imports_of_others_only_what_it_may_ask(library: str) -> None:
    wrong = [
        f"{module} imports {name}"
        for module, name in of_library(library)
        if (top := name.split(".")[0]) != library
        and (top in LIBRARIES.keys() | scripts() | STRANGERS[library] or top == "web")
        and ".".join(name.split(".")[:2]) not in NEIGHBOURS[library]
    ]
    assert wrong == []


def test_a_script_imports_no_other_but_the_shared_ones_and_no_hardware() -> None:
    wrong = [
        f"{script} imports {name}"
        for script in scripts()
        for name in imports(modules()[script])
        if (top := name.split(".")[0]) in scripts() | {"hardware", "web"}
        and top not in SHARED_SCRIPTS
    ]
    assert wrong == []


def test_no_module_uses_what_another_names_with_an_underscore() -> None:
    wrong = []
    for module, tree in modules().items():
        names = list(imports(tree))
        wrong += [f"{module}: {name}" for name in names if name.split(".")[-1].startswith("_")]
        own = {name.split(".")[-1] for name in names if name.split(".")[0] in LIBRARIES}
        wrong += [
            f"{module}: {node.value.id}.{node.attr}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in own
            and node.attr.startswith("_")
        ]
    assert [line for line in wrong if "__future__" not in line] == []


@pytest.mark.parametrize("mirror", ["imaging", "records", "hardware", "web", "scripts"])
def test_every_test_stands_where_its_module_stands(mirror: str) -> None:
    home = LIBRARIES.get(mirror, ROOT)
    tests = ROOT / "tests"
    named = {
        path.relative_to(tests): path.with_name(path.name.removeprefix("test_"))
        for path in (tests / mirror).rglob("test_*.py")
        if path.relative_to(tests).as_posix() not in OF_SEVERAL
    }
    # envs/run.py is a command like the scripts; of pages modules are JavaScript, or words.
    wrong = [
        str(test)
        for test, module in named.items()
        if not (home / module.relative_to(tests)).is_file()
        and not (home / module.relative_to(tests)).with_suffix(".js").is_file()
        and not (mirror == "web" and (home / module.relative_to(tests)).with_suffix("").is_dir())
        and module.name != "run.py"
    ]
    assert wrong == []
