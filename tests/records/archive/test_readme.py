"""Each object carries a page by which it can be checked with nothing but sha256sum."""

from __future__ import annotations

import subprocess
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

import describe
from records.archive.holding import open_holding
from records.layout import README
from tests.scripts.stack_folder import SPECIMEN, VIEW, make_stack, put_in_archive, write_master

WORDS = "specimen,view,scientific_name,rights\n"


@pytest.fixture
def folder(tmp_path, demo):
    """Of an object with one version."""
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(WORDS + f'{SPECIMEN},{VIEW},"<script>alert(1)</script> & Co",CC0\n')
    stack = make_stack(tmp_path, sorted((demo / "pcb-jpeg").glob("*.jpg"))[:2])
    return put_in_archive(stack, tmp_path / "archive", "--sheet", str(sheet))


def page(folder: Path) -> str:
    return open_holding(folder).file(README).read_text()


class Seen(HTMLParser):
    """The elements of a page, and what is open at its end."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.addresses: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def checked(folder: Path) -> subprocess.CompletedProcess[str]:
    """What sha256sum says of the lines that the page asks to copy."""
    lines = unescape(page(folder).partition('<pre id="sums">')[2].partition("</pre>")[0])
    return subprocess.run(
        ["sha256sum", "--check", "--strict"],
        cwd=folder,
        input=lines,
        capture_output=True,
        text=True,
        check=False,
    )


def test_sha256sum_checks_every_file_of_the_stack_by_the_page_and_finds_a_flipped_bit(folder):
    held = open_holding(folder)
    of_stack = {digest for path, digest in held.state.items() if not path.startswith("workflow")}
    run = checked(folder)
    assert run.returncode == 0, run.stderr
    told = run.stdout.splitlines()
    assert all(line.endswith(": OK") for line in told)
    assert f"v1/content/archival/{SPECIMEN}_{VIEW}.tif: OK" in told
    # All but the page itself and the crate, which tells of the page.
    assert len(told) == len(of_stack) - 2
    raw = next((folder / "v1" / "content" / "raw").iterdir())
    raw.chmod(0o644)
    content = bytearray(raw.read_bytes())
    content[9] ^= 1
    raw.write_bytes(content)
    assert f"v1/content/raw/{raw.name}: FAILED" in checked(folder).stdout


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing(folder):
    seen = Seen(page(folder))
    assert seen.open == []
    assert seen.addresses == []
    assert set(seen.names).isdisjoint({"script", "link", "img", "iframe", "object", "embed"})
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co" in page(folder)


def test_the_page_of_a_later_version_tells_all_versions_and_where_files_lie(folder, tmp_path):
    describe.main(
        ["--archive", str(tmp_path / "archive"), "--specimen", SPECIMEN, "--view", VIEW]
        + ["--metadata", "scientific_name=Carabus auratus", "--reason", "Name corrected"]
        + ["--user", "B. Curator"]
    )
    told = page(folder)
    assert "This is v2 of the object" in told
    assert "Carabus auratus" in told
    assert "&lt;script&gt;" not in told.partition("What happened to it")[0]
    history = told.partition("What happened to it")[2]
    assert history.index("<th>v1</th>") < history.index("<th>v2</th>")
    assert "B. Curator: Name corrected" in history
    run = checked(folder)
    assert run.returncode == 0, run.stderr
    assert f"v1/content/archival/{SPECIMEN}_{VIEW}.tif: OK" in run.stdout
    assert "v2/content/sheet.json: OK" in run.stdout


def test_a_page_alone_makes_no_version_and_comes_with_each(folder, tmp_path):
    before = page(folder)
    stack = tmp_path / SPECIMEN / VIEW
    more = ("--sheet", str(tmp_path / "sheet.csv"))
    assert put_in_archive(stack, tmp_path / "archive", *more) == folder
    assert open_holding(folder).inventory.head == 1
    assert page(folder) == before
    write_master(stack, 8)
    put_in_archive(stack, tmp_path / "archive", *more)
    assert open_holding(folder).inventory.head == 2
    assert "<th>v2</th>" in page(folder)
