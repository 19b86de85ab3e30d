"""The files of the rules share one namespace: what a name means in one, it means in all."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = [ROOT / "Snakefile", *sorted((ROOT / "rules").glob("*.smk"))]
DEFINED = re.compile(r"^(?:def|class) (\w+)|^(\w+)(?:: [^=\n]+)? = ", re.MULTILINE)
FROM = re.compile(r"^from (\S+) import (\([^)]*\)|.*)$", re.MULTILINE)
IMPORT = re.compile(r"^import (.*)$", re.MULTILINE)


def meanings(path: Path) -> dict[str, set[str]]:
    """The names at the top of a file, each with what it stands for there."""
    text = path.read_text("utf-8")
    found = defaultdict(set)
    for of_function, of_value in DEFINED.findall(text):
        found[of_function or of_value].add(f"what {path.name} has")
    for module, names in FROM.findall(text):
        for one in re.findall(r"(\w+)(?: as (\w+))?", re.sub(r"#.*", "", names)):
            found[one[1] or one[0]].add(f"{module}.{one[0]}")
    for names in IMPORT.findall(text):
        for one in re.findall(r"([\w.]+)(?: as (\w+))?", names):
            found[one[1] or one[0].split(".")[0]].add(one[0])
    return found


def test_a_name_stands_for_the_same_in_all_files_of_the_rules() -> None:
    # Else the file that is read last takes it from the others, and breaks what is far from it.
    everywhere = defaultdict(set)
    for path in FILES:
        for name, stands_for in meanings(path).items():
            everywhere[name] |= stands_for
    assert {name: found for name, found in everywhere.items() if len(found) > 1} == {}
