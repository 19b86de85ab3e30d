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
RUN_MS = 300_000


@pytest.fixture
def data(tmp_path, demo):
    """A sheet of two stacks that name the same frames, which one of them cannot have."""
    frames = tmp_path / "frames"
    frames.mkdir()
    for number in (2, 3, 4, 5):
        with Image.open(demo / "pcb-jpeg" / f"pcb_00{number}.jpg") as image:
            image.resize((512, 384)).save(frames / f"{number}.jpg", exif=image.getexif())
    sheet = tmp_path / "data" / "config" / "specimens.csv"
    sheet.parent.mkdir(parents=True)
    sheet.write_text(f"specimen,view,source\nGOOD-1,top,{frames}\nTWICE-1,top,{frames}\n")
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
            expect(served.locator("#run[data-state=on]")).to_be_visible(timeout=RUN_MS)
            index = data / "results" / "index.html"
            while not index.is_file():
                served.wait_for_timeout(100)
            disk = pages(index.as_uri())
            for page in (served, disk):
                expect(page.locator("#run-failures")).to_contain_text(
                    "TWICE-1/top", timeout=RUN_MS
                )
                expect(page.locator("#run-failures")).to_contain_text("frames of this stack are another's")
                expect(page.locator("#run-text")).to_contain_text("of 2 stacks done")
                # What stopped stands first in the list too.
                expect(page.locator("#items .card").first).to_contain_text("stopped")
            expect(served.locator("#run-now")).to_have_text(re.compile(r"^Now: GOOD-1/top \(\w+"))
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
