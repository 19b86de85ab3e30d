"""What the project says of itself agrees with what it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from records.program import VERSION

ROOT = Path(__file__).resolve().parents[1]


def names_of(pins: Path) -> set[str]:
    """Names of the packages that a requirements file asks for."""
    return set(re.findall(r"^[\w-]+", pins.read_text("utf-8"), re.M))


def test_the_citation_and_the_changelog_are_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == VERSION
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(r"^## \[([\d.]+)\]", changes, re.M)[1] == VERSION


def test_a_user_installs_nothing_that_only_tests_need() -> None:
    tools = {"pytest", "hypothesis", "rocrate", "roc-validator", "ruff", "snakefmt", "mypy"}
    assert tools <= names_of(ROOT / "envs" / "requirements-dev.in")
    assert not tools & names_of(ROOT / "envs" / "requirements.txt")


def test_the_tests_are_pinned_to_what_a_user_runs() -> None:
    pin = re.compile(r"^([\w.-]+)==(\S+)", re.M)
    run, tests = (
        dict(pin.findall((ROOT / "envs" / name).read_text("utf-8")))
        for name in ("requirements.txt", "requirements-dev.txt")
    )
    assert {name: tests[name] for name in run.keys() & tests.keys()} == {
        name: run[name] for name in run.keys() & tests.keys()
    }


def test_conda_installs_the_same_pins() -> None:
    conda = yaml.safe_load((ROOT / "envs" / "holostack.yaml").read_text("utf-8"))
    assert {"pip": ["-r requirements.txt"]} in conda["dependencies"]
    uses = {
        name
        for rules in (ROOT / "rules").glob("*.smk")
        for name in re.findall(r'conda:\s*"([^"]+)"', rules.read_text("utf-8"))
    }
    assert uses <= {"../envs/holostack.yaml"}


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md", "README.md"])
def test_every_file_of_the_program_that_a_page_names_is_there(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    places = re.findall(r"`((?:scripts|hardware|rules|config|tests|envs)/[^`*]*)`", text)
    gone = [
        place
        for place in places
        if not re.search(r"NAME|STEP", place) and not (ROOT / place.split()[0]).exists()
    ]
    assert places
    assert gone == []


def test_every_link_within_the_documents_leads_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "config").glob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)[)#]", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_a_user_can_make_a_report() -> None:
    """Snakemake asks for it only then, and the tests' own requirements would hide that it lacks."""
    assert "pygments" in names_of(ROOT / "envs" / "requirements.txt")
