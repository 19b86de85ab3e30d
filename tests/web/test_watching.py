"""A real run is watched in a browser, on the page from disk and on the served one."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.web.review import trees
from tests.web.test_static import faults
from web.review.app import application
from web.safety import Safety
from web.server import listening, serving

ROOT = Path(__file__).resolve().parents[2]
# Of the whole run, on a machine that has other tests to run.
RUN_MS = 120_000


@pytest.fixture
def data(tmp_path, demo):
    """A sheet of two stacks, one with a frame that was cut off."""
    for folder, numbers in (("whole", (2, 3, 4, 5)), ("cut", (1, 6, 7))):
        (tmp_path / folder).mkdir()
        for number in numbers:
            with Image.open(demo / "pcb-jpeg" / f"pcb_00{number}.jpg") as image:
                small = image.resize((512, 384))
                small.save(tmp_path / folder / f"{number}.jpg", exif=image.getexif())
    last = tmp_path / "cut" / "7.jpg"
    last.write_bytes(last.read_bytes()[:9000])
    sheet = tmp_path / "data" / "config" / "specimens.csv"
    sheet.parent.mkdir(parents=True)
    rows = f"GOOD-1,top,{tmp_path / 'whole'}\nCUT-1,top,{tmp_path / 'cut'}\n"
    sheet.write_text(f"specimen,view,source\n{rows}")
    return tmp_path / "data"


@pytest.mark.slow
def test_a_run_is_watched_from_its_first_minute_to_its_outcome(data, pages) -> None:
    listener = listening(18650)
    port = listener.getsockname()[1]
    site = application(trees.Stacks(data, ROOT))
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--directory", data]
    with serving(Safety(site, "the-token", f"holostack-{port}"), listener):
        served = pages(f"http://127.0.0.1:{port}/?token=the-token")
        # Before a first run no stack leads anywhere, and the page says how one is begun.
        expect(served.locator("#run")).to_contain_text("snakemake --cores all")
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as run:
            told = re.compile("on|ended")
            expect(served.locator("#run")).to_have_attribute("data-state", told, timeout=RUN_MS)
            index = data / "results" / "index.html"
            while not index.is_file():
                served.wait_for_timeout(100)
            disk = pages(index.as_uri())
            for page in (served, disk):
                expect(page.locator("#run-failures")).to_contain_text("CUT-1/top", timeout=RUN_MS)
                expect(page.locator("#run-failures")).to_contain_text("truncated or damaged JPEG")
                expect(page.locator("#run-text")).to_contain_text("of 2 stacks done")
                # What stopped stands first in the list too.
                expect(page.locator("#items .card").first).to_contain_text("stopped")
            assert faults(served) == []
            # Its page is there: the stack leads to it without the collection being loaded anew.
            for page in (served, disk):
                expect(page.locator("#items a.to")).to_have_attribute(
                    "href", re.compile("GOOD-1/top"), timeout=RUN_MS
                )
            served.locator(".card:has(a.to) .warned").click()
            served.locator("#warned-list input").first.fill("the last frame is its back")
            served.locator("#warned-list form button").first.click()
            expect(served.locator("#warned-list")).to_contain_text("Acknowledged: the last frame")
            told = run.communicate(timeout=300)[1]
        assert run.returncode == 1, told
        for page in (served, disk):
            expect(page.locator("#run[data-state=ended]")).to_contain_text(
                "1 of 2 stacks done", timeout=60_000
            )
    with (data / "config" / "specimens.csv").open(newline="") as file:
        good, _ = csv.DictReader(file)
    assert good["acknowledge"].endswith(": the last frame is its back")
