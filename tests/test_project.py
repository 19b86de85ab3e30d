"""What the project says of itself agrees with what it is."""

from __future__ import annotations

import ast
import base64
import json
import re
import sys
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

import installer
from records.program import VERSION
from tests import conda
from tests.sbom import normal
from tests.vulnerabilities import told

ROOT = Path(__file__).resolve().parents[1]


def names_of(pins: Path) -> set[str]:
    """Names of the packages that a requirements file asks for."""
    return set(re.findall(r"^\w[\w-]*", pins.read_text("utf-8"), re.M))


def test_the_citation_and_the_changelog_are_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == VERSION
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(r"^## \[([\d.]+)\]", changes, re.M)[1] == VERSION


def test_a_user_installs_nothing_that_only_tests_need() -> None:
    tools = {"pytest", "hypothesis", "rocrate", "roc-validator", "ruff", "snakefmt", "mypy"}
    tools |= {"ocfl-py", "pip-audit", "playwright"}
    assert tools <= names_of(ROOT / "envs" / "requirements-dev.in")
    # These brought cloud clients into every environment, or are of use on a cluster alone.
    tools |= {"s3fs", "aiobotocore", "botocore", "aiohttp", "fsspec", "pandas"}
    for name in ("requirements.txt", "requirements-web.txt", "requirements-layers.txt"):
        assert not tools & names_of(ROOT / "envs" / name)


PIN = re.compile(r"^([\w.-]+)==([^\s\\]+)", re.M)


@pytest.mark.parametrize(
    "more", [f"requirements-{name}.txt" for name in ("dev", "slurm", "batch", "web", "layers")]
)
def test_what_is_installed_on_top_changes_nothing_of_what_a_user_runs(more: str) -> None:
    run, tests = (
        dict(PIN.findall((ROOT / "envs" / name).read_text("utf-8")))
        for name in ("requirements.txt", more)
    )
    assert {name: tests[name] for name in run.keys() & tests.keys()} == {
        name: run[name] for name in run.keys() & tests.keys()
    }


def test_what_is_built_when_it_is_installed_is_pinned_and_so_is_what_builds_it() -> None:
    run, tests, build = (
        dict(PIN.findall((ROOT / "envs" / name).read_text("utf-8")))
        for name in ("requirements.txt", "requirements-dev.txt", "requirements-build.txt")
    )
    assert set(installer.OF_SOURCES) <= run.keys()
    assert set(installer.OF_SOURCES_TO_TEST) <= tests.keys()
    assert names_of(ROOT / "envs" / "requirements-build.in") <= build.keys()
    # With these, pyvips would be another on a machine with a compiler and libvips' headers.
    assert not {"cffi", "pkgconfig"} & build.keys()


@pytest.mark.parametrize("some", ["slurm", "web"])
def test_the_tests_run_with_what_a_cluster_and_a_bench_have(some: str) -> None:
    theirs, tests = (
        dict(PIN.findall((ROOT / "envs" / f"requirements-{name}.txt").read_text("utf-8")))
        for name in (some, "dev")
    )
    assert theirs.items() <= tests.items()


def test_what_comes_from_npm_is_pinned_by_hash_and_names_no_host() -> None:
    asked, lock = (
        json.loads((ROOT / "web" / name).read_text("utf-8"))
        for name in ("package.json", "package-lock.json")
    )
    pinned = {
        name.removeprefix("node_modules/"): one for name, one in lock["packages"].items() if name
    }
    assert all(one["integrity"].startswith("sha512-") for one in pinned.values())
    # Where to give money is told too.
    assert not [one for one in pinned.values() if "resolved" in one], (
        "npm install --omit-lockfile-registry-resolved"
    )
    # A user gets what pages show with, and no tool of the tests.
    assert set(asked["dependencies"]) == {"openseadragon", "@google/model-viewer"}
    wanted, reached = set(asked["dependencies"]), set()
    while wanted - reached:
        name = (wanted - reached).pop()
        reached.add(name)
        wanted |= {*pinned[name].get("dependencies", {}), *pinned[name].get("peerDependencies", {})}
    assert {name for name, one in pinned.items() if not one.get("dev")} == reached
    for kind in ("dependencies", "devDependencies"):
        assert {name: pinned[name]["version"] for name in asked[kind]} == asked[kind]


# What is asked for though no line of the program imports it.
NOT_IMPORTED = {
    "pygments": "snakemake --report",
    "pyvips-binary": "libvips, for pyvips",
}
# What is imported where it is found, and installed by who has such a microscope or stage.
OF_SOME = {"pyftdi", "pymmcore_plus", "zaber_motion"}


def test_a_user_installs_what_the_program_imports_and_nothing_else() -> None:
    files = [
        path for folder in ("scripts", "hardware", "web") for path in (ROOT / folder).rglob("*.py")
    ]
    local = {path.stem for path in files} | {"records", "imaging", "hardware", "web"}
    imported = {
        name.split(".")[0]
        for path in files
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    } | {
        name
        for path in [ROOT / "Snakefile", *(ROOT / "rules").rglob("*.smk")]
        for name in re.findall(r"^\s*(?:import|from) (\w+)", path.read_text("utf-8"), re.M)
    }
    foreign = imported - local - set(sys.stdlib_module_names) - OF_SOME
    providers = metadata.packages_distributions()
    # Snakemake's plugins speak to it by packages of its own.
    foreign -= {name for name in foreign if name.startswith("snakemake_interface_")}
    asked = {
        normal(name)
        for pins in ("requirements.in", "requirements-web.in", "requirements-layers.in")
        for name in names_of(ROOT / "envs" / pins)
    }
    brought = {name: {normal(one) for one in providers.get(name, [])} for name in foreign}
    assert {name for name, ones in brought.items() if not ones & asked} == set()
    assert asked - set().union(*brought.values()) == NOT_IMPORTED.keys()


BILL = ROOT / "envs" / "sbom.cdx.json"
NPM_LOCK = ROOT / "web" / "package-lock.json"


def test_the_bill_of_materials_lists_what_is_pinned_with_its_digests() -> None:
    bill = json.loads(BILL.read_text("utf-8"))
    assert bill["metadata"]["component"]["version"] == VERSION
    pins = "".join(
        (ROOT / "envs" / name).read_text("utf-8")
        for name in ("requirements.txt", "requirements-web.txt", "requirements-layers.txt")
    )
    listed = {
        (one["name"], one["version"]): {digest["content"] for digest in one["hashes"]}
        for one in bill["components"]
    }
    right = {
        pin.group(1, 2): set(re.findall(r"--hash=sha256:(\w+)", block))
        for block in re.split(r"^(?=\w)", pins, flags=re.M)
        if (pin := PIN.match(block))
    }
    for path, package in json.loads(NPM_LOCK.read_text("utf-8"))["packages"].items():
        if path and not package.get("dev"):
            digest = base64.b64decode(package["integrity"].removeprefix("sha512-")).hex()
            right[path.rpartition("node_modules/")[2], package["version"]] = {digest}
    assert listed == right, "make it again: python3 envs/run.py python -m tests.sbom"


def test_the_bill_of_materials_is_valid_cyclonedx() -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(BILL.read_text("utf-8")) is None


@pytest.mark.parametrize(
    ("report", "said"),
    [
        ("", ["vulnerabilities: not looked for, no service that knows these packages answered"]),
        (
            '{"dependencies": [{"name": "numpy", "skip_reason": "not found"}]}',
            ["vulnerabilities: not looked for, no service that knows these packages answered"],
        ),
        (
            '{"dependencies": [{"name": "a", "version": "1", "vulns": []}, {"name": "b", '
            '"version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1", "3"]}]}]}',
            [
                "vulnerabilities: 1 known of 2 packages",
                "vulnerabilities: b 2: PYSEC-1, mended in 2.1, 3",
            ],
        ),
    ],
)
def test_known_vulnerabilities_are_told_and_so_is_that_nobody_could_be_asked(report, said) -> None:
    assert told(report) == said


def test_conda_installs_the_same_pins_from_one_file_for_every_rule() -> None:
    written, pins = conda.ENVIRONMENT.read_text("utf-8"), ROOT / "envs" / "requirements.txt"
    expected = conda.environment(pins.read_text("utf-8"))
    assert written == expected, "make it again: python3 envs/run.py python -m tests.conda"
    by_pip = yaml.safe_load(written)["dependencies"][-1]["pip"]
    assert dict(PIN.findall("\n".join(by_pip))) == dict(PIN.findall(pins.read_text("utf-8")))
    # Snakemake keeps its text with each of the outputs of ten thousand stacks.
    assert len(written) < 4000
    # Snakemake copies it away from what lies beside it.
    assert not [pin for pin in by_pip if pin.startswith("-")]
    rules = "".join(path.read_text("utf-8") for path in (ROOT / "rules").glob("*.smk"))
    assert set(re.findall(r"^    conda:\s+(\S+)", rules, re.M)) == {"ENVIRONMENT"}
    assert 'ENVIRONMENT = str(HERE / "envs" / "holostack.yaml")' in rules


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
