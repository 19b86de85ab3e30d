"""The words of the pages: every language says the same things, and each that a page asks for."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[3] / "web" / "static"
LANGUAGES = sorted(path.stem for path in (STATIC / "words").glob("*.js"))
# Keys that are put together of a group and what the bench names itself.
GROUPS = (
    "doing",
    "told",
    "source",
    "view",
    "stack",
    "setting",
    "condition",
    "peaking",
    "lines",
    "key",
    "red",
    "green",
    "blue",
    "collection.state",
    "collection.warning",
    "collection.sort",
    "collection.column",
    "collection.next",
    "look.meta",
    "collection.run",
    "collection.step",
    "preview.state",
    "targets.level",
    "targets.figure",
    "targets.bound",
)


def words(language: str) -> dict[str, str]:
    text = (STATIC / "words" / f"{language}.js").read_text(encoding="utf-8")
    body = text.removeprefix("export default ").rstrip().removesuffix(";")
    pairs = json.loads(body, object_pairs_hook=list)
    assert len({key for key, _ in pairs}) == len(pairs), "a key stands twice"
    return dict(pairs)


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def asked_for() -> set[str]:
    html = "".join(path.read_text(encoding="utf-8") for path in STATIC.glob("*.html"))
    scripts = (path for path in STATIC.glob("*/*.js") if path.parent.name != "words")
    code = "".join(path.read_text(encoding="utf-8") for path in scripts)
    in_html = re.findall(r'data-(?:word(?:-[a-z-]+)?|title)="([^"]+)"', html)
    in_code = re.findall(r'"([a-z_]+(?:\.[a-z_]+)*)"', code)
    known = words("en")
    return (
        set(in_html)
        | {name for name in in_code if name in known}
        | set(re.findall(r'\bsay\("([^"]+)"', code))
    )


def test_there_is_english_and_german() -> None:
    assert {"en", "de"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things(language: str) -> None:
    assert list(words(language)) == list(words("en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_fills_the_same_places(language: str) -> None:
    english = {key: places(text) for key, text in words("en").items()}
    assert {key: places(text) for key, text in words(language).items()} == english


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_empty(language: str) -> None:
    assert [key for key, text in words(language).items() if not text.strip()] == []


def test_each_word_that_a_page_asks_for_is_there() -> None:
    assert asked_for() - set(words("en")) == set()


def test_no_word_is_asked_for_by_nothing() -> None:
    loose = {
        key
        for key in words("en")
        if key.split(".")[0] not in GROUPS and key.rpartition(".")[0] not in GROUPS
    }
    assert loose - asked_for() == set()


def sentences() -> dict[str, set[str]]:
    """What the bench tells by the names of its sentences, with what it gives to be filled in."""
    found: dict[str, set[str]] = {}
    for path in (STATIC.parents[1] / "hardware").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Sentence":
                name = ast.literal_eval(node.args[0])
                found[f"told.{name}"] = {str(one.arg) for one in node.keywords}
    return found


def test_every_sentence_of_the_bench_has_words_and_what_they_need() -> None:
    told = {key: places(text) for key, text in words("en").items() if key.startswith("told.")}
    assert sentences() == told


@pytest.mark.parametrize("page", sorted(path.name for path in STATIC.glob("*.html")))
def test_words_stand_in_the_word_files_alone(page: str) -> None:
    html = (STATIC / page).read_text(encoding="utf-8")
    shown = re.findall(r">([^<>]*[a-zäöü]{3,}[^<>]*)<", html.split("<body", 1)[1].split(">", 1)[1])
    assert {text.strip() for text in shown} <= {"Holostack"}
