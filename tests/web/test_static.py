"""All pages: types of their modules, as JSDoc says them, and what axe-core finds against people."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from records.reports.modules import modules_script
from records.reports.review_rows import COLUMNS
from records.reports.run_status import RunStatus

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "web" / "static"
FROM_NPM = Path(sys.prefix) / "web" / "node_modules"
MOVED = ["moved", "Between frames 3 and 4 something moved.", ""]


def brought(path: str) -> Path:
    """A file that npm brought, or skip: a machine may have no way to it."""
    if not (FROM_NPM / path).is_file():
        pytest.skip(f"npm's {path} is not here; envs/run.py says why")
    return FROM_NPM / path


def test_the_types_of_all_modules_agree() -> None:
    """`npx tsc -p web` with what the lock file pins."""
    program = brought("typescript/bin/tsc")
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node is here to run it with")
    checked = subprocess.run(
        [node, program, "-p", ROOT / "web", "--pretty", "false"], capture_output=True, text=True
    )
    assert checked.stdout == ""
    assert checked.returncode == 0


def row(specimen: str, **cells) -> list:
    """A stack's row of the collection's data."""
    given = {"specimen": specimen, "view": "dorsal", "state": "archived", "frames": 9} | cells
    given |= {"page": f"review/{specimen}/dorsal/index.html"}
    return [given.get(name, [] if name == "warnings" else "") for name in COLUMNS]


def collection(folder: Path, rows: list[list], run: dict | None = None) -> str:
    """Write the page of all stacks as it lies on disk; its address."""
    content = {"format": "x", "made": "2026-11-27T06:00:00+00:00", "run": run}
    data = json.dumps(content | {"columns": COLUMNS, "stacks": rows}).replace("<", "\\u003c")
    shutil.copytree(STATIC, folder / "static", dirs_exist_ok=True)
    (folder / "modules.js").write_text(modules_script(STATIC, ["collection/main.js"]))
    page = (STATIC / "collection.html").read_text("utf-8")
    for old, new in {
        'id="data"></script>': f'id="data">{data}</script>',
        '<script type="module" src="/static/collection/main.js">': (
            '<script src="modules.js" data-main="collection/main.js">'
        ),
        '"/static/': '"static/',
    }.items():
        assert old in page
        page = page.replace(old, new)
    (folder / "index.html").write_text(page, "utf-8")
    return (folder / "index.html").as_uri()


def faults(page) -> list[str]:
    """What axe-core finds that is serious or critical for people, in each language of the page."""
    page.evaluate(brought("axe-core/axe.min.js").read_text("utf-8"))
    first, found = page.evaluate("document.documentElement.lang"), []
    while True:
        found += _found(page)
        before = page.evaluate("document.documentElement.lang")
        page.evaluate("document.getElementById('language').click()")
        page.wait_for_function("was => document.documentElement.lang !== was", arg=before)
        if page.evaluate("document.documentElement.lang") == first:
            return found


def _found(page) -> list[str]:
    told = page.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false})")
    return [
        f"{one['id']}: {node['html']}"
        for one in told["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.slow
def test_nothing_of_the_collection_is_closed_to_anybody(tmp_path: Path, pages) -> None:
    rows = [row("S1"), row("S2", state="stopped", reason="frame 3: no light", warnings=[MOVED])]
    status = RunStatus({1: (("S1", "dorsal"), "fuse"), 2: (("S2", "dorsal"), "fuse")}, tmp_path)
    status.started([1, 2])
    status.failed(2, "frame 3: no light")
    run = status.told()
    page = pages(collection(tmp_path, rows, run))
    page.locator("body[data-ready=yes]").wait_for()
    assert faults(page) == []
    page.keyboard.press("t")
    assert page.locator("#items .row").count() == 2
    assert faults(page) == []
    page.locator(".row .warned").click()
    page.locator("#warned[open]").wait_for()
    assert faults(page) == []


@pytest.mark.slow
def test_nothing_of_the_bench_is_closed_to_anybody(bench, pages) -> None:
    page = pages(bench.address)
    page.locator("#position").wait_for()
    assert faults(page) == []
