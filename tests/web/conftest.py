"""A bench in a process of its own, and the system's own Chromium before it."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.web.benches import served, virtual_rig


@pytest.fixture
def bench(tmp_path):
    """A bench with a small virtual rig, in an empty data tree."""
    with served(tmp_path, virtual_rig(tmp_path / "config" / "rig.yaml")) as bench:
        bench.at_rest()
        yield bench


@pytest.fixture(scope="session")
def start_chromium() -> Callable[..., Browser]:
    """A function that starts the system's Chromium without a window, with further options."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no chromium is installed here (apt-get install chromium)")
    # One in a process: a second would find the loop of the first running.
    with sync_playwright() as playwright:
        # As root it runs without its sandbox only; all it is shown is ours.
        yield lambda *options: playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", *options]
        )


@pytest.fixture(scope="session")
def chromium(start_chromium) -> Browser:
    """The system's Chromium."""
    browser = start_chromium()
    yield browser
    browser.close()


@pytest.fixture
def pages(chromium):
    """A function that opens an address in a browser of its own; a fault of any page fails."""
    contexts, faults = [], []

    def noted(line) -> None:
        # What is refused, or asked of a bench that has ended, is no fault of the page.
        if line.type == "error" and not line.text.startswith("Failed to load resource"):
            faults.append(line.text)

    def opened(address: str, width: int = 1366, height: int = 768, within=None):
        context = within or chromium.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", noted)
        page.set_default_timeout(30_000)
        # What a page waits for here may be another process's work.
        expect.set_options(timeout=20_000)
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []
