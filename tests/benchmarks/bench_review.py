"""How soon the page of all stacks stands in Chromium when it is opened from disk.

    PYTHONPATH=scripts python3 envs/run.py python -m tests.benchmarks.bench_review --stacks 10000

Prints JSON: bytes of the page, and per look the seconds from opening until the list can be used,
and from a letter in the search until the list has changed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.web.test_static import MOVED, collection, row

STATES = ("archived", "archived", "archived", "made", "stopped")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--stacks", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    rows = [
        row(
            f"USNM-ENT-{number:08}",
            name="Carabus auratus Linnaeus, 1761",
            state=STATES[number % len(STATES)],
            warnings=[MOVED] if number % 4 == 0 else [],
            method="holostack",
            date=f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}",
            person="M. Sommer",
            width_px=6000,
            height_px=4000,
        )
        for number in range(options.stacks)
    ]
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    opened, searched = [], []
    with tempfile.TemporaryDirectory() as work, sync_playwright() as playwright:
        address = collection(Path(work), rows)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for _ in range(options.times):
            page = browser.new_context().new_page()
            started = time.perf_counter()
            page.goto(address)
            page.locator("body[data-ready=yes]").wait_for()
            opened.append(round(time.perf_counter() - started, 2))
            # By the page's own clock: what is typed, then the picture after it.
            searched.append(
                page.evaluate(
                    """async () => {
                        const field = document.getElementById("search");
                        const started = performance.now();
                        field.value = "00777";
                        field.dispatchEvent(new Event("input"));
                        await new Promise(requestAnimationFrame);
                        return Math.round(performance.now() - started);
                    }"""
                )
            )
            page.context.close()
        browser.close()
        size = (Path(work) / "index.html").stat().st_size
    told = {"stacks": options.stacks, "page_bytes": size, "opened_s": opened}
    print(json.dumps(told | {"searched_ms": searched}, indent=1))


if __name__ == "__main__":
    main()
